"""What a provider knows: seeded, exact, and able to say by itself what everything adds up to."""

import random
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

DAY = timedelta(days=1)
K = TypeVar("K", bound=Hashable)


def today() -> date:
    return datetime.now(UTC).date()


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Thing:
    """A project, a key or a person."""

    id: str
    name: str
    parent: str | None = None
    is_archived: bool = False


@dataclass(frozen=True, slots=True)
class Cost:
    """One billed row: `amount` in dollars. `as_text` is whether this account gets it as a JSON string."""

    day: date
    project: str | None
    api_key: str | None
    line_item: str
    model: str | None
    amount: Decimal
    quantity: int | None = None
    unit: str | None = None
    as_text: bool = False
    details: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Use:
    """One counted row; `fields` in the provider's own words."""

    day: date
    kind: str
    dimensions: Mapping[str, str | bool | None]
    fields: Mapping[str, int]


@dataclass(slots=True)
class World:
    """A provider's account. `keys` says what each secret may do."""

    keys: dict[str, str] = field(default_factory=dict)
    projects: list[Thing] = field(default_factory=list)
    api_keys: list[Thing] = field(default_factory=list)
    users: list[Thing] = field(default_factory=list)
    costs: dict[date, list[Cost]] = field(default_factory=lambda: defaultdict(list))
    uses: dict[date, list[Use]] = field(default_factory=lambda: defaultdict(list))

    def bill(self, cost: Cost) -> None:
        self.costs[cost.day].append(cost)

    def count(self, use: Use) -> None:
        self.uses[use.day].append(use)

    def rows(self, first: date | None = None, last: date | None = None) -> Iterator[Cost]:
        """The billed rows of the days from `first` to `last`, both included."""
        for day, rows in sorted(self.costs.items()):
            if (first is None or day >= first) and (last is None or day <= last):
                yield from rows

    def total(self, first: date | None = None, last: date | None = None) -> Decimal:
        return sum((cost.amount for cost in self.rows(first, last)), Decimal(0))

    def totals(self, by: Callable[[Cost], K]) -> dict[K, Decimal]:
        """The exact sums by anything of a row."""
        return summed((by(cost), cost.amount) for cost in self.rows())

    def restate(self, day: date, factor: str) -> None:
        """The provider thinks again about a day."""
        self.costs[day] = [replace(cost, amount=cost.amount * Decimal(factor)) for cost in self.costs[day]]

    def vanish(self, day: date, index: int = 0) -> Cost:
        """A row is no longer in the report, and nobody says why."""
        return self.costs[day].pop(index)


def summed(pairs: Iterable[tuple[K, Decimal]]) -> dict[K, Decimal]:
    sums: dict[K, Decimal] = defaultdict(Decimal)
    for key, amount in pairs:
        sums[key] += amount
    return dict(sums)


def days_until(until: date, days: int) -> Iterator[date]:
    """The days up to and with `until`, oldest first."""
    return (until - DAY * back for back in range(days - 1, -1, -1))


def spend(dice: random.Random) -> Decimal:
    """A few dollars with many decimals, as bills have them."""
    return Decimal(dice.randrange(1, 10**10)).scaleb(-9)
