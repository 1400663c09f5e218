"""`tokenboard serve --workers N` with real processes: they share the work, are replaced, and leave nothing behind."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.cli.conftest import ROOT, Command
from tests.cli.impatient import ENDLESS, PATIENCE_SECONDS
from tests.cli.serving import Service, eventually, is_alive
from tests.factories.ingest import make_body

TOKEN = "5f1c0d9a" * 8
REQUESTS, EVENTS = "tokenboard_http_requests_total", "tokenboard_events_total"


def start(service: Service, workers: int, program: str = "app.cli", **settings: str) -> None:
    service.start("--workers", str(workers), program=program, **settings)
    eventually(lambda: service.log_says("TokenBoard is ready"), "all workers are ready")
    assert len(service.workers) == workers


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the service puts what it needs only while it runs."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def assert_nothing_is_left(service: Service, workers: set[int], temporary: Path) -> None:
    assert not [pid for pid in workers if is_alive(pid)]
    assert not service.database_runs
    assert list(temporary.iterdir()) == []


def test_it_stops_as_one_and_leaves_nothing_behind(service: Service, temporary: Path) -> None:
    start(service, 2)
    workers = service.workers
    assert service.register("ann@example.com").status_code == 201
    assert service.sign_in("ann@example.com").status_code == 200
    assert service.stop(signal.SIGTERM) == 0
    assert_nothing_is_left(service, workers, temporary)
    assert not service.log_says("Traceback")
    assert not service.log_says("a worker died")


def test_ctrl_c_twice_hastens_and_is_as_clean(service: Service, temporary: Path) -> None:
    start(service, 2)
    workers = service.workers
    assert service.process is not None
    for _ in range(2):
        os.killpg(service.process.pid, signal.SIGINT)
    assert service.process.wait(timeout=200) == 0
    assert_nothing_is_left(service, workers, temporary)
    assert not service.log_says("Traceback")


def test_when_its_parent_is_killed_no_worker_and_no_database_is_left(service: Service, temporary: Path) -> None:
    start(service, 2)
    workers = service.workers
    assert service.register("ann@example.com").status_code == 201
    assert service.stop(signal.SIGKILL) == -signal.SIGKILL
    eventually(lambda: not any(map(is_alive, workers)), "the workers end")
    assert_nothing_is_left(service, workers, temporary)
    service.start()
    assert service.sign_in("ann@example.com").status_code == 200


def kill_one(service: Service) -> None:
    """And wait for who takes its place."""
    before = service.workers
    os.kill(min(before), signal.SIGKILL)
    eventually(lambda: len(service.workers - {min(before)}) == len(before), "another takes its place")


class Senders:
    """Several clients that send calls, each until it is acknowledged, over a new connection each time."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self.acknowledged: list[str] = []
        self.is_over = threading.Event()
        self._url, self._headers = f"{url}/api/v1/events", headers
        self._threads = [threading.Thread(target=self._send, args=(number,)) for number in range(4)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        for thread in self._threads:
            thread.join()

    def _send(self, sender: int) -> None:
        count = 0
        while not self.is_over.is_set():
            ids = [f"{sender}-{count}-{part}" for part in range(5)]
            while not self._is_taken(ids):
                pass
            self.acknowledged.extend(ids)
            count += 1

    def _is_taken(self, ids: list[str]) -> bool:
        events = [make_body(event_id=each, input_tokens=1, output_tokens=1) for each in ids]
        try:
            return httpx.post(self._url, json=events, headers=self._headers, timeout=200).status_code == 200
        except httpx.TransportError:
            return False


async def test_a_worker_that_is_killed_is_replaced_and_nothing_acknowledged_is_lost(
    service: Service, fresh_database: str, reader: httpx.AsyncClient
) -> None:
    start(service, 2, DATABASE_URL=fresh_database)
    with Senders(service.url, {"Authorization": reader.headers["Authorization"]}) as senders:
        for round_number in range(1, 3):
            eventually(lambda wanted=100 * round_number: len(senders.acknowledged) > wanted, "calls are taken")  # type: ignore[misc]
            kill_one(service)
    assert service.log_says("a worker died; another takes its place")
    sent = senders.acknowledged
    rows = (await reader.get("breakdown", params={"by": "model", "month": "2023-11"})).json()["rows"]
    assert [(row["key"], row["calls"]) for row in rows] == [("gpt-4-0613", len(sent))]
    assert len(set(sent)) == len(sent)
    assert service.stop(signal.SIGTERM) == 0


def hang(service: Service, number: signal.Signals) -> int:
    """Make a worker hang by this signal, and wait until it is gone and another serves."""
    victim = min(before := service.workers)
    os.kill(victim, number)
    eventually(lambda: not is_alive(victim), "the one that hangs is ended")
    eventually(lambda: len(service.workers - {victim}) == len(before), "another takes its place")
    return victim


def test_a_worker_that_hangs_is_replaced_and_says_where_it_did(
    service: Service, fresh_database: str, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(ENDLESS)
    start(service, 2, "tests.cli.impatient", DATABASE_URL=fresh_database, PYTHONPATH=f"{ROOT}{os.pathsep}{tmp_path}")
    stopped = hang(service, signal.SIGSTOP)
    assert service.log_says("a worker hangs")
    assert service.log_says(f"pid={stopped}")
    endless = hang(service, signal.SIGUSR2)
    assert service.log_says("in hang_in_an_endless_loop")
    assert service.log_says(f"pid={endless}")
    eventually(lambda: httpx.get(f"{service.url}/api/v1/health").status_code == 200, "others answer")
    assert service.stop(signal.SIGTERM) == 0


def test_when_all_stood_still_together_nobody_is_taken_for_one_that_hangs(
    service: Service, fresh_database: str
) -> None:
    start(service, 2, "tests.cli.impatient", DATABASE_URL=fresh_database)
    assert service.process is not None
    everybody = [service.process.pid, *(workers := service.workers)]
    for number, seconds in ((signal.SIGSTOP, PATIENCE_SECONDS + 2), (signal.SIGCONT, 3)):
        for pid in everybody:
            os.kill(pid, number)
        time.sleep(seconds)
    assert service.workers == workers
    assert not service.log_says("a worker hangs")
    assert service.stop(signal.SIGTERM) == 0


def scrape(url: str) -> Iterator[tuple[str, dict[str, str], float]]:
    answer = httpx.get(f"{url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=200)
    assert answer.status_code == 200
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            yield sample.name, sample.labels, sample.value


def test_metrics_are_the_sums_of_all_workers_and_outlive_one_that_died(
    service: Service, fresh_database: str, reader: httpx.AsyncClient
) -> None:
    start(service, 2, DATABASE_URL=fresh_database, TOKENBOARD_METRICS_TOKEN=TOKEN)

    def counted() -> tuple[float, float]:
        """Requests for a route, and events stored."""
        seen = list(scrape(service.url))
        requests = [value for name, at, value in seen if name == REQUESTS and at["route"] == "/api/v1/me"]
        return sum(requests), sum(value for name, at, value in seen if name == EVENTS and at["outcome"] == "stored")

    def processes() -> set[str]:
        return {labels["worker"] for name, labels, _ in scrape(service.url) if name == "process_start_time_seconds"}

    def connections_limit() -> float:
        return sum(value for name, _, value in scrape(service.url) if name == "tokenboard_database_connections_limit")

    headers = {"Authorization": reader.headers["Authorization"]}
    for number in range(30):
        assert httpx.get(f"{service.url}/api/v1/me", timeout=200).status_code == 401
        body = [make_body(event_id=f"{number}-{part}") for part in range(3)]
        assert httpx.post(f"{service.url}/api/v1/events", json=body, headers=headers, timeout=200).status_code == 200
    # a request is counted when its answer has left
    eventually(lambda: counted() == (30, 90), "all requests are counted")
    assert processes() == {"1", "2"}
    assert connections_limit() == 40
    kill_one(service)
    eventually(lambda: processes() == {"1", "2"}, "each of them is told of")
    eventually(lambda: connections_limit() == 40, "the new one counts too, the dead one no more")
    assert counted() == (30, 90)


def test_more_connections_than_the_database_allows_are_refused(tokenboard: Command) -> None:
    done = tokenboard("serve", "--port", "0", "--workers", "64", TOKENBOARD_DATABASE_POOL_SIZE="200")
    assert done.returncode == 2
    assert "64 workers keep 200 connections each, 12800 together, and the database allows" in done.stderr
    assert "TOKENBOARD_DATABASE_POOL_SIZE" in done.stderr
    assert "Traceback" not in done.stderr


def test_reloading_is_for_one_process(tokenboard: Command) -> None:
    done: subprocess.CompletedProcess[str] = tokenboard("serve", "--port", "0", "--workers", "2", "--reload")
    assert done.returncode == 2
    assert "--reload works with one process" in done.stderr
