"""Vendors' usage objects, each read by its own small file; the shape decides where the API is not given.

Every dialect is a pure function: the same object always gives the same record, so history can be read again when a
rule is mended.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final, NamedTuple

from app.pricing.rules.matching import canonical_provider
from app.usage.rules.dialects import anthropic, gemini, openai_chat, openai_responses
from app.usage.rules.dialects.envelope import Envelope, find_usage
from app.usage.rules.errors import UsageNotUnderstood
from app.usage.rules.fields import Holder
from app.usage.rules.record import UsageRecord, missing


class Dialect(NamedTuple):
    """One vendor's usage object: whether it has this shape, and its record."""

    reads: Callable[[Holder], bool]
    read: Callable[[Holder, Envelope], UsageRecord]


CHAT: Final = Dialect(openai_chat.reads, openai_chat.read)
RESPONSES: Final = Dialect(openai_responses.reads, openai_responses.read)
ANTHROPIC: Final = Dialect(anthropic.reads, anthropic.read)
GEMINI: Final = Dialect(gemini.reads, gemini.read)

_BY_API: Final = {
    "chat": CHAT,
    "chat_completions": CHAT,
    "completions": CHAT,
    "embeddings": CHAT,
    "responses": RESPONSES,
    "image": RESPONSES,
    "images": RESPONSES,
    "transcription": RESPONSES,
    "speech": RESPONSES,
    "messages": ANTHROPIC,
    "generate": GEMINI,
    "generate_content": GEMINI,
    "live": GEMINI,
}
# Who sends a bare {input_tokens, output_tokens} in Anthropic's meaning.
_ANTHROPIC_SHAPED: Final = frozenset(("anthropic", "aws.bedrock", "vertex"))


def read_usage(
    raw: Mapping[str, object], *, provider: str, api: str | None = None, model: str | None = None
) -> UsageRecord:
    """The record of a vendor's usage object, or of the whole response that contains it.

    `api` chooses the dialect where the object has its shape; otherwise the shape does. A response whose usage is
    null gives a record that says `missing`. Raises UsageNotUnderstood for an unknown shape, UsageFieldInvalid for
    a count that is none.
    """
    found = find_usage(raw)
    if found is None:
        raise UsageNotUnderstood(raw)
    canonical = canonical_provider(provider)
    envelope = Envelope(canonical, _canonical_api(api), model, found.response)
    if not found.usage:
        return missing("none", ("the response carries no usage",))
    record = _dialect(found.usage, envelope).read(found.usage, envelope)
    return record if record.processing or not envelope.processing else replace(record, processing=envelope.processing)


@lru_cache(maxsize=256)
def _canonical_api(api: str | None) -> str:
    return (
        (api or "").strip().lower().replace(".", "_").replace("-", "_").replace("generatecontent", "generate_content")
    )


def _dialect(usage: Holder, envelope: Envelope) -> Dialect:
    wanted = _BY_API.get(envelope.api)
    if wanted is not None and wanted.reads(usage):
        return wanted
    return _by_shape(usage, envelope.provider)


def _by_shape(usage: Holder, provider: str) -> Dialect:
    if GEMINI.reads(usage):
        return GEMINI
    if CHAT.reads(usage):
        return CHAT
    if anthropic.is_certain(usage):
        return ANTHROPIC
    if RESPONSES.reads(usage):
        is_bare = usage.keys().isdisjoint(("input_tokens_details", "output_tokens_details", "total_tokens", "type"))
        return ANTHROPIC if is_bare and provider in _ANTHROPIC_SHAPED else RESPONSES
    raise UsageNotUnderstood(usage)
