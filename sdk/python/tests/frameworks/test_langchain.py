"""LangChain's models and chains over the stand-in: one event for each call of a model."""

import asyncio
import uuid
from types import SimpleNamespace
from typing import Any

import openai
import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import AzureChatOpenAI, ChatOpenAI
from sdk.standin.server import Standin

import tokenboard
from tests.conftest import Board
from tests.vendors import CASES, events_of
from tokenboard.langchain import Callback, _inclusive


def model_at(standin: Standin, fault: str = "", **more: Any) -> ChatOpenAI:
    key: Any = "sk-secret"
    return ChatOpenAI(model="gpt-4o", api_key=key, base_url=f"{standin.url}{fault}/openai/v1", max_retries=0, **more)


def test_a_call_within_a_chain_is_one_event(standin: Standin, tracked: Board) -> None:
    """The handler is given three times, and the chain around tells of the same tokens: it is one event."""
    prompt = ChatPromptTemplate.from_messages([("user", "How far is the {what}?")])
    chain = prompt | model_at(standin, callbacks=[Callback()]) | StrOutputParser()
    with tokenboard.context(user="c_42", feature="search"):
        assert chain.invoke({"what": "moon"}, config={"callbacks": [Callback(), Callback()]})
    event = tracked.event()
    wanted = CASES["openai/chat"].event
    for name in ("requested_model", "model", "provider_response_id", "service_tier", "operation"):
        assert event[name] == wanted[name], name
    told = event["raw_usage"]
    assert (told["prompt_tokens"], told["completion_tokens"]) == (1200, 300)
    assert told["prompt_tokens_details"]["cached_tokens"] == 1000
    assert told["completion_tokens_details"]["reasoning_tokens"] == 100
    assert event["base_url"] == f"{standin.url}/openai/v1"
    assert event["provider"] == "openai-compatible"
    assert (event["user"], event["tags"]) == ("c_42", {"feature": "search"})
    assert event["latency_ms"] > 0
    assert "moon" not in str(tracked.envelopes)


def test_a_stream_tells_its_usage_and_its_first_token(standin: Standin, tracked: Board) -> None:
    model = model_at(standin, stream_usage=True)
    assert list(model.stream("How far is the moon?", config={"callbacks": [Callback()]}))
    event = tracked.event()
    assert event["usage"] == {
        "input_tokens": 1200,
        "cache_read_tokens": 1000,
        "input_audio_tokens": 0,
        "output_tokens": 300,
        "reasoning_tokens": 100,
        "output_audio_tokens": 0,
    }
    assert event["model"] == "gpt-4o-2024-08-06"
    assert 0 < event["time_to_first_token_ms"] <= event["latency_ms"]


def test_asynchronous_calls_keep_their_own_contexts(standin: Standin, tracked: Board) -> None:
    async def ask(user: str) -> None:
        with tokenboard.context(user=user):
            await model_at(standin).ainvoke("How far is the moon?", config={"callbacks": [Callback()]})

    async def both() -> None:
        await asyncio.gather(ask("one"), ask("two"))

    asyncio.run(both())
    assert sorted(event["user"] for event in events_of(tracked, 2)) == ["one", "two"]


def test_a_failure_is_one_event(standin: Standin, tracked: Board) -> None:
    with pytest.raises(openai.InternalServerError) as raised:
        model_at(standin, "/fault/500").invoke("How far is the moon?", config={"callbacks": [Callback(), Callback()]})
    event = tracked.event()
    assert (event["status"], event["error_type"], event["http_status"]) == ("error", type(raised.value).__name__, 500)
    assert event["model"] == "gpt-4o"


def test_what_langchains_cache_answers_is_no_event(standin: Standin, tracked: Board) -> None:
    model = model_at(standin, cache=InMemoryCache())
    for _ in range(2):
        model.invoke("How far is the moon?", config={"callbacks": [Callback()]})
    tracked.event()


def test_azure_is_azure(standin: Standin, tracked: Board) -> None:
    key: Any = "k"
    model = AzureChatOpenAI(
        azure_endpoint=f"{standin.url}/azure", azure_deployment="mine", api_version="2024-10-21", api_key=key
    )
    model.invoke("How far is the moon?", config={"callbacks": [Callback()]})
    assert tracked.event()["provider"] == "azure"


def test_a_model_that_tells_nothing_is_an_event_without_usage(tracked: Board) -> None:
    model = GenericFakeChatModel(messages=iter([AIMessage("far")]))
    model.invoke("How far is the moon?", config={"callbacks": [Callback()]})
    event = tracked.event()
    assert "usage" not in event
    assert "raw_usage" not in event


def test_without_a_key_and_with_odd_runs_nothing_happens(standin: Standin, board: Board) -> None:
    handler = Callback()
    handler.on_llm_end(SimpleNamespace(), run_id=uuid.uuid4())
    handler.on_chat_model_start(None, None, run_id=uuid.uuid4())
    model_at(standin).invoke("How far is the moon?", config={"callbacks": [handler]})
    assert board.requests == []


def test_langchains_counts_are_read_by_their_own_names() -> None:
    counted = {
        "input_tokens": 6200,
        "output_tokens": 300,
        "total_tokens": 6500,
        "input_token_details": {
            "cache_read": 5000,
            "cache_creation": 0,
            "ephemeral_5m_input_tokens": 600,
            "ephemeral_1h_input_tokens": 400,
        },
        "output_token_details": {"reasoning": 20},
    }
    assert _inclusive(counted) == {
        "input_tokens": 6200,
        "cache_read_tokens": 5000,
        "cache_write_tokens": 1000,
        "cache_write_5m_tokens": 600,
        "cache_write_1h_tokens": 400,
        "output_tokens": 300,
        "reasoning_tokens": 20,
    }
    tiered = {"input_tokens": 9, "input_token_details": {"priority": 4, "priority_cache_read": 5}}
    assert _inclusive(tiered)["cache_read_tokens"] == 5
