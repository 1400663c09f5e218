"""Everything that may go wrong between the queue and TokenBoard. The program never notices; what is lost is counted."""

import array
import gzip
import json
import threading
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import pytest

import tokenboard
from tests.conftest import Board, Server, answer, wait_until
from tokenboard import answers, batches, events
from tokenboard.client import client
from tokenboard.spool import Spool


def track(number: int = 0, **more: Any) -> str | None:
    return tokenboard.track(provider="openai", model="gpt-5.4", usage={"input_tokens": number}, **more)


def start(board: Server, **more: Any) -> None:
    tokenboard.init(api_key="tb_test", base_url=board.url, **{"flush_interval": 0.02, "timeout": 60, **more})


def test_an_envelope_is_compressed_authenticated_and_says_who_sends_it(tracked: Board) -> None:
    event_id = track(3, user="c_42", tags={"feature": "search"})
    event = tracked.event()
    assert event["event_id"] == event_id
    assert (event["user"], event["tags"], event["usage"]) == ("c_42", {"feature": "search"}, {"input_tokens": 3})
    _, path, headers, _ = tracked.requests[0]
    assert path == "/api/v1/events"
    assert headers["Authorization"] == "Bearer tb_test"
    assert headers["Content-Encoding"] == "gzip"
    sender = tracked.envelopes[0]["sender"]
    assert (sender["name"], sender["dropped"], len(sender["id"])) == ("tokenboard-python/0.1.0", {}, 36)


def test_the_thread_starts_with_the_first_event(board: Board) -> None:
    start(board)
    before = set(threading.enumerate())
    assert client().transport is not None
    assert set(threading.enumerate()) <= before
    track()
    wait_until(lambda: len(board.events) == 1)
    assert any(thread.name == "tokenboard" for thread in set(threading.enumerate()) - before)


def test_batches_hold_at_most_a_thousand_events_and_keep_one_connection(board: Board) -> None:
    start(board, flush_interval=600)
    for number in range(2500):
        track(number)
    assert tokenboard.flush(60)
    assert [len(envelope["events"]) for envelope in board.envelopes] == [1000, 1000, 500]
    assert [event["usage"]["input_tokens"] for event in board.events] == list(range(2500))


def test_batches_stay_below_the_servers_limit_in_bytes(board: Board) -> None:
    start(board, flush_interval=600)
    for _ in range(100):
        tokenboard.track(provider="p", model="m", raw_usage={"padding": ["x" * 60] * 1000})
    assert tokenboard.flush(60)
    assert len(board.events) == 100
    assert len(board.envelopes) > 1
    assert all(len(gzip.decompress(body)) < 4 * 1024 * 1024 for _, _, _, body in board.requests)


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_what_may_pass_is_sent_again_with_the_same_ids(status: int, board: Board) -> None:
    board.answers = [answer(status, {}, Retry_After="0"), answer(status, {}, Retry_After="0")]
    start(board)
    event_id = track()
    wait_until(lambda: len(board.events) == 1)
    assert board.events[0]["event_id"] == event_id
    assert len(board.requests) == 3
    assert tokenboard.dropped() == {}


def test_a_server_that_answers_garbage_or_hangs_up_is_tried_again(board: Board) -> None:
    def hang_up(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        handler.wfile.write(b"\x00nonsense\r\n\r\n")
        handler.close_connection = True

    board.answers = [hang_up, hang_up]
    start(board)
    track()
    wait_until(lambda: len(board.events) == 1)


@pytest.mark.parametrize("status", [400, 404, 415, 301])
def test_what_the_server_refuses_whole_is_lost_and_counted(status: int, board: Board) -> None:
    board.answers = [answer(status, b"<html>")]
    start(board)
    track()
    assert tokenboard.flush(60)
    assert tokenboard.dropped() == {f"http_{status}": 1}
    track()
    assert tokenboard.flush(60)
    assert board.envelopes[-1]["sender"]["dropped"] == {f"http_{status}": 1}


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_pauses_sending(status: int, board: Board) -> None:
    board.default = answer(status, {})
    start(board)
    track()
    wait_until(lambda: tokenboard.dropped() == {"unauthorized": 1})
    track()
    assert not tokenboard.flush(0.2)
    assert len(board.requests) == 1


def test_nobody_waits_for_what_will_not_be_sent_in_that_time(board: Board) -> None:
    board.default = answer(401, {})
    start(board)
    track()
    wait_until(lambda: tokenboard.dropped() == {"unauthorized": 1})
    track()
    started = time.monotonic()
    assert not tokenboard.shutdown(50)  # it is paused for a minute
    assert time.monotonic() - started < 40
    assert tokenboard.dropped() == {"unauthorized": 1, "exit": 1}


def test_a_batch_that_is_too_large_is_split_until_it_fits(board: Board) -> None:
    def at_most_two(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        if len(json.loads(gzip.decompress(body))["events"]) > 2:
            answer(413, {})(handler, body)
        else:
            board.take(handler, body)

    board.default = at_most_two
    start(board, flush_interval=600)
    ids = [track(number) for number in range(5)]
    assert tokenboard.flush(60)
    assert [event["event_id"] for event in board.events] == ids
    assert tokenboard.dropped() == {}


def test_events_that_are_rejected_are_counted_by_their_code_and_not_sent_again(board: Board) -> None:
    refused = [{"index": 0, "event_id": None, "code": "invalid_value", "detail": "model: is too long"}]
    board.answers = [answer(200, {"received": 1, "accepted": 0, "duplicates": 0, "rejected": refused})]
    start(board)
    track()
    assert tokenboard.flush(60)
    assert tokenboard.dropped() == {"rejected_invalid_value": 1}
    track()
    assert tokenboard.flush(60)
    assert len(board.requests) == 2
    assert board.envelopes[-1]["sender"]["dropped"] == {}


def test_a_full_queue_drops_counts_and_tells(board: Board) -> None:
    gate = threading.Event()

    def slow(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        gate.wait(120)
        board.take(handler, body)

    board.default = slow
    start(board, max_queue_events=10)
    for number in range(25):
        track(number)
    assert tokenboard.dropped() == {"queue_full": 15}
    gate.set()
    assert tokenboard.flush(60)
    assert len(board.events) == 10
    assert board.envelopes[-1]["sender"]["dropped"] == {"queue_full": 15}
    track()
    assert tokenboard.flush(60)
    assert len(board.events) == 11


def test_the_queue_is_bounded_in_bytes_too(board: Board) -> None:
    start(board, max_queue_bytes=3000, flush_interval=600)
    for _ in range(100):
        tokenboard.track(provider="p", model="m", raw_usage={"padding": ["x" * 60] * 10})
    assert 0 < tokenboard.dropped()["queue_full"] < 100


def test_a_server_that_is_down_costs_nothing_but_the_time_allowed() -> None:
    tokenboard.init(api_key="tb_test", base_url="http://127.0.0.1:9", flush_interval=0.01)
    track()
    assert not tokenboard.flush(0.2)
    assert not tokenboard.shutdown(0.1)
    assert tokenboard.dropped() == {"exit": 1}
    track()
    assert tokenboard.dropped() == {"exit": 1, "after_shutdown": 1}


def test_a_spool_keeps_what_could_not_be_sent_for_the_next_start(board: Board, tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    tokenboard.init(api_key="tb_test", base_url="http://127.0.0.1:9", flush_interval=0.01, spool_dir=folder)
    first = track(1)
    tokenboard.shutdown(0.2)
    assert tokenboard.dropped() == {}
    (file,) = folder.glob("*.gz")
    assert file.stat().st_mode & 0o777 == 0o600
    start(board, spool_dir=folder)
    second = track(2)
    wait_until(lambda: len(board.events) == 2)
    assert {event["event_id"] for event in board.events} == {first, second}
    wait_until(lambda: not list(folder.glob("*.gz")))


def test_a_spool_has_a_limit(tmp_path: Path) -> None:
    spool = Spool(str(tmp_path), 100)
    batch = batches.Batch(b"x" * 60, 1)
    assert spool.put(batch)
    assert not spool.put(batch)


def test_one_process_at_a_time_sends_what_is_spooled(tmp_path: Path) -> None:
    first, second = Spool(str(tmp_path), 1000), Spool(str(tmp_path), 1000)
    first.put(batches.Batch(b"x", 1))
    assert first.oldest() is not None
    assert second.oldest() is None
    first.release()
    assert second.oldest() is not None
    second.release()


def test_a_disk_that_takes_nothing_is_a_loss_that_is_counted(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    spool = tmp_path / "file" / "spool"
    tokenboard.init(api_key="tb_test", base_url="http://127.0.0.1:9", flush_interval=0.01, spool_dir=spool)
    track()
    tokenboard.shutdown(0.2)
    assert sum(tokenboard.dropped().values()) == 1


def test_calling_init_again_sends_what_is_queued_to_where_it_was_meant_for(board: Board) -> None:
    other = Board()
    start(other, flush_interval=600)
    track(1)
    start(board)
    track(2)
    wait_until(lambda: len(board.events) == len(other.events) == 1)
    other.stop()


def test_a_program_that_tracks_nonsense_runs_on(tracked: Board) -> None:
    class Odd:
        def __str__(self) -> str:
            raise RuntimeError("not even that")

    odd: Any = Odd()
    tokenboard.track(provider=odd, model=odd, raw_usage=odd, tags=odd)
    tokenboard.track(provider="p", model="m", latency_ms=float("nan"), tags={"a": odd})
    with tokenboard.context(tags=odd):
        track(1)
    track(2)
    assert tokenboard.flush(60)
    assert [event["usage"]["input_tokens"] for event in tracked.events if "usage" in event][-1] == 2
    assert tokenboard.dropped()["not_encodable"] >= 1


def test_numbers_of_other_libraries_are_numbers(tracked: Board) -> None:
    class Number(array.array):  # type: ignore[type-arg]
        """As NumPy's: a number that gives its bytes to who asks for them."""

        def __int__(self) -> int:
            return int(self[0])

        def __float__(self) -> float:
            return float(self[0])

    whole, broken = type("Whole", (Number,), {}), type("Broken", (Number,), {})
    Integral.register(whole)
    Real.register(broken)
    usage = {"input_tokens": whole("q", [12])}
    tokenboard.track(provider="p", model="m", usage=usage, latency_ms=broken("d", [1.5]))
    event = tracked.event()
    assert (event["usage"], event["latency_ms"]) == ({"input_tokens": 12}, 1.5)


def test_a_key_with_the_end_of_its_line_is_that_key(board: Board) -> None:
    tokenboard.init(api_key="tb_test\n", base_url=f" {board.url}\n", flush_interval=0.02)
    track()
    assert tokenboard.flush(60)
    assert board.requests[0][2]["Authorization"] == "Bearer tb_test"


def test_texts_beyond_the_servers_limits_are_cut_rather_than_refused() -> None:
    event = json.loads(
        events.encoded(
            {
                "model": "m" * 300,
                "user": "a\0\ud800" + "🙂" * 300,
                "tags": {f"{number:02}{'k' * 100}": "v" * 300 for number in range(30)},
            }
        )
    )
    assert len(event["model"]) == 256
    assert "\0" not in event["user"]
    assert len(event["user"].encode()) <= 768
    assert len(event["tags"]) == 20
    assert {len(key) for key in event["tags"]} == {64}


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("3", 3.0),
        ("0.5", 0.5),
        ("-4", 0.0),
        ("99999", 600.0),
        (formatdate(1_000_007, usegmt=True), 7.0),
        ("soon", None),
        ("nan", None),
        (None, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date(told: str | None, seconds: float | None) -> None:
    assert answers.retry_after(told, now=1_000_000) == seconds


def test_waits_grow_with_chance_and_never_fall_below_what_was_told() -> None:
    assert all(0.25 <= answers.back_off(1, None) <= 0.5 for _ in range(50))
    assert all(30 <= answers.back_off(40, None) <= 60 for _ in range(50))
    assert all(answers.back_off(1, 7.0) >= 7 for _ in range(50))


def test_many_threads_lose_nothing(tracked: Board) -> None:
    def many() -> None:
        for number in range(500):
            track(number)

    threads = [threading.Thread(target=many) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tokenboard.flush(60)
    assert len({event["event_id"] for event in tracked.events}) == 4000


def test_a_handler_of_lambda_is_flushed_after_each_call(board: Board) -> None:
    start(board, flush_interval=6000, exit_timeout=60)

    @tokenboard.flushed
    def handler(event: dict[str, int], context: object) -> int:
        track(event["n"])
        return event["n"]

    assert handler({"n": 5}, None) == 5
    assert len(board.events) == 1


def test_a_handler_of_lambda_is_not_held_up_longer_than_the_end_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    tokenboard.init(api_key="tb_test", base_url="http://127.0.0.1:9", flush_interval=600, exit_timeout=0.2)
    waited: list[float] = []
    monkeypatch.setattr("tokenboard.client.flush", waited.append)
    tokenboard.flushed(track)()
    assert waited == [0.2]


@pytest.mark.parametrize("address", ["http://[bad", "http://host:99999999", "nonsense://", "::", "http://"])
def test_an_address_that_is_none_breaks_nothing(address: str, board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKENBOARD_API_KEY", "tb_test")
    monkeypatch.setenv("TOKENBOARD_BASE_URL", address)
    track()
    with tokenboard.context(user="c_42"):
        track()
    tokenboard.flush(0.1)
    tokenboard.init(base_url=board.url)
    tokenboard.init(base_url=address)
    track()
    assert tokenboard.shutdown(0.1) in (True, False)
    assert board.events == []


def test_a_queue_that_waits_is_small(board: Board) -> None:
    board.default = answer(503, {}, Retry_After="600")
    start(board, flush_interval=0.05)
    for number in range(20_000):
        track(number)
    transport = client().transport
    assert transport is not None
    wait_until(lambda: transport._queue.bytes < 4_000_000)
    assert transport._queue.events == 20_000
    assert tokenboard.dropped() == {}
