"""Keeps the book append-only: what an earlier book said stays, with the day it was superseded.

Compared by name, because which names share one entry may change from build to build.
"""

import json
from typing import Any

Sheets = list[dict[str, Any]]
# What tells a sheet from another of the same model; the rest is its content.
_DIMENSIONS = ("tier", "processing", "speed", "geo", "cur")
_BOOKKEEPING = ("rec", "sup")
# Says where a figure stands, not what it is: a new reference is no correction.
_SAYINGS = ("src", "ref", "note", "checked")


def carry(fresh: dict[str, Any], earlier: dict[str, Any], today: str, first: str) -> dict[str, Any]:
    """A provider's models with the earlier book's history; both as the file writes them, the result too.

    `first` is the day a sheet without a day was recorded. What was recorded today was known on no earlier day yet, so
    building twice on one day corrects without a trace.
    """
    by_name = {name: (key, model) for key, model in fresh.items() for name in model["names"]}
    before = {name: (key, model) for key, model in earlier.items() for name in model["names"]}
    carried: dict[str, tuple[str, dict[str, Any]]] = {}
    for name in sorted({*by_name, *before}):
        now, old = by_name.get(name), before.get(name)
        if now is None and old is not None:
            past = [sheet for sheet in old[1]["sheets"] if sheet.get("rec", first) != today]
            if past:  # gone from the sources, not from the past
                carried[name] = (old[0], old[1] | {"sheets": past})
        elif now is not None:
            sheets = _merged(now[1]["sheets"], old[1]["sheets"] if old else [], today, first)
            carried[name] = (now[0], now[1] | {"sheets": sheets})
    return _grouped(carried)


def _merged(fresh: Sheets, earlier: Sheets, today: str, first: str) -> Sheets:
    """Sheets that stand as they were recorded, new ones from today, and the ones these took the place of."""
    known = {_content(sheet): sheet for sheet in earlier if "sup" not in sheet}
    merged = [_recorded(sheet, known.get(_content(sheet)), today, first) for sheet in fresh]
    contents = {_content(sheet) for sheet in fresh}
    spoken_of = {_dimensions(sheet) for sheet in fresh}
    for sheet in earlier:
        if sheet.get("rec", first) == today or ("sup" not in sheet and _content(sheet) in contents):
            continue
        if "sup" in sheet or _dimensions(sheet) not in spoken_of:
            merged.append(sheet)  # a source stopped listing it; nobody said that it was wrong
        else:
            merged.append(sheet | {"sup": today})
    return merged


def _recorded(sheet: dict[str, Any], known: dict[str, Any] | None, today: str, first: str) -> dict[str, Any]:
    day = today if known is None else known.get("rec", first)
    return sheet | ({"rec": day} if day != first else {})


def _content(sheet: dict[str, Any]) -> str:
    plain = {key: value for key, value in sheet.items() if key not in (*_BOOKKEEPING, *_SAYINGS)}
    return json.dumps(plain, sort_keys=True)


def _dimensions(sheet: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(sheet.get(key, "")) for key in _DIMENSIONS)


def _grouped(carried: dict[str, tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """Names with the same content under one entry again, under the id it had where that is one of its names."""
    groups: dict[str, tuple[str, dict[str, Any], list[str]]] = {}
    for name, (key, model) in carried.items():
        rest = {field: value for field, value in model.items() if field != "names"}
        groups.setdefault(key + json.dumps(rest, sort_keys=True), (key, rest, []))[2].append(name)
    taken: dict[str, Any] = {}
    for key, rest, names in sorted(groups.values(), key=lambda group: (group[0] not in group[2], group[2])):
        own = key if key not in taken and (key in names or not any(key in g[2] for g in groups.values())) else names[0]
        taken[own] = {"names": sorted(names), **rest}
    return taken
