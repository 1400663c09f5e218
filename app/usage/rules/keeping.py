"""What is kept of a vendor's response: what usage is read from, and never a word that somebody wrote.

A record is read from what is kept, not from what came, so that reading it again always gives the same.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Final

from app.usage.rules import fields
from app.usage.rules.dialects import breakdowns, transcriptions
from app.usage.rules.dialects.envelope import find_usage
from app.usage.rules.dialects.grounding import outline
from app.usage.rules.dialects.tools import WEB_SEARCH
from app.usage.rules.errors import UsageFieldInvalid, UsageNotUnderstood
from app.usage.rules.fields import Holder
from app.usage.rules.streams import folded

# What a response says around its usage object: who answered, under which id and tier.
_ABOUT: Final = (
    "id",
    "responseId",
    "response_id",
    "request_id",
    "model",
    "modelVersion",
    "model_version",
    "service_tier",
    "serviceTier",
    "object",
    "type",
    "processing",
    "stream",
)
# What Bedrock says in an object with one word.
_WORDS_INSIDE: Final = (("serviceTier", "type"), ("performanceConfig", "latency"))
_GATEWAY: Final = ("providerMetadata", "provider_metadata")
# A word of an enumeration, a name or an id; prose has spaces, or letters beyond these.
_WORD: Final = re.compile(r"[A-Za-z0-9_.:/@+\-]*")
_MAX_WORD: Final = 64
_MAX_ABOUT: Final = 256
_MAX_DEPTH: Final = 8
_MAX_ITEMS: Final = 500
_MAX_DIGITS: Final = 40


def worth_keeping(raw: Holder) -> dict[str, object]:
    """The usage object, and of a response around it its id, model, tier, charge and which tools it called;
    of a stream the same of the response that it folds to.

    Of the usage object numbers, single words and what holds them. Raises UsageNotUnderstood when there is no usage
    object, UsageFieldInvalid when a number has no end.
    """
    raw = folded(raw)
    found = find_usage(raw)
    if found is None:
        raise UsageNotUnderstood(raw)
    if found.usage is raw:
        return _object(raw, 0)
    return {**dict(_around(found.response)), "usage": None if found.usage is None else _object(found.usage, 0)}


def bare_counts(raw: Holder) -> dict[str, object]:
    """What is kept of an object that no dialect reads yet: its numbers and where they stand, for the day one does."""
    return {**dict(_around(raw)), **_numbers(raw, 0)}


def _numbers(holder: Holder, depth: int) -> dict[str, object]:
    kept: dict[str, object] = {}
    for name, value in holder.items():
        if not _is_word(name) or depth >= _MAX_DEPTH:
            continue
        if isinstance(value, Mapping):
            kept[name] = _numbers(value, depth + 1)
        elif isinstance(value, int | float | Decimal):
            kept[name] = _value(name, value, depth)
    return kept


def _around(response: Holder) -> Iterator[tuple[str, object]]:
    """What of a response around its usage object is kept."""
    for name in _ABOUT:
        if _is_short_text(value := response.get(name)):
            yield name, value
    for name, key in _WORDS_INSIDE:
        inner = response.get(name)
        if isinstance(inner, Mapping) and _is_word(inner.get(key)):
            yield name, {key: inner[key]}
    yield from outline(response).items()
    for name in transcriptions.NAMES:
        if spoken := [_transcription(entry) for entry in transcriptions.entries(response.get(name))]:
            yield name, spoken
    for name in _GATEWAY:
        if (cost := _gateway_cost(response.get(name))) is not None:
            yield name, {"gateway": {"cost": cost}}
    for name in (breakdowns.BREAKDOWN, breakdowns.TOOL_USAGE):
        if isinstance(counts := response.get(name), Mapping):
            yield name, _object(counts, 0)
    if offered := list(_offered_tools(response.get("tools"))):
        yield "tools", offered
    if tools := list(_tools(response.get("output"))):
        yield "output", tools


def _transcription(entry: Holder) -> dict[str, object]:
    model = entry.get("model")
    return {**({"model": model} if _is_short_text(model) else {}), "usage": _object(fields.part(entry, "usage"), 0)}


def _offered_tools(tools: object) -> Iterator[dict[str, object]]:
    """Of the tools that a response was given those whose kind has a price: which model draws, how it searches."""
    for tool in tools if isinstance(tools, list) else ():
        if not isinstance(tool, Mapping):
            continue
        if tool.get("type") == breakdowns.IMAGE_TOOL and _is_word(tool.get("model")):
            yield {"type": breakdowns.IMAGE_TOOL, "model": tool["model"]}
        elif str(kind := tool.get("type")).startswith(WEB_SEARCH) and _is_word(kind):
            yield {"type": kind}


def _gateway_cost(metadata: object) -> object:
    gateway = metadata.get("gateway") if isinstance(metadata, Mapping) else None
    cost = gateway.get("cost") if isinstance(gateway, Mapping) else None
    return cost if isinstance(cost, int | float | Decimal) or _is_word(cost) else None


def _is_short_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _MAX_ABOUT and value.isprintable()


def _tools(output: object) -> Iterator[dict[str, object]]:
    """The outlines of tool calls, which some vendors charge for and count nowhere: kind, action, container."""
    for item in output if isinstance(output, list) else ():
        if isinstance(item, Mapping) and str(item.get("type")).endswith("_call"):
            outline = {key: item[key] for key in ("type", "container_id") if _is_word(item.get(key))}
            action = item.get("action")
            if isinstance(action, Mapping) and _is_word(action.get("type")):
                outline["action"] = {"type": action["type"]}
            yield outline


def _is_word(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_WORD and _is_short_word(value)


@lru_cache(maxsize=2048)
def _is_short_word(value: str) -> bool:
    """Remembered: vendors' objects have the same names every time, and looking one up takes a quarter as long."""
    return _WORD.fullmatch(value) is not None


def _object(holder: Holder, depth: int) -> dict[str, object]:
    return {name: _value(name, value, depth + 1) for name, value in holder.items() if _is_kept(name, value, depth)}


def _is_kept(name: str, value: object, depth: int) -> bool:
    return depth < _MAX_DEPTH and _is_word(name) and (not isinstance(value, str) or _is_word(value))


def _value(name: str, value: object, depth: int) -> object:
    if type(value) is int and -fields.LARGEST <= value <= fields.LARGEST:  # the usual one
        return value
    if isinstance(value, Mapping):
        return _object(value, depth)
    if isinstance(value, list):
        return [_value(name, item, depth + 1) for item in value[:_MAX_ITEMS] if _is_kept(name, item, depth)]
    if isinstance(value, int | float | Decimal) and not _has_an_end(value):
        raise UsageFieldInvalid(name, f"must be a number of at most {_MAX_DIGITS} digits on either side of the point")
    return value


def _has_an_end(value: float | Decimal) -> bool:
    number = Decimal(repr(value) if isinstance(value, float) else value)
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -_MAX_DIGITS and (not number or number.adjusted() < _MAX_DIGITS)
