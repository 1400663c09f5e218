"""Reads litellm's price file: tiers, regions, multipliers, tool fees, and what is not counted in tokens.

Only the JSON that its package carries is read. Numbers are taken as the text they are written in.
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from importlib.metadata import distribution
from typing import Any, Final

from app.pricing.build.derived import times
from app.pricing.build.drafts import Dims, Model, Prices, Sheet, plain
from app.pricing.build.trust import INCLUSIVE_THRESHOLDS, LITELLM, PROVIDERS, YUAN_PER_DOLLAR
from app.pricing.rules.caching import default_cache_write

FILE: Final = "litellm/model_prices_and_context_window_backup.json"

_TOKENS: Final = {
    "input_cost_per_token": "input.fresh.text",
    "input_cost_per_audio_token": "input.fresh.audio",
    "input_cost_per_image_token": "input.fresh.image",
    "input_cost_per_video_token": "input.fresh.video",
    "cache_read_input_token_cost": "input.cache_read.text",
    "cache_read_input_audio_token_cost": "input.cache_read.audio",
    "cache_read_input_image_token_cost": "input.cache_read.image",
    "cache_creation_input_token_cost": "input.cache_write.text",
    "cache_creation_input_token_cost_above_1hr": "input.cache_write_1h.text",
    "cache_creation_input_token_cost_above_12hr": "input.cache_write_12h.text",
    "output_cost_per_token": "output.visible.text",
    "output_cost_per_reasoning_token": "output.reasoning.text",
    "output_cost_per_audio_token": "output.visible.audio",
    "output_cost_per_image_token": "output.visible.image",
    "output_cost_per_video_token": "output.visible.video",
    "citation_cost_per_token": "output.citation.text",
}
# Their key: our unit and the only mode of a model in which the key means that.
_METERS: Final = {
    "input_cost_per_second": ("audio_in_seconds", "audio_transcription"),
    "input_cost_per_character": ("characters_in", "audio_speech"),
    "input_cost_per_query": ("search_units", "rerank"),
    "ocr_cost_per_page": ("pages", "ocr"),
    "output_cost_per_image": ("images_out", "image_generation"),
    "output_cost_per_video_per_second": ("video_out_seconds", "video_generation"),
}
_TIERS: Final = {
    "": Dims(),
    "_batches": Dims(processing="batch"),
    "_flex": Dims(tier="flex"),
    "_priority": Dims(tier="priority"),
    "_ultrafast": Dims(tier="ultrafast"),
}
_KEY: Final = re.compile(
    r"(?P<base>.+?)(?:_above_(?P<size>\d+)k_tokens)?(?P<tier>_batches|_flex|_priority|_ultrafast)?$"
)
_CHATTING: Final = frozenset(("chat", "responses", "completion"))
_AZURE_ZONE: Final = re.compile(r"^(?P<zone>us|eu|apac|us-gov|global-standard|global)/(?P<name>[^/]+)$")
_AZURES_OPENAI: Final = re.compile(
    r"^azure/(?:[^/]+/)?(?:gpt|o\d|codex|computer-use|text-embedding|whisper|tts|dall-e)"
)
_BEDROCK_REGION: Final = re.compile(r"^bedrock/(?P<zone>[a-z]{2}(?:-gov)?-[a-z]+-\d)/(?P<name>[^/]+)$")


def load() -> dict[str, dict[str, Any]]:
    """The file as it is, every number as text so that no float ever touches money."""
    path = distribution("litellm").locate_file(FILE)
    with open(str(path), encoding="utf-8") as file:  # noqa: PTH123 - a path of importlib's own kind
        entries: dict[str, dict[str, Any]] = json.load(file, parse_float=str)
    return entries


def read(provider: str, entries: dict[str, dict[str, Any]]) -> list[Model]:
    """The models of one provider; rows for a zone or region become that geography's sheets."""
    models: dict[str, Model] = {}
    for key, entry in sorted(entries.items(), key=lambda item: (_rank(item[0]), item[0])):
        if not feeds(provider, str(entry.get("litellm_provider", ""))):
            continue
        placed = _place(provider, key)
        if placed is None:
            continue
        name, geo = placed
        sheets = [_placed_in(sheet, geo) for sheet in _sheets(provider, name, entry)]
        if provider in YUAN_PER_DOLLAR:
            sheets = [_in_yuan(sheet, YUAN_PER_DOLLAR[provider]) for sheet in sheets]
        if not sheets:
            continue
        model = models.setdefault(name, Model(provider, name, {name}, []))
        model.sheets = [*_staying(model.sheets, sheets, geo, key), *sheets]
        if not geo:
            model.as_text, model.geo = _as_text(provider, entry), _geo_factors(provider, entry)
            model.ref = str(entry.get("source", ""))
    return list(models.values())


def _staying(known: list[Sheet], new: list[Sheet], geo: str, key: str) -> list[Sheet]:
    """What a further key for a name leaves standing: other places, and tiers of Azure that only one key lists."""
    replaced = {sheet.dims for sheet in new} if _AZURES_OPENAI.match(key) else None
    return [s for s in known if s.dims.geo != geo or (replaced is not None and s.dims not in replaced)]


def _rank(key: str) -> int:
    """Of several keys for one name the last that is read stands: `vertex_ai/gemini-x`, not a bare `gemini-x`; and for
    OpenAI's models `azure/`, which has their tiers, not `azure_ai/`.
    """
    return 2 if _AZURES_OPENAI.match(key) else int("/" in key)


def feeds(provider: str, theirs: str) -> bool:
    """Whether a `litellm_provider` is one of those a provider of the book is read from."""
    wanted = PROVIDERS[provider][1]
    return any(theirs == w or (w.endswith("*") and theirs.startswith(w[:-1])) for w in wanted)


def _place(provider: str, key: str) -> tuple[str, str] | None:
    """The model's name and geography in a key, or None for keys that name something else."""
    lowered = key.lower()
    if "-x-" in lowered or "commitment" in lowered or "*" in lowered:
        return None  # image sizes and reserved capacity
    if provider == "aws.bedrock":
        region = _BEDROCK_REGION.match(lowered)
        if region:
            return region["name"], region["zone"]
        return None if "/" in lowered else (lowered, "")
    name = re.sub(r"^(?:azure_ai|azure|gemini|vertex_ai|mistral|cohere|deepseek|xai|groq|together_ai|fireworks_ai|"
                  r"perplexity|moonshot|zai|cerebras|dashscope|openai|anthropic|openrouter|"
                  r"bigmodel)/", "", lowered)  # fmt: skip
    if provider == "azure":
        zone = _AZURE_ZONE.match(name)
        if zone:
            return zone["name"], "" if zone["zone"].startswith("global") else zone["zone"]
    return name, ""


def _placed_in(sheet: Sheet, geo: str) -> Sheet:
    sheet.dims = sheet.dims._replace(geo=geo)
    return sheet


def _in_yuan(sheet: Sheet, rate: int) -> Sheet:
    """The published figures again; converted ones have as many digits as a float, published ones four at most."""
    for unit, price in sheet.prices.items():
        if isinstance(price, str) and "/" not in price:
            sheet.prices[unit] = plain((Decimal(price) * rate).quantize(Decimal("0.0001")))
    sheet.prices = {unit: price for unit, price in sheet.prices.items() if isinstance(price, str) and "/" not in price}
    sheet.currency = "CNY"
    return sheet


# --- prices ---


def _sheets(provider: str, name: str, entry: dict[str, Any]) -> list[Sheet]:
    found: dict[Dims, dict[str, dict[int, str]]] = {}
    for dims, unit, size, figure in _token_prices(provider, name, entry):
        found.setdefault(dims, {}).setdefault(unit, {})[size] = figure
    sheets = [Sheet(_with_steps(provider, units), dims, source=LITELLM) for dims, units in found.items()]
    base = next((sheet for sheet in sheets if sheet.dims == Dims()), None)
    meters = _meters(provider, name, entry)
    if base is None and meters:
        base = Sheet({}, source=LITELLM)
        sheets.append(base)
    if base is None:
        return []
    base.prices.update(meters)
    return [s for s in [*sheets, *_fast(base, entry), *_off_peak(base, entry)] if s.prices]


def _token_prices(provider: str, name: str, entry: dict[str, Any]) -> Iterator[tuple[Dims, str, int, str]]:
    for start, part in _tiered(entry):
        for key, value in part.items():
            match = _KEY.fullmatch(key)
            if match is None or match["base"] not in _TOKENS or not _is_price(entry, key, value):
                continue
            size = int(match["size"]) * 1000 if match["size"] else start
            unit = _unit(provider, name, _TOKENS[match["base"]])
            yield _TIERS[match["tier"] or ""], unit, size, _per_million(value)


def _tiered(entry: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The entry itself, or its list of prompt-size ranges."""
    yield 0, entry
    for tier in entry.get("tiered_pricing", ()):
        if "range" in tier:
            yield int(Decimal(str(tier["range"][0]))), tier


def _is_price(entry: dict[str, Any], key: str, value: object) -> bool:
    """Their zero mostly means "not charged here" or "not known"; only an embedding's output really is none."""
    if not isinstance(value, str | int):
        return False
    return bool(Decimal(str(value))) or (entry.get("mode") == "embedding" and key == "output_cost_per_token")


def _unit(provider: str, name: str, unit: str) -> str:
    if unit != "input.cache_write.text":
        return unit
    kind = default_cache_write(provider, name)
    return f"input.{'cache_write_5m' if kind == 'cache_write_free' else kind}.text"


def _with_steps(provider: str, found: dict[str, dict[int, str]]) -> Prices:
    """Prices by prompt size; a price that only holds beyond a size has no small-prompt price and is left out."""
    operator = ">=" if provider in INCLUSIVE_THRESHOLDS else ">"
    prices: Prices = {}
    for unit, by_size in found.items():
        if 0 not in by_size:
            continue
        steps: list[object] = [[operator, size, by_size[size]] for size in sorted(by_size) if size]
        prices[unit] = [by_size[0], *steps] if steps else by_size[0]
    return prices


def _per_million(value: object) -> str:
    return plain(Decimal(str(value)) * 1_000_000)


def _meters(provider: str, name: str, entry: dict[str, Any]) -> Prices:
    prices: Prices = {}
    for key, (unit, mode) in _METERS.items():
        if entry.get("mode") == mode and Decimal(str(entry.get(key) or 0)):
            prices[unit] = f"{plain(Decimal(str(entry[key])))}/1"
    prices.update(_search_fee(provider, name, entry))
    maps = entry.get("google_maps_grounding_cost_per_query")
    if maps:
        prices["tool.maps_grounding"] = _per_thousand(maps)
    return prices


def _search_fee(provider: str, name: str, entry: dict[str, Any]) -> Prices:
    """One fee per search, or per request by the size of what is searched."""
    sizes = entry.get("search_context_cost_per_query") or {}
    fees = set(sizes.values())
    if provider == "perplexity":
        return {f"requests@{key.replace('size_', 'size=')}": _per_thousand(fee) for key, fee in sizes.items()}
    if len(fees) != 1:
        return {}
    by_prompt = name.startswith("gemini") and entry.get("web_search_billing_unit") != "per_query"
    return {"tool.grounded_prompt" if by_prompt else "tool.web_search": _per_thousand(fees.pop())}


def _per_thousand(value: object) -> str:
    return f"{plain(Decimal(str(value)) * 1000)}/1000"


def _fast(base: Sheet, entry: dict[str, Any]) -> list[Sheet]:
    """Fast mode, given as one factor on every token price."""
    factor = (entry.get("provider_specific_entry") or {}).get("fast")
    if not factor:
        return []
    prices = {u: times(p, Decimal(str(factor))) for u, p in base.prices.items() if u.startswith(("input.", "output."))}
    return [Sheet(prices, Dims(speed="fast"), source=LITELLM)]


def _off_peak(base: Sheet, entry: dict[str, Any]) -> list[Sheet]:
    block = entry.get("off_peak_pricing")
    if not block:
        return []
    prices = {unit: _per_million(block[key]) for key, unit in _TOKENS.items() if key in block}
    hours: list[list[object]] = []
    for window in block.get("windows", ()):
        spans = window["hours_utc"] if isinstance(window["hours_utc"], list) else [window["hours_utc"]]
        hours += [[*span.split("-"), window.get("weekdays", [1, 2, 3, 4, 5, 6, 7])] for span in spans]
    return [Sheet(dict(prices), base.dims, hours=hours, source=LITELLM)] if hours else []


def _as_text(provider: str, entry: dict[str, Any]) -> tuple[str, ...]:
    """Modalities a chat model takes without a token price of their own: billed as text."""
    if entry.get("mode") not in _CHATTING:
        return ()
    takes = set(entry.get("supported_modalities") or ())
    flags = {"image": "supports_vision", "video": "supports_video_input", "audio": "supports_audio_input"}
    takes |= {modality for modality, flag in flags.items() if entry.get(flag)}
    if provider not in {"google", "vertex"}:
        takes.discard("audio")  # elsewhere audio has a price, listed or not
    return tuple(modality for modality in ("image", "video", "audio") if modality in takes)


def _geo_factors(provider: str, entry: dict[str, Any]) -> dict[str, str]:
    factors = {
        geo: entry[f"regional_processing_uplift_multiplier_{geo}"]
        for geo in ("eu", "us")
        if f"regional_processing_uplift_multiplier_{geo}" in entry
    }
    if provider == "vertex" and "regional_endpoint_uplift_multiplier" in entry:
        factors["*"] = entry["regional_endpoint_uplift_multiplier"]
    us = (entry.get("provider_specific_entry") or {}).get("us")
    if provider == "anthropic" and us:
        factors["us"] = us
    return {geo: plain(Decimal(str(factor))) for geo, factor in factors.items()}
