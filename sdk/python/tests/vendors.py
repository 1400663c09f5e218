"""Vendors' real clients against the stand-in, with and without us: one walk for all of them."""

import json
from collections.abc import Callable
from typing import Any

from sdk.standin.cases import Case, load
from sdk.standin.server import Standin

import tokenboard
from tests.conftest import Board

CASES = {case.name: case for case in load()}
MADE_BY_THE_SDK = ("event_id", "occurred_at", "latency_ms", "time_to_first_token_ms", "base_url")
CHANGING = ("x-stainless-retry-count", "idempotency-key", "amz-sdk-invocation-id", "x-amz-date", "authorization")


_made: list[Any] = []


def made(client: Any) -> Any:
    """A client that is closed when its test is over."""
    _made.append(client)
    return client


def close_all() -> None:
    for client in _made:
        if hasattr(client, "close"):
            client.close()
        else:
            client.__exit__(None, None, None)
    _made.clear()


def dump(value: Any) -> Any:
    """Everything that an answer holds, as plain values."""
    if isinstance(value, (list, tuple)):
        return [dump(item) for item in value]
    if isinstance(value, dict):
        return {name: dump(item) for name, item in value.items()}
    if hasattr(value, "model_dump"):
        return (type(value).__name__, value.model_dump(mode="json", warnings=False))
    if hasattr(value, "dict"):
        return (type(value).__name__, value.dict())
    return value


def same_with_and_without(
    make: Callable[[], Any], call: Callable[[Any], Any], standin: Standin, **wrapping: Any
) -> Any:
    """Make a call with a fresh client, and again with a wrapped one; the answer of the second."""
    seen = []
    for is_wrapped in (False, True):
        client = make()
        kind = type(client)
        wrapped = tokenboard.wrap(client, **wrapping) if is_wrapped else client
        assert wrapped is client
        assert type(wrapped) is kind
        standin.requests.clear()
        answer = call(wrapped)
        seen.append((dump(answer), type(answer), [_asked(request) for request in standin.requests]))
    assert seen[0] == seen[1]
    return answer


async def same_async(make: Callable[[], Any], call: Callable[[Any], Any], standin: Standin, **wrapping: Any) -> Any:
    """The same, for clients that are awaited."""
    seen = []
    for is_wrapped in (False, True):
        client = tokenboard.wrap(make(), **wrapping) if is_wrapped else make()
        standin.requests.clear()
        answer = await call(client)
        seen.append((dump(answer), type(answer), [_asked(request) for request in standin.requests]))
    assert seen[0] == seen[1]
    return answer


def outcome(call: Callable[[Any], Any], client: Any) -> Any:
    """What the program gets: an answer, or an exception."""
    try:
        return dump(call(client))
    except Exception as error:
        return type(error), str(error)


def same_outcome(make: Callable[[], Any], call: Callable[[Any], Any]) -> None:
    """The program gets the same with and without us, good or bad."""
    assert outcome(call, make()) == outcome(call, tokenboard.wrap(make()))


def _asked(request: Any) -> Any:
    headers = {name.lower(): value for name, value in request.headers.items() if name.lower() not in CHANGING}
    return request.method, request.path, headers, request.body


def expect(board: Board, case: str | Case, **other: Any) -> dict[str, Any]:
    """The only event that came is the case's."""
    event = board.event()
    wanted = {**(CASES[case] if isinstance(case, str) else case).event, **other}
    assert {name: event[name] for name in event if name not in MADE_BY_THE_SDK} == {
        "status": "ok",
        "http_status": 200,
        **wanted,
    }
    assert event["latency_ms"] > 0
    assert "moon" not in json.dumps(event)
    return event


def events_of(board: Board, count: int) -> list[dict[str, Any]]:
    """That many events, after waiting for them."""
    assert tokenboard.flush(60)
    assert len(board.events) == count, board.events
    return board.events
