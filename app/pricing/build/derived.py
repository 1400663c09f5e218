"""Rules that a vendor states once for many models, turned into rows where no source lists the row itself.

Published figures beat computed ones: nothing here replaces a price that is already there.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Final

from app.pricing.build.drafts import Dims, Model, Price, Prices, Sheet, figure, plain
from app.pricing.build.trust import HAND
from app.pricing.rules import units

HALF: Final = Decimal("0.5")
_HALF_NOTE: Final = "half the list price, as stated for batches"
# All of these as the vendors' documentation had them on 2026-11-21.
# A message batch costs half on every kind of token, cache included.
_ANTHROPIC_BATCH: Final = re.compile(r"claude-(?:3|opus|sonnet|haiku|fable|mythos)")
# A cache write kept for twelve hours costs 2.5 times the input.
_TWELVE_HOURS: Final = Decimal("2.5")
# A batch at xAI is 20 % cheaper, not half.
_XAI_BATCH: Final = Decimal("0.8")
# Claude 4.6 had a surcharge on long prompts until this day, wherever it is hosted by the token.
_LONG_CLAUDE: Final = re.compile(r"claude-(?:opus|sonnet)-4[.-]6")
_LONG_CLAUDE_UNTIL: Final = "2026-03-13T00:00:00+00:00"
_LONG_CLAUDE_BEYOND: Final = 200_000
_LONG_CLAUDE_FACTORS: Final = {"input": Decimal(2), "output": Decimal("1.5")}
# What is read from a cache, as a share of the input price.
_MISTRAL_CACHED: Final = Decimal("0.1")
_GROQ_CACHED: Final = HALF
_QWEN_IMPLICIT: Final = Decimal("0.2")
_QWEN_EXPLICIT: Final = Decimal("0.1")
_QWEN_WRITE: Final = Decimal("1.25")
# Before, what was read from an implicit cache cost 40 %; the day this changed is not known.
_QWEN_CACHES_FROM: Final = "2026-01-01T00:00:00+00:00"
EXPLICIT: Final = "input.cache_read.text@cache=explicit"
THINKING: Final = "output.visible.text@mode=thinking"
# Models that do not reason pay more for the older version of the web search tool. Which one a call used is only known
# where its response repeats its tools.
_PREVIEW_SEARCH: Final = re.compile(r"^gpt-4(?:o|\.1)(?:-mini|-nano)?(?:-20\d\d-\d\d-\d\d)?$")
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
        for rule in (*_RULES.get(provider, ()), _long_prompts_of_tiers):
            rule(model)


def _halve_batches(model: Model) -> None:
    if _ANTHROPIC_BATCH.match(model.id):
        _beside_list(model, Dims(processing="batch"), HALF, "half the list price, as stated for Message Batches")


def _halve_all_tokens(model: Model) -> None:
    _beside_list(model, Dims(processing="batch"), HALF, _HALF_NOTE)


def _halve_cached_of_batches(model: Model) -> None:
    """OpenAI's batches are half price, cached input included, also where their older tables do not list it."""
    for sheet in model.sheets:
        if sheet.dims._replace(geo="") != Dims(processing="batch"):
            continue
        for base in _under(model, sheet):
            cached = base.prices.get("input.cache_read.text")
            if cached is not None and base.dims.geo == sheet.dims.geo:
                sheet.prices.setdefault("input.cache_read.text", times(cached, HALF))


def _halve_tokens(model: Model) -> None:
    """Cached input keeps its price: the two discounts do not stack."""
    _beside_list(model, Dims(processing="batch"), HALF, _HALF_NOTE, _is_uncached)


def _halve_tokens_and_drop_the_cache(model: Model) -> None:
    """A batch has no cache discount: what was read from a cache costs the batch's input price."""
    _halve_tokens(model)
    for sheet in model.sheets:
        fresh = sheet.prices.get("input.fresh.text")
        if sheet.dims == Dims(processing="batch") and sheet.source == HAND and fresh is not None:
            sheet.prices["input.cache_read.text"] = sheet.prices[EXPLICIT] = fresh


def _a_fifth_off_batches(model: Model) -> None:
    _beside_list(model, Dims(processing="batch"), _XAI_BATCH, "20 % below the list price, as stated for batches")


def _flex_as_list(model: Model) -> None:
    """Flex at Groq is another way to queue, at the same price."""
    _beside_list(model, Dims(tier="flex"), Decimal(1), "the list price, as stated for flex", _is_anything)


def _cached_share(share: Decimal) -> Callable[[Model], None]:
    """A rule for chat models without a cached price of their own."""

    def rule(model: Model) -> None:
        for sheet in model.sheets:
            fresh = sheet.prices.get("input.fresh.text")
            if sheet.dims == Dims() and fresh is not None and "output.visible.text" in sheet.prices:
                sheet.prices.setdefault("input.cache_read.text", times(fresh, share))

    return rule


def _nova_writes(model: Model) -> None:
    """What Nova writes to its cache is input like any other."""
    for sheet in model.sheets:
        fresh = sheet.prices.get("input.fresh.text")
        if "amazon.nova" in model.id and fresh is not None and "input.cache_read.text" in sheet.prices:
            sheet.prices.setdefault("input.cache_write_5m.text", fresh)


def _qwen_caches(model: Model) -> None:
    """Two caches, of which a request uses one: an implicit one that is free to write, and an explicit one."""
    for sheet in [one for one in model.sheets if one.dims == Dims()]:
        fresh = sheet.prices.get("input.fresh.text")
        if fresh is None or "output.visible.text" not in sheet.prices:
            continue
        if not sheet.start and not sheet.end and "input.cache_read.text" not in sheet.prices:
            model.sheets.append(replace(sheet, prices=dict(sheet.prices), end=_QWEN_CACHES_FROM))
            sheet.start = _QWEN_CACHES_FROM
            sheet.prices["input.cache_read.text"] = times(fresh, _QWEN_IMPLICIT)
        sheet.prices.setdefault("input.cache_write_5m.text", times(fresh, _QWEN_WRITE))
        sheet.prices.setdefault(EXPLICIT, times(fresh, _QWEN_EXPLICIT))


def _qwen_thinking(model: Model) -> None:
    """In thinking mode the answer costs what the thinking does."""
    for sheet in model.sheets:
        if (thinking := sheet.prices.get("output.reasoning.text")) is not None:
            sheet.prices.setdefault(THINKING, thinking)


def _two_search_tools(model: Model) -> None:
    if _PREVIEW_SEARCH.match(model.id):
        for sheet in model.sheets:
            if (fee := sheet.prices.pop("tool.web_search", None)) is not None:
                sheet.prices["tool.web_search@search_tool=current"] = fee
                sheet.prices["tool.web_search@search_tool=preview"] = "25/1000"


def _long_prompts_of_early_claude(model: Model) -> None:
    """Neither source has the surcharge for these hosts any more; older releases list it for each."""
    if not _LONG_CLAUDE.search(model.id):
        return
    for sheet in list(model.sheets):
        if sheet.start or sheet.end or any(isinstance(price, list) for price in sheet.prices.values()):
            continue
        early = replace(sheet, prices={u: _early(u, p) for u, p in sheet.prices.items()}, end=_LONG_CLAUDE_UNTIL)
        sheet.start = _LONG_CLAUDE_UNTIL
        model.sheets.append(early)


def _early(unit: str, price: Price) -> Price:
    if not units.is_leaf(unit):
        return price
    return [price, [">", _LONG_CLAUDE_BEYOND, times(price, _LONG_CLAUDE_FACTORS[units.direction(unit)])]]


def _long_prompts_of_tiers(model: Model) -> None:
    """Where the list price has steps by prompt size and a tier's row has none, the tier's price takes the same ones.

    What a tier's table leaves out beyond a threshold is not the price of a small prompt.
    """
    for sheet in model.sheets:
        if sheet.dims._replace(geo="") == Dims():
            continue
        for base in _under(model, sheet):
            for unit, price in sheet.prices.items():
                listed = base.prices.get(unit)
                if isinstance(price, str) and isinstance(listed, list) and "/" not in price:
                    sheet.prices[unit] = _with_steps(price, listed)


def _under(model: Model, sheet: Sheet) -> list[Sheet]:
    """The list prices of the place, else of everywhere, that hold for all of a sheet's period."""
    for geo in (sheet.dims.geo, ""):
        listed = [one for one in model.sheets if one.dims == Dims(geo=geo) and not one.hours and _contains(one, sheet)]
        if listed:
            return listed
    return []


def _contains(one: Sheet, other: Sheet) -> bool:
    return one.start <= other.start and (not one.end or bool(other.end and other.end <= one.end))


def _with_steps(price: str, listed: list[object]) -> Price:
    head, *steps = listed
    small = figure(str(head))
    return [
        price,
        *([s[0], s[1], plain(Decimal(price) * figure(str(s[2])) / small)] for s in steps if isinstance(s, list)),
    ]


def _beside_list(
    model: Model, dims: Dims, factor: Decimal, note: str, wanted: Callable[[str], bool] | None = None
) -> None:
    """A sheet of these dimensions for each period of the list price that has none."""
    listed = [sheet for sheet in model.sheets if sheet.dims == Dims() and not sheet.hours]
    for base in listed:
        if any(sheet.dims == dims and _overlap(sheet, base) for sheet in model.sheets):
            continue
        prices: Prices = {u: times(p, factor) for u, p in base.prices.items() if (wanted or _is_tokens)(u)}
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


def _is_tokens(unit: str) -> bool:
    return units.is_leaf(units.bare(unit))


def _is_anything(_: str) -> bool:
    return True


def _is_uncached(unit: str) -> bool:
    leaf = units.bare(unit)
    return units.is_leaf(leaf) and not units.is_cache_read(leaf) and not units.is_cache_write(leaf)


_RULES: Final[dict[str, tuple[Callable[[Model], None], ...]]] = {
    "anthropic": (_halve_batches,),
    "openai": (_halve_cached_of_batches, _twelve_hour_writes, _containers, _file_search, _two_search_tools),
    "azure": (_halve_cached_of_batches, _azure_zones, _containers),
    "aws.bedrock": (_nova_writes, _long_prompts_of_early_claude),
    "vertex": (_long_prompts_of_early_claude,),
    "mistral": (_mistral_regions, _cached_share(_MISTRAL_CACHED), _halve_all_tokens),
    "xai": (_a_fifth_off_batches,),
    "groq": (_cached_share(_GROQ_CACHED), _halve_tokens, _flex_as_list),
    "alibaba": (_qwen_caches, _qwen_thinking, _halve_tokens_and_drop_the_cache),
}
