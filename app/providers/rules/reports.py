"""What the reports of every provider are turned into.

The rows themselves belong to the ledger that keeps them; they are named here, too, for the clients that make them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from app.usage.rules.reports import BilledLine, CreditSnapshot, Name, UsageLine

__all__ = [
    "BilledLine",
    "CreditSnapshot",
    "Feed",
    "FeedPlan",
    "KeyClass",
    "KeyReport",
    "Name",
    "Page",
    "UsageLine",
]

Row = TypeVar("Row")


class Feed(StrEnum):
    """A kind of report. Each has a cursor of its own."""

    COSTS = "costs"
    USAGE = "usage"
    CREDITS = "credits"
    NAMES = "names"


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a report. `is_last` says that the walk of its window is complete."""

    rows: Sequence[Row]
    is_last: bool


class KeyClass(StrEnum):
    """What kind of key it is, as far as the provider's answers tell."""

    ORGANIZATION = "organization"
    RESTRICTED = "restricted"
    PROJECT = "project"
    PERSONAL = "personal"
    INDIVIDUAL = "individual"
    INFERENCE = "inference"
    MANAGEMENT = "management"
    CLOUD = "cloud"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class KeyReport:
    """What the cheapest billing read told of a key.

    `can` are the feeds it reads. `is_usable` is whether it may be kept; `message` says in plain words what it is and,
    if it is the wrong one, which is needed and where to make it. It never holds the key. `facts` are what the client
    needs next time (account, team, subscription).
    """

    key_class: KeyClass
    is_usable: bool
    message: str
    can: frozenset[Feed] = frozenset()
    missing_scopes: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FeedPlan:
    """How a feed is read: how far back it goes, in what slices, and what is read again on every run.

    All in days. `history_days` None has no end that we know of. Windows are aligned to UTC midnight and half-open.
    `every_hours` is how long the scheduler waits between two reads, where asking costs money or is rationed; a person
    who asks for a sync is not held back. `lag_days` are the newest days that the report does not hold yet, today the
    first of them: they are not asked for, and do not count as read.
    """

    feed: Feed
    history_days: int | None
    slice_days: int
    reread_days: int
    every_hours: int = 1
    lag_days: int = 0
