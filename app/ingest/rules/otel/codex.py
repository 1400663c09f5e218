"""OpenAI's Codex CLI: the log record `codex.sse_event` of a response that is complete.

https://github.com/openai/codex, codex-rs/otel. Its spans repeat what its records tell and are left out.
"""

from typing import Final

from app.ingest.rules.agents import call_id, capacity_of_sign_in, codex_usage
from app.ingest.rules.otel.spans import Call, Span, count, text

AGENT: Final = "codex"
_EVENT: Final = "codex.sse_event"
_KIND: Final = "event.kind"
_COMPLETED: Final = "response.completed"
_CONVERSATION: Final = "conversation.id"
_COUNTS: Final = ("input_token_count", "cached_token_count", "output_token_count", "reasoning_token_count")
_SERVICES: Final = ("codex_", "codex-")

NAMES: Final = frozenset(
    (_KIND, _CONVERSATION, *_COUNTS, "auth_mode", "model", "slug", "user.email", "user.account_id")
)


def reads(span: Span) -> bool:
    service = text(span.resource, "service.name") or ""
    return span.name.startswith("codex.") or service.startswith(_SERVICES)


def reads_record(span: Span) -> bool:
    return span.name == _EVENT and text(span.attributes, _KIND) == _COMPLETED and _counts(span)[0] is not None


def read(span: Span) -> Call | None:
    if span.start_ns or not reads_record(span):
        return None
    attributes, counts = span.attributes, _counts(span)
    conversation = text(attributes, _CONVERSATION)
    return Call(
        provider="openai",
        model=text(attributes, "model", "slug"),
        usage=codex_usage(*counts),
        operation="chat",
        api="responses",
        event_id=call_id(AGENT, conversation, counts) if conversation else None,
        capacity=capacity_of_sign_in(text(attributes, "auth_mode")),
        session_id=conversation,
        user=text(attributes, "user.email", "user.account_id"),
    )


def _counts(span: Span) -> tuple[int | None, int | None, int | None, int | None]:
    """What is not told is none: the agent leaves out what is 0."""
    first, cached, output, reasoning = (count(span.attributes, name) for name in _COUNTS)
    return first, cached or 0, output, reasoning or 0
