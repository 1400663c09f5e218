"""What a Qwen call says of itself that its price depends on, beside the counts."""

from app.usage.rules.dialects.cached import Cached
from app.usage.rules.dialects.envelope import Envelope
from app.usage.rules.fields import Holder

_IMPLICIT = "implicit"


def facts(details: Holder, cached: Cached, reasoning: int | None, envelope: Envelope) -> dict[str, str]:
    """Which of the two caches answered, and whether the model thought: both have prices of their own."""
    if envelope.provider != "alibaba":
        return {}
    is_explicit = bool(sum(cached.writes.values())) or details.get("cache_type") not in (None, "", _IMPLICIT)
    return {**({"cache": "explicit"} if is_explicit else {}), **({"mode": "thinking"} if reasoning else {})}
