"""Puts the book together and writes it down, one model a line, so that a change of prices reads as a diff."""

import csv
import hashlib
import io
import json
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from app.pricing.build import archive, decisions, derived, genai, hand, litellm, schema
from app.pricing.build.carry import carry
from app.pricing.build.drafts import CHECKED, Dims, Model, Prices, first_step
from app.pricing.build.merge import Conflict, Merger, by_id
from app.pricing.build.trust import GENAI, HOME_GEOS, LITELLM, PROVIDERS, STRICT_GEO

DATA: Final = Path(__file__).parent.parent / "data"
BOOK_PATH: Final = DATA / "prices.json"
CONFLICTS_PATH: Final = DATA / "conflicts.csv"

# The day the first book was built: what a row that does not say when it was recorded means.
FIRST_RECORDED: Final = "2026-11-21"

# The sources this book was read from; another version is another book.
PINNED: Final = {GENAI: "0.2.3", LITELLM: "1.109.1"}

# Read by hand on 2026-11-21: platform.claude.com/docs (a fetch costs its tokens only), docs.x.ai/developers/pricing.
VENDOR_FEES: Final[dict[str, Prices]] = {
    "anthropic": {"tool.web_fetch": "0/1000"},
    "xai": {
        "tool.web_search": "5/1000",
        "tool.x_search": "5/1000",
        "tool.code_execution": "5/1000",
        "tool.attachment_search": "10/1000",
        "tool.collection_search": "2.5/1000",
    },
}

_FINE_TUNE: Final = re.compile(r"^(?P<base>ft:.+?)-20\d\d-\d\d-\d\d$")
_BEDROCK_GEO: Final = re.compile(r"^(us|eu|apac|jp|au|in|ca|sa|global)\.(?=[a-z0-9]+\.)")
_BEDROCK_VERSION: Final = re.compile(r"(?:-v\d+)?(?::\d+)?$")


class WrongSource(RuntimeError):
    """The installed package is not the version this book is made from."""


def build(earlier: dict[str, Any] | None = None) -> tuple[dict[str, Any], list[Conflict]]:
    """The book and its conflicts. The same packages, corrections and `earlier` book always give the same bytes.

    `earlier` is the book whose history goes on; None is the checked-in one. Raises WrongSource or SchemaViolated.
    """
    _check_sources()
    conflicts: list[Conflict] = []
    entries = litellm.load()
    merged = {provider: by_id(_merged(provider, entries, conflicts)) for provider in PROVIDERS}
    for provider, models in merged.items():
        archive.lay_in(provider, models, entries)
    corrections = hand.load()
    aliases = hand.apply(merged, corrections)
    for provider, models in merged.items():
        derived.apply(provider, models.values())
        for model in models.values():
            _without_repeats(model)
    for provider in VENDOR_FEES:
        _vendor_fees(provider, merged[provider])
    _undated_fine_tunes(merged["openai"])
    _anywhere(merged["aws.bedrock"])
    book = _book(merged, aliases, earlier or json.loads(BOOK_PATH.read_bytes()))
    schema.check(book)
    return book, decisions.settled(conflicts, corrections)


def write() -> list[str]:
    """Build from the installed packages and write both files; says what was written. Raises as `build` does."""
    book, conflicts = build()
    BOOK_PATH.write_text(render_book(book), encoding="utf-8")
    CONFLICTS_PATH.write_text(render_conflicts(conflicts), encoding="utf-8")
    models = sum(len(entry["models"]) for entry in book["providers"].values())
    return [
        f"{BOOK_PATH.name}: version {book['version']}, {models} models",
        f"{CONFLICTS_PATH.name}: {len(conflicts)} conflicts",
    ]


def _check_sources() -> None:
    for package, wanted in PINNED.items():
        try:
            found = version(package)
        except PackageNotFoundError:
            found = "none"
        if found != wanted:
            raise WrongSource(f"{package} {wanted} is needed, {found} is installed: `make prices` installs it")


def _merged(provider: str, entries: dict[str, Any], conflicts: list[Conflict]) -> list[Model]:
    theirs, find = genai.read(provider)
    return Merger(provider, find, conflicts).merge(theirs, litellm.read(provider, entries))


def _without_repeats(model: Model) -> None:
    """Leave out what the resolver fills in, so that tiers and long prompts move it along with its text price.

    Reasoning at the output price; image, video and audio input at the text price.
    """
    base = model.current()
    if base is None:
        return
    for modality in ("image", "video", "audio"):
        unit = f"input.fresh.{modality}"
        if unit in base.prices and first_step(base.prices[unit]) == first_step(base.prices.get("input.fresh.text")):
            model.as_text = tuple(dict.fromkeys((*model.as_text, modality)))
            for sheet in model.sheets:
                sheet.prices.pop(unit, None)
        elif unit in base.prices:
            model.as_text = tuple(taken for taken in model.as_text if taken != modality)
    for sheet in model.sheets:
        reasoning = sheet.prices.get("output.reasoning.text")
        if first_step(reasoning) == first_step(sheet.prices.get("output.visible.text")):
            sheet.prices.pop("output.reasoning.text", None)


def _vendor_fees(provider: str, models: dict[str, Model]) -> None:
    """Fees that a vendor charges for its tools with every model, where the sources leave them out."""
    for model in models.values():
        for sheet in model.sheets:
            if sheet.dims == Dims() and "output.visible.text" in sheet.prices:
                sheet.prices = VENDOR_FEES[provider] | sheet.prices


def _undated_fine_tunes(models: dict[str, Model]) -> None:
    """Name `ft:base` where all dated snapshots of the base have one fine-tuning price."""
    known = {name for model in models.values() for name in model.names}
    families: dict[str, list[Model]] = {}
    for model in models.values():
        for name in model.names:
            dated = _FINE_TUNE.match(name)
            if dated and dated["base"] not in known:
                families.setdefault(dated["base"], []).append(model)
    for base, owners in families.items():
        if len({str([sheet.as_json()["prices"] for sheet in owner.sheets]) for owner in owners}) == 1:
            owners[0].names.add(base)


def _anywhere(models: dict[str, Model]) -> None:
    """Name `*.family` where every profile and the bare id of a Bedrock family have one price."""
    families: dict[str, dict[str, set[bool]]] = {}
    for model in models.values():
        for name in model.names:
            family = _BEDROCK_VERSION.sub("", _BEDROCK_GEO.sub("", name))
            families.setdefault(family, {}).setdefault(model.id, set()).add(_BEDROCK_GEO.sub("", name) == name)
    for family, owners in families.items():
        prices = {str([sheet.as_json()["prices"] for sheet in models[owner].sheets]) for owner in owners}
        kinds = {is_bare for bare in owners.values() for is_bare in bare}
        if len(prices) == 1 and kinds == {True, False}:
            models[min(owners)].names.add(f"*.{family}")


def _book(merged: dict[str, dict[str, Model]], aliases: hand.Aliases, earlier: dict[str, Any]) -> dict[str, Any]:
    providers: dict[str, Any] = {}
    for provider, models in merged.items():
        flags: dict[str, Any] = {"strict_geo": True} if provider in STRICT_GEO else {}
        flags |= {"home": list(HOME_GEOS[provider])} if provider in HOME_GEOS else {}
        flags |= {"allowances": derived.ALLOWANCES[provider]} if provider in derived.ALLOWANCES else {}
        fresh = {key: model.as_json() for key, model in _without_shared_names(models).items()}
        before = earlier["providers"].get(provider, {"models": {}})["models"]
        listed = carry(fresh, before, CHECKED, FIRST_RECORDED)
        flags |= {"aliases": _by_id(aliases[provider], listed)} if provider in aliases else {}
        providers[provider] = flags | {"models": {key: listed[key] for key in sorted(listed)}}
    book: dict[str, Any] = {
        "format": 2,
        "version": "",
        "checked": CHECKED,
        "recorded": FIRST_RECORDED,
        "currency": "USD",
        "sources": PINNED,
        "providers": providers,
    }
    digest = hashlib.sha256(json.dumps(book, sort_keys=True).encode()).hexdigest()
    book["version"] = f"{CHECKED}.{digest[:10]}"
    return book


def _by_id(aliases: dict[str, list[list[str]]], listed: dict[str, Any]) -> dict[str, list[list[str]]]:
    """Moves written by hand go to a name; in the book they go to the model of that name."""
    ids = {name: key for key, model in listed.items() for name in model["names"]}
    return {name: [[since, ids[target]] for since, target in moves] for name, moves in sorted(aliases.items())}


def _without_shared_names(models: dict[str, Model]) -> dict[str, Model]:
    """Every name means one model: its own entry first, else the first that claims it."""
    taken: set[str] = set(models)
    for key in sorted(models):
        model = models[key]
        model.names = {name for name in model.names if name == key or name not in taken}
        taken |= model.names
    return {key: model for key, model in models.items() if model.names}


def render_book(book: dict[str, Any]) -> str:
    """The file's text."""
    head = {key: value for key, value in book.items() if key != "providers"}
    lines = [json.dumps(head)[:-1] + ', "providers": {']
    last = list(book["providers"])[-1]
    for provider, entry in book["providers"].items():
        flags = "".join(f"{json.dumps(k)}: {json.dumps(v)}, " for k, v in entry.items() if k != "models")
        lines.append(f'{json.dumps(provider)}: {{{flags}"models": {{')
        rows = [f"{json.dumps(key)}:{_compact(model)}" for key, model in entry["models"].items()]
        lines.append(",\n".join(rows))
        lines.append("}}" if provider == last else "}},")
    return "\n".join([*lines, "}}", ""])


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def render_conflicts(conflicts: list[Conflict]) -> str:
    """The conflicts as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Conflict._fields)
    writer.writerows(conflicts)
    return text.getvalue()
