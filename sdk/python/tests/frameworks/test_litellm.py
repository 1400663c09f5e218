"""LiteLLM with its own ways of calling, over the stand-in: what its callback tells becomes the vendor's own counts."""

import asyncio
import base64
import threading
from collections.abc import Iterator
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import litellm as _litellm
import openai
import pytest
from sdk.standin.server import Standin

import tokenboard
from tests.conftest import USAGE, Board, Server, answer, wait_until
from tests.vendors import CASES
from tokenboard.litellm import Callback, _own_id, _provider, _told

litellm: Any = _litellm
pytestmark = pytest.mark.filterwarnings("ignore")  # LiteLLM's own are many
MESSAGES = [{"role": "user", "content": "How far is the moon?"}]


@pytest.fixture(autouse=True)
def _callback(tracked: Board, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(litellm, "callbacks", [Callback()])
    yield
    litellm.logging_callback_manager._reset_all_callbacks()


def there(standin: Standin, vendor: str, fault: str | None = None) -> dict[str, Any]:
    before = f"/fault/{fault}" if fault else ""
    path = {"openai": "/openai/v1", "anthropic": "/anthropic", "groq": "/groq/openai/v1"}[vendor]
    return {"api_base": f"{standin.url}{before}{path}", "api_key": "sk-secret", "messages": MESSAGES}


def came(board: Board, count: int = 1) -> list[dict[str, Any]]:
    """So many events: LiteLLM tells of a call a moment after it."""

    def flushed() -> bool:
        tokenboard.flush(60)
        return len(board.events) >= count

    wait_until(flushed)
    assert len(board.events) == count, board.events
    assert "moon" not in str(board.envelopes)
    assert "secret" not in str(board.envelopes)
    return board.events


def test_a_completion_is_an_event_with_the_vendors_counts(standin: Standin, tracked: Board) -> None:
    with tokenboard.context(user="c_42", feature="search"):
        answer = litellm.completion(model="openai/gpt-4o", **there(standin, "openai"))
    assert answer.choices[0].message.content
    (event,) = came(tracked)
    wanted = CASES["openai/chat"].event
    assert {name: event[name] for name in ("api", "operation", "model", "provider_response_id", "service_tier")} == {
        name: wanted[name] for name in ("api", "operation", "model", "provider_response_id", "service_tier")
    }
    assert event["provider"] == "openai-compatible"
    assert event["requested_model"] == "gpt-4o"
    assert event["base_url"].startswith(standin.url)
    assert (event["user"], event["tags"]) == ("c_42", {"feature": "search"})
    told = event["raw_usage"]
    assert (told["prompt_tokens"], told["completion_tokens"]) == (1200, 300)
    assert told["prompt_tokens_details"]["cached_tokens"] == 1000
    assert told["completion_tokens_details"]["reasoning_tokens"] == 100
    assert event["latency_ms"] > 0


def test_anthropics_cache_keeps_its_lives_and_its_made_up_id_stays_here(standin: Standin, tracked: Board) -> None:
    litellm.completion(model="anthropic/claude-sonnet-4-5", user="c_7", **there(standin, "anthropic"))
    (event,) = came(tracked)
    assert (event["provider"], event["model"]) == ("anthropic", CASES["anthropic/messages"].event["model"])
    assert "provider_response_id" not in event
    assert event["user"] == "c_7"
    told = event["raw_usage"]
    assert (told["prompt_tokens"], told["total_tokens"]) == (6200, 6500)
    assert (told["cache_read_input_tokens"], told["cache_creation_input_tokens"]) == (5000, 1000)
    if version("litellm") == "1.72.9":  # which does not tell them
        return
    lives = told["prompt_tokens_details"]["cache_creation_token_details"]
    assert lives == {"ephemeral_5m_input_tokens": 600, "ephemeral_1h_input_tokens": 400}


@pytest.mark.parametrize("is_async", [False, True])
def test_a_stream_is_one_event_without_litellms_own_estimate(is_async: bool, standin: Standin, tracked: Board) -> None:
    asked = {"model": "anthropic/claude-sonnet-4-5", "stream": True, **there(standin, "anthropic")}
    if is_async:
        asyncio.run(_read_async(asked))
    else:
        with tokenboard.context(user="c_42"):
            stream = litellm.completion(**asked)
        assert len(list(stream)) > 1
        assert came(tracked)[0]["user"] == "c_42"
    (event,) = came(tracked)
    assert event["raw_usage"]["prompt_tokens"] == 6200
    assert "cost" not in event["raw_usage"]
    assert 0 < event["time_to_first_token_ms"] <= event["latency_ms"]


async def _read_async(asked: dict[str, Any]) -> None:
    async for _ in await litellm.acompletion(**asked):
        pass
    await asyncio.sleep(0.5)  # LiteLLM tells from a task of this loop


def test_counts_that_litellm_made_up_are_not_sent(standin: Standin, tracked: Board) -> None:
    """This host was not asked for the usage of a stream, so LiteLLM counted tokens itself."""
    list(litellm.completion(model="openai/gpt-4o", stream=True, **there(standin, "openai")))
    (event,) = came(tracked)
    assert "raw_usage" not in event
    asks = {"stream_options": {"include_usage": True}}
    list(litellm.completion(model="openai/gpt-4o", stream=True, **asks, **there(standin, "openai")))
    assert came(tracked, 2)[1]["raw_usage"]["prompt_tokens"] == 1200


def test_a_failure_is_one_event(standin: Standin, tracked: Board) -> None:
    with pytest.raises(litellm.InternalServerError):
        litellm.completion(model="openai/gpt-4o", max_retries=0, **there(standin, "openai", "500"))
    (event,) = came(tracked)
    assert (event["status"], event["error_type"], event["http_status"]) == ("error", "InternalServerError", 500)
    assert event["model"] == "gpt-4o"


def test_a_router_that_falls_back_tells_of_both_attempts(standin: Standin, tracked: Board) -> None:
    broken, good = there(standin, "openai", "500"), there(standin, "anthropic")
    messages = [broken.pop("messages"), good.pop("messages")][0]
    router = litellm.Router(
        model_list=[
            {"model_name": "a", "litellm_params": {"model": "openai/gpt-4o", "max_retries": 0, **broken}},
            {"model_name": "b", "litellm_params": {"model": "anthropic/claude-sonnet-4-5", **good}},
        ],
        fallbacks=[{"a": ["b"]}],
        num_retries=0,
    )
    router.completion(model="a", messages=messages)
    states = sorted((event["provider"], event["status"]) for event in came(tracked, 2))
    assert states == [("anthropic", "ok"), ("openai-compatible", "error")]


def test_what_litellms_cache_answers_is_no_event(standin: Standin, tracked: Board) -> None:
    callback = Callback()
    callback.log_success_event({"litellm_call_id": "1", "cache_hit": True}, SimpleNamespace(), 1.0, 2.0)
    litellm.completion(model="openai/gpt-4o", **there(standin, "openai"))
    came(tracked)


def test_one_answer_told_twice_has_one_id(tracked: Board) -> None:
    callback = Callback()
    answer = SimpleNamespace(id="chatcmpl-1", usage={"prompt_tokens": 1, "completion_tokens": 1})
    kwargs = {"litellm_call_id": "1", "call_type": "completion", "model": "gpt-4o", "custom_llm_provider": "openai"}
    threads = [threading.Thread(target=callback.log_success_event, args=(kwargs, answer, 1.0, 2.0)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = {event["event_id"] for event in came(tracked, 2)}
    assert len(ids) == 1


def test_a_wrapped_client_under_litellm_is_the_same_event(vendor: Server, tracked: Board) -> None:
    """Both tell of the call, by the id of its response: the server counts it once."""
    message = {"role": "assistant", "content": "far"}
    body = {
        "id": "chatcmpl-CZ8dMk3uVtXw7PqLr2NsYb5HfJgA1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4o",
    }
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    vendor.default = answer(200, {**body, "choices": [choice], "usage": USAGE})
    with openai.OpenAI(api_key="sk-secret", base_url=vendor.url) as client:
        litellm.completion(model="openai/gpt-4o", client=tokenboard.wrap(client), messages=MESSAGES)
        ids = [event["event_id"] for event in came(tracked, 2)]
    assert ids == [f"response:{body['id']}"] * 2


@pytest.mark.parametrize(
    ("named", "address", "provider"),
    [
        ("openai", None, "openai"),
        ("openai", "https://api.openai.com/v1", "openai"),
        ("openai", "https://api.groq.com/openai/v1", "groq"),
        ("openai", "http://vllm:8000/v1", "openai-compatible"),
        ("azure", "https://mine.openai.azure.com", "azure"),
        ("together_ai", "https://api.together.xyz/v1", "together_ai"),
        ("vertex_ai_beta", None, "vertex"),
    ],
)
def test_the_provider_is_litellms_or_that_of_the_address(named: str, address: str | None, provider: str) -> None:
    assert _provider({"custom_llm_provider": named}, address) == provider


def test_ids_are_the_vendors_own() -> None:
    assert _own_id("chatcmpl-C9aZ01") == "chatcmpl-C9aZ01"
    assert _own_id("chatcmpl-04ba4413-e959-40e2-a933-61cc1cc4acf4") is None
    assert _own_id(None) is None
    inside = base64.b64encode(b"litellm:custom_llm_provider:openai;model_id:m;response_id:resp_1").decode()
    assert _own_id(f"resp_{inside}") == "resp_1"


def test_a_cost_is_kept_only_where_it_is_the_vendors() -> None:
    usage = {"prompt_tokens": 1, "cost": 0.01}
    assert _told({"custom_llm_provider": "openai"}, usage) == {"prompt_tokens": 1}
    assert _told({"custom_llm_provider": "openrouter"}, usage) == usage
