"""An event as a sender writes it."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from app.ingest.errors import EventRefused
from app.ingest.rules import limits
from app.usage.rules.canonical import TOKEN_WORDS

EventId = Annotated[str, Meta(min_length=1, max_length=limits.MAX_EVENT_ID)]
Provider = Annotated[str, Meta(min_length=1, max_length=limits.MAX_PROVIDER)]
Model = Annotated[str, Meta(min_length=1, max_length=limits.MAX_TEXT)]
Text = Annotated[str, Meta(max_length=limits.MAX_TEXT)]
Milliseconds = Annotated[float, Meta(ge=0, le=limits.MAX_LATENCY_MS)]
HttpStatus = Annotated[int, Meta(ge=100, le=599)]
TagKey = Annotated[str, Meta(min_length=1, max_length=limits.MAX_TAG_KEY)]
TagValue = Annotated[str, Meta(max_length=limits.MAX_TAG_VALUE)]
Tags = Annotated[dict[TagKey, TagValue], Meta(max_length=limits.MAX_TAGS)]
Count = Annotated[Any, Meta(description="A whole number.")]


class IncomingEvent(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One call. Only `provider` and `model` are required.

    What only `usage.rules` can judge (counts, money) is of any type here.
    """

    provider: Provider
    model: Model
    event_id: EventId | None = None
    occurred_at: Annotated[str, Meta(description="ISO 8601 with a zone, like 2026-11-20T09:30:00Z.")] | None = None
    requested_model: Text | None = None
    api: Text | None = None
    operation: Text | None = None
    usage: Annotated[dict[str, Any], Meta(description="Counts in TokenBoard's words; totals contain parts.")] | None = (
        None
    )
    raw_usage: (
        Annotated[dict[str, Any], Meta(description="The provider's own usage object, verbatim. In place of `usage`.")]
        | None
    ) = None
    service_tier: Text | None = None
    processing: Literal["realtime", "batch"] | None = None
    speed: Text | None = None
    geo: Text | None = None
    base_url: Text | None = None
    deployment: Text | None = None
    capacity: (
        Annotated[
            Literal["on_demand", "provisioned", "subscription"],
            Meta(description="How it is paid for. A call on a plan costs nothing by itself; its list price is kept."),
        ]
        | None
    ) = None
    reported_cost: Annotated[Any, Meta(description="US dollars, as a decimal string or a number.")] = None
    status: Literal["ok", "error"] | None = None
    error_type: Text | None = None
    http_status: HttpStatus | None = None
    latency_ms: Milliseconds | None = None
    time_to_first_token_ms: Milliseconds | None = None
    project: Text | None = None
    environment: Text | None = None
    user: Annotated[str, Meta(max_length=limits.MAX_TEXT, description="The customer it was for.")] | None = None
    session_id: Text | None = None
    trace_id: Text | None = None
    span_id: Text | None = None
    parent_span_id: Text | None = None
    provider_response_id: Text | None = None
    role: Text | None = None
    tags: Tags | None = None
    reservation_id: Annotated[UUID, Meta(description="What was reserved for it; it ends with this.")] | None = None

    # shorthand for `usage`
    input_tokens: Count = None
    output_tokens: Count = None
    cache_read_tokens: Count = None
    cache_write_tokens: Count = None
    cache_write_5m_tokens: Count = None
    cache_write_30m_tokens: Count = None
    cache_write_1h_tokens: Count = None
    cache_write_12h_tokens: Count = None
    reasoning_tokens: Count = None
    input_audio_tokens: Count = None
    input_image_tokens: Count = None
    input_video_tokens: Count = None
    output_audio_tokens: Count = None
    output_image_tokens: Count = None
    output_video_tokens: Count = None


FIELDS: Final = frozenset(IncomingEvent.__struct_fields__)
FLAT_COUNTS: Final = TOKEN_WORDS
# What people send who think that this is a log of conversations.
CONTENT: Final = frozenset(
    (
        "prompt",
        "prompts",
        "messages",
        "message",
        "input",
        "output",
        "content",
        "contents",
        "completion",
        "response",
        "answer",
        "answers",
        "text",
        "choices",
        "system",
        "instructions",
        "request",
        "body",
    )
)


def camel_case(name: str) -> str:
    """`time_to_first_token_ms` as `timeToFirstTokenMs`."""
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), name)


def snake_names(given: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The members under their own names; `names` is camelCase to snake_case. Raises EventRefused for a repeat."""
    renamed: dict[str, Any] = {}
    for spelling, value in given.items():
        name = names.get(spelling, spelling)
        if name in renamed:
            raise EventRefused("invalid_value", f"{name}: is given twice, in two spellings")
        renamed[name] = value
    return renamed


def spellings(names: Iterable[str]) -> dict[str, str]:
    """camelCase to snake_case."""
    return {camel_case(name): name for name in names}


_SPELLINGS: Final = spellings(FIELDS)


def read_event(given: object) -> IncomingEvent:
    """One event from decoded JSON, in either spelling. Raises EventRefused, naming the field and how to mend it."""
    if not isinstance(given, dict):
        raise EventRefused("invalid_value", "An event is a JSON object.")
    try:
        return _read(snake_names(given, _SPELLINGS))
    except EventRefused as refusal:
        refusal.event_id = shown_id(given.get("event_id", given.get("eventId")))
        raise


def _read(given: dict[str, Any]) -> IncomingEvent:
    for name in given:
        if name not in FIELDS:
            raise EventRefused("unknown_field", _about_unknown(name))
    for name in ("provider", "model"):
        if given.get(name) is None:
            raise EventRefused("missing_field", f"{name}: is required")
    tags = given.get("tags")
    if isinstance(tags, dict) and len(tags) > limits.MAX_TAGS:
        raise EventRefused("too_many_tags", f"tags: at most {limits.MAX_TAGS} are taken, this event has {len(tags)}")
    try:
        return msgspec.convert(given, IncomingEvent)
    except msgspec.ValidationError as error:
        raise EventRefused("invalid_value", _about_invalid(error)) from None
    except UnicodeEncodeError:  # it would have quoted the value, and could not
        raise EventRefused("invalid_value", "event: holds half of a character (a lone surrogate)") from None


def _about_unknown(name: str) -> str:
    shown = name[:64].encode(errors="replace").decode()
    if name.lower() in CONTENT:
        return f"{shown}: prompts and answers are never accepted; leave it out"
    near = get_close_matches(name[:64], FIELDS, n=1, cutoff=0.8)
    return f"{shown}: is not a field of an event; " + (f"did you mean {near[0]}?" if near else "put your own into tags")


def _about_invalid(error: Exception) -> str:
    """`Expected `int` >= 100 - at `$.http_status`` as `http_status: expected `int` >= 100`."""
    what, _, where = str(error).partition(" - at ")
    path = where.removeprefix("`key` in ").strip("`").removeprefix("$").removeprefix(".").replace("[...]", "")
    return f"{path or 'event'}: {what[:1].lower()}{what[1:]}"


def shown_id(event_id: object) -> str | None:
    """The event id as an answer repeats it, when there is one to repeat."""
    if not isinstance(event_id, str):
        return None
    return event_id[: limits.MAX_EVENT_ID].encode(errors="replace").decode()
