"""What was spent: which calls, in which ledger, and how much of it is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple, Protocol
from uuid import UUID

from app.core.money import EXACT
from app.usage.rules.rollups import NO_KEY, NO_TEXT
from app.usage.rules.tags import labels_of, stored

USD: Final = "USD"
ZERO: Final = Decimal(0)


class Ledger(StrEnum):
    """The two books that hold money day by day. They are never added together."""

    TRACKED = "tracked"
    BILLED = "billed"


class Matchable(Protocol):
    """What a filter looks at in a call; `tags` is JSON text."""

    @property
    def provider(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def project(self) -> str | None: ...
    @property
    def environment(self) -> str | None: ...
    @property
    def api_key_id(self) -> UUID | None: ...
    @property
    def user_ref(self) -> str | None: ...
    @property
    def tags(self) -> str | None: ...


class TagIs(NamedTuple):
    """One value of a tag, the tag as rollups name it: `user` is the customer, `tag.KEY` a sender's own tag KEY."""

    tag: str
    value: str


Words = tuple[str, ...] | None
# What a bill tells of a line; keys there are the provider's, not ours.
ON_BILLS: Final = frozenset({"provider", "model", "project"})


@dataclass(frozen=True, slots=True)
class Filter:
    """Some of a workspace's calls: those that have one of the values in every dimension that is named.

    None is any value; an empty text, or the nil UUID, is a call that names none. Or else the calls with one value of
    `tag`: no sum holds a tag beside another dimension. Raises ValueError where both are named, or a dimension without
    a value.
    """

    provider: Words = None
    model: Words = None
    project: Words = None
    environment: Words = None
    api_key_id: tuple[UUID, ...] | None = None
    tag: TagIs | None = None

    def __post_init__(self) -> None:
        if self.tag and self.dimensions:
            raise ValueError("a tag stands alone: no sum holds it beside another dimension")
        if not all(self.dimensions.values()):
            raise ValueError("a dimension that is named needs a value")

    @property
    def dimensions(self) -> Mapping[str, tuple[str, ...] | tuple[UUID, ...]]:
        """The values by dimension, of those that are named."""
        named = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "tag"}
        return {name: values for name, values in named.items() if values is not None}

    @property
    def is_everything(self) -> bool:
        return not self.tag and not self.dimensions

    def check(self, ledger: Ledger) -> None:
        """Raises ValueError, naming what it is, where the ledger does not know it."""
        unknown = sorted(self.dimensions.keys() - ON_BILLS) + (["tag"] if self.tag else [])
        if ledger is Ledger.BILLED and unknown:
            raise ValueError(f"the billed ledger does not know {' and '.join(unknown)}")

    def matches(self, call: Matchable) -> bool:
        """Whether the sums over this filter contain the call."""
        if self.tag:
            tag, value = self.tag
            return (tag, stored(value)) in labels_of(call.user_ref, call.tags)
        return (
            (self.provider is None or call.provider in self.provider)
            and (self.model is None or call.model in self.model)
            and (self.project is None or (call.project or NO_TEXT) in self.project)
            and (self.environment is None or (call.environment or NO_TEXT) in self.environment)
            and (self.api_key_id is None or (call.api_key_id or NO_KEY) in self.api_key_id)
        )


EVERYTHING: Final = Filter()


@dataclass(frozen=True, slots=True)
class Spent:
    """Sums of one ledger. `cost` is what is known of it: `unpriced_calls` cost nobody knows what.

    A bill counts no calls: there `calls`, `errors` and `unpriced_calls` are None, and `is_known` says whether it has
    any line. `other_currencies` is billed money that no rate is known for, which `cost` does not contain.
    `is_complete` is False where days had so many values of the tag that some calls may be counted under `(other)`.
    """

    cost: Decimal = ZERO
    calls: int | None = 0
    errors: int | None = 0
    unpriced_calls: int | None = 0
    other_currencies: Mapping[str, Decimal] = field(default_factory=dict)
    is_known: bool = True
    is_complete: bool = True
    currency: str = USD


NOTHING: Final = Spent()
NO_BILL: Final = Spent(calls=None, errors=None, unpriced_calls=None, is_known=False)


def with_line(spent: Spent, currency: str, amount: Decimal, usd_per_unit: Decimal | None) -> Spent:
    """A bill's sum with one more; `usd_per_unit` None where no rate is known."""
    if usd_per_unit is not None:
        cost = EXACT.add(spent.cost, EXACT.multiply(amount, usd_per_unit))
        return Spent(cost, None, None, None, spent.other_currencies)
    foreign = {**spent.other_currencies, currency: EXACT.add(spent.other_currencies.get(currency, ZERO), amount)}
    return Spent(spent.cost, None, None, None, foreign)
