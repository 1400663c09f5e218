"""Our own corrections, laid over the merged book: what both sources miss or get wrong, each with its reason."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from app.pricing.build.drafts import Dims, Model, Sheet
from app.pricing.build.trust import HAND
from app.pricing.rules import units

PATH: Final = Path(__file__).parent.parent / "data" / "corrections.json"


def load() -> list[dict[str, Any]]:
    """The corrections as written by hand."""
    corrections: list[dict[str, Any]] = json.loads(PATH.read_text(encoding="utf-8"))
    return corrections


Aliases = dict[str, dict[str, list[list[str]]]]


def apply(models: dict[str, dict[str, Model]], corrections: list[dict[str, Any]]) -> Aliases:
    """Change the merged models in place; answers the names that moved, by provider.

    Raises KeyError when a correction names a model nobody lists and gives no prices for it.
    """
    aliases: Aliases = {}
    for correction in corrections:
        provider = correction["provider"]
        for name in correction["names"]:
            if "moves" in correction:
                _take_name(models[provider], name, correction["moves"])
                aliases.setdefault(provider, {})[name] = correction["moves"]
                continue
            model = _own(models[provider], provider, name)
            for kind in correction.keys() & _KINDS.keys():
                _KINDS[kind](model, correction)
    return aliases


def _take_name(models: dict[str, Model], name: str, moves: list[list[str]]) -> None:
    """A name that moved is no model's own, unless it also names a row set that it moved to."""
    if any(target == name for _, target in moves):
        _own(models, next(iter(models.values())).provider, name)
        return
    owner = next((key for key, model in models.items() if name in model.names), None)
    if owner is None:
        return
    models[owner].names.discard(name)
    if not models[owner].names:
        del models[owner]


def _own(models: dict[str, Model], provider: str, name: str) -> Model:
    """The model of that name, split from others that share its prices, so that only it changes."""
    shared = next((model for model in models.values() if name in model.names), None)
    if shared is None:
        models[name] = Model(provider, name, {name}, [])
        return models[name]
    if shared.names == {name}:
        return shared
    shared.names.discard(name)
    if shared.id == name:  # the others go on under one of their own names
        del models[name]
        shared.id = min(shared.names)
        models[shared.id] = shared
    own = Model(
        provider,
        name,
        {name},
        [Sheet(dict(s.prices), s.dims, s.start, s.end, list(s.hours), s.source) for s in shared.sheets],
        shared.as_text,
        dict(shared.geo),
        shared.ref,
    )
    models[name] = own
    return own


def _sheet(entry: dict[str, Any], correction: dict[str, Any]) -> Sheet:
    return Sheet(
        entry["prices"],
        Dims(**{key: entry[key] for key in Dims._fields if key in entry}),
        entry.get("from", ""),
        entry.get("until", ""),
        entry.get("hours", []),
        HAND,
        entry.get("cur", ""),
        entry.get("note", ""),
        correction["ref"],
    )


def _replace(model: Model, correction: dict[str, Any]) -> None:
    """These sheets are all there is."""
    model.sheets = [_sheet(entry, correction) for entry in correction["replace"]]


def _add_sheets(model: Model, correction: dict[str, Any]) -> None:
    """These sheets beside the others, in place of those of the same dimensions and start."""
    for entry in correction["add"]:
        sheet = _sheet(entry, correction)
        model.sheets = [s for s in model.sheets if (s.dims, s.start, s.hours) != (sheet.dims, sheet.start, sheet.hours)]
        model.sheets.append(sheet)


def _put_before(model: Model, correction: dict[str, Any]) -> None:
    """Another list price held until a day; what the sources say begins there."""
    edge = correction["before"]
    model.sheets = [s for s in model.sheets if not s.end or s.end > edge]
    for sheet in model.sheets:
        sheet.start = max(sheet.start, edge)
    # a fee for a tool is not known to have changed when token prices did
    fees = {u: p for s in model.sheets if s.dims == Dims() for u, p in s.prices.items() if not units.is_leaf(u)}
    model.sheets.append(Sheet(fees | correction["prices"], Dims(), "", edge, [], HAND, ref=correction["ref"]))


def _set_units(model: Model, correction: dict[str, Any]) -> None:
    """Units that every list price of the model is missing or has wrong."""
    for sheet in model.sheets:
        if sheet.dims == Dims() and not sheet.hours:
            sheet.prices.update(correction["set"])
            sheet.ref, sheet.note = correction["ref"], f"by hand: {', '.join(correction['set'])}"


def _set_factors(model: Model, correction: dict[str, Any]) -> None:
    model.geo = model.geo | correction["geo"]


_KINDS: Final[dict[str, Callable[[Model, dict[str, Any]], None]]] = {
    "replace": _replace,
    "add": _add_sheets,
    "before": _put_before,
    "set": _set_units,
    "geo": _set_factors,
}
