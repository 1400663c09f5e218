"""Cached tokens in OpenAI-shaped objects: the same number under several names, of which one is taken, never a sum."""

from typing import Final, NamedTuple

from app.pricing.rules.caching import default_cache_write
from app.usage.rules import fields
from app.usage.rules.canonical import with_rest
from app.usage.rules.dialects.envelope import Envelope
from app.usage.rules.fields import EMPTY, Holder

# Beside the details: DeepSeek, Moonshot and Together, Mistral, xAI over gRPC, LiteLLM.
_READ_BESIDE: Final = (
    "prompt_cache_hit_tokens",
    "cached_tokens",
    "num_cached_tokens",
    "cached_prompt_text_tokens",
    "cache_read_input_tokens",
)
_READ_IN_DETAILS: Final = ("cached_tokens", "cache_read_input_tokens")
_WRITTEN_IN_DETAILS: Final = ("cache_write_tokens", "cache_creation_input_tokens", "cache_creation_tokens")
_WRITTEN_BESIDE: Final = ("cache_creation_input_tokens",)
# Where writes are split by how long they are kept, and under which names.
_LIVES: Final = {
    "30m": "ttl_30m_tokens",
    "12h": "ttl_12h_tokens",
    "5m": "ephemeral_5m_input_tokens",
    "1h": "ephemeral_1h_input_tokens",
}
_SPLIT_NAMES: Final = ("cache_write_tokens_details", "cache_creation_token_details", "cache_creation")


class Cached(NamedTuple):
    """Tokens read from and, by kind, written to a cache; None is not said."""

    read: int | None
    writes: dict[str, int]
    warnings: tuple[str, ...]

    @property
    def total(self) -> int:
        """Everything that touched the cache."""
        return (self.read or 0) + sum(self.writes.values())


def cached_tokens(usage: Holder, details: Holder, where: str, envelope: Envelope) -> Cached:
    """What the input's details say, or the object around them."""
    read = _largest(_counts(details, _READ_IN_DETAILS, where) + _counts(usage, _READ_BESIDE))
    written = _largest(_counts(details, _WRITTEN_IN_DETAILS, where) + _counts(usage, _WRITTEN_BESIDE))
    usual = default_cache_write(envelope.provider, envelope.model_for_rules)
    by_life = _by_life(details, where) or _by_life(usage, "")
    if not by_life:
        return Cached(read, {} if written is None else {usual: written}, ())
    total = sum(by_life.values()) if written is None else written
    rest = usual if usual in by_life else next(iter(by_life))
    return Cached(read, *with_rest(by_life, total, rest))


def _counts(holder: Holder, names: tuple[str, ...], where: str = "") -> list[int]:
    counts = (fields.count(holder, name, where) for name in names if name in holder)
    return [count for count in counts if count is not None]


def _largest(counts: list[int]) -> int | None:
    """Of one number in several places: gateways fill those they do not know with zeros."""
    return max(counts, default=None)


def _by_life(holder: Holder, where: str) -> dict[str, int]:
    for name in _SPLIT_NAMES:
        split = fields.part(holder, name, where) if name in holder else EMPTY
        counts = {life: fields.count(split, field, f"{where}{name}.") for life, field in _LIVES.items()}
        found = {f"cache_write_{life}": count for life, count in counts.items() if count}
        if found:
            return found
    return {}
