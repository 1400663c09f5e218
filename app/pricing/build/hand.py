"""Our own corrections, laid over the merged book: what both sources miss or get wrong, each with its reason."""

import json
from pathlib import Path
from typing import Any, Final

from app.pricing.build.drafts import Dims, Model, Sheet
from app.pricing.build.trust import HAND

PATH: Final = Path(__file__).parent.parent / "data" / "corrections.json"


def load() -> list[dict[str, Any]]:
    """The corrections as written by hand."""
    corrections: list[dict[str, Any]] = json.loads(PATH.read_text(encoding="utf-8"))
    return corrections


def apply(models: dict[str, dict[str, Model]], corrections: list[dict[str, Any]]) -> None:
    """Change the merged models in place. Raises KeyError when a correction names a model nobody lists."""
    for correction in corrections:
        for name in correction["names"]:
            model = _own(models[correction["provider"]], correction["provider"], name)
            if "replace" in correction:
                _replace(model, correction)
            elif "before" in correction:
                _put_before(model, correction)
            else:
                _add_units(model, correction)


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


def _replace(model: Model, correction: dict[str, Any]) -> None:
    """These sheets are all there is."""
    model.ref = correction["ref"]
    model.sheets = [
        Sheet(
            s["prices"],
            Dims(),
            s.get("from", ""),
            s.get("until", ""),
            s.get("hours", []),
            HAND,
        )
        for s in correction["replace"]
    ]


def _put_before(model: Model, correction: dict[str, Any]) -> None:
    """Another list price held until a day; what the sources say begins there."""
    edge = correction["before"]
    model.sheets = [s for s in model.sheets if not s.end or s.end > edge]
    for sheet in model.sheets:
        sheet.start = max(sheet.start, edge)
    model.sheets.append(Sheet(correction["prices"], Dims(), "", edge, [], HAND))


def _add_units(model: Model, correction: dict[str, Any]) -> None:
    """Units that every list price of the model is missing."""
    for sheet in model.sheets:
        if sheet.dims == Dims() and not sheet.hours:
            sheet.prices.update(correction["prices"])
