"""Usage that counts no tokens: seconds of audio, pages that were read, images that were made."""

from decimal import Decimal
from typing import Final

from app.usage.rules import fields
from app.usage.rules.dialects.envelope import CHARACTERS, Envelope
from app.usage.rules.fields import Holder
from app.usage.rules.record import UsageRecord

# Groq bills at least ten seconds of audio for a request. console.groq.com/docs/speech-to-text
_GROQ_LEAST: Final = Decimal(10)


def reads(usage: Holder) -> bool:
    """Whether the object has one of these shapes."""
    return usage.get("type") in ("duration", "images") or "pages_processed" in usage or _has_characters(usage)


def read(usage: Holder, envelope: Envelope) -> UsageRecord:
    """The record of a usage object that has meters and no tokens."""
    if usage.get("type") == "images":
        return _record({"images_out": fields.amount(usage, "images")}, envelope, "openai_images", _made(usage))
    if "pages_processed" in usage:
        return _record({"pages": fields.amount(usage, "pages_processed")}, envelope, "mistral_ocr")
    if _has_characters(usage):
        spoken = next(name for name in CHARACTERS if name in usage)
        return _record({"characters_in": fields.amount(usage, spoken)}, envelope, "characters")
    seconds = fields.amount(usage, "seconds")
    if envelope.provider == "groq" and seconds is not None and seconds < _GROQ_LEAST:
        return _record({"audio_in_seconds": _GROQ_LEAST}, envelope, "openai_duration+least_10s")
    return _record({"audio_in_seconds": seconds}, envelope, "openai_duration")


def _has_characters(usage: Holder) -> bool:
    return not usage.keys().isdisjoint(CHARACTERS)


def _made(usage: Holder) -> dict[str, str]:
    return {name: value for name in ("size", "quality") if (value := fields.text(usage, name))}


def _record(
    meters: dict[str, Decimal | None], envelope: Envelope, convention: str, facts: dict[str, str] | None = None
) -> UsageRecord:
    known = {name: amount for name, amount in meters.items() if amount is not None}
    return UsageRecord(
        leaves={},
        meters=known,
        facts=facts or {},
        model_served=envelope.model_served,
        provider_response_id=envelope.response_id,
        service_tier=envelope.service_tier,
        usage_status="final" if known else "missing",
        convention=convention,
    )
