"""Groq's and Together's clients, old and new: the program gets the same, and the event says what was used."""

from typing import Any

import groq
import pytest
import together
from sdk.standin.server import Standin

from tests.conftest import Board
from tests.vendors import CASES, events_of, expect, made, same_async, same_outcome, same_with_and_without

KINDS: dict[str, Any] = {"groq": (groq.Groq, groq.AsyncGroq), "together": (together.Together, together.AsyncTogether)}


def address(standin: Standin, vendor: str, path: str = "") -> str:
    """Together's client had the version in its address before it had it in its paths."""
    is_old = vendor == "together" and int(together.__version__.partition(".")[0]) < 3
    return f"{standin.url}{path}/{vendor}{'/v1' if is_old else ''}"


def maker(standin: Standin, vendor: str, path: str = "") -> Any:
    at = address(standin, vendor, path)
    return lambda: made(KINDS[vendor][0](api_key="secret", base_url=at, max_retries=0))


def ask(vendor: str, **more: Any) -> Any:
    body = CASES[f"{vendor}/chat"].request["body"]
    return lambda client: client.chat.completions.create(**body, **more)


@pytest.mark.parametrize("vendor", KINDS)
def test_a_call_is_an_event_and_the_same_for_the_program(vendor: str, standin: Standin, tracked: Board) -> None:
    same_with_and_without(maker(standin, vendor), ask(vendor), standin)
    expect(tracked, f"{vendor}/chat")


@pytest.mark.parametrize("vendor", KINDS)
def test_a_stream_goes_by_untouched_and_tells_its_usage_unasked(vendor: str, standin: Standin, tracked: Board) -> None:
    same_with_and_without(maker(standin, vendor), lambda client: list(ask(vendor, stream=True)(client)), standin)
    event = expect(tracked, f"{vendor}/chat_stream")
    assert event["time_to_first_token_ms"] > 0


def test_together_embeds(standin: Standin, tracked: Board) -> None:
    body = CASES["together/embeddings"].request["body"]
    same_with_and_without(maker(standin, "together"), lambda client: client.embeddings.create(**body), standin)
    expect(tracked, "together/embeddings")


@pytest.mark.parametrize("vendor", KINDS)
@pytest.mark.parametrize("fault", ["429", "no-usage", "unknown-usage", "cut"])
def test_faults_come_to_the_program_as_before(vendor: str, fault: str, standin: Standin, tracked: Board) -> None:
    same_outcome(maker(standin, vendor, f"/fault/{fault}"), lambda client: list(ask(vendor, stream=True)(client)))
    (event,) = events_of(tracked, 1)
    assert event["status"] == ("error" if fault in ("429", "cut") else "ok")


@pytest.mark.parametrize("vendor", KINDS)
async def test_async_calls_and_streams(vendor: str, standin: Standin, tracked: Board) -> None:
    body = CASES[f"{vendor}/chat"].request["body"]

    async def call(client: Any) -> Any:
        async with client:
            create = client.chat.completions.create
            return [await create(**body), [each async for each in await create(**body, stream=True)]]

    at = address(standin, vendor)
    await same_async(lambda: KINDS[vendor][1](api_key="secret", base_url=at, max_retries=0), call, standin)
    for event in events_of(tracked, 2):
        assert event["raw_usage"] == CASES[f"{vendor}/chat"].event["raw_usage"]
