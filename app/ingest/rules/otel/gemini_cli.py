"""Google's Gemini CLI: the log record `gemini_cli.api_response`. https://github.com/google-gemini/gemini-cli, docs/cli

It tells each call by the conventions' own record and by spans too, with less: these are left out.
"""

from typing import Final

from app.ingest.rules.agents import call_id, capacity_of_sign_in, gemini_usage, moment_id
from app.ingest.rules.otel.spans import Call, Span, count, text

AGENT: Final = "gemini-cli"
_RESPONSE: Final = "gemini_cli.api_response"
_ERROR: Final = "gemini_cli.api_error"
_SESSION: Final = "session.id"
_COUNTS: Final = (
    "input_token_count",
    "cached_content_token_count",
    "output_token_count",
    "thoughts_token_count",
    "tool_token_count",
)

NAMES: Final = frozenset(
    (_SESSION, *_COUNTS, "model", "auth_type", "duration_ms", "status_code", "error_type", "user.email")
)


def reads(span: Span) -> bool:
    return span.name.startswith("gemini_cli.") or text(span.resource, "service.name") == AGENT


def reads_record(span: Span) -> bool:
    return span.name in {_RESPONSE, _ERROR}


def read(span: Span) -> Call | None:
    if span.start_ns or not reads_record(span):
        return None
    attributes, counts = span.attributes, _counts(span)
    session, sign_in = text(attributes, _SESSION), text(attributes, "auth_type")
    failed, status = span.name == _ERROR, count(attributes, "status_code")
    return Call(
        provider="vertex" if sign_in == "vertex-ai" else "google",
        model=text(attributes, "model"),
        usage={} if failed else gemini_usage(*counts),
        operation="chat",
        api="generate_content",
        event_id=moment_id(AGENT, session or "", span.end_ns) if failed else call_id(AGENT, session or "", counts),
        capacity=capacity_of_sign_in(sign_in),
        session_id=session,
        user=text(attributes, "user.email"),
        latency_ms=count(attributes, "duration_ms"),
        error_type=(text(attributes, "error_type") or str(status or "error")) if failed else None,
        http_status=status if failed and status is not None and 400 <= status <= 599 else None,
    )


def _counts(span: Span) -> tuple[int | None, int | None, int | None, int | None, int | None]:
    prompt, cached, answer, thoughts, tools = (count(span.attributes, name) for name in _COUNTS)
    return prompt, cached or 0, answer, thoughts or 0, tools or 0
