"""Prices that older releases of litellm listed and today's does not: retired models, and what a price was before.

`python -m app.pricing.build.archive FOLDER` makes the checked-in file again from wheels of those releases
(`pip download --no-deps litellm==1.82.0 -d FOLDER/2026-03-01`, each in a folder named by a day on which that release
was the newest). The build itself only reads that file.
"""

import json
import re
import sys
import zipfile
from collections.abc import Container, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NamedTuple

from app.pricing.build import litellm
from app.pricing.build.derived import times
from app.pricing.build.drafts import Dims, Model, Price, Prices, Sheet, first_step, plain, same
from app.pricing.build.trust import LITELLM, PROVIDERS
from app.pricing.rules import matching

PATH: Final = Path(__file__).parent.parent / "data" / "archive.json"

Entry = dict[str, Any]
# What is kept of an entry beside its prices: what the reader needs to understand them.
_KEPT: Final = frozenset(("litellm_provider", "mode", "source", "web_search_billing_unit", "tiered_pricing"))
_PRICES: Final = ("cost", "multiplier", "provider_specific_entry")
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?(?:e-?\d+)?")


class Version(NamedTuple):
    """A key's entry as releases listed it between two days; the release is the first one that did."""

    release: str
    first: str
    last: str
    entry: Entry


def read(provider: str) -> Iterator[tuple[str, list[Version]]]:
    """The archived keys of one provider, each with its versions in order."""
    for key, versions in json.loads(PATH.read_text(encoding="utf-8"), parse_float=str)["providers"][provider].items():
        yield key, [Version(*version) for version in versions]


def model_of(provider: str, key: str, versions: list[Version]) -> Model | None:
    """A retired key as a model: each version holds from the first release that listed it to the next one's."""
    made: Model | None = None
    for number, version in enumerate(versions):
        read_ = litellm.read(provider, {key: version.entry})
        if not read_:
            continue
        made = made or Model(provider, read_[0].id, {read_[0].id}, [], ref=read_[0].ref)
        made.as_text, made.geo = read_[0].as_text, read_[0].geo
        for sheet in read_[0].sheets:
            sheet.start = _midnight(version.first) if made.sheets and number else ""
            sheet.end = _midnight(versions[number + 1].first) if number + 1 < len(versions) else ""
            sheet.source, sheet.note = LITELLM, f"litellm {version.release}, listed until {version.last}"
            made.sheets.append(sheet)
    return made


def _midnight(day: str) -> str:
    return f"{day}T00:00:00+00:00"


def lay_in(provider: str, models: dict[str, Model], listed: Container[str]) -> None:
    """Retired models that no source of today knows under any spelling, and tiers from before a change of price.

    Never more: an old release had errors that were mended since, so it overrides nothing. `listed` are litellm's keys
    of today.
    """
    known = {name: model for model in models.values() for name in model.names}
    for key, versions in read(provider):
        made = model_of(provider, key, versions)
        if made is None:
            continue
        owner = next((known[name] for name in matching.spellings(provider, made.id) if name in known), None)
        if owner is not None:
            if made.id in owner.names or owner.id == made.id:
                _earlier_tiers(owner, made)
        elif key not in listed:
            models[made.id] = known[made.id] = made


def _earlier_tiers(owner: Model, made: Model) -> None:
    """Tiers of a past period that no source has, where the old release had that period's list price."""
    past = [s for s in owner.sheets if s.end and s.dims == Dims() and not s.hours]
    for base in past:
        alike = {s.note for s in made.sheets if s.dims == Dims() and _same_text_price(s, base)}
        tiers = [s for s in made.sheets if s.note in alike and s.dims != Dims() and not s.dims.geo]
        for sheet in tiers:
            if not any(s.dims == sheet.dims and _overlap(s, base) for s in owner.sheets):
                prices = _in_proportion(owner, base, sheet) or sheet.prices
                owner.sheets.append(replace(sheet, prices=prices, start=base.start, end=base.end))


def _overlap(one: Sheet, other: Sheet) -> bool:
    return (not one.end or other.start < one.end) and (not other.end or one.start < other.end)


def _in_proportion(owner: Model, base: Sheet, old: Sheet) -> Prices | None:
    """The tier as it stands to the list price today, steps and cache included, if the old figures stood to it the same.

    Old releases left the long-context step of a tier out.
    """
    listed, tier = owner.current(), owner.current(old.dims)
    if listed is None or tier is None:
        return None
    scaled: Prices = {}
    for unit, price in tier.prices.items():
        factor = _factor(listed.prices.get(unit), price)
        if factor is not None and unit in base.prices:
            scaled[unit] = times(base.prices[unit], factor)
    return scaled if _same_text_price(Sheet(scaled), old) else None


def _factor(listed: Price | None, tier: Price) -> Decimal | None:
    """What a tier multiplies a list price by, if it is the same at every step."""
    one, other = first_step(listed), first_step(tier)
    if not one or other is None or listed is None:
        return None
    return other / one if same(times(listed, other / one), tier) else None


def _same_text_price(one: Sheet, other: Sheet) -> bool:
    units = ("input.fresh.text", "output.visible.text")
    return all(first_step(one.prices.get(u)) == first_step(other.prices.get(u)) is not None for u in units)


# --- making the file ---


def make(folder: Path) -> None:
    """Write the archive from wheels in `folder/DAY/litellm-RELEASE-*.whl`."""
    today = litellm.load()
    releases: dict[str, str] = {}
    history: dict[str, list[Version]] = {}
    for wheel in sorted(folder.glob("20*/litellm-*.whl")):
        day, release = wheel.parent.name, wheel.name.split("-")[1]
        if release in releases:
            continue
        releases[release] = day
        for key, entry in _entries(wheel).items():
            _note(history.setdefault(key, []), release, day, entry)
    providers = {provider: _kept(provider, history, today) for provider in PROVIDERS}
    PATH.write_text(_rendered(releases, providers), encoding="utf-8")


def _entries(wheel: Path) -> dict[str, Entry]:
    with zipfile.ZipFile(wheel) as archive:
        found: dict[str, Entry] = json.loads(archive.read(litellm.FILE), parse_float=str)
    return {key: _prices_of(entry) for key, entry in found.items() if key != "sample_spec"}


def _prices_of(entry: Entry) -> Entry:
    return {k: _plain(v) for k, v in sorted(entry.items()) if k in _KEPT or any(word in k for word in _PRICES)}


def _plain(value: Any) -> Any:
    """Figures in one spelling: releases differ in how they write the same one."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return plain(Decimal(value)) if isinstance(value, str) and _NUMBER.fullmatch(value) else value


def _note(versions: list[Version], release: str, day: str, entry: Entry) -> None:
    if versions and _figures(versions[-1].entry) == _figures(entry):
        versions[-1] = versions[-1]._replace(last=day)
    else:
        versions.append(Version(release, day, day, entry))


def _figures(entry: Entry) -> Entry:
    return {key: value for key, value in entry.items() if any(word in key for word in _PRICES) and value}


def _kept(provider: str, history: dict[str, list[Version]], today: dict[str, Entry]) -> dict[str, list[Version]]:
    """Keys that are gone, and earlier figures of keys that are still there."""
    kept: dict[str, list[Version]] = {}
    for key, versions in sorted(history.items()):
        theirs = str(versions[-1].entry.get("litellm_provider", ""))
        if not litellm.feeds(provider, theirs) or key.endswith("/") or not _figures(versions[-1].entry):
            continue
        if key not in today:
            kept[key] = versions
        elif earlier := [v for v in versions if not _same_list_price(v.entry, _prices_of(today[key]))]:
            kept[key] = earlier
    return kept


def _same_list_price(one: Entry, other: Entry) -> bool:
    return all(one.get(key) == other.get(key) for key in ("input_cost_per_token", "output_cost_per_token"))


def _rendered(releases: dict[str, str], providers: dict[str, dict[str, list[Version]]]) -> str:
    lines = [f'{{"releases": {json.dumps(releases)},', '"providers": {']
    for number, (provider, keys) in enumerate(providers.items()):
        rows = [f"{json.dumps(key)}:{json.dumps(versions, separators=(',', ':'))}" for key, versions in keys.items()]
        comma = "," if number + 1 < len(providers) else ""
        lines += [f"{json.dumps(provider)}: {{", ",\n".join(rows), f"}}{comma}"]
    return "\n".join([*lines, "}}", ""])


if __name__ == "__main__":
    make(Path(sys.argv[1]))
