"""Rules that a vendor states once for many models, turned into rows where no source lists the row itself.

Published figures beat computed ones: nothing here replaces a price that is already there.
"""

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

from app.pricing.build.drafts import Dims, Model, Price, Prices, Sheet, plain
from app.pricing.build.trust import HAND
from app.pricing.rules import units

HALF: Final = Decimal("0.5")
# All of these as the vendors' documentation had them on 2026-11-21.
# A message batch costs half on every kind of token, cache included.
_ANTHROPIC_BATCH: Final = re.compile(r"claude-(?:3|opus|sonnet|haiku|fable|mythos)")
# A cache write kept for twelve hours costs 2.5 times the input.
_TWELVE_HOURS: Final = Decimal("2.5")
# The regional endpoints bill 1.1 times the list.
_MISTRAL_REGIONS: Final = {"eu": "1.1", "us": "1.1"}
# Azure's data zones bill 1.1 times the global price of OpenAI's models.
_AZURE_ZONES: Final = {"eu": "1.1", "us": "1.1"}
_AZURE_OPENAI: Final = re.compile(r"^(?:gpt-(?!oss)|o[134](?:-|$)|text-embedding-|codex|computer-use|model-router)")
# A session of the code interpreter; litellm has both, as `openai/container` and `azure/container`.
_CONTAINERS: Final = {"openai": "0.03/1", "azure": "0.033/1"}
# A tool's allowance is shared by an account and unknown to one call, so a fee is what a call costs beyond it.
ALLOWANCES: Final[dict[str, dict[str, str]]] = {
    "google": {
        "tool.grounded_prompt": "1,500 a day free, shared by the Gemini 2 models of an account",
        "tool.web_search": "5,000 a month free, shared by the Gemini 3 models of an account",
        "tool.maps_grounding": "1,500 a day free on Gemini 2, within the 5,000 a month on Gemini 3",
    },
}


def apply(provider: str, models: Iterable[Model]) -> None:
    """Add what follows from the vendor's rules to every model it speaks of."""
    for model in models:
        for rule in _RULES.get(provider, ()):
            rule(model)


def _halve_batches(model: Model) -> None:
    if _ANTHROPIC_BATCH.match(model.id):
        _beside_list(model, Dims(processing="batch"), HALF, "half the list price, as stated for Message Batches")


def _halve_tokens(model: Model) -> None:
    """Cached input keeps its price, as the batch pages of these vendors leave it out."""
    _beside_list(model, Dims(processing="batch"), HALF, "half the list price, as stated for batches", _is_uncached)


def _halve_tokens_and_drop_the_cache(model: Model) -> None:
    """A batch has no cache discount: what was read from a cache costs the batch's input price."""
    _halve_tokens(model)
    for sheet in model.sheets:
        fresh = sheet.prices.get("input.fresh.text")
        if sheet.dims == Dims(processing="batch") and sheet.source == HAND and fresh is not None:
            sheet.prices["input.cache_read.text"] = fresh


def _beside_list(
    model: Model, dims: Dims, factor: Decimal, note: str, wanted: Callable[[str], bool] = units.is_leaf
) -> None:
    """A sheet of these dimensions for each period of the list price that has none."""
    listed = [sheet for sheet in model.sheets if sheet.dims == Dims() and not sheet.hours]
    for base in listed:
        if any(sheet.dims == dims and _overlap(sheet, base) for sheet in model.sheets):
            continue
        prices: Prices = {u: times(p, factor) for u, p in base.prices.items() if wanted(u)}
        if prices:
            model.sheets.append(Sheet(prices, dims, base.start, base.end, source=HAND, note=note))


def _overlap(one: Sheet, other: Sheet) -> bool:
    return (not one.end or other.start < one.end) and (not other.end or one.start < other.end)


def _twelve_hour_writes(model: Model) -> None:
    for sheet in model.sheets:
        fresh = sheet.prices.get("input.fresh.text")
        if fresh is not None and "input.cache_write_30m.text" in sheet.prices:
            sheet.prices.setdefault("input.cache_write_12h.text", times(fresh, _TWELVE_HOURS))


def _mistral_regions(model: Model) -> None:
    model.geo = model.geo or dict(_MISTRAL_REGIONS)


def _azure_zones(model: Model) -> None:
    zones = {sheet.dims.geo for sheet in model.sheets}
    if _AZURE_OPENAI.match(model.id):
        model.geo = {zone: factor for zone, factor in _AZURE_ZONES.items() if zone not in zones} | model.geo


def _containers(model: Model) -> None:
    for sheet in model.sheets:
        if sheet.dims == Dims() and "tool.web_search" in sheet.prices:
            sheet.prices.setdefault("tool.code_container_session", _CONTAINERS[model.provider])


def _file_search(model: Model) -> None:
    for sheet in model.sheets:
        if sheet.dims == Dims() and "tool.web_search" in sheet.prices:
            sheet.prices.setdefault("tool.file_search", "2.5/1000")


def times(price: Price, factor: Decimal) -> Price:
    """A price times a factor, its steps too."""
    if isinstance(price, str):
        amount, slash, per = price.partition("/")
        return f"{plain(Decimal(amount) * factor)}{slash}{per}"
    head, *steps = price
    return [times(str(head), factor), *([s[0], s[1], times(s[2], factor)] for s in steps if isinstance(s, list))]


def _is_uncached(unit: str) -> bool:
    return units.is_leaf(unit) and not units.is_cache_read(unit) and not units.is_cache_write(unit)


_RULES: Final[dict[str, tuple[Callable[[Model], None], ...]]] = {
    "anthropic": (_halve_batches,),
    "openai": (_twelve_hour_writes, _containers, _file_search),
    "azure": (_azure_zones, _containers),
    "mistral": (_mistral_regions, _halve_tokens),
    "groq": (_halve_tokens,),
    "alibaba": (_halve_tokens_and_drop_the_cache,),
}
