"""Which cache-write leaf a count belongs to when the provider does not say how long it is kept."""

import re
from typing import Final

# OpenAI charges for cache writes from the GPT-5.6 family on (1.25 x input, kept 30 minutes); before that a write
# costs plain input. developers.openai.com/api/docs/pricing, checked 2026-11-21.
_OPENAI_CHARGED: Final = re.compile(r"(?:^|[/.~:])gpt-(?:5[.-](?:[6-9]|\d\d)|[6-9]|\d\d)(?:\D|$)")
_OPENAI: Final = re.compile(r"(?:^|[/.~:])(?:gpt|o\d|chatgpt|codex|computer-use)")

# Vendors whose cache has a write price of its own, five minutes unless the response says otherwise.
_CHARGES_FIVE_MINUTES: Final = frozenset(("anthropic", "aws.bedrock", "vertex", "openrouter", "moonshot", "alibaba"))
_OPENAI_SHAPED: Final = frozenset(("openai", "azure"))


def default_cache_write(provider: str, model: str | None) -> str:
    """The kind (`cache_write_5m`, `cache_write_30m` or `cache_write_free`) of a write without a stated life.

    `provider` in canonical spelling. Who charges is a fact about the family, so the model decides first: GPT-5.6
    through a reseller is still a thirty-minute write.
    """
    name = (model or "").lower()
    if _OPENAI_CHARGED.search(name):
        return "cache_write_30m"
    if _OPENAI.search(name):
        return "cache_write_free"
    if "claude" in name:
        return "cache_write_5m"
    if provider in _OPENAI_SHAPED:
        return "cache_write_30m"  # an unreadable deployment name: if it wrote, it is a family that charges
    if provider in _CHARGES_FIVE_MINUTES:
        return "cache_write_5m"
    return "cache_write_free"
