"""Reads genai-prices: list prices with history, batch and tier variants, and the names of each model."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any, Final

from app.pricing.build.drafts import Dims, Model, Price, Prices, Sheet, plain
from app.pricing.build.trust import GENAI, PROVIDERS
from app.pricing.rules.caching import default_cache_write

Finder = Callable[[str], str | None]

# Their price key: our unit and the denominator their figure is for (None: a million tokens).
_UNITS: Final[dict[str, tuple[str, int | None]]] = {
    "input_mtok": ("input.fresh.text", None),
    "input_audio_mtok": ("input.fresh.audio", None),
    "input_image_mtok": ("input.fresh.image", None),
    "input_video_mtok": ("input.fresh.video", None),
    "cache_read_mtok": ("input.cache_read.text", None),
    "cache_audio_read_mtok": ("input.cache_read.audio", None),
    "cache_image_read_mtok": ("input.cache_read.image", None),
    "cache_write_mtok": ("input.cache_write.text", None),  # how long it lives depends on the family
    "cache_write_1h_mtok": ("input.cache_write_1h.text", None),
    "output_mtok": ("output.visible.text", None),
    "output_audio_mtok": ("output.visible.audio", None),
    "output_image_mtok": ("output.visible.image", None),
    "output_video_mtok": ("output.visible.video", None),
    "output_reasoning_mtok": ("output.reasoning.text", None),
    "output_citation_mtok": ("output.citation.text", None),
    "web_searches_kcount": ("tool.web_search", 1_000),
    "storage_searches_kcount": ("tool.file_search", 1_000),
    "input_document_kpages": ("pages", 1_000),
    "input_mchars": ("characters_in", 1_000_000),
    "input_audio_hours": ("audio_in_seconds", 3_600),
    "requests_kcount": ("requests", 1_000),
}
_SERVICE_TIERS: Final = {"flex": "flex", "priority": "priority", "ultrafast": "ultrafast"}
# Snapshots that were really served, listed by hand where their rule is a prefix; the rule must still claim them.
_SNAPSHOTS: Final[dict[str, tuple[str, ...]]] = {
    "anthropic": ("claude-2.0", "claude-2.1"),
    "google": (
        "gemini-2.5-pro-preview-03-25",
        "gemini-2.5-pro-preview-05-06",
        "gemini-2.5-pro-preview-06-05",
        "gemini-2.5-flash-lite-preview-09-2025",
        "gemini-2.0-flash-lite-preview-02-05",
    ),
    "mistral": (
        "magistral-medium-2506",
        "magistral-medium-2507",
        "magistral-medium-2509",
        "magistral-small-2506",
        "magistral-small-2507",
        "magistral-small-2509",
    ),
}
_DATED_STEM: Final = re.compile(r"-20\d\d-?$")
_BEDROCK_GEOS: Final = ("us", "eu", "apac", "jp", "au", "in", "ca", "sa")


def read(provider: str) -> tuple[list[Model], Finder]:
    """The models of one provider, and its own loose matching (a name to a model id) to compare names with."""
    from genai_prices.data import providers  # only the build has this package

    theirs = next((p for p in providers if p.id == PROVIDERS[provider][0]), None)
    if theirs is None:
        return [], lambda _name: None

    def find(name: str) -> str | None:
        model = theirs.find_model(name)
        return str(model.id) if model is not None else None

    wanted = [m for m in theirs.models if _belongs(provider, m.id)]
    models = [model for m in wanted if (model := _read_model(provider, m, find)).sheets]
    return models, find


def _belongs(provider: str, model_id: str) -> bool:
    # They keep the Gemini API and Vertex in one list; Claude is only sold on Vertex.
    return not (provider == "google" and "claude" in model_id)


def _read_model(provider: str, theirs: Any, find: Finder) -> Model:
    model = Model(
        provider=provider,
        id=theirs.id.removeprefix("regional."),
        names=set(_names(provider, theirs, find)),
        sheets=[],
        ref=_first_link(theirs.price_comments),
    )
    entries = theirs.prices if isinstance(theirs.prices, list) else [None]
    model.sheets = _history(model, theirs.prices) if entries != [None] else _only_price(model, theirs.prices)
    model.sheets += _variants(model, theirs.price_variants or ())
    if not any(sheet.dims == Dims() for sheet in model.sheets):
        model.sheets = []
    if _is_gemini(model):
        model.as_text = ("image", "video")  # priced as text unless listed apart
    return model


def _is_gemini(model: Model) -> bool:
    return model.provider in {"google", "vertex"} and model.id.startswith("gemini-") and "tts" not in model.id


def _first_link(comments: str | None) -> str:
    link = re.search(r"https://[^\s)>,]+", comments or "")
    return link.group(0).rstrip(".") if link else ""


# --- names ---


def _names(provider: str, theirs: Any, find: Finder) -> Iterator[str]:
    """Only names that are stated whole; a rule by prefix gives its stem, never all that starts with it."""
    yield from (name for name in _SNAPSHOTS.get(provider, ()) if find(name) == theirs.id)
    for text in [theirs.id, *_texts(theirs.match)]:
        name = text.lower().removeprefix("regional.").rstrip("-@.")
        if not name or _DATED_STEM.search(name) or name == "ft:gpt-4-0":
            continue
        if provider == "aws.bedrock":
            yield from (n for n in _bedrock_names(name) if find(n) == theirs.id)
        elif find(name) == theirs.id or name == theirs.id.rstrip("-"):
            yield name


def _texts(clause: Any) -> Iterator[str]:
    kind = type(clause).__name__
    if kind in {"ClauseOr", "ClauseAnd"}:
        for part in clause.or_ if kind == "ClauseOr" else clause.and_:
            yield from _texts(part)
    elif kind != "ClauseRegex":
        yield str(next(iter(vars(clause).values())))


def _bedrock_names(name: str) -> Iterable[str]:
    """A Bedrock price that they say holds in every region holds for its profiles too."""
    yield name
    if "." in name and name.split(".")[0] not in {*_BEDROCK_GEOS, "global", "us-gov"}:
        yield from (f"{geo}.{name}" for geo in _BEDROCK_GEOS)


# --- prices ---


def _only_price(model: Model, prices: Any) -> list[Sheet]:
    read = _prices(model, prices)
    return [Sheet(read, source=GENAI)] if read else []


def _history(model: Model, entries: list[Any]) -> list[Sheet]:
    """Dated entries one after the other; hours of the day belong to the dated entry they follow."""
    sheets: list[Sheet] = []
    day: list[Sheet] = []
    for entry in entries:
        constraint = entry.constraint
        if hasattr(constraint, "start_time"):
            hours: list[list[object]] = [[_clock(constraint.start_time), _clock(constraint.end_time)]]
            prices = _prices(model, entry.prices)
            sheets.append(Sheet(prices, start=day[-1].start if day else "", hours=hours, source=GENAI))
            continue
        start = _midnight(constraint.start_date) if constraint is not None else ""
        if day:
            day[-1].end = start
        day.append(Sheet(_prices(model, entry.prices), start=start, source=GENAI))
    return [sheet for sheet in [*day, *sheets] if sheet.prices]


def _variants(model: Model, variants: Iterable[Any]) -> list[Sheet]:
    """Tiers and batches, each from the start of the list price it was read beside.

    Their own dates are the days these rows were added to the data, not the days the vendor began: taken at their word a
    batch of last year would have no batch price. Before an earlier change of the list price nothing is known.
    """
    sheets: dict[tuple[Dims, str], Sheet] = {}
    for variant in variants:
        dims = _dims(variant.when)
        if dims is None:
            continue
        gate = variant.constraint.start_date.isoformat() if variant.constraint is not None else ""
        for base in _bases(model, gate):
            sheets.setdefault(
                (dims, base.start),
                # no figures of its own: listed, at the list price
                Sheet(_prices(model, variant.prices) or dict(base.prices), dims, base.start, base.end, source=GENAI),
            )
    return list(sheets.values())


def _bases(model: Model, gate: str) -> list[Sheet]:
    """The list price a variant was read beside; an undated variant was beside all of them."""
    all_day = [sheet for sheet in model.sheets if not sheet.hours and sheet.dims == Dims()]
    return [sheet for sheet in all_day if sheet.holds_on(gate)] if gate else all_day


def _dims(when: dict[str, str]) -> Dims | None:
    if when == {"processing": "batch"}:
        return Dims(processing="batch")
    if when == {"speed": "fast"}:
        return Dims(speed="fast")
    tier = _SERVICE_TIERS.get(when.get("service_tier", ""))
    return Dims(tier=tier) if tier and len(when) == 1 else None


def _prices(model: Model, theirs: Any) -> Prices:
    """Their prices in our units. A model whose name ends in `:free` costs an explicit nothing."""
    if model.id.endswith(":free"):
        return dict.fromkeys(("input.fresh.text", "input.cache_read.text", "output.visible.text"), "0")
    prices: Prices = {}
    for key, value in vars(theirs).items():
        if value is not None and key in _UNITS:
            unit, per = _UNITS[key]
            if unit == "requests" and model.provider == "perplexity":
                continue  # a fee by the size of the search, which no usage object tells apart
            prices[_unit(model, unit)] = _price(value, per)
    if "-tts" in model.id and "output.visible.text" in prices:
        prices["output.visible.audio"] = prices["output.visible.text"]  # what a voice model puts out is audio
    return prices


def _unit(model: Model, unit: str) -> str:
    if unit == "input.cache_write.text":
        written = default_cache_write(model.provider, model.id)
        return f"input.{'cache_write_5m' if written == 'cache_write_free' else written}.text"
    if unit == "tool.web_search" and model.provider in {"google", "vertex"} and "gemini-2" in model.id:
        return "tool.grounded_prompt"  # charged by grounded prompt up to Gemini 2.x, by query from 3 on
    return unit


def _price(value: Any, per: int | None) -> Price:
    if hasattr(value, "tiers"):
        return [_figure(value.base, per), *(_step(tier, per) for tier in value.tiers)]
    return _figure(value, per)


def _step(tier: Any, per: int | None) -> list[object]:
    # They only know "more than"; "at or above 200k" is written as more than 199,999.
    if tier.start % 1000 == 999:
        return [">=", tier.start + 1, _figure(tier.price, per)]
    return [">", tier.start, _figure(tier.price, per)]


def _figure(value: Any, per: int | None) -> str:
    return f"{plain(value)}/{per}" if per else plain(value)


def _midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00:00+00:00"


def _clock(time: Any) -> str:
    return f"{time.hour:02d}:{time.minute:02d}"
