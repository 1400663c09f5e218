"""What Google charges for looking things up: it stands beside the usage, in the answers, and is counted there."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from app.usage.rules import fields
from app.usage.rules.dialects.envelope import Envelope
from app.usage.rules.fields import Holder

# Generations that pay once for a prompt that was grounded, however often it searched; those after them pay for each
# query. ai.google.dev/gemini-api/docs/pricing, checked 2026-11-21.
_PAYS_PER_PROMPT: Final = re.compile(r"gemini-[12](?:\D|$)")
_METADATA: Final = ("groundingMetadata", "grounding_metadata")
_QUERIES: Final = ("webSearchQueries", "web_search_queries")
_CHUNKS: Final = ("groundingChunks", "grounding_chunks")
# The Live API has one answer a turn, in a field of its own.
_TURN: Final = ("serverContent", "server_content")


def fees(usage: Holder, envelope: Envelope) -> dict[str, Decimal]:
    """Searches and look-ups on the map that the call is charged for; `usage` has its names in snake_case."""
    searches, maps = _in_answers(envelope.response)
    counted = _counted(usage)
    searches += counted.get("google_search", 0)
    maps += counted.get("google_maps", 0)
    meters: dict[str, Decimal] = {}
    if searches and _PAYS_PER_PROMPT.search((envelope.model_for_rules or "").lower()):
        meters["tool.grounded_prompt"] = Decimal(1)
    elif searches:
        meters["tool.web_search"] = Decimal(searches)
    if maps:
        meters["tool.maps_grounding"] = Decimal(1)
    return meters


def outline(response: Holder) -> dict[str, object]:
    """Of the answers only how often they searched and whether they used the map; no query and no place."""
    answers = [kept for answer in _answers(response) if (kept := _outline(answer))]
    return {"candidates": answers} if answers else {}


def _counted(usage: Holder) -> dict[str, int]:
    """The Interactions API counts its look-ups itself, by kind."""
    name = "grounding_tool_count"
    counted: dict[str, int] = {}
    for index, entry in enumerate(fields.items(usage, name)):
        kind = (fields.text(entry, "type") or "").lower()
        counted[kind] = counted.get(kind, 0) + (fields.count(entry, "count", f"{name}[{index}].") or 0)
    return counted


def _in_answers(response: Holder) -> tuple[int, int]:
    """How many queries, and how many finds on the map."""
    searches = maps = 0
    for answer in _answers(response):
        metadata = _first(answer, _METADATA)
        searches += len(_list(metadata, _QUERIES))
        maps += sum(_is_place(chunk) for chunk in _list(metadata, _CHUNKS))
    return searches, maps


def _outline(answer: Holder) -> dict[str, object]:
    metadata = _first(answer, _METADATA)
    queries = ["" for _ in _list(metadata, _QUERIES)]
    has_places = any(_is_place(chunk) for chunk in _list(metadata, _CHUNKS))
    kept = {**({_QUERIES[0]: queries} if queries else {}), **({_CHUNKS[0]: [{"maps": {}}]} if has_places else {})}
    return {_METADATA[0]: kept} if kept else {}


def _answers(response: Holder) -> Iterator[Holder]:
    candidates = response.get("candidates")
    if isinstance(candidates, list | tuple):
        yield from (candidate for candidate in candidates if isinstance(candidate, Mapping))
    turn = _first(response, _TURN)
    if turn:
        yield turn


def _is_place(chunk: object) -> bool:
    return isinstance(chunk, Mapping) and chunk.get("maps") is not None


def _first(holder: Holder, names: tuple[str, ...]) -> Holder:
    found = next((value for name in names if isinstance(value := holder.get(name), Mapping)), None)
    return fields.EMPTY if found is None else found


def _list(holder: Holder, names: tuple[str, ...]) -> Sequence[object]:
    found = next((value for name in names if isinstance(value := holder.get(name), list | tuple)), None)
    return () if found is None else found
