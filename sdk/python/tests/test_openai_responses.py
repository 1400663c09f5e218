"""OpenAI's responses, also in the background, and embeddings."""

from collections.abc import Iterator
from typing import Any

import openai
import pytest

import tokenboard
from tests.conftest import Board, Server, answer, events

USAGE = {
    "input_tokens": 1200,
    "input_tokens_details": {"cached_tokens": 1000},
    "output_tokens": 300,
    "output_tokens_details": {"reasoning_tokens": 100},
    "total_tokens": 1500,
}
MESSAGE = {
    "type": "message",
    "id": "msg_1",
    "role": "assistant",
    "status": "completed",
    "content": [{"type": "output_text", "text": "a secret answer", "annotations": []}],
}


def response(**more: Any) -> dict[str, Any]:
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1_780_000_000,
        "status": "completed",
        "model": "gpt-5.4-2026-03-05",
        "service_tier": "priority",
        "output": [MESSAGE],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": USAGE,
        **more,
    }


@pytest.fixture
def client(vendor: Server, tracked: Board) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key="sk-secret", base_url=f"{vendor.url}/v1", max_retries=0) as client:
        yield tokenboard.wrap(client, provider="openai")


def test_a_response_is_an_event(client: openai.OpenAI, vendor: Server, board: Board) -> None:
    vendor.default = answer(200, response())
    assert client.responses.create(model="gpt-5.4", input="a secret question").output_text == "a secret answer"
    event = board.event()
    assert event["raw_usage"] == USAGE
    assert (event["api"], event["model"], event["service_tier"]) == ("responses", "gpt-5.4-2026-03-05", "priority")
    assert event["provider_response_id"] == "resp_1"
    assert "secret" not in str(event)


def test_tools_that_are_charged_for_go_with_the_usage(client: openai.OpenAI, vendor: Server, board: Board) -> None:
    search = {"type": "web_search_call", "id": "ws_1", "status": "completed"}
    search["action"] = {"type": "search", "query": "a secret"}  # type: ignore[assignment]
    function = {"type": "function_call", "id": "f", "call_id": "c", "name": "mine", "arguments": "secret"}
    vendor.default = answer(200, response(output=[search, function, MESSAGE], tools=[{"type": "web_search"}]))
    client.responses.create(model="gpt-5.4", input="?")
    assert board.event()["raw_usage"] == {
        "object": "response",
        "model": "gpt-5.4-2026-03-05",
        "usage": USAGE,
        "tools": [{"type": "web_search"}],
        "output": [{"type": "web_search_call", "action": {"type": "search"}}],
    }


def test_a_stream_of_events_is_read_from_its_last(client: openai.OpenAI, vendor: Server, board: Board) -> None:
    started = {"type": "response.created", "sequence_number": 0, "response": response(usage=None, status="in_progress")}
    delta: dict[str, Any] = {"type": "response.output_text.delta", "sequence_number": 1, "delta": "a secret"}
    delta |= {"item_id": "msg_1", "output_index": 0, "content_index": 0, "logprobs": []}
    ended = {"type": "response.completed", "sequence_number": 2, "response": response()}
    vendor.default = events(started, delta, ended, done=False)
    assert len(list(client.responses.create(model="gpt-5.4", input="?", stream=True))) == 3
    event = board.event()
    assert event["raw_usage"] == USAGE
    assert event["time_to_first_token_ms"] > 0

    vendor.default = events(started, delta, done=False)
    stream = client.responses.create(model="gpt-5.4", input="?", stream=True)
    next(iter(stream))
    stream.close()
    assert tokenboard.flush(60)
    about = {"id": "resp_1", "model": "gpt-5.4-2026-03-05"}
    assert board.events[1]["raw_usage"] == {"chunks": [{"type": "response.created", "response": about}]}


def test_a_response_in_the_background_counts_once_however_often_it_is_looked_up(
    client: openai.OpenAI, vendor: Server, board: Board
) -> None:
    queued = response(background=True, status="queued", usage=None, output=[])
    done = response(background=True, completed_at=1_780_000_060)
    vendor.answers = [answer(200, each) for each in (queued, queued, done, done)]
    client.responses.create(model="gpt-5.4", input="?", background=True)
    for _ in range(3):
        client.responses.retrieve("resp_1")
    assert tokenboard.flush(60)
    assert [event["event_id"] for event in board.events] == ["openai-response-resp_1"] * 2
    event = board.events[0]
    assert event["raw_usage"] == USAGE
    assert event["occurred_at"] == "2026-05-28T20:26:40+00:00"
    assert event["latency_ms"] == 60_000


def test_looking_up_what_was_counted_already_is_no_event(client: openai.OpenAI, vendor: Server, board: Board) -> None:
    vendor.answers = [answer(200, response()), answer(404, {"error": {"message": "gone"}})]
    client.responses.retrieve("resp_1")
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve("resp_2")
    client.with_raw_response.models.list()
    assert tokenboard.flush(60)
    assert board.requests == []


def test_embeddings_are_an_event_of_their_input(client: openai.OpenAI, vendor: Server, board: Board) -> None:
    usage = {"prompt_tokens": 8, "total_tokens": 8}
    data = [{"object": "embedding", "index": 0, "embedding": [0.5, 0.25]}]
    body = {"object": "list", "data": data, "model": "text-embedding-3-small", "usage": usage}
    vendor.default = answer(200, body)
    made = client.embeddings.create(model="text-embedding-3-small", input="?", encoding_format="float")
    assert made.data[0].embedding == [0.5, 0.25]
    event = board.event()
    assert event["raw_usage"] == usage
    assert (event["api"], event["operation"]) == ("embeddings", "embeddings")
