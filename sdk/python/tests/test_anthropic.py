"""Anthropic's own client, old and new: the program gets the same, and the event says what was used."""

import asyncio
import gc
from typing import Any

import anthropic
import pytest
from sdk.standin.server import Standin

import tokenboard
from tests.conftest import Board
from tests.vendors import CASES, events_of, expect, made, same_async, same_with_and_without
from tokenboard.wrap import anthropic as anthropic_wrapper

ASK: Any = {name: CASES["anthropic/messages"].request["body"][name] for name in ("model", "max_tokens", "messages")}


def maker(standin: Standin, kind: Any = anthropic.Anthropic, path: str = "", **more: Any) -> Any:
    keep = made if kind is anthropic.Anthropic else lambda client: client
    return lambda: keep(kind(api_key="sk-secret", base_url=f"{standin.url}{path}/anthropic", max_retries=0, **more))


def streamed(client: Any) -> list[Any]:
    return list(client.messages.create(**ASK, stream=True))


def helped(client: Any) -> Any:
    with client.messages.stream(**ASK) as stream:
        text = "".join(stream.text_stream)
        return text, stream.get_final_message()


def test_a_message_is_an_event_and_the_same_for_the_program(standin: Standin, tracked: Board) -> None:
    same_with_and_without(maker(standin), lambda client: client.messages.create(**ASK), standin)
    event = expect(tracked, "anthropic/messages")
    assert event["base_url"] == f"{standin.url}/anthropic"


def test_so_is_one_of_the_beta(standin: Standin, tracked: Board) -> None:
    same_with_and_without(maker(standin), lambda client: client.beta.messages.create(**ASK), standin)
    expect(tracked, "anthropic/messages")


def test_a_stream_goes_by_untouched(standin: Standin, tracked: Board) -> None:
    chunks = same_with_and_without(maker(standin), streamed, standin)
    assert [chunk.type for chunk in chunks][-1] == "message_stop"
    event = expect(tracked, "anthropic/messages_stream")
    assert 0 < event["time_to_first_token_ms"] <= event["latency_ms"]


def test_the_stream_helper_is_one_event(standin: Standin, tracked: Board) -> None:
    text, final = same_with_and_without(maker(standin), helped, standin)
    assert text == "The moon is far."
    assert final.usage.output_tokens == 300
    expect(tracked, "anthropic/messages_stream")


def test_searches_are_in_the_usage(standin: Standin, tracked: Board) -> None:
    client = tokenboard.wrap(maker(standin, path="/case/anthropic@messages_search")())
    client.messages.create(**ASK)
    expect(tracked, "anthropic/messages_search")


def test_counting_tokens_is_no_event(standin: Standin, tracked: Board) -> None:
    client = tokenboard.wrap(maker(standin)())
    assert client.messages.count_tokens(model=ASK["model"], messages=ASK["messages"]).input_tokens == 14
    events_of(tracked, 0)


def test_each_result_of_a_batch_is_an_event_that_counts_once(standin: Standin, tracked: Board) -> None:
    def results(client: Any) -> Any:
        return list(client.messages.batches.results("msgbatch_01"))

    same_with_and_without(maker(standin), results, standin)
    wanted = CASES["anthropic/batch_results"].event["each"]
    events = events_of(tracked, 2)
    for event, said in zip(events, wanted, strict=True):
        assert {name: event[name] for name in said} == said
        assert "latency_ms" not in event
    results(tokenboard.wrap(maker(standin)()))
    assert len({event["event_id"] for event in events_of(tracked, 4)}) == 2


def test_raw_responses_are_read_beside(standin: Standin, tracked: Board) -> None:
    raw = same_with_and_without(
        maker(standin), lambda client: client.messages.with_raw_response.create(**ASK).http_response.json(), standin
    )
    assert raw["id"] == CASES["anthropic/messages"].event["provider_response_id"]
    expect(tracked, "anthropic/messages")


def test_a_raw_stream_is_read_beside(standin: Standin, tracked: Board) -> None:
    client = tokenboard.wrap(maker(standin)())
    with client.messages.with_streaming_response.create(**ASK, stream=True) as response:
        lines = list(response.iter_lines())
    assert lines == CASES["anthropic/messages_stream"].answer.read_text().splitlines()
    expect(tracked, "anthropic/messages_stream")


def test_with_options_is_tracked_and_unwrap_ends_it(standin: Standin, tracked: Board) -> None:
    client = tokenboard.wrap(maker(standin)())
    client.with_options(timeout=5).messages.create(**ASK)
    expect(tracked, "anthropic/messages")
    tokenboard.unwrap(client).messages.create(**ASK)
    events_of(tracked, 1)


@pytest.mark.parametrize("fault", ["429", "500"])
def test_a_call_that_fails_is_an_event_and_raises_as_before(fault: str, standin: Standin, tracked: Board) -> None:
    client = tokenboard.wrap(maker(standin, path=f"/fault/{fault}")())
    with pytest.raises(anthropic.APIStatusError) as caught:
        client.messages.create(**ASK)
    (event,) = events_of(tracked, 1)
    assert (event["status"], event["http_status"]) == ("error", int(fault))
    assert event["error_type"] == type(caught.value).__name__


def test_a_stream_that_breaks_says_what_had_come(standin: Standin, tracked: Board) -> None:
    client = tokenboard.wrap(maker(standin, path="/fault/cut")())
    with pytest.raises(Exception, match=r"peer closed|incomplete|Connection"):
        streamed(client)
    (event,) = events_of(tracked, 1)
    assert event["raw_usage"] == {"chunks": CASES["anthropic/messages_stream"].event["raw_usage"]["chunks"][:1]}
    assert event["status"] == "error"


@pytest.mark.parametrize("how", ["close", "drop", "with"])
def test_a_stream_that_is_left_says_what_had_come(how: str, standin: Standin, tracked: Board) -> None:
    client = tokenboard.wrap(maker(standin, path="/fault/slow")())
    stream = client.messages.create(**ASK, stream=True)
    next(stream)
    if how == "close":
        stream.close()
    elif how == "with":
        with stream:
            pass
    del stream
    gc.collect()
    (event,) = events_of(tracked, 1)
    assert len(event["raw_usage"]["chunks"]) == 1
    assert event["status"] == "ok"


@pytest.mark.parametrize("fault", ["no-usage", "garbage-usage", "unknown-usage"])
def test_odd_usage_changes_nothing_for_the_program(fault: str, standin: Standin, tracked: Board) -> None:
    make = maker(standin, path=f"/fault/{fault}")
    same_with_and_without(make, lambda client: client.messages.create(**ASK), standin)
    same_with_and_without(make, streamed, standin)
    whole, stream = events_of(tracked, 2)
    assert ("raw_usage" in whole) is (fault == "unknown-usage")
    assert whole["model"] == stream["model"] == ASK["model"]


def test_json_that_is_none_raises_as_before(standin: Standin, tracked: Board) -> None:
    make = maker(standin, path="/fault/invalid-json")
    for client in (make(), tokenboard.wrap(make())):
        with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
            client.messages.create(**ASK)
    (event,) = events_of(tracked, 1)
    assert event["status"] == "error"


def test_an_exception_in_our_reading_never_reaches_the_program(
    standin: Standin, tracked: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(value: object) -> None:
        raise RuntimeError("ours")

    monkeypatch.setattr(anthropic_wrapper, "plain", broken)
    client = tokenboard.wrap(maker(standin)())
    assert client.messages.create(**ASK).usage.output_tokens == 300
    assert len(streamed(client)) == 9
    events_of(tracked, 2)
    assert tokenboard.dropped()["reader_failed"] >= 2


async def test_async_calls_streams_and_cancellation(standin: Standin, tracked: Board) -> None:
    make = maker(standin, anthropic.AsyncAnthropic)

    async def call(client: Any) -> Any:
        plain = await client.messages.create(**ASK)
        stream = [chunk async for chunk in await client.messages.create(**ASK, stream=True)]
        async with client.messages.stream(**ASK) as helper:
            final = await helper.get_final_message()
        results = [each async for each in await client.messages.batches.results("msgbatch_01")]
        await client.close()
        return [plain, stream, final, results]

    await same_async(make, call, standin)

    begun = asyncio.Event()

    async def cancelled() -> None:
        client = tokenboard.wrap(maker(standin, anthropic.AsyncAnthropic, "/fault/slow")())
        async with client:
            async for _ in await client.messages.create(**ASK, stream=True):
                begun.set()
                await asyncio.sleep(3600)

    task = asyncio.create_task(cancelled())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    del task
    for _ in range(3):
        gc.collect()
        await asyncio.sleep(0.01)
    assert await asyncio.get_running_loop().run_in_executor(None, tokenboard.flush, 60)
    stream = CASES["anthropic/messages_stream"].event["raw_usage"]
    usages = [event["raw_usage"] for event in tracked.events]
    assert usages[:3] == [CASES["anthropic/messages"].event["raw_usage"], stream, stream]
    assert usages[5] == {"chunks": stream["chunks"][:1]}


def test_claude_on_bedrock_is_named_as_the_request_names_it(standin: Standin, tracked: Board) -> None:
    case = CASES["bedrock/invoke_claude"]

    def make() -> Any:
        at = f"{standin.url}/bedrock"
        return made(
            anthropic.AnthropicBedrock(aws_access_key="A", aws_secret_key="s", aws_region="us-east-1", base_url=at)
        )

    ask = {**ASK, "model": case.request["model"]}
    same_with_and_without(make, lambda client: client.messages.create(**ask), standin)
    expect(tracked, case, api="messages")
    tracked.envelopes.clear()
    same_with_and_without(make, lambda client: list(client.messages.create(**ask, stream=True)), standin)
    expect(tracked, CASES["bedrock/invoke_claude_stream"], api="messages")


def test_claude_on_vertex(standin: Standin, tracked: Board) -> None:
    def make() -> Any:
        at = f"{standin.url}/vertex/v1"
        return made(anthropic.AnthropicVertex(region="us-east5", project_id="p", access_token="t", base_url=at))

    ask = {**ASK, "model": CASES["vertex/messages"].event["requested_model"]}
    same_with_and_without(make, lambda client: client.messages.create(**ask), standin)
    expect(tracked, "vertex/messages")
    tracked.envelopes.clear()
    same_with_and_without(make, lambda client: list(client.messages.create(**ask, stream=True)), standin)
    expect(tracked, "vertex/messages_stream")


def test_claude_on_foundry_names_the_deployment(standin: Standin, tracked: Board) -> None:
    foundry = pytest.importorskip("anthropic.lib.foundry")
    client = made(foundry.AnthropicFoundry(api_key="k", base_url=f"{standin.url}/anthropic/"))
    tokenboard.wrap(client).messages.create(**ASK)
    (event,) = events_of(tracked, 1)
    assert (event["provider"], event["deployment"]) == ("azure", ASK["model"])
