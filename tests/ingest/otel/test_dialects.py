"""What each library writes of one call, and what TokenBoard reads: names as they stand in the packages' sources."""

import json
from decimal import Decimal
from typing import Any

import pytest

from app.ingest.rules.incoming import IncomingEvent
from app.ingest.rules.otel import to_events, wire
from tests.ingest.otel.exports import START, chat, make_export, make_span

OUTER, INNER = "11" * 8, "22" * 8
INSTRUMENTATION = "opentelemetry.instrumentation."


def read(attributes: dict[str, Any], scope: str = "any", **more: Any) -> list[IncomingEvent]:
    return events(make_export(make_span(attributes, **more), scope=scope))


def events(export: Any) -> list[IncomingEvent]:
    found = to_events(list(wire.spans(export)))
    assert all(isinstance(event, IncomingEvent) for event in found), found
    return [event for event in found if isinstance(event, IncomingEvent)]


def one(attributes: dict[str, Any], scope: str = "any", **more: Any) -> IncomingEvent:
    (event,) = read(attributes, scope, **more)
    return event


def counts(event: IncomingEvent) -> dict[str, int]:
    """Its usage, in short words."""
    return {name.removesuffix("_tokens"): count for name, count in (event.usage or {}).items()}


CACHED = {"input": 1000, "output": 500, "cache_read": 600, "cache_write": 100, "reasoning": 200}


# --- GenAI conventions ---


def test_genai_as_it_is_now() -> None:
    event = one(
        chat(
            **{
                "gen_ai.usage.cache_read.input_tokens": 600,
                "gen_ai.usage.cache_write.input_tokens": 100,
                "gen_ai.usage.reasoning.output_tokens": 200,
                "gen_ai.usage.audio.input_tokens": 10,
                "gen_ai.response.time_to_first_chunk": 0.25,
                "gen_ai.conversation.id": "talk-1",
                "enduser.id": "c_42",
                "openai.response.service_tier": "priority",
                "server.address": "eu.api.openai.com",
                "server.port": 443,
                "gen_ai.agent.name": "planner",
            }
        )
    )
    assert counts(event) == {**CACHED, "input_audio": 10}
    assert (event.provider, event.model, event.requested_model) == ("openai", "gpt-4-0613", "gpt-4")
    assert (event.operation, event.service_tier, event.base_url) == ("chat", "priority", "https://eu.api.openai.com")
    assert (event.session_id, event.user, event.tags) == ("talk-1", "c_42", {"agent": "planner"})
    assert (event.time_to_first_token_ms, event.latency_ms) == (250.0, 1500.0)
    assert event.event_id == "response:chatcmpl-9XkT2b7QpLm4RwYv8ZsJcNd1"


def test_genai_as_it_was() -> None:
    event = one(
        {
            "gen_ai.system": "az.ai.openai",
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.usage.prompt_tokens": 1000,
            "gen_ai.usage.completion_tokens": 500,
            "gen_ai.usage.cache_read_input_tokens": 600,
            "gen_ai.usage.cache_creation_input_tokens": 100,
            "gen_ai.usage.reasoning_tokens": 200,
            "gen_ai.openai.response.service_tier": "flex",
        }
    )
    assert counts(event) == CACHED
    assert (event.provider, event.model, event.service_tier) == ("azure", "gpt-4o", "flex")
    assert event.requested_model is None


@pytest.mark.parametrize(
    "operation",
    ["invoke_agent", "invoke_workflow", "create_agent", "execute_tool", "plan", "fetch_response", "agent_step", "x"],
)
def test_what_sums_up_other_calls_is_none(operation: str) -> None:
    assert read(chat(**{"gen_ai.operation.name": operation})) == []


@pytest.mark.parametrize("operation", ["chat", "generate_content", "text_completion", "embeddings", "Chat"])
def test_what_calls_a_model_is_a_call(operation: str) -> None:
    assert one(chat(**{"gen_ai.operation.name": operation})).operation == operation.lower()


def test_spans_of_anything_else_are_left_out() -> None:
    assert read({"http.request.method": "POST", "server.address": "api.openai.com"}) == []
    assert read({"db.system": "redis", "gen_ai.operation.name": "retrieval", "gen_ai.request.model": "m"}) == []
    assert read({}) == []


def test_a_call_that_failed_is_told_with_its_error() -> None:
    failed = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4"}
    raised = {"exception": {"exception.type": "openai.RateLimitError", "exception.message": "secret"}}
    by_event = one(failed, error=True, events=raised)
    assert (by_event.status, by_event.error_type, by_event.http_status) == ("error", "openai.RateLimitError", None)
    by_type = one({**failed, "error.type": "429"}, error=True)
    assert (by_type.status, by_type.error_type, by_type.http_status) == ("error", "429", 429)
    assert (by_type.usage, by_type.model) == (None, "gpt-4")


def test_a_call_without_usage_is_a_call_whose_usage_is_not_known() -> None:
    without = {name: value for name, value in chat().items() if "usage" not in name}
    assert one(without).usage is None


def test_details_may_stand_in_an_event_of_the_span() -> None:
    usage = {"gen_ai.usage.input_tokens": 1000, "gen_ai.input.messages": "secret"}
    plain = {name: value for name, value in chat().items() if name != "gen_ai.usage.input_tokens"}
    event = one(plain, events={"gen_ai.client.inference.operation.details": usage})
    assert counts(event) == {"input": 1000, "output": 500}


# --- which host answers ---


@pytest.mark.parametrize(
    ("address", "provider"),
    [
        ("api.openai.com", "openai"),
        ("openrouter.ai", "openrouter"),
        ("api.groq.com", "groq"),
        ("contoso.openai.azure.com", "azure"),
        ("https://api.deepseek.com/v1", "deepseek"),
        ("dashscope-intl.aliyuncs.com", "alibaba"),
        ("bedrock-runtime.eu-west-1.amazonaws.com", "aws.bedrock"),
        ("my-proxy.internal", "openai"),
        ("[broken", "openai"),
    ],
)
def test_the_host_says_who_serves_openais_client(address: str, provider: str) -> None:
    assert one(chat(**{"server.address": address})).provider == provider


def test_a_server_of_ones_own_is_addressed_as_it_is() -> None:
    assert one(chat(**{"server.address": "localhost", "server.port": 11434})).base_url == "http://localhost:11434"


def test_who_says_no_provider_is_known_by_his_library() -> None:
    unnamed = {name: value for name, value in chat().items() if name != "gen_ai.provider.name"}
    assert one(unnamed, INSTRUMENTATION + "anthropic").provider == "anthropic"
    assert one(unnamed).provider == "unknown"


# --- OpenLLMetry / Traceloop ---


def test_traceloop_with_its_old_words() -> None:
    event = one(
        {
            "llm.request.type": "chat",
            "gen_ai.system": "OpenAI",
            "gen_ai.request.model": "gpt-4",
            "gen_ai.response.model": "gpt-4-0613",
            "gen_ai.usage.prompt_tokens": 1000,
            "gen_ai.usage.completion_tokens": 500,
            "llm.usage.total_tokens": 1500,
            "gen_ai.openai.api_base": "https://api.openai.com/v1/",
            "gen_ai.prompt.0.content": "secret",
            "traceloop.workflow.name": "answer",
            "traceloop.association.properties.user_id": "c_42",
            "traceloop.association.properties.session_id": "s_1",
            "traceloop.association.properties.plan": "gold",
        },
        INSTRUMENTATION + "openai.v1",
    )
    assert (event.provider, event.operation, event.base_url) == ("openai", "chat", "https://api.openai.com/v1/")
    assert (event.user, event.session_id, event.tags) == ("c_42", "s_1", {"plan": "gold", "workflow": "answer"})
    assert counts(event) == {"input": 1000, "output": 500}


@pytest.mark.parametrize("kind", ["workflow", "task", "agent", "tool"])
def test_traceloops_own_spans_are_no_calls(kind: str) -> None:
    assert read(chat(**{"traceloop.span.kind": kind})) == []


def test_traceloops_anthropic_has_the_cache_in_its_input_and_its_bedrock_has_not() -> None:
    told = chat(
        **{
            "gen_ai.usage.input_tokens": 1000,
            "gen_ai.usage.total_tokens": 1500,
            "gen_ai.usage.cache_read.input_tokens": 600,
            "gen_ai.usage.cache_creation.input_tokens": 100,
        }
    )
    kept = {"output": 500, "cache_read": 600, "cache_write": 100}
    assert counts(one(told, INSTRUMENTATION + "anthropic")) == {"input": 1000, **kept}
    assert counts(one(told, INSTRUMENTATION + "bedrock")) == {"input": 1700, **kept}


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        # more from the cache than there is input: it stands beside
        ({"input_tokens": 10, "cache_read.input_tokens": 600}, {"input": 610, "output": 500, "cache_read": 600}),
        # the sum of all says that it does
        (
            {"input_tokens": 1000, "cache_read.input_tokens": 600, "total_tokens": 2100},
            {"input": 1600, "output": 500, "cache_read": 600},
        ),
        ({"reasoning_tokens": 700}, {"input": 1000, "output": 1200, "reasoning": 700}),
        ({"reasoning_tokens": 200, "total_tokens": 1700}, {"input": 1000, "output": 700, "reasoning": 200}),
        ({"reasoning_tokens": 200, "total_tokens": 1500}, {"input": 1000, "output": 500, "reasoning": 200}),
        ({"input_tokens": -1}, {"output": 500}),
        ({"input_tokens": float("nan")}, {"output": 500}),
        ({"input_tokens": 12.0}, {"input": 12, "output": 500}),
        ({"input_tokens": "12"}, {"input": 12, "output": 500}),
        ({"input_tokens": True}, {"output": 500}),
        ({"input_tokens": 10**15}, {"output": 500}),
    ],
)
def test_counts_are_read_as_they_can_only_be_meant(given: dict[str, Any], understood: dict[str, int]) -> None:
    assert counts(one(chat(**{f"gen_ai.usage.{name}": count for name, count in given.items()}))) == understood


# --- OpenLIT, pydantic-ai, Sentry, xAI ---


def test_openlit() -> None:
    event = one(
        chat(
            **{
                "telemetry.sdk.name": "openlit",
                "gen_ai.usage.cost": 99.0,
                "gen_ai.usage.total_tokens": 1500,
                "gen_ai.usage.prompt_tokens_details.cached_tokens": 600,
                "gen_ai.usage.prompt_tokens_details.cache_creation_tokens": 100,
                "gen_ai.usage.completion_tokens_details.reasoning_tokens": 200,
                "gen_ai.environment": "default",
                "gen_ai.server.time_to_first_token": 0.5,
            }
        ),
        "openlit",
    )
    assert counts(event) == CACHED
    assert (event.reported_cost, event.environment, event.time_to_first_token_ms) == (None, None, 500.0)


def test_pydantic_ai() -> None:
    event = one(
        chat(
            **{
                "gen_ai.usage.cache_read.input_tokens": 600,
                "gen_ai.usage.cache_creation.input_tokens": 100,
                "gen_ai.usage.details.reasoning_tokens": 200,
                "gen_ai.client.operation.time_to_first_chunk": 0.25,
                "operation.cost": 99.0,
                "logfire.json_schema": "{}",
            }
        ),
        "pydantic-ai",
    )
    assert (counts(event), event.reported_cost, event.time_to_first_token_ms) == (CACHED, None, 250.0)
    run = {"gen_ai.operation.name": "invoke_agent", "gen_ai.aggregated_usage.input_tokens": 1000}
    assert read(run, "pydantic-ai") == []


def test_sentrys_spelling() -> None:
    event = one(
        {
            "sentry.op": "gen_ai.chat",
            "gen_ai.system": "openai",
            "gen_ai.request.model": "gpt-4",
            "gen_ai.usage.input_tokens": 1000,
            "gen_ai.usage.output_tokens": 500,
            "gen_ai.usage.input_tokens.cached": 600,
            "gen_ai.usage.input_tokens.cache_write": 100,
            "gen_ai.usage.output_tokens.reasoning": 200,
        }
    )
    assert counts(event) == CACHED
    agent = {"sentry.op": "gen_ai.invoke_agent", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 1}
    assert read(agent) == []


def test_xais_ticks_are_exact() -> None:
    event = one(chat(**{"gen_ai.provider.name": "x_ai", "gen_ai.usage.cost_in_usd_ticks": 158_500}))
    assert Decimal(event.reported_cost) == Decimal("0.00001585")


# --- OpenInference ---

LLM = {
    "openinference.span.kind": "LLM",
    "llm.system": "anthropic",
    "llm.provider": "aws",
    "llm.model_name": "claude-sonnet-4-5",
    "llm.token_count.prompt": 1000,
    "llm.token_count.completion": 500,
    "llm.token_count.total": 1500,
    "llm.token_count.prompt_details.cache_read": 600,
    "llm.token_count.prompt_details.cache_write": 100,
    "llm.token_count.completion_details.reasoning": 200,
    "llm.cost.total": 99.0,
    "llm.input_messages.0.message.content": "secret",
    "input.value": "secret",
    "session.id": "s_1",
    "user.id": "c_42",
    "metadata": json.dumps({"feature": "search", "prompt": "secret", "ls_model_name": "x", "deep": {"a": 1}}),
}


def test_openinference() -> None:
    event = one(LLM)
    assert counts(event) == CACHED
    assert (event.provider, event.model, event.operation) == ("aws.bedrock", "claude-sonnet-4-5", "chat")
    assert (event.session_id, event.user, event.tags) == ("s_1", "c_42", {"feature": "search"})
    assert event.reported_cost is None


@pytest.mark.parametrize("kind", ["AGENT", "CHAIN", "TOOL", "RETRIEVER", "GUARDRAIL", "EVALUATOR", "UNKNOWN"])
def test_openinferences_other_kinds_are_no_calls(kind: str) -> None:
    assert read({**LLM, "openinference.span.kind": kind}) == []


def test_openinferences_embeddings() -> None:
    told = {"openinference.span.kind": "EMBEDDING", "embedding.model_name": "text-embedding-3-small"}
    event = one({**told, "llm.token_count.prompt": 8}, "openinference.instrumentation.openai")
    assert (event.operation, event.provider, counts(event)) == ("embeddings", "openai", {"input": 8})


def test_openinference_names_the_response_in_the_answer_only() -> None:
    answer = json.dumps({"id": "msg_01XFDUDYJgAACzvnptvVoYEL", "content": [{"text": "secret"}]})
    event = one({**LLM, "output.value": answer})
    assert event.provider_response_id == "msg_01XFDUDYJgAACzvnptvVoYEL"
    assert event.event_id == "response:msg_01XFDUDYJgAACzvnptvVoYEL"


@pytest.mark.parametrize(
    "answer",
    [
        '{"id": "a secret"}',
        '{"id": "user_01XFDUDYJgAACzvnptvVoYEL"}',
        '{"text": "secret", "id": "msg_01XFDUDYJgAACzvnptvVoYEL"}',
        'secret {"id": "msg_01XFDUDYJgAACzvnptvVoYEL"}',
    ],
)
def test_what_an_answer_says_itself_is_no_id(answer: str) -> None:
    assert one({**LLM, "output.value": answer}).provider_response_id is None


def test_openinference_names_the_model_of_a_failed_call_among_its_parameters() -> None:
    told = {"openinference.span.kind": "LLM", "llm.system": "openai"}
    assert one({**told, "llm.invocation_parameters": '{"model": "gpt-4o", "stop": ["secret"]}'}).model == "gpt-4o"
    assert one({**told, "llm.invocation_parameters": "no JSON"}).model == "unknown"


# --- Anthropic's own client ---


def test_anthropics_client_says_for_how_long_caches_live() -> None:
    event = one(
        {
            "gen_ai.provider.name": "anthropic",
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "claude-sonnet-5-5",
            "gen_ai.usage.input_tokens": 6200,
            "gen_ai.usage.output_tokens": 300,
            "gen_ai.usage.cache_read.input_tokens": 5000,
            "gen_ai.usage.cache_write.input_tokens": 1000,
            "anthropic.usage.cache_creation.ephemeral_5m_input_tokens": 600,
            "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 400,
            "anthropic.response.service_tier": "standard",
        },
        "com.anthropic.sdk.python",
    )
    assert counts(event) == {
        "input": 6200,
        "output": 300,
        "cache_read": 5000,
        "cache_write_5m": 600,
        "cache_write_1h": 400,
    }
    assert event.service_tier == "standard"


def test_reports_of_one_call_tell_each_other_whom_it_was_for() -> None:
    """Its own client's span stands alone and comes first; a library's knows the user."""
    own = make_span(chat(), span_id="aa" * 8)
    librarys = make_span({**chat(), "user.id": "c_42", "session.id": "s_1"}, span_id="bb" * 8)
    told = events(make_export(own, librarys))
    assert [(event.event_id, event.user, event.session_id) for event in told] == [
        ("response:chatcmpl-9XkT2b7QpLm4RwYv8ZsJcNd1", "c_42", "s_1")
    ] * 2


# --- Vercel AI SDK ---


def vercel(version: int, provider: str = "openai.responses", **more: Any) -> dict[str, Any]:
    told = {
        "ai.operationId": "ai.generateText.doGenerate",
        "ai.model.id": "gpt-4",
        "ai.model.provider": provider,
        "ai.response.id": "resp_0a1b2c3d4e5f6a7b8c9d0e1f",
        "ai.response.model": "gpt-4-0613",
        "ai.telemetry.functionId": "answer",
        "ai.telemetry.metadata.userId": "c_42",
        "ai.telemetry.metadata.plan": "gold",
        "ai.prompt.messages": "secret",
        "gen_ai.system": provider,
        "gen_ai.usage.input_tokens": 1,
    }
    if version == 4:
        return {**told, "ai.usage.promptTokens": 1000, "ai.usage.completionTokens": 500, **more}
    return {**told, "ai.usage.inputTokens": 1000, "ai.usage.outputTokens": 500, **more}


def test_vercel_4() -> None:
    said = {"openai": {"cachedPromptTokens": 600, "reasoningTokens": 200, "responseId": "resp_1"}}
    event = one(vercel(4, "openai.chat", **{"ai.response.providerMetadata": json.dumps(said)}))
    assert counts(event) == {"input": 1000, "output": 500, "cache_read": 600, "reasoning": 200}
    assert (event.provider, event.model, event.requested_model) == ("openai", "gpt-4-0613", "gpt-4")
    assert (event.user, event.tags) == ("c_42", {"plan": "gold", "function": "answer"})


def test_vercel_5_leaves_anthropics_cache_outside_the_input() -> None:
    said = {"anthropic": {"cacheCreationInputTokens": 100, "usage": {"input_tokens": 300}}}
    more = {"ai.usage.inputTokens": 300, "ai.usage.cachedInputTokens": 600}
    event = one(vercel(5, "anthropic.messages", **more, **{"ai.response.providerMetadata": json.dumps(said)}))
    assert counts(event) == {"input": 1000, "output": 500, "cache_read": 600, "cache_write": 100}


def test_vercel_6_has_it_inside() -> None:
    details = {
        "ai.usage.inputTokenDetails.noCacheTokens": 300,
        "ai.usage.inputTokenDetails.cacheReadTokens": 600,
        "ai.usage.inputTokenDetails.cacheWriteTokens": 100,
        "ai.usage.outputTokenDetails.reasoningTokens": 200,
        "ai.usage.totalTokens": 1500,
        "ai.response.msToFirstChunk": 250,
    }
    event = one(vercel(6, "anthropic.messages", **details))
    assert (counts(event), event.time_to_first_token_ms) == (CACHED, 250.0)


@pytest.mark.parametrize(
    ("named", "provider"),
    [
        ("google.generative-ai", "google"),
        ("google.vertex.chat", "vertex"),
        ("amazon-bedrock", "aws.bedrock"),
        ("azure-openai.responses", "azure"),
        ("azure.chat", "azure"),
        ("mistral.chat", "mistral"),
        ("xai.chat", "xai"),
        ("togetherai.chat", "together"),
        ("gateway", "vercel"),
    ],
)
def test_vercels_names_of_providers(named: str, provider: str) -> None:
    assert one(vercel(6, named)).provider == provider


def test_vercels_outer_span_is_no_call() -> None:
    outer = make_span({**vercel(6), "ai.operationId": "ai.generateText"}, span_id=OUTER)
    inner = make_span(vercel(6), span_id=INNER, parent_id=OUTER)
    tool = make_span({"ai.operationId": "ai.toolCall", "ai.toolCall.args": "secret"}, span_id="33" * 8)
    (event,) = events(make_export(outer, inner, tool, scope="ai"))
    assert event.span_id == INNER


def test_vercels_embeddings() -> None:
    told = {"ai.operationId": "ai.embed.doEmbed", "ai.model.id": "text-embedding-3-small", "ai.usage.tokens": 8}
    event = one({**told, "ai.model.provider": "openai.embedding", "ai.value": "secret"})
    assert (event.operation, counts(event)) == ("embeddings", {"input": 8})


EMBED_OF_7 = {
    "gen_ai.operation.name": "embeddings",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "text-embedding-3-small",
}


def test_vercel_7_names_embed_like_the_request_below_it_which_alone_is_a_call_in_whatever_export() -> None:
    outer = make_span(EMBED_OF_7, span_id=OUTER)
    inner = make_span({**EMBED_OF_7, "gen_ai.usage.input_tokens": 8}, span_id=INNER, parent_id=OUTER)
    assert events(make_export(outer, scope="gen_ai")) == []
    (event,) = events(make_export(inner, scope="gen_ai"))
    assert (event.span_id, counts(event)) == (INNER, {"input": 8})


@pytest.mark.parametrize(("operation", "error"), [("embeddings", True), ("rerank", True), ("rerank", False)])
def test_vercel_7_tells_no_tokens_and_still_counts_once(operation: str, error: bool) -> None:
    told = {**EMBED_OF_7, "gen_ai.operation.name": operation}
    outer = make_span(told, span_id=OUTER, error=error)
    inner = make_span(told, span_id=INNER, parent_id=OUTER, error=error)
    (event,) = events(make_export(inner, outer, scope="gen_ai"))
    assert (event.span_id, event.status) == (INNER, "error" if error else "ok")


# --- Langfuse, LangSmith ---


def langfuse(usage: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "langfuse.observation.type": "generation",
        "langfuse.observation.model.name": "gpt-4-0613",
        "langfuse.observation.usage_details": json.dumps(usage),
        "langfuse.observation.cost_details": json.dumps({"total": 99.0}),
        "langfuse.observation.input": "secret",
        "langfuse.environment": "production",
        "user.id": "c_42",
        "session.id": "s_1",
        **more,
    }


@pytest.mark.parametrize(
    ("usage", "understood"),
    [
        # its own words never overlap
        (
            {
                "input": 300,
                "output": 300,
                "input_cache_read": 600,
                "input_cache_creation": 100,
                "output_reasoning": 200,
            },
            CACHED,
        ),
        (
            {"input": 300, "output": 500, "cache_read_input_tokens": 600, "cache_creation_input_tokens": 100},
            {"input": 1000, "output": 500, "cache_read": 600, "cache_write": 100},
        ),
        # what OpenAI says, as it is
        (
            {
                "prompt_tokens": 1000,
                "completion_tokens": 500,
                "total_tokens": 1500,
                "prompt_tokens_details": {"cached_tokens": 600},
                "completion_tokens_details": {"reasoning_tokens": 200},
            },
            {"input": 1000, "output": 500, "cache_read": 600, "reasoning": 200},
        ),
        (
            {"input_tokens": 1000, "output_tokens": 500, "input_tokens_details": {"cached_tokens": 600}},
            {"input": 1000, "output": 500, "cache_read": 600},
        ),
        # what Anthropic says, as it is
        (
            {"input_tokens": 300, "output_tokens": 500, "cache_read_input_tokens": 600},
            {"input": 900, "output": 500, "cache_read": 600},
        ),
        ({"input": 8}, {"input": 8}),
    ],
)
def test_langfuse(usage: dict[str, Any], understood: dict[str, int]) -> None:
    event = one(langfuse(usage, **{"gen_ai.system": "openai"}), "langfuse-sdk")
    assert counts(event) == understood
    assert (event.user, event.session_id, event.environment) == ("c_42", "s_1", "production")
    assert (event.model, event.reported_cost) == ("gpt-4-0613", None)


def test_langfuses_first_token_and_its_other_observations() -> None:
    first = json.dumps("2023-11-16T18:17:03.250Z")
    event = one(langfuse({}, **{"langfuse.observation.completion_start_time": first}))
    assert (event.time_to_first_token_ms, START) == (250.0, 1_700_158_623_000_000_000)
    for kind in ("span", "agent", "tool", "chain", "retriever", "event"):
        assert read(langfuse({"input": 1}, **{"langfuse.observation.type": kind})) == []


def test_langsmith() -> None:
    told = chat(
        **{
            "langsmith.span.kind": "llm",
            "gen_ai.provider.name": "",
            "gen_ai.system": "langchain",
            "gen_ai.usage.input_token_details": "{'cache_read': 600, 'cache_creation': 100}",
            "gen_ai.usage.output_token_details": "{'reasoning': 200}",
            "langsmith.metadata.ls_provider": "anthropic",
            "langsmith.metadata.thread_id": "t_1",
            "langsmith.metadata.feature": "search",
            "gen_ai.prompt": "secret",
        }
    )
    event = one(told)
    assert (counts(event), event.provider) == (CACHED, "anthropic")
    assert (event.session_id, event.tags) == ("t_1", {"feature": "search"})
    for kind in ("chain", "tool", "retriever", "prompt"):
        assert read({**told, "langsmith.span.kind": kind}) == []


@pytest.mark.parametrize("broken", ["{'a': __import__('os')}", "{", "[" * 900, "x" * 5000, "5"])
def test_broken_details_cost_nobody_the_call(broken: str) -> None:
    assert counts(one(chat(**{"langsmith.span.kind": "llm", "gen_ai.usage.input_token_details": broken}))) == {
        "input": 1000,
        "output": 500,
    }
    for name in ("langfuse.observation.usage_details", "ai.response.providerMetadata", "metadata"):
        kind = {"langfuse.observation.type": "generation"} if name.startswith("lang") else {}
        assert counts(one(chat(**kind, **{name: broken}))) == {"input": 1000, "output": 500}


# --- two libraries on one call ---


def test_of_two_spans_around_one_call_the_inner_one_counts() -> None:
    named = {name: value for name, value in chat().items() if name != "gen_ai.response.id"}
    outer = make_span(named, span_id=OUTER)
    between = make_span({}, span_id="33" * 8, parent_id=OUTER)
    inner = make_span({**named, "gen_ai.request.model": "other"}, span_id=INNER, parent_id="33" * 8)
    for order in ((outer, between, inner), (inner, between, outer)):
        (event,) = events(make_export(*order))
        assert event.span_id == INNER


def test_calls_that_differ_are_both_counted() -> None:
    outer = make_span(chat(**{"gen_ai.response.id": ""}), span_id=OUTER)
    inner = make_span(
        chat(**{"gen_ai.usage.input_tokens": 7, "gen_ai.response.id": ""}), span_id=INNER, parent_id=OUTER
    )
    assert len(events(make_export(outer, inner))) == 2


def test_who_it_was_for_may_be_said_further_up() -> None:
    outer = make_span({"session.id": "s_1", "user.id": "c_42"}, span_id=OUTER)
    inner = make_span(chat(), span_id=INNER, parent_id=OUTER)
    (event,) = events(make_export(outer, inner))
    assert (event.session_id, event.user) == ("s_1", "c_42")


def test_a_trace_that_runs_in_a_circle_ends() -> None:
    one_, two = make_span(chat(), span_id=OUTER, parent_id=INNER), make_span({}, span_id=INNER, parent_id=OUTER)
    assert len(events(make_export(one_, two))) == 1


def test_ids_of_nothing_but_zeros_are_none_and_make_no_two_calls_one() -> None:
    zeros = make_span(chat(**{"gen_ai.response.id": ""}), span_id="00" * 8)
    zeros.trace_id = bytes(16)
    one_, two = events(make_export(zeros, zeros))
    assert [one_.event_id, two.event_id] == [None, None]
    assert (one_.trace_id, one_.span_id) == (None, None)


# --- where it came from ---


@pytest.mark.parametrize(
    ("resource", "attributes", "project", "environment"),
    [
        ({"service.name": "shop"}, {}, "shop", None),
        ({"service.name": "unknown_service:node"}, {}, None, None),
        ({"service.name": "shop", "tokenboard.project": "web"}, {}, "web", None),
        ({"service.name": "shop"}, {"tokenboard.project": "mine"}, "mine", None),
        ({"deployment.environment": "staging"}, {}, None, "staging"),
        ({"deployment.environment.name": "production", "deployment.environment": "x"}, {}, None, "production"),
        ({}, {"tokenboard.tag.team": "red", "tokenboard.user": "u"}, None, None),
    ],
)
def test_the_resource_says_where_it_came_from(
    resource: dict[str, str], attributes: dict[str, str], project: str | None, environment: str | None
) -> None:
    (event,) = events(make_export(make_span(chat(**attributes)), resource=resource))
    assert (event.project, event.environment) == (project, environment)
    if attributes.get("tokenboard.user"):
        assert (event.user, event.tags) == ("u", {"team": "red"})


def test_tags_are_as_many_and_as_long_as_an_event_may_carry() -> None:
    many = {f"tokenboard.tag.t{n:02}": "v" for n in range(40)}
    event = one(chat(**many, **{"traceloop.association.properties.long": "v" * 257}))
    assert (len(event.tags or {}), "long" in (event.tags or {})) == (20, False)


def test_names_that_are_too_long_do_not_cost_the_call() -> None:
    event = one(chat(**{"session.id": "ä" * 5000, "user.id": "\0", "error.type": "e" * 999}))
    assert (event.session_id, event.user, len(event.error_type or "")) == ("ä" * 256, None, 256)
