"""Calls that are held to budgets: asked for before the vendor is, and settled, let go or extended after."""

import asyncio
import gzip
import json
import pickle
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from sdk.standin.server import Standin

import tokenboard
from tests.conftest import Board, Server, answer, wait_until
from tests.vendors import made

openai = pytest.importorskip("openai")

ASK: dict[str, Any] = {"model": "gpt-4o", "messages": [{"role": "user", "content": "How far is the moon?"}]}
BUDGET = {
    "id": "019ab7aa-0000-7000-8000-000000000001",
    "name": "Support",
    "limit": "strict",
    "amount": "1",
    "spent": "0.25",
    "reserved": "0.5",
    "remaining": "0.25",
    "unpriced_calls": 0,
    "resets_at": "2026-12-01T00:00:00Z",
    "on_unavailable": "open",
}
EXHAUSTED = {"code": "budget_exhausted", "title": "no", "detail": "Support has $0.25 left.", "budgets": [BUDGET]}


class Keeper(Board):
    """In TokenBoard's place, with budgets: grants what it is asked for, unless the test says what it answers."""

    def __init__(self) -> None:
        super().__init__()
        self.budgets: list[dict[str, Any]] = [BUDGET]
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.reserving: list[Any] = []
        """Answers to the next reservations."""
        self.extending: Any = None
        self.lock = threading.Lock()
        self.default = self.do

    def do(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        if not handler.path.startswith("/api/v1/budgets/"):
            self.take(handler, body)
            return
        said = json.loads(body)
        verb = handler.path.rpartition("/")[2]
        with self.lock:
            self.asked.append((verb, said))
            number = len(self.asked)
        respond = self.reserving.pop(0) if verb == "reserve" and self.reserving else None
        if verb == "reserve" and respond is None:
            granted = {"reservation_id": f"r{number}", "amount": "0.1", "expires_at": "x", "budgets": self.budgets}
            respond = answer(200, granted)
        elif verb == "extend" and self.extending is not None:
            respond = self.extending
        (respond or answer(200, {"released": True}))(handler, body)

    def of(self, verb: str) -> list[dict[str, Any]]:
        return [said for each, said in self.asked if each == verb]


def start(keeper: Keeper, **more: Any) -> None:
    more = {"flush_interval": 0.02, "budget_timeout": 60, **more}
    tokenboard.init(api_key="tb_test", base_url=keeper.url, enforce_budgets=True, **more)


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    server = Keeper()
    start(server, project="shop")
    yield server
    server.stop()


def client(standin: Standin, fault: str = "", **options: Any) -> Any:
    path = f"/fault/{fault}/openai/v1" if fault else "/openai/v1"
    kept = {name: options.pop(name) for name in ("provider", "enforce_budgets") if name in options}
    raw = openai.OpenAI(api_key="sk", base_url=standin.url + path, max_retries=0, **options)
    return tokenboard.wrap(made(raw), **{"provider": "openai", **kept})


def async_client(standin: Standin) -> Any:
    return tokenboard.wrap(
        openai.AsyncOpenAI(api_key="sk", base_url=f"{standin.url}/openai/v1", max_retries=0), provider="openai"
    )


def test_a_call_is_asked_for_before_it_is_made_and_its_event_settles_it(keeper: Keeper, standin: Standin) -> None:
    with tokenboard.context(user="c_42", feature="search", environment="test"):
        assert client(standin).chat.completions.create(**ASK, max_tokens=100).choices
    event = keeper.event()
    assert event["reservation_id"] == "r1"
    (asked,) = keeper.of("reserve")
    size = asked.pop("input_tokens")
    assert len(json.dumps(ASK["messages"])) < size < 1000
    assert asked == {
        "provider": "openai",
        "model": "gpt-4o",
        "project": "shop",
        "environment": "test",
        "user": "c_42",
        "tags": {"feature": "search"},
        "max_output_tokens": 100,
        "lease_seconds": 120,
    }
    assert keeper.of("release") == []


def test_a_refused_call_does_not_reach_the_vendor(keeper: Keeper, standin: Standin) -> None:
    keeper.reserving = [answer(402, EXHAUSTED)]
    with pytest.raises(tokenboard.BudgetExceeded, match=r"Support has \$0.25 left") as caught:
        client(standin).chat.completions.create(**ASK)
    refused = caught.value
    assert (refused.budget_name, refused.budget_id, refused.remaining) == ("Support", BUDGET["id"], Decimal("0.25"))
    assert refused.resets_at.isoformat() == "2026-12-01T00:00:00+00:00"
    assert isinstance(refused, tokenboard.BudgetError)
    assert pickle.loads(pickle.dumps(refused)).budgets == refused.budgets  # noqa: S301
    assert standin.requests == []
    assert tokenboard.flush(60)
    assert keeper.events == []


def test_nothing_is_asked_unless_it_is_wanted(keeper: Keeper, standin: Standin) -> None:
    client(standin, enforce_budgets=False).chat.completions.create(**ASK)
    tokenboard.init(api_key="tb_test", base_url=keeper.url, flush_interval=0.02)
    client(standin).chat.completions.create(**ASK)
    assert keeper.asked == []
    client(standin, enforce_budgets=True).chat.completions.create(**ASK)
    assert [verb for verb, _ in keeper.asked] == ["reserve"]


def test_what_with_options_makes_is_held_too(keeper: Keeper, standin: Standin) -> None:
    keeper.reserving = [answer(402, EXHAUSTED)]
    with pytest.raises(tokenboard.BudgetExceeded):
        client(standin).with_options(timeout=9).chat.completions.create(**ASK)
    assert standin.requests == []


def test_a_call_that_the_vendor_fails_lets_go_at_once(keeper: Keeper, standin: Standin) -> None:
    with pytest.raises(openai.RateLimitError):
        client(standin, "429").chat.completions.create(**ASK)
    wait_until(lambda: keeper.of("release") == [{"reservation_id": "r1"}])
    assert "reservation_id" not in keeper.event()


def test_the_clients_own_tries_are_one_reservation(keeper: Keeper, standin: Standin) -> None:
    with pytest.raises(openai.InternalServerError):
        client(standin, "500").with_options(max_retries=2).chat.completions.create(**ASK)
    assert len(standin.requests) == 3
    assert tokenboard.flush(60)
    assert [verb for verb, _ in keeper.asked] == ["reserve", "release"]


def test_a_stream_settles_at_its_end(keeper: Keeper, standin: Standin) -> None:
    stream = client(standin).chat.completions.create(**ASK, stream=True)
    next(stream)
    assert tokenboard.flush(60)
    assert keeper.events == []
    assert len(list(stream)) > 1
    assert keeper.event()["reservation_id"] == "r1"


def test_a_stream_that_is_left_settles_too(keeper: Keeper, standin: Standin) -> None:
    with client(standin).chat.completions.create(**ASK, stream=True) as stream:
        next(stream)
    assert keeper.event()["reservation_id"] == "r1"


def test_what_no_budget_counts_holds_nothing(keeper: Keeper, standin: Standin) -> None:
    keeper.budgets = []
    client(standin).chat.completions.create(**ASK)
    assert "reservation_id" not in keeper.event()


async def test_an_async_client_asks_beside_the_loop(keeper: Keeper, standin: Standin) -> None:
    turns = 0

    def slowly(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        wait_until(lambda: turns > 3)
        answer(402, EXHAUSTED)(handler, body)

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.01)
            turns += 1

    async with async_client(standin) as asking:
        await asking.chat.completions.create(**ASK)
        keeper.reserving = [slowly]
        counting = asyncio.create_task(count())
        with pytest.raises(tokenboard.BudgetExceeded):
            await asking.chat.completions.create(**ASK)
        counting.cancel()
    assert len(standin.requests) == 1
    assert keeper.event()["reservation_id"] == "r1"


async def test_who_is_cancelled_while_asking_holds_nothing(keeper: Keeper, standin: Standin) -> None:
    asked = threading.Event()

    def slowly(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        asked.set()
        time.sleep(0.2)
        answer(200, {"reservation_id": "late", "amount": "1", "expires_at": "x", "budgets": [BUDGET]})(handler, body)

    keeper.reserving = [slowly]
    async with async_client(standin) as asking:
        task = asyncio.create_task(asking.chat.completions.create(**ASK))
        await asyncio.to_thread(asked.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await asyncio.to_thread(wait_until, lambda: keeper.of("release") == [{"reservation_id": "late"}])
    assert standin.requests == []


@pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
def test_a_server_that_cannot_say_lets_calls_through(status: int, keeper: Keeper, standin: Standin) -> None:
    keeper.reserving = [answer(status, {}), answer(status, b"<html>")]
    asking = client(standin)
    asking.chat.completions.create(**ASK)
    asking.chat.completions.create(**ASK)
    assert len(standin.requests) == 2


def test_a_server_that_is_down_is_as_the_program_says(standin: Standin) -> None:
    start: dict[str, Any] = {
        "api_key": "tb_test",
        "base_url": "http://127.0.0.1:9",
        "enforce_budgets": True,
        "exit_timeout": 0.1,
    }
    tokenboard.init(**start)
    client(standin).chat.completions.create(**ASK)
    tokenboard.init(**start, budget_unavailable="closed")
    with pytest.raises(tokenboard.BudgetUnavailable):
        client(standin).chat.completions.create(**ASK)
    assert len(standin.requests) == 1


def test_a_server_that_is_down_is_as_the_budgets_said(keeper: Keeper, standin: Standin) -> None:
    keeper.budgets = [BUDGET, {**BUDGET, "on_unavailable": "closed"}]
    asking = client(standin)
    asking.chat.completions.create(**ASK)
    keeper.reserving = [answer(503, {}), answer(503, {}), answer(503, {})]
    with pytest.raises(tokenboard.BudgetUnavailable, match="HTTP 503"):
        asking.chat.completions.create(**ASK)
    with tokenboard.context(user="somebody else"), pytest.raises(tokenboard.BudgetUnavailable):
        asking.chat.completions.create(**ASK)
    with tokenboard.context(project="another"):
        asking.chat.completions.create(**ASK)
    assert len(standin.requests) == 2


def test_a_server_that_does_not_answer_is_waited_for_no_longer_than_said(keeper: Keeper, standin: Standin) -> None:
    tokenboard.init(
        api_key="tb_test", base_url=keeper.url, enforce_budgets=True, budget_timeout=0.05, budget_unavailable="closed"
    )
    over = threading.Event()
    keeper.reserving = [lambda *_: over.wait(200)] * 9
    asking = client(standin)
    for _ in range(5):
        with pytest.raises(tokenboard.BudgetUnavailable):
            asking.chat.completions.create(**ASK)
    wait_until(lambda: len(keeper.of("reserve")) == 3)  # then it is left alone for a while
    over.set()
    assert standin.requests == []


def test_a_long_call_extends_its_lease(board: Board, vendor: Server) -> None:
    keeper = Keeper()
    start(keeper, budget_lease=1)
    slow = threading.Event()

    def answers(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        slow.wait(200)
        answer(200, {"id": "chatcmpl-1", "model": "gpt-4o", "choices": []})(handler, body)

    vendor.default = answers
    raw = made(openai.OpenAI(api_key="sk", base_url=vendor.url, max_retries=0))
    call = threading.Thread(target=tokenboard.wrap(raw).chat.completions.create, kwargs=ASK)
    call.start()
    wait_until(lambda: len(keeper.of("extend")) >= 2)
    slow.set()
    call.join()
    assert keeper.of("extend")[0] == {"reservation_id": "r1", "lease_seconds": 1}
    assert keeper.event()["reservation_id"] == "r1"
    raw.close()
    keeper.stop()


def test_a_lease_that_is_over_is_not_extended_again(keeper: Keeper, standin: Standin) -> None:
    start(keeper, budget_lease=1)
    keeper.extending = answer(409, {"code": "reservation_ended"})
    stream = client(standin).chat.completions.create(**ASK, stream=True)
    next(stream)
    wait_until(lambda: len(keeper.of("extend")) == 1)
    stream.close()
    assert keeper.event()["reservation_id"] == "r1"


NO_PRICE = {"code": "no_upper_estimate", "title": "no price"}


def test_a_model_without_a_price_is_asked_for_by_what_the_program_says(keeper: Keeper, standin: Standin) -> None:
    start(keeper, budget_amount="0.25")
    keeper.reserving = [answer(422, NO_PRICE)]
    client(standin).chat.completions.create(**ASK)
    first, second = keeper.of("reserve")
    assert "input_tokens" in first
    assert "input_tokens" not in second
    assert second["amount"] == "0.25"
    assert keeper.event()["reservation_id"] == "r2"


def test_where_nobody_can_say_what_it_costs_nothing_is_held(keeper: Keeper, standin: Standin) -> None:
    asking = client(standin)
    asking.images.generate(model="gpt-image-1", prompt="A moon", size="1024x1024", quality="high")
    assert keeper.of("reserve")[0]["amount"] == "0"
    assert "reservation_id" not in keeper.event()
    keeper.budgets = [{**BUDGET, "on_unavailable": "closed"}]
    with pytest.raises(tokenboard.BudgetUnavailable, match="budget_amount"):
        asking.images.generate(model="gpt-image-1", prompt="A moon", size="1024x1024", quality="high")
    keeper.reserving = [answer(402, EXHAUSTED)]
    with pytest.raises(tokenboard.BudgetExceeded):
        asking.images.generate(model="gpt-image-1", prompt="A moon", size="1024x1024", quality="high")
    assert len(standin.requests) == 1


def test_looking_up_what_was_answered_asks_for_nothing(keeper: Keeper, standin: Standin) -> None:
    client(standin).files.content("file-1")
    assert keeper.asked == []


def test_connections_are_kept(keeper: Keeper, standin: Standin) -> None:
    ports = set()

    def noting(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        ports.add(handler.client_address)
        answer(200, {"reservation_id": "r", "amount": "0", "expires_at": "x", "budgets": []})(handler, body)

    keeper.reserving = [noting] * 3
    asking = client(standin)
    for _ in range(3):
        asking.chat.completions.create(**ASK)
    assert len(ports) == 1


def test_a_reservation_is_neither_compressed_nor_does_it_hold_a_word(keeper: Keeper, standin: Standin) -> None:
    client(standin).chat.completions.create(**ASK)
    body = next(body for _, path, _, body in keeper.requests if path.endswith("/reserve"))
    assert b"moon" not in body
    with pytest.raises(gzip.BadGzipFile):
        gzip.decompress(body)
