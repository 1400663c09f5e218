"""What the reports of every provider are turned into.

Three ledgers that are never added together: billed lines, reported usage, credits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Generic, Literal, TypeVar

Row = TypeVar("Row")


class Feed(StrEnum):
    """A kind of report. Each has a cursor of its own."""

    COSTS = "costs"
    USAGE = "usage"
    CREDITS = "credits"
    NAMES = "names"


@dataclass(frozen=True, slots=True)
class BilledLine:
    """What the provider charges for one bucket and one set of dimensions.

    `[start, end)` is the provider's bucket in UTC. `endpoint` is the report it stood in, `group_by` the exact
    dimensions that were asked for, `dimensions` their values as they came, null kept: together with the bucket they
    are the row's identity. `amount` is in units of `currency` (ISO 4217, upper case), converted from the endpoint's
    own unit once, here and nowhere else. `project`, `api_key` and `model` are the provider's ids, None where the
    provider did not say; a model is never guessed. `is_estimated` is the provider's own word that the figure will
    still change; it is no part of the identity.
    """

    endpoint: str
    start: datetime
    end: datetime
    group_by: tuple[str, ...]
    dimensions: Mapping[str, str | None]
    amount: Decimal
    currency: str
    line_item: str | None = None
    project: str | None = None
    api_key: str | None = None
    model: str | None = None
    quantity: Decimal | None = None
    quantity_unit: str | None = None
    is_estimated: bool = False


@dataclass(frozen=True, slots=True)
class UsageLine:
    """What the provider counted for one bucket and one set of dimensions.

    `counts` are disjoint leaves and meters by the names of `pricing.rules.units`; `requests` None is not said.
    `is_level` marks amounts that are levels and not flows (stored bytes): never summed over time.
    """

    endpoint: str
    start: datetime
    end: datetime
    group_by: tuple[str, ...]
    dimensions: Mapping[str, str | None]
    counts: Mapping[str, int | Decimal]
    requests: int | None = None
    project: str | None = None
    api_key: str | None = None
    user: str | None = None
    model: str | None = None
    is_level: bool = False


@dataclass(frozen=True, slots=True)
class CreditSnapshot:
    """A balance at an instant, in units of `currency` (`credits` where they are not money)."""

    at: datetime
    available: Decimal | None
    currency: str
    granted: Decimal | None = None
    used: Decimal | None = None
    account: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Name:
    """What people call an id; kept for ever, because rows outlive what they name."""

    kind: Literal["project", "api_key", "user"]
    id: str
    name: str
    parent: str | None = None
    is_archived: bool = False


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
    who asks for a sync is not held back.
    """

    feed: Feed
    history_days: int | None
    slice_days: int
    reread_days: int
    every_hours: int = 1
