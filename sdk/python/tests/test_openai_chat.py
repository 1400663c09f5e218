"""OpenAI's own client, old and new: the program gets the same, and the event says what was used."""

import contextvars
import copy
import gc
from collections.abc import Iterator
from typing import Any

import openai
import pytest

import tokenboard
from tests.conftest import USAGE, Board, Server, answer, events
from tokenboard.wrap import openai as openai_wrapper

MESSAGES: Any = [{"role": "user", "content": "a secret question"}]
CHAT: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-5.4-2026-03-05",
    "service_tier": "default",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "a secret answer"}}],
    "usage": USAGE,
}


def chunk(delta: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": None}]
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "gpt-5.4-2026-03-05",
        "service_tier": "default",
        "choices": choices,
        **more,
    }


ASKED = [
    chunk({"role": "assistant", "content": ""}, usage=None),
    chunk({"content": "a secret"}, usage=None),
    chunk({"content": " answer"}, usage=None),
    chunk(None, usage=USAGE),
]
UNASKED = [{name: value for name, value in each.items() if name != "usage"} for each in ASKED[:3]]


@pytest.fixture
def plain(vendor: Server) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key="sk-secret", base_url=f"{vendor.url}/v1", max_retries=1) as client:
        yield client


@pytest.fixture
def client(plain: openai.OpenAI, tracked: Board) -> openai.OpenAI:
    return tokenboard.wrap(plain, provider="openai")


def ask(client: openai.OpenAI, **more: Any) -> Any:
    return client.chat.completions.create(model="gpt-5.4", messages=MESSAGES, **more)


def asynchronous(vendor: Server) -> openai.AsyncOpenAI:
    made = openai.AsyncOpenAI(api_key="sk-secret", base_url=f"{vendor.url}/v1", max_retries=0)
    return tokenboard.wrap(made, provider="openai")


def test_a_call_is_an_event_with_the_usage_as_it_came(client: openai.OpenAI, vendor: Server, board: Board) -> None:
    vendor.default = answer(200, CHAT)
    ask(client)
    event = board.event()
    assert event.pop("event_id")[14] == "7"
    assert event.pop("occurred_at").endswith("+00:00")
    assert event.pop("latency_ms") > 0
    assert event == {
        "provider": "openai",
        "base_url": f"{vendor.url}/v1",
        "api": "chat.completions",
        "operation": "chat",
        "requested_model": "gpt-5.4",
        "model": "gpt-5.4-2026-03-05",
        "provider_response_id": "chatcmpl-1",
        "service_tier": "default",
        "raw_usage": USAGE,
        "status": "ok",
        "http_status": 200,
    }


def test_requests_and_results_are_the_same_with_and_without(
    plain: openai.OpenAI, vendor: Server, tracked: Board
) -> None:
    vendor.default = answer(200, CHAT)
    without = ask(plain, extra_body={"mine": 1})
    kind = type(plain)
    wrapped = tokenboard.wrap(plain, provider="openai")
    within = ask(wrapped, extra_body={"mine": 1})
    (_, path, headers, body), (_, path_2, headers_2, body_2) = vendor.requests
    assert (path, body, headers) == (path_2, body_2, headers_2)
    assert within.to_dict() == without.to_dict()
    assert within.model_dump_json() == without.model_dump_json()
    assert type(within) is type(without)
    assert wrapped is plain
    assert type(plain) is kind
    assert within._request_id == without._request_id


def test_a_stream_is_asked_for_its_usage_and_the_extra_chunk_is_hidden(
    plain: openai.OpenAI, vendor: Server, tracked: Board
) -> None:
    vendor.answers = [events(*UNASKED), events(*ASKED)]
    without = list(ask(plain, stream=True))
    stream = ask(tokenboard.wrap(plain, provider="openai"), stream=True)
    assert isinstance(stream, openai.Stream)
    within = list(stream)
    assert [each.to_dict() for each in within] == [each.to_dict() for each in without]
    assert [each.model_dump_json() for each in within] == [each.model_dump_json() for each in without]
    assert b'"stream_options":{"include_usage":true}' in vendor.requests[1][3].replace(b" ", b"")
    event = tracked.event()
    assert event["raw_usage"] == USAGE
    assert event["status"] == "ok"
    assert 0 < event["time_to_first_token_ms"] <= event["latency_ms"]


def test_a_stream_that_asked_itself_keeps_its_extra_chunk(client: openai.OpenAI, vendor: Server, board: Board) -> None:
    vendor.default = events(*ASKED)
    chunks = list(ask(client, stream=True, stream_options={"include_usage": True}))
    assert len(chunks) == 4
    assert board.event()["raw_usage"] == USAGE


@pytest.mark.parametrize("how", ["init", "wrap", "unknown host"])
def test_asking_for_usage_can_be_turned_off(how: str, plain: openai.OpenAI, vendor: Server, board: Board) -> None:
    tokenboard.init(api_key="tb_test", base_url=board.url, stream_usage=False if how == "init" else None)
    provider = None if how == "unknown host" else "openai"
    tokenboard.wrap(plain, provider=provider, stream_usage=False if how == "wrap" else None)
    vendor.default = events(*UNASKED)
    assert len(list(ask(plain, stream=True))) == 3
    assert b"stream_options" not in vendor.requests[0][3]
    event = board.event()
    assert "raw_usage" not in event
    assert event["provider"] == ("openai-compatible" if how == "unknown host" else "openai")


def test_the_stream_helper_is_one_event(client: openai.OpenAI, vendor: Server, board: Board) -> None:
    vendor.default = events(*ASKED)
    helper = getattr(client.chat.completions, "stream", None) or client.beta.chat.completions.stream
    with helper(model="gpt-5.4", messages=MESSAGES) as stream:
        final = stream.get_final_completion()
    assert final.choices[0].message.content == "a secret answer"
    assert board.event()["raw_usage"] == USAGE


def test_parse_is_one_event(client: openai.OpenAI, vendor: Server, board: Board) -> None:
    vendor.default = answer(200, CHAT)
    helper: Any = getattr(client.chat.completions, "parse", None) or client.beta.chat.completions.parse
    assert helper(model="gpt-5.4", messages=MESSAGES).choices[0].message.content == "a secret answer"
    assert board.event()["raw_usage"] == USAGE


def test_a_call_that_the_client_refuses_after_it_was_billed_keeps_its_usage(
    client: openai.OpenAI, vendor: Server, board: Board
) -> None:
    filtered = {**CHAT, "choices": [{**CHAT["choices"][0], "finish_reason": "content_filter"}]}
    vendor.default = answer(200, filtered)
    helper: Any = getattr(client.chat.completions, "parse", None) or client.beta.chat.completions.parse
    with pytest.raises(openai.ContentFilterFinishReasonError):
        helper(model="gpt-5.4", messages=MESSAGES, response_format={"type": "json_object"})
    event = board.event()
    assert event["raw_usage"] == USAGE
    assert event["error_type"] == "ContentFilterFinishReasonError"


def test_a_raw_response_is_read_without_being_touched(client: openai.OpenAI, vendor: Server, board: Board) -> None:
    vendor.default = answer(200, CHAT)
    raw = client.chat.completions.with_raw_response.create(model="gpt-5.4", messages=MESSAGES)
    assert raw.http_response.json() == CHAT
    assert raw.parse().id == "chatcmpl-1"
    assert board.event()["raw_usage"] == USAGE


@pytest.mark.parametrize("how", ["parse", "lines", "raw"])
def test_a_raw_stream_is_not_changed_and_read_beside(
    how: str, client: openai.OpenAI, vendor: Server, board: Board
) -> None:
    vendor.default = events(*ASKED)
    ways = {"parse": lambda raw: list(raw.parse()), "lines": lambda raw: list(raw.http_response.iter_lines())}
    with client.chat.completions.with_streaming_response.create(
        model="gpt-5.4", messages=MESSAGES, stream=True
    ) as response:
        got = list(response.iter_lines()) if how == "raw" else ways[how](response)
    assert len(got) == (4 if how == "parse" else 10)
    assert b"stream_options" not in vendor.requests[0][3]
    event = board.event()
    assert event["raw_usage"] == USAGE
    assert event["time_to_first_token_ms"] > 0


def test_a_raw_stream_that_is_closed_early_says_what_had_come_at_once(
    client: openai.OpenAI, vendor: Server, board: Board
) -> None:
    vendor.answers = [events(*ASKED)]
    stream = client.chat.completions.with_raw_response.create(model="gpt-5.4", messages=MESSAGES, stream=True).parse()
    next(stream)
    stream.close()
    assert "chunks" in board.event()["raw_usage"]


def test_a_streaming_response_with_a_plain_body_is_read_as_it_goes_by(
    client: openai.OpenAI, vendor: Server, board: Board
) -> None:
    vendor.default = answer(200, CHAT)
    create = client.chat.completions.with_streaming_response.create
    with create(model="gpt-5.4", messages=MESSAGES) as response:
        assert response.parse().id == "chatcmpl-1"
    assert board.event()["raw_usage"] == USAGE


def test_a_client_with_other_options_is_tracked_too(client: openai.OpenAI, vendor: Server, board: Board) -> None:
    vendor.default = answer(200, CHAT)
    ask(client.with_options(timeout=3).copy(max_retries=0))
    assert board.event()["raw_usage"] == USAGE


def test_a_copy_that_python_makes_calls_as_the_copy_says(client: openai.OpenAI, vendor: Server, board: Board) -> None:
    vendor.default = answer(200, CHAT)
    other = copy.copy(client)
    other.api_key = "sk-other"
    ask(other)
    ask(tokenboard.wrap(other, provider="openai"))
    keys = [{name.lower(): value for name, value in headers.items()} for _, _, headers, _ in vendor.requests]
    assert [each["authorization"] for each in keys] == ["Bearer sk-other"] * 2
    assert tokenboard.flush(60)
    assert len(board.events) == 1


def test_wrapping_twice_counts_once_and_unwrapping_ends_it(client: openai.OpenAI, vendor: Server, board: Board) -> None:
    vendor.default = answer(200, CHAT)
    ask(tokenboard.wrap(client))
    board.event()
    assert set(vars(client)) >= {"request"}
    tokenboard.unwrap(client)
    assert "request" not in vars(client)
    ask(client)
    board.event()


def test_a_call_that_fails_is_an_event_and_raises_as_before(
    client: openai.OpenAI, vendor: Server, board: Board
) -> None:
    vendor.default = answer(429, {"error": {"message": "slow down", "code": "rate_limited"}}, Retry_After="0")
    with pytest.raises(openai.RateLimitError) as caught:
        ask(client)
    assert caught.value.status_code == 429
    event = board.event()
    assert (event["status"], event["error_type"], event["http_status"]) == ("error", "RateLimitError", 429)
    assert event["model"] == "gpt-5.4"
    assert "raw_usage" not in event
    assert event["tags"] == {"retries": "1"}


def test_a_call_that_reaches_nobody_is_an_event(tracked: Board) -> None:
    client = tokenboard.wrap(openai.OpenAI(api_key="sk", base_url="http://127.0.0.1:9/v1", max_retries=0))
    with pytest.raises(openai.APIConnectionError):
        ask(client)
    assert tracked.event()["error_type"] == "APIConnectionError"


def test_retries_of_a_call_that_succeeds_are_told(client: openai.OpenAI, vendor: Server, board: Board) -> None:
    vendor.answers = [answer(500, {}, Retry_After_Ms="1"), answer(200, CHAT)]
    ask(client)
    assert board.event()["tags"] == {"retries": "1"}


@pytest.mark.parametrize("how", ["close", "break", "error"])
def test_a_stream_that_is_left_says_what_was_seen(
    how: str, client: openai.OpenAI, vendor: Server, board: Board
) -> None:
    vendor.default = events(*ASKED[:2], done=False, cut=how == "error")
    stream = ask(client, stream=True)
    next(stream)
    if how == "close":
        stream.close()
    elif how == "error":
        with pytest.raises(Exception, match=r"peer closed|incomplete|Connection"):
            list(stream)
    del stream
    gc.collect()
    event = board.event()
    assert event["raw_usage"] == {
        "chunks": [{"id": "chatcmpl-1", "model": "gpt-5.4-2026-03-05", "service_tier": "default", "choices": [{}]}]
    }
    assert event["status"] == ("error" if how == "error" else "ok")


async def test_async_calls_streams_and_cancellation(vendor: Server, tracked: Board) -> None:
    import asyncio

    client = asynchronous(vendor)
    create: Any = client.chat.completions.create
    vendor.default = answer(200, CHAT)
    assert (await create(model="gpt-5.4", messages=MESSAGES)).id == "chatcmpl-1"
    vendor.default = events(*ASKED)
    assert len([each async for each in await create(model="gpt-5.4", messages=MESSAGES, stream=True)]) == 3
    raw = await client.chat.completions.with_raw_response.create(model="gpt-5.4", messages=MESSAGES, stream=True)
    assert len([each async for each in raw.parse()]) == 4
    vendor.default = events(*ASKED[:1], done=False)

    begun = asyncio.Event()

    async def cancelled() -> None:
        async for _ in await create(model="gpt-5.4", messages=MESSAGES, stream=True):
            begun.set()
            await asyncio.sleep(3600)

    task = asyncio.create_task(cancelled())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    del task
    for _ in range(20):
        gc.collect()
        await asyncio.sleep(0.01)
    assert await asyncio.get_running_loop().run_in_executor(None, tokenboard.flush, 60)
    usages = [event["raw_usage"] for event in tracked.events]
    assert usages[:3] == [USAGE, USAGE, USAGE]
    assert "chunks" in usages[3]
    assert len(usages) == 4
    await client.close()


async def test_a_call_that_is_closed_from_another_context_ends_without_a_word(vendor: Server, tracked: Board) -> None:
    class Pending:
        def __await__(self) -> Any:
            yield

    async def never(*args: Any, **kwargs: Any) -> None:
        await Pending()

    client = openai.AsyncOpenAI(api_key="sk-secret", base_url=vendor.url, max_retries=0)
    client.request = never  # type: ignore[method-assign,assignment]
    tokenboard.wrap(client)
    create: Any = client.chat.completions.create
    call = create(model="gpt-5.4", messages=MESSAGES)
    contextvars.copy_context().run(call.send, None)
    call.close()
    await client.close()


def test_no_word_of_the_conversation_and_no_key_leaves(client: openai.OpenAI, vendor: Server, board: Board) -> None:
    vendor.answers = [answer(200, CHAT), events(*ASKED), events(*ASKED[:2], done=False)]
    ask(client)
    list(ask(client, stream=True))
    next(ask(client, stream=True))
    assert tokenboard.flush(60)
    assert "secret" not in str(board.envelopes)


def test_a_response_without_usage_or_with_odd_usage_is_an_event_all_the_same(
    client: openai.OpenAI, vendor: Server, board: Board
) -> None:
    usages: list[Any] = [None, {"odd": {"deep": [1, "two"]}}, [], "text"]
    for usage in usages:
        vendor.answers.append(answer(200, {**CHAT, "usage": usage}))
        ask(client)
    assert tokenboard.flush(60)
    assert [event.get("raw_usage") for event in board.events] == [None, {"odd": {"deep": [1, "two"]}}, None, None]


def test_an_exception_in_our_reading_never_reaches_the_program(
    client: openai.OpenAI, vendor: Server, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(value: object) -> None:
        raise RuntimeError("ours")

    vendor.answers = [answer(200, CHAT), events(*ASKED)]
    monkeypatch.setattr(openai_wrapper, "plain", broken)
    assert ask(client).id == "chatcmpl-1"
    assert len(list(ask(client, stream=True))) == 3
    assert tokenboard.flush(60)
    assert [event["status"] for event in board.events] == ["ok", "ok"]
    assert tokenboard.dropped() == {"reader_failed": 2}
    assert board.envelopes[-1]["sender"]["dropped"] == {"reader_failed": 2}


def test_without_a_key_nothing_is_done(plain: openai.OpenAI, vendor: Server, board: Board) -> None:
    tokenboard.init(base_url=board.url)
    vendor.default = answer(200, CHAT)
    assert ask(tokenboard.wrap(plain)).id == "chatcmpl-1"
    assert tokenboard.flush(60)
    assert board.requests == []


def test_azure_names_the_deployment_and_the_model_that_served(vendor: Server, tracked: Board) -> None:
    client = openai.AzureOpenAI(api_key="k", azure_endpoint=vendor.url, api_version="2024-10-21", max_retries=0)
    vendor.answers = [answer(200, CHAT), events(*ASKED)]
    tokenboard.wrap(client, provider="azure")
    create: Any = client.chat.completions.create
    create(model="my-deployment", messages=MESSAGES)
    assert len(list(create(model="my-deployment", messages=MESSAGES, stream=True))) == 3
    assert "/deployments/my-deployment/chat/completions" in vendor.requests[0][1]
    assert tokenboard.flush(60)
    for event in tracked.events:
        assert (event["provider"], event["deployment"], event["model"]) == (
            "azure",
            "my-deployment",
            "gpt-5.4-2026-03-05",
        )
    client.close()
