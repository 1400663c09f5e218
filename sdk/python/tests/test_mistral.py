"""Mistral's client, old and new: the program gets the same, and the event says what was used."""

import gc
from typing import Any

import pytest
from sdk.standin.server import Standin

import tokenboard
from tests.conftest import Board
from tests.vendors import CASES, events_of, expect, made, same_async, same_outcome, same_with_and_without

try:
    from mistralai.client import Mistral
except ImportError:
    from mistralai import Mistral  # type: ignore[attr-defined,no-redef]

ASK: Any = CASES["mistral/chat"].request["body"]


def maker(standin: Standin, path: str = "") -> Any:
    return lambda: made(Mistral(api_key="secret", server_url=f"{standin.url}{path}/mistral"))


def chat(client: Any) -> Any:
    return client.chat.complete(**ASK)


def stream(client: Any) -> Any:
    with client.chat.stream(**ASK) as chunks:
        return list(chunks)


def embed(client: Any) -> Any:
    return client.embeddings.create(model="mistral-embed", inputs=["How far is the moon?"])


def read(client: Any) -> Any:
    document = {"type": "document_url", "document_url": "https://example.com/a.pdf"}
    return client.ocr.process(model="mistral-ocr-latest", document=document)


@pytest.mark.parametrize(
    ("call", "case"), [(chat, "chat"), (stream, "chat_stream"), (embed, "embeddings"), (read, "ocr")]
)
def test_a_call_is_an_event_and_the_same_without_us(call: Any, case: str, standin: Standin, tracked: Board) -> None:
    same_with_and_without(maker(standin), call, standin)
    event = expect(tracked, f"mistral/{case}")
    assert event["base_url"] == f"{standin.url}/mistral"
    assert ("time_to_first_token_ms" in event) is (case == "chat_stream")


async def test_async_calls_and_streams(standin: Standin, tracked: Board) -> None:
    async def call(client: Any) -> Any:
        async with client:
            plain = await client.chat.complete_async(**ASK)
            return [plain, [each async for each in await client.chat.stream_async(**ASK)]]

    await same_async(maker(standin), call, standin)
    for event in events_of(tracked, 2):
        assert event["raw_usage"] == CASES["mistral/chat"].event["raw_usage"]


def test_a_stream_that_is_left_is_partial(standin: Standin, tracked: Board) -> None:
    chunks = tokenboard.wrap(maker(standin, "/fault/slow")()).chat.stream(**ASK)
    next(iter(chunks))
    chunks.response.close()
    del chunks
    gc.collect()
    (event,) = events_of(tracked, 1)
    assert event["raw_usage"]["chunks"][0]["choices"] == [{}]


@pytest.mark.parametrize("fault", ["429", "500", "cut", "no-usage", "unknown-usage", "invalid-json"])
def test_faults_come_to_the_program_as_before(fault: str, standin: Standin, tracked: Board) -> None:
    for call in (chat, stream):
        same_outcome(maker(standin, f"/fault/{fault}"), call)
    for event in events_of(tracked, 2):
        if fault.isdigit():
            assert (event["status"], event["http_status"]) == ("error", int(fault))
            assert event["model"] == ASK["model"]


def test_unwrap_ends_it(standin: Standin, tracked: Board) -> None:
    chat(tokenboard.unwrap(tokenboard.wrap(tokenboard.wrap(maker(standin)()))))
    events_of(tracked, 0)
