"""Claude Code: the log record `claude_code.api_request`. https://code.claude.com/docs/en/monitoring-usage

Its spans (a beta) tell the same calls again and are left out; its `cost_usd` is an estimate of its own.
"""

from typing import Final

from app.ingest.rules.agents import claude_call_id, claude_model, claude_usage, moment_id
from app.ingest.rules.otel.spans import Call, Span, count, text

AGENT: Final = "claude-code"
_SCOPE: Final = "com.anthropic.claude_code"
_PREFIX: Final = "claude_code."
_REQUEST: Final = "api_request"
_ERROR: Final = "api_error"
_REQUEST_ID: Final = "request_id"
_USER: Final = ("user.email", "user.account_uuid")

NAMES: Final = frozenset(
    (
        "model",
        "input_tokens",
        "output_tokens",
        "cache_read_tokens",
        "cache_creation_tokens",
        "duration_ms",
        "status_code",
        _REQUEST_ID,
        *_USER,
    )
)


def reads(span: Span) -> bool:
    return span.scope.startswith(_SCOPE) or span.name.startswith(_PREFIX)


def reads_record(span: Span) -> bool:
    return reads(span) and _event(span) in {_REQUEST, _ERROR}


def read(span: Span) -> Call | None:
    if span.start_ns or not reads_record(span):
        return None
    attributes = span.attributes
    model, request_id = text(attributes, "model"), text(attributes, _REQUEST_ID)
    session = text(attributes, "session.id") or ""
    failed = _event(span) == _ERROR
    status = count(attributes, "status_code")
    return Call(
        provider="anthropic",
        model=claude_model(model) if model else None,
        usage={} if failed else _usage(span),
        operation="chat",
        api="messages",
        event_id=claude_call_id(request_id) if request_id else moment_id(AGENT, session, span.end_ns),
        user=text(attributes, *_USER),
        latency_ms=count(attributes, "duration_ms"),
        error_type=str(status or "error") if failed else None,
        http_status=status if failed and status is not None and 400 <= status <= 599 else None,
    )


def _event(span: Span) -> str:
    return span.name.removeprefix(_PREFIX)


def _usage(span: Span) -> dict[str, int]:
    """How long what was written to caches lives is not told."""
    of = span.attributes
    caches = {
        "cache_read_tokens": count(of, "cache_read_tokens"),
        "cache_write_tokens": count(of, "cache_creation_tokens"),
    }
    return claude_usage(count(of, "input_tokens"), count(of, "output_tokens"), caches)
