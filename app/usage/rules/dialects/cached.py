"""Cached tokens in OpenAI-shaped objects: the same number under several names, of which one is taken, never a sum."""

from typing import Final, NamedTuple

from app.pricing.rules.caching import default_cache_write
from app.usage.rules import fields
from app.usage.rules.canonical import with_rest
from app.usage.rules.dialects.envelope import Envelope
from app.usage.rules.fields import Holder

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
_ANTHROPIC: Final = frozenset(("cache_creation_input_tokens", "cache_read_input_tokens"))
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
    says_anthropic: bool = False
    """Whether the object around the details has them under Anthropic's names, which are not counts of the prompt."""

    @property
    def total(self) -> int:
        """Everything that touched the cache."""
        return (self.read or 0) + sum(self.writes.values())


def cached_tokens(usage: Holder, details: Holder, where: str, envelope: Envelope) -> Cached:
    """What the input's details say, or the object around them."""
    read = _largest(details, _READ_IN_DETAILS, where, _largest(usage, _READ_BESIDE))
    written = _largest(details, _WRITTEN_IN_DETAILS, where, _largest(usage, _WRITTEN_BESIDE))
    by_life = _by_life(details, where) or _by_life(usage, "")
    says = not _ANTHROPIC.isdisjoint(usage)
    if written is None and not by_life:
        return Cached(read, {}, (), says)
    usual = default_cache_write(envelope.provider, envelope.model_for_rules)
    if not by_life:
        return Cached(read, {usual: written or 0}, (), says)
    total = sum(by_life.values()) if written is None else written
    return Cached(read, *with_rest(by_life, total, usual), says)


def _largest(holder: Holder, names: tuple[str, ...], where: str = "", found: int | None = None) -> int | None:
    """Of one number in several places: gateways fill those they do not know with zeros."""
    for name in names:
        if name in holder:
            count = fields.count(holder, name, where)
            if count is not None and (found is None or count > found):
                found = count
    return found


def _by_life(holder: Holder, where: str) -> dict[str, int]:
    for name in _SPLIT_NAMES:
        if name in holder:
            split = fields.part(holder, name, where)
            counts = {life: fields.count(split, field, f"{where}{name}.") for life, field in _LIVES.items()}
            found = {f"cache_write_{life}": count for life, count in counts.items() if count}
            if found:
                return found
    return {}
