"""google-genai, old and new, for the Gemini API and Vertex: the program gets the same, the event says what was used."""

import asyncio
import gc
from typing import Any

import pytest
from google import genai
from google.oauth2.credentials import Credentials
from sdk.standin.server import Standin

import tokenboard
from tests.conftest import Board
from tests.vendors import CASES, events_of, expect, made, same_async, same_with_and_without

MODEL = "gemini-2.5-flash"
ASK: Any = {"model": MODEL, "contents": "How far is the moon?"}


def maker(standin: Standin, path: str = "", *, vertex: bool = False) -> Any:
    def make() -> Any:
        if not vertex:
            return made(genai.Client(api_key="secret", http_options={"base_url": f"{standin.url}{path}/google"}))
        who: Any = {"credentials": Credentials(token="t"), "project": "p", "location": "us-central1"}  # type: ignore[no-untyped-call]
        return made(genai.Client(vertexai=True, http_options={"base_url": f"{standin.url}{path}/vertex"}, **who))

    return make


def generate(client: Any) -> Any:
    answer = client.models.generate_content(**ASK)
    return [answer, answer.text, answer.sdk_http_response]


def stream(client: Any) -> Any:
    return list(client.models.generate_content_stream(**ASK))


@pytest.mark.parametrize("vertex", [False, True])
def test_content_is_an_event_and_the_same_for_the_program(vertex: bool, standin: Standin, tracked: Board) -> None:
    answer = same_with_and_without(maker(standin, vertex=vertex), generate, standin)
    assert answer[1] == "The moon is far."
    expect(tracked, "vertex/generate_content" if vertex else "google/generate_content")


@pytest.mark.parametrize("vertex", [False, True])
def test_a_stream_goes_by_untouched(vertex: bool, standin: Standin, tracked: Board) -> None:
    assert len(same_with_and_without(maker(standin, vertex=vertex), stream, standin)) == 3
    event = expect(tracked, "vertex/generate_content_stream" if vertex else "google/generate_content_stream")
    assert 0 < event["time_to_first_token_ms"] <= event["latency_ms"]


def test_searches_are_counted_without_their_words(standin: Standin, tracked: Board) -> None:
    same_with_and_without(maker(standin, "/case/google@generate_content_search"), generate, standin)
    expect(tracked, "google/generate_content_search")


@pytest.mark.parametrize("vertex", [False, True])
def test_embeddings(vertex: bool, standin: Standin, tracked: Board) -> None:
    case = "vertex/embed_content" if vertex else "google/embed_content"
    path = f"/case/{case.replace('/', '@')}"
    ask = {"model": "gemini-embedding-001", "contents": "How far is the moon?"}
    same_with_and_without(
        maker(standin, path, vertex=vertex), lambda client: client.models.embed_content(**ask), standin
    )
    expect(tracked, case)


def test_a_chat_is_tracked_and_counting_tokens_is_not(standin: Standin, tracked: Board) -> None:
    client = tokenboard.wrap(maker(standin)())
    client.models.count_tokens(**ASK)
    client.chats.create(model=MODEL).send_message("How far is the moon?")
    expect(tracked, "google/generate_content")


@pytest.mark.parametrize("fault", ["429", "500"])
def test_a_call_that_fails_is_an_event_and_raises_as_before(fault: str, standin: Standin, tracked: Board) -> None:
    client = tokenboard.wrap(maker(standin, f"/fault/{fault}")())
    for call in (generate, stream):
        with pytest.raises(genai.errors.APIError):
            call(client)
    for event in events_of(tracked, 2):
        assert (event["status"], event["http_status"], event["model"]) == ("error", int(fault), MODEL)


@pytest.mark.parametrize("how", ["close", "drop"])
def test_a_stream_that_is_left_says_what_had_come(how: str, standin: Standin, tracked: Board) -> None:
    client = tokenboard.wrap(maker(standin, "/fault/slow")())
    chunks = client.models.generate_content_stream(**ASK)
    next(chunks)
    if how == "close":
        chunks.close()
    del chunks
    gc.collect()
    (event,) = events_of(tracked, 1)
    (told,) = event["raw_usage"]["chunks"]
    assert told["usageMetadata"]["totalTokenCount"] == 1300
    assert told["candidates"] == [{}]


@pytest.mark.parametrize("fault", ["no-usage", "unknown-usage"])
def test_odd_usage_changes_nothing_for_the_program(fault: str, standin: Standin, tracked: Board) -> None:
    make = maker(standin, f"/fault/{fault}")
    same_with_and_without(make, generate, standin)
    same_with_and_without(make, stream, standin)
    whole, streamed = events_of(tracked, 2)
    assert ("raw_usage" in whole) is (fault == "unknown-usage")
    assert ("raw_usage" in streamed) is (fault == "unknown-usage")


def test_unwrap_ends_it(standin: Standin, tracked: Board) -> None:
    client = tokenboard.unwrap(tokenboard.wrap(tokenboard.wrap(maker(standin)())))
    generate(client)
    events_of(tracked, 0)


async def test_async_calls_streams_and_cancellation(standin: Standin, tracked: Board) -> None:
    async def call(client: Any) -> Any:
        answer = await client.aio.models.generate_content(**ASK)
        chunks = [each async for each in await client.aio.models.generate_content_stream(**ASK)]
        if hasattr(client.aio, "aclose"):
            await client.aio.aclose()
        return [answer, answer.text, chunks]

    await same_async(maker(standin), call, standin)
    usage = CASES["google/generate_content"].event["raw_usage"]
    assert await asyncio.get_running_loop().run_in_executor(None, tokenboard.flush, 60)
    assert [event["raw_usage"] for event in tracked.events] == [usage, usage]
    client = tokenboard.wrap(maker(standin, "/fault/slow")())

    begun = asyncio.Event()

    async def cancelled() -> None:
        async for _ in await client.aio.models.generate_content_stream(**ASK):
            begun.set()
            await asyncio.sleep(3600)

    task = asyncio.create_task(cancelled())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    del task
    gc.collect()
    await asyncio.sleep(0.01)
    if hasattr(client.aio, "aclose"):
        await client.aio.aclose()
    assert await asyncio.get_running_loop().run_in_executor(None, tokenboard.flush, 60)
    assert len(tracked.events) == 3
    assert "chunks" in tracked.events[2]["raw_usage"]
