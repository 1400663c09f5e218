"""`tokenboard serve` as a process: it starts, stops cleanly, and finds its data again, also after kill -9."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.serving import ROOT, Service, clean_environment, eventually, free_port


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly_and_finds_its_data_again(service: Service, number: signal.Signals) -> None:
    service.start()
    assert service.register("ann@example.com").status_code == 201
    assert "TokenBoard is ready" in service.log.read_text()
    assert service.stop(number) == 0
    assert not service.database_runs
    assert "Traceback" not in service.log.read_text()

    service.start()
    assert service.sign_in("ann@example.com").status_code == 200


def test_ctrl_c_twice_in_a_terminal_stops_it_as_cleanly(service: Service) -> None:
    service.start()
    assert service.process is not None
    # a terminal sends it to every process of the group, also to the one that just stops the database
    for _ in range(2):
        os.killpg(service.process.pid, signal.SIGINT)
        time.sleep(0.05)
    assert service.process.wait(timeout=200) == 0
    assert not service.database_runs
    assert "Traceback" not in service.log.read_text()


def _is_importing(service: Service) -> bool:
    """Before that, Python itself may still be starting, and answers as it likes."""
    assert service.process is not None
    return "_pydantic_core" in Path(f"/proc/{service.process.pid}/maps").read_text()


def _makes_a_cluster(service: Service) -> bool:
    return any((service.folder / name).exists() for name in ("postgres.new", "postgres"))


def _starts_a_server(service: Service) -> bool:
    return (service.folder / "postgres" / "postmaster.pid").exists()


@pytest.mark.parametrize("has_come", [_is_importing, _makes_a_cluster, _starts_a_server])
def test_ctrl_c_while_it_starts_leaves_no_database_running(
    service: Service, has_come: Callable[[Service], bool]
) -> None:
    service.launch()
    eventually(lambda: has_come(service), "so far it has come")
    assert service.process is not None
    os.killpg(service.process.pid, signal.SIGINT)
    # 0 once it minds the signal; before that, as the shell sees any program that Ctrl-C ended
    assert service.process.wait(timeout=200) in {0, -signal.SIGINT, 130}
    assert not service.database_runs
    assert "Traceback" not in service.log.read_text()


def test_after_kill_minus_nine_nothing_that_was_answered_is_lost(service: Service) -> None:
    service.start()
    assert service.register("ann@example.com").status_code == 201
    assert service.stop(signal.SIGKILL) == -signal.SIGKILL
    service.start()
    assert service.sign_in("ann@example.com").status_code == 200
    assert service.stop(signal.SIGINT) == 0
    assert not service.database_runs


@pytest.mark.parametrize(("workers", "times"), [(1, 2), (2, 1)])
def test_a_database_that_is_killed_under_a_service_is_started_again(service: Service, workers: int, times: int) -> None:
    service.start("--workers", str(workers))
    assert service.register("ann@example.com").status_code == 201
    for _ in range(times):
        killed = service.database_pid
        os.kill(killed, signal.SIGKILL)
        eventually(lambda: service.sign_in("ann@example.com").status_code == 200, "it finds its feet by itself")
        assert service.database_pid != killed
    assert service.log.read_text().count("the embedded PostgreSQL died and is started again") == times
    assert service.stop(signal.SIGTERM) == 0
    assert not service.database_runs
    assert not service.log_says("Traceback")


def test_secrets_are_made_once_and_for_their_owner_only(service: Service) -> None:
    service.start()
    secrets = service.folder / "secrets.json"
    assert secrets.stat().st_mode & 0o777 == 0o600
    before = secrets.read_text()
    cookie = service.register("ann@example.com").cookies
    service.stop(signal.SIGINT)
    service.start()
    assert secrets.read_text() == before
    assert httpx.get(f"{service.url}/api/v1/me", cookies=cookie, timeout=200).status_code == 200


def run_serve(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    command: list[Any] = [sys.executable, "-m", "app.cli", "serve", *arguments]
    environment = clean_environment(folder, **settings)
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False)


def test_a_port_in_use_is_said_and_nothing_is_left_running(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run_serve(tmp_path / "data", "--port", str(port))
    assert done.returncode == 2
    assert f"port {port}" in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data" / "postgres" / "postmaster.pid").exists()


def test_a_server_that_is_not_there_is_said_without_its_password(tmp_path: Path) -> None:
    address = f"postgresql://ann:hunter2@127.0.0.1:{free_port()}/tokenboard"
    done = run_serve(tmp_path / "data", "--port", "0", DATABASE_URL=address)
    assert done.returncode == 2
    assert "Check DATABASE_URL" in done.stderr
    assert "hunter2" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_production_without_secrets_does_not_start_and_says_what_to_set(tmp_path: Path) -> None:
    done = run_serve(tmp_path / "data", "--port", "0", APP_ENV="production")
    assert done.returncode == 2
    assert "set JWT_SECRET to the output of: openssl rand -hex 32" in done.stderr
    assert "ENCRYPTION_KEY is not set" in done.stderr


def test_a_data_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.write_text("not a folder")
    done = run_serve(file, "--port", "0")
    assert done.returncode == 2
    assert "TOKENBOARD_DATA" in done.stderr
    assert "Traceback" not in done.stderr
