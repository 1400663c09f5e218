"""Vendors' usage objects, each read by its own small file; the shape decides where the API is not given.

Every dialect is a pure function: the same object always gives the same record, so history can be read again when a
rule is mended.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from msgspec.structs import replace

from app.pricing.rules.matching import canonical_provider
from app.usage.rules.dialects import (
    anthropic,
    bedrock,
    cohere,
    gemini,
    meters_only,
    ollama,
    openai_chat,
    openai_responses,
    vertex_embeddings,
)
from app.usage.rules.dialects.apis import canonical_api
from app.usage.rules.dialects.charges import with_charge
from app.usage.rules.dialects.envelope import Envelope, Found, find_usage
from app.usage.rules.errors import UsageNotUnderstood
from app.usage.rules.fields import Holder
from app.usage.rules.record import UsageRecord, missing
from app.usage.rules.streams import folded, is_cut


class Dialect(NamedTuple):
    """One vendor's usage object: whether it can only be one of this shape, and its record."""

    name: str
    reads: Callable[[Holder], bool]
    read: Callable[[Holder, Envelope], UsageRecord]


CHAT: Final = Dialect("openai_chat", openai_chat.reads, openai_chat.read)
RESPONSES: Final = Dialect("openai_responses", openai_responses.reads, openai_responses.read)
ANTHROPIC: Final = Dialect("anthropic", anthropic.is_certain, anthropic.read)
GEMINI: Final = Dialect("gemini", gemini.reads, gemini.read)
OLLAMA: Final = Dialect("ollama", ollama.reads, ollama.read)
BEDROCK: Final = Dialect("bedrock", bedrock.reads, bedrock.read)
COHERE: Final = Dialect("cohere", cohere.reads, cohere.read)
VERTEX_EMBEDDINGS: Final = Dialect("vertex_embeddings", vertex_embeddings.reads, vertex_embeddings.read)
METERS_ONLY: Final = Dialect("meters_only", meters_only.reads, meters_only.read)

# The first that is sure of the shape reads it. Gateways repeat other vendors' words inside their chat objects, never
# the other way round.
DIALECTS: Final = (CHAT, ANTHROPIC, METERS_ONLY, RESPONSES, BEDROCK, GEMINI, OLLAMA, COHERE, VERTEX_EMBEDDINGS)

# A bare {input_tokens, output_tokens} could be several vendors': the API says which, then the provider.
_BARE: Final = frozenset(("input_tokens", "output_tokens"))
_BARE_BY_API: Final = {
    "messages": ANTHROPIC,
    "responses": RESPONSES,
    "realtime": RESPONSES,
    "image": RESPONSES,
    "transcription": RESPONSES,
    "speech": RESPONSES,
}
_BARE_BY_PROVIDER: Final = dict.fromkeys(("anthropic", "aws.bedrock", "vertex"), ANTHROPIC)


def read_usage(
    raw: Mapping[str, object], *, provider: str, api: str | None = None, model: str | None = None
) -> UsageRecord:
    """The record of a vendor's usage object, of the whole response that contains it, or of its stream.

    The shape chooses the dialect, and where several have it `api` does. A response whose usage is null gives a record
    that says `missing`. Raises UsageNotUnderstood for an unknown shape, UsageFieldInvalid for a count that is none.
    """
    found = find_usage(folded(raw))
    if found is None:
        raise UsageNotUnderstood(raw)
    called = canonical_api(api)
    envelope = Envelope(canonical_provider(provider), called.name, model, found.response)
    record = with_charge(_read(found, envelope), found.usage, envelope)
    if record.usage_status == "final" and is_cut(found.response):
        record = replace(record, usage_status="partial")
    is_batch = called.is_batch or envelope.processing is not None
    return replace(record, processing="batch") if is_batch else record


def _read(found: Found, envelope: Envelope) -> UsageRecord:
    if found.usage:
        return _dialect(found.usage, envelope).read(found.usage, envelope)
    return replace(
        missing("none", ("the response carries no usage",)),
        model_served=envelope.model_served,
        provider_response_id=envelope.response_id,
    )


def _dialect(usage: Holder, envelope: Envelope) -> Dialect:
    for dialect in DIALECTS:
        if dialect.reads(usage):
            return dialect
    if _BARE.isdisjoint(usage):
        if "total_tokens" in usage and envelope.is_input_only:
            return CHAT
        raise UsageNotUnderstood(usage)
    return _BARE_BY_API.get(envelope.api) or _BARE_BY_PROVIDER.get(envelope.provider) or RESPONSES
