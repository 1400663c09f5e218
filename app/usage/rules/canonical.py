"""From our own words on the wire, which contain their parts, to the record.

`input_tokens` contains what was read from and written to caches, `output_tokens` contains reasoning, and both
contain their audio, image and video tokens. Absent or null is not known.
"""

from decimal import Decimal
from typing import Final

from app.pricing.rules import units
from app.pricing.rules.caching import default_cache_write
from app.pricing.rules.matching import canonical_provider
from app.usage.rules import fields
from app.usage.rules.errors import UsageFieldInvalid
from app.usage.rules.fields import Holder
from app.usage.rules.record import UsageRecord, missing
from app.usage.rules.splitting import split_input, split_output

CONVENTION: Final = "canonical"

_WRITE_LIVES: Final = ("5m", "30m", "1h", "12h")
_NOT_TEXT: Final = ("audio", "image", "video")
TOKEN_WORDS: Final = (
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    *(f"cache_write_{life}_tokens" for life in _WRITE_LIVES),
    "reasoning_tokens",
    *(f"input_{modality}_tokens" for modality in _NOT_TEXT),
    *(f"output_{modality}_tokens" for modality in _NOT_TEXT),
)
METER_WORDS: Final = tuple(sorted(units.METERS))
WORDS: Final = frozenset((*TOKEN_WORDS, *METER_WORDS))
_TOKEN_WORDS: Final = frozenset(TOKEN_WORDS)
_WRITE_WORDS: Final = frozenset(word for word in TOKEN_WORDS if word.startswith("cache_write_"))
_INPUT_MODALITIES: Final = {f"input_{modality}_tokens": modality for modality in _NOT_TEXT}
_OUTPUT_MODALITIES: Final = {f"output_{modality}_tokens": modality for modality in _NOT_TEXT}


def from_canonical(usage: Holder, *, provider: str, model: str | None) -> UsageRecord:
    """The record of a `usage` object in our words. Raises UsageFieldInvalid, naming the field."""
    tokens, meters = _words(usage)
    writes, warnings = _writes(tokens, provider, model)
    input_ = split_input(
        tokens.get("input_tokens"),
        read=tokens.get("cache_read_tokens"),
        writes=writes,
        modalities=_modalities(tokens, _INPUT_MODALITIES),
    )
    output = split_output(
        tokens.get("output_tokens"),
        reasoning=tokens.get("reasoning_tokens"),
        modalities=_modalities(tokens, _OUTPUT_MODALITIES),
    )
    leaves = input_.leaves | output.leaves
    if not leaves and not meters:
        return missing(CONVENTION)
    warnings = (*warnings, *input_.warnings, *output.warnings)
    return UsageRecord(leaves=leaves, meters=meters, convention=CONVENTION, warnings=warnings)


def _words(usage: Holder) -> tuple[dict[str, int], dict[str, Decimal]]:
    """What was said, by kind of word; null is not said. Only words that came are looked at."""
    tokens: dict[str, int] = {}
    meters: dict[str, Decimal] = {}
    for name in usage:
        if name in _TOKEN_WORDS:
            count = fields.count(usage, name)
            if count is not None:
                tokens[name] = count
        elif name in WORDS:
            value = fields.amount(usage, name)
            if value is not None:
                meters[name] = value
        else:
            raise UsageFieldInvalid(name, "is not a known count")
    return tokens, meters


def _modalities(tokens: dict[str, int], words: dict[str, str]) -> dict[str, int]:
    if words.keys().isdisjoint(tokens):
        return {}
    return {modality: tokens[word] for word, modality in words.items() if word in tokens}


def _writes(tokens: dict[str, int], provider: str, model: str | None) -> tuple[dict[str, int], tuple[str, ...]]:
    """Tokens written to caches by kind; what no life is given for goes to the family's usual one."""
    if _WRITE_WORDS.isdisjoint(tokens):
        return {}, ()
    writes = {
        f"cache_write_{life}": tokens[f"cache_write_{life}_tokens"]
        for life in _WRITE_LIVES
        if f"cache_write_{life}_tokens" in tokens
    }
    total = tokens.get("cache_write_tokens")
    if total is None:
        return writes, ()
    return with_rest(writes, total, default_cache_write(canonical_provider(provider), model))


def with_rest(writes: dict[str, int], total: int, usual: str) -> tuple[dict[str, int], tuple[str, ...]]:
    """The split completed to its total by the usual life; a split larger than the total stays, with a warning."""
    known = sum(writes.values())
    if known > total:
        return writes, (f"cache writes by life exceed their total: {known} > {total}",)
    if total > known or not writes:
        return {**writes, usual: writes.get(usual, 0) + total - known}, ()
    return writes, ()
