"""What the detectors are given: the sums of the last hours, split as finely as anybody asks."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, TypeVar
from uuid import UUID

from app.core.money import EXACT
from app.usage.rules.rollups import NO_KEY, NO_TEXT

Key = TypeVar("Key")


class Dimension(StrEnum):
    """By what spikes are looked for, and told what drove them."""

    MODEL = "model"
    PROJECT = "project"
    API_KEY = "api_key"
    USER = "user"


class Slice(NamedTuple):
    """The calls of an hour that have all of these in common. `unpriced` are calls whose cost nobody knows."""

    start: datetime
    provider: str
    model: str
    project: str
    api_key_id: UUID
    cost: Decimal
    calls: int
    errors: int
    unpriced: int


class Part(NamedTuple):
    """One value of a dimension: a model with its provider, a project, an API key's id, a customer."""

    dimension: Dimension
    value: str
    provider: str = ""


def parts_of(each: Slice) -> list[Part]:
    """The values of a slice; what it does not name is no part."""
    found = [Part(Dimension.MODEL, each.model, each.provider)]
    if each.project != NO_TEXT:
        found.append(Part(Dimension.PROJECT, each.project))
    if each.api_key_id != NO_KEY:
        found.append(Part(Dimension.API_KEY, str(each.api_key_id)))
    return found


def hourly(slices: Iterable[Slice]) -> dict[datetime, Decimal]:
    """The cost of each hour."""
    return _summed(slices, lambda each: [each.start])


def by_part(slices: Iterable[Slice]) -> Mapping[Part, Decimal]:
    """The cost of each part."""
    return _summed(slices, parts_of)


def _summed(slices: Iterable[Slice], keys: Callable[[Slice], Iterable[Key]]) -> dict[Key, Decimal]:
    sums: dict[Key, Decimal] = defaultdict(Decimal)
    for each in slices:
        for key in keys(each):
            sums[key] = EXACT.add(sums[key], each.cost)
    return dict(sums)
