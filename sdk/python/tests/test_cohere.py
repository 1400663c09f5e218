"""Cohere's client, old and new, v2 and v1: the program gets the same, and the event says what was billed."""

import gc
from typing import Any

import cohere
import pytest
from sdk.standin.server import Standin

import tokenboard
from tests.conftest import Board
from tests.vendors import CASES, events_of, expect, made, same_async, same_outcome, same_with_and_without

ASK: Any = {name: CASES["cohere/chat"].request["body"][name] for name in ("model", "messages")}
ASK_1: Any = {name: CASES["cohere/v1_chat"].request["body"][name] for name in ("model", "message")}
TEXT = ["How far is the moon?"]
EMBED: Any = {"model": "embed-v4.0", "texts": TEXT, "input_type": "search_document"}
RERANK: Any = {"model": "rerank-v3.5", "query": "moon", "documents": ["sun", "moon"]}


def maker(standin: Standin, kind: Any = cohere.ClientV2, path: str = "") -> Any:
    keep = made if issubclass(kind, cohere.Client) else lambda client: client
    return lambda: keep(kind(api_key="secret", base_url=f"{standin.url}{path}/cohere"))


CALLS: dict[str, tuple[Any, Any]] = {
    "chat": (cohere.ClientV2, lambda client: client.chat(**ASK)),
    "chat_stream": (cohere.ClientV2, lambda client: list(client.chat_stream(**ASK))),
    "embed": (cohere.ClientV2, lambda client: client.embed(**EMBED, embedding_types=["float"])),
    "rerank": (cohere.ClientV2, lambda client: client.rerank(**RERANK)),
    "v1_chat": (cohere.Client, lambda client: client.chat(**ASK_1)),
    "v1_chat_stream": (cohere.Client, lambda client: list(client.chat_stream(**ASK_1))),
    "v1_embed": (cohere.Client, lambda client: client.embed(**EMBED)),
    "v1_rerank": (cohere.Client, lambda client: client.rerank(**RERANK)),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_is_an_event_and_the_same_for_the_program(name: str, standin: Standin, tracked: Board) -> None:
    kind, call = CALLS[name]
    same_with_and_without(maker(standin, kind), call, standin)
    event = expect(tracked, f"cohere/{name}")
    assert ("time_to_first_token_ms" in event) is name.endswith("_stream")


async def test_async_calls_and_streams(standin: Standin, tracked: Board) -> None:
    async def call(client: Any) -> Any:
        async with client:
            return [await client.chat(**ASK), [each async for each in client.chat_stream(**ASK)]]

    await same_async(maker(standin, cohere.AsyncClientV2), call, standin)
    for event in events_of(tracked, 2):
        assert event["raw_usage"] == CASES["cohere/chat"].event["raw_usage"]


def test_a_stream_that_is_left_has_no_usage(standin: Standin, tracked: Board) -> None:
    chunks = tokenboard.wrap(maker(standin, path="/fault/slow")()).chat_stream(**ASK)
    next(iter(chunks))
    chunks.close()
    del chunks
    gc.collect()
    (event,) = events_of(tracked, 1)
    assert event["raw_usage"]["chunks"] == [
        {"type": "message-start", "id": CASES["cohere/chat_stream"].event["provider_response_id"]}
    ]


@pytest.mark.parametrize("fault", ["429", "500"])
def test_a_call_that_fails_is_one_event_however_often_it_is_tried(
    fault: str, standin: Standin, tracked: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cohere.core.http_client.time.sleep", lambda seconds: None)
    client = tokenboard.wrap(maker(standin, path=f"/fault/{fault}")())
    with pytest.raises(cohere.core.ApiError) as caught:
        client.chat(**ASK)
    assert caught.value.status_code == int(fault)
    (event,) = events_of(tracked, 1)
    assert len(standin.requests) == 3
    assert (event["status"], event["http_status"], event["model"]) == ("error", int(fault), ASK["model"])


@pytest.mark.parametrize("fault", ["cut", "no-usage", "unknown-usage", "invalid-json"])
def test_faults_come_to_the_program_as_before(fault: str, standin: Standin, tracked: Board) -> None:
    for name in ("chat", "chat_stream"):
        same_outcome(maker(standin, path=f"/fault/{fault}"), CALLS[name][1])
    events_of(tracked, 2)


def test_unwrap_ends_it(standin: Standin, tracked: Board) -> None:
    client = tokenboard.unwrap(tokenboard.wrap(tokenboard.wrap(maker(standin)())))
    CALLS["chat"][1](client)
    CALLS["chat_stream"][1](client)
    events_of(tracked, 0)
