"""Coding agents: log records are calls, what repeats them is not; what is on a plan is no money spent."""

from decimal import Decimal
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from app.ingest.rules.incoming import IncomingEvent
from app.ingest.rules.otel import to_events, wire
from app.ingest.rules.otel.logs import to_log_events
from tests.ingest.otel.conftest import Export, Stored
from tests.ingest.otel.exports import make_export, make_span, pairs

AT = 1_793_491_200_000_000_000  # 2026-11-01
CLAUDE_SCOPE = "com.anthropic.claude_code.events"
CLAUDE = {
    "event.name": "api_request",
    "session.id": "s_1",
    "user.email": "ada@example.com",
    "model": "claude-sonnet-5-5[1m]",
    "input_tokens": "200",
    "output_tokens": "300",
    "cache_read_tokens": "5000",
    "cache_creation_tokens": "1000",
    "cost_usd": "99.5",
    "duration_ms": "1500",
    "request_id": "req_011CSHoEeqs5C35K2UUqR7Fy",
    "prompt": "secret",
}
CODEX = {
    "event.name": "codex.sse_event",
    "event.kind": "response.completed",
    "conversation.id": "0199a213-81c0-7800-8aa1-bbab2a035a53",
    "model": "gpt-4o",
    "auth_mode": "Chatgpt",
    "user.email": "ada@example.com",
    "input_token_count": "1200",
    "output_token_count": "300",
    "cached_token_count": 1000,
    "reasoning_token_count": 100,
    "tool_token_count": "1500",
}
GEMINI = {
    "event.name": "gemini_cli.api_response",
    "session.id": "g_1",
    "model": "gemini-2.5-pro",
    "auth_type": "gemini-api-key",
    "duration_ms": 1500,
    "input_token_count": 1000,
    "cached_content_token_count": 400,
    "output_token_count": 200,
    "thoughts_token_count": 50,
    "tool_token_count": 10,
    "response_text": "secret",
}


def logs(attributes: dict[str, Any], scope: str = "any", resource: dict[str, Any] | None = None) -> Any:
    record = LogRecord(time_unix_nano=AT, attributes=pairs(attributes))
    scoped = ScopeLogs(scope=InstrumentationScope(name=scope), log_records=[record])
    described = Resource(attributes=pairs(resource or {}))
    return ExportLogsServiceRequest(resource_logs=[ResourceLogs(resource=described, scope_logs=[scoped])])


def one(*given: Any) -> IncomingEvent:
    (event,) = to_log_events(wire.records(logs(*given)))
    assert isinstance(event, IncomingEvent), event
    return event


def test_claude_code() -> None:
    event = one(CLAUDE, CLAUDE_SCOPE, {"service.name": "claude-code"})
    assert event.usage == {
        "input_tokens": 6200,
        "output_tokens": 300,
        "cache_read_tokens": 5000,
        "cache_write_tokens": 1000,
    }
    assert (event.provider, event.model, event.project) == ("anthropic", "claude-sonnet-5-5", "claude-code")
    assert (event.event_id, event.session_id) == ("claude-code:req_011CSHoEeqs5C35K2UUqR7Fy", "s_1")
    assert (event.user, event.latency_ms) == ("ada@example.com", 1500)
    assert (event.reported_cost, event.capacity) == (None, None)  # it does not say how it is paid for


def test_codex_says_that_it_is_on_a_plan() -> None:
    event = one(CODEX)
    assert event.usage == {
        "input_tokens": 1200,
        "cache_read_tokens": 1000,
        "output_tokens": 300,
        "reasoning_tokens": 100,
    }
    assert (event.provider, event.model, event.capacity) == ("openai", "gpt-4o", "subscription")
    assert event.event_id == "codex:0199a213-81c0-7800-8aa1-bbab2a035a53:1200-1000-300-100"


def test_gemini_cli() -> None:
    event = one(GEMINI)
    assert event.usage == {
        "input_tokens": 1010,
        "cache_read_tokens": 400,
        "output_tokens": 250,
        "reasoning_tokens": 50,
    }
    assert (event.provider, event.capacity, event.latency_ms) == ("google", "on_demand", 1500)
    assert one({**GEMINI, "auth_type": "oauth-personal"}).capacity == "subscription"


@pytest.mark.parametrize(
    "given",
    [
        ({**CLAUDE, "event.name": "user_prompt"}, CLAUDE_SCOPE),
        ({**CODEX, "event.kind": "response.output_item.done"},),
        ({**CODEX, "event.name": "codex.user_prompt"},),
        # Gemini CLI's second record of each call
        (
            {
                "event.name": "gen_ai.client.inference.operation.details",
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": "gcp.gen_ai",
                "gen_ai.request.model": "gemini-2.5-pro",
                "gen_ai.usage.input_tokens": 1000,
            },
            "gemini-cli",
            {"service.name": "gemini-cli"},
        ),
    ],
)
def test_what_else_they_tell_is_no_call(given: Any) -> None:
    assert to_log_events(wire.records(logs(*given))) == []


@pytest.mark.parametrize(
    ("scope", "name", "service"),
    [("com.anthropic.claude_code.tracing", "claude_code.llm_request", "claude-code"), ("x", "turn", "codex_cli_rs")],
)
def test_their_spans_repeat_their_records(scope: str, name: str, service: str) -> None:
    told = {"gen_ai.operation.name": "chat", "gen_ai.system": "x", "gen_ai.request.model": "m", **CLAUDE}
    export = make_export(make_span(told, name=name), scope=scope, resource={"service.name": service})
    assert to_events(list(wire.spans(export))) == []


@pytest.mark.parametrize("agent", [(CLAUDE, CLAUDE_SCOPE), (GEMINI,)])
def test_a_call_that_failed(agent: Any) -> None:
    name = {"api_request": "api_error", "gemini_cli.api_response": "gemini_cli.api_error"}[agent[0]["event.name"]]
    event = one({**agent[0], "event.name": name, "status_code": 529, "error": "secret"}, *agent[1:])
    assert (event.status, event.http_status, event.error_type, event.usage) == ("error", 529, "529", None)


async def test_a_plan_is_no_money_spent_but_has_its_list_price(export: Export, stored: Stored) -> None:
    for _ in range(2):  # sent again after a lost answer
        assert (await export(logs(CODEX), signal="logs")).status_code == 200
    said = logs(CLAUDE, CLAUDE_SCOPE, {"tokenboard.capacity": "subscription"})
    assert (await export(said, signal="logs")).status_code == 200
    calls = {call.model: call for call in await stored()}
    codex, claude = calls["gpt-4o"], calls["claude-sonnet-5-5"]
    assert (codex.price_state, codex.cost, codex.list_cost, codex.capacity) == (
        "free",
        Decimal(0),
        Decimal("0.00475"),
        "subscription",
    )
    assert (claude.price_state, claude.cost, claude.list_cost) == ("free", Decimal(0), Decimal("0.0064"))
