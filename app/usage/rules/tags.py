"""Adding calls up by customer and by tag, and how many values of a tag are told apart in a day.

A row's `tag` is `user` for the customer and `tag.KEY` for a sender's own tag KEY, so that an own tag called `user` is
`tag.user` and another thing. Its `value` is what the sender wrote. What does not fit goes on under `(other)`; a value
that really reads `(other)` is kept as `\\(other)`, one that reads `\\(other)` as `\\\\(other)`, and so on.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, NamedTuple, Protocol
from uuid import UUID

import msgspec

from app.core.money import EXACT
from app.core.periods import day_of
from app.usage.rules.columns import TokenSums

USER: Final = "user"
OWN: Final = "tag."
OTHER: Final = "(other)"
# So many values of a tag have a row of their own in a day.
MAX_VALUES: Final = 10_000
# How many values a process keeps in mind, all workspaces, days and tags together: some 50 MB at most.
MAX_KNOWN: Final = 400_000


class Taggable(Protocol):
    """What these rollups look at in a call; `tags` is JSON text."""

    @property
    def workspace_id(self) -> UUID: ...
    @property
    def occurred_at(self) -> datetime: ...
    @property
    def status(self) -> str: ...
    @property
    def price_state(self) -> str: ...
    @property
    def unpriced_reason(self) -> str | None: ...
    @property
    def capacity(self) -> str | None: ...
    @property
    def cost(self) -> Decimal | None: ...
    @property
    def list_cost(self) -> Decimal | None: ...
    @property
    def tokens(self) -> TokenSums: ...
    @property
    def user_ref(self) -> str | None: ...
    @property
    def tags(self) -> str | None: ...


class TagDay(NamedTuple):
    """One tag of one day: the columns of the primary key of `tag_days`, in their order."""

    workspace_id: UUID
    start: datetime
    tag: str


class TagKey(NamedTuple):
    """One row of `usage_tags_daily`: the columns of its primary key, in their order."""

    workspace_id: UUID
    start: datetime
    tag: str
    value: str
    status: str
    price_state: str
    unpriced_reason: str
    capacity: str

    @property
    def day(self) -> TagDay:
        return TagDay(self.workspace_id, self.start, self.tag)


class TagSums(NamedTuple):
    """What such a row adds up; the columns after its key, in their order.

    `cost` is None exactly in unpriced rows. `list_cost` covers `listed_calls`, and is None where these are none.
    """

    calls: int
    fresh_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    visible_tokens: int
    reasoning_tokens: int
    listed_calls: int
    cost: Decimal | None
    list_cost: Decimal | None

    def plus(self, other: "TagSums") -> "TagSums":
        return TagSums(
            self.calls + other.calls,
            self.fresh_tokens + other.fresh_tokens,
            self.cache_read_tokens + other.cache_read_tokens,
            self.cache_write_tokens + other.cache_write_tokens,
            self.visible_tokens + other.visible_tokens,
            self.reasoning_tokens + other.reasoning_tokens,
            self.listed_calls + other.listed_calls,
            _add(self.cost, other.cost),
            _add(self.list_cost, other.list_cost),
        )


def _add(a: Decimal | None, b: Decimal | None) -> Decimal | None:
    if a is None or b is None:
        return b if a is None else a
    return EXACT.add(a, b)


def stored(value: str) -> str:
    """The value as rows keep it, so that none is taken for `(other)`."""
    # what ends otherwise is all that ever comes
    return f"\\{value}" if value.endswith(OTHER) and not value[: -len(OTHER)].strip("\\") else value


def labels_of(user: str | None, tags: str | None) -> Iterator[tuple[str, str]]:
    """Tag and value of each row that a call counts in. An empty value is none."""
    if user:
        yield USER, stored(user)
    if tags:
        yield from _own_labels(tags)


@lru_cache(maxsize=1024)
def _own_labels(tags: str) -> tuple[tuple[str, str], ...]:
    return tuple((OWN + key, stored(value)) for key, value in _TAGS.decode(tags).items() if value)


_TAGS: Final = msgspec.json.Decoder(dict[str, str])

# A workspace, a day, customer and tags as they were sent, and the rest of a key. Many calls share theirs with others.
TagBundle = tuple[UUID, datetime, str | None, str | None, str, str, str, str]
# `TagSums` that grow in place: this is done for every call and every tag of it.
_Growing = list[Any]
_COST, _LIST_COST = 7, 8


@dataclass(slots=True)
class TagRollups:
    """The sums of some calls by day, customer and tag; grows call by call."""

    _bundles: dict[TagBundle, _Growing] = field(default_factory=dict)

    def add(self, call: Taggable) -> None:
        if call.user_ref or call.tags:
            listed = call.list_cost
            self._put(call, [1, *call.tokens, 0 if listed is None else 1, call.cost, listed])

    def remove(self, call: Taggable) -> None:
        """Take a call out again, which may leave sums below zero: these are then a change of sums, not sums."""
        if call.user_ref or call.tags:
            tokens = (-count for count in call.tokens)
            listed = call.list_cost
            self._put(call, [-1, *tokens, 0 if listed is None else -1, _negative(call.cost), _negative(listed)])

    def __len__(self) -> int:
        """How many different sets of tags there are."""
        return len(self._bundles)

    def _put(self, call: Taggable, sums: _Growing) -> None:
        """Customer and tags apart: either is shared by far more calls than both together are."""
        start = day_of(call.occurred_at)
        rest = (call.status, call.price_state, call.unpriced_reason or "", call.capacity or "")
        if call.tags:
            self._grow((call.workspace_id, start, None, call.tags, *rest), sums)
        if call.user_ref:
            self._grow((call.workspace_id, start, call.user_ref, None, *rest), sums)

    def merge(self, bundle: TagBundle, sums: TagSums) -> None:
        """Add what was added up before."""
        self._grow(bundle, [*sums])

    def _grow(self, bundle: TagBundle, sums: _Growing) -> None:
        before = self._bundles.get(bundle)
        if before is None:
            self._bundles[bundle] = sums.copy()
        else:
            _grow(before, sums)

    def rows(self) -> dict[TagKey, TagSums]:
        """The rows, every value under its own name."""
        found: dict[tuple[Any, ...], _Growing] = {}
        for (workspace_id, start, user, tags, *rest), sums in self._bundles.items():
            for tag, value in labels_of(user, tags):
                key = (workspace_id, start, tag, value, *rest)
                before = found.get(key)
                if before is None:
                    found[key] = sums.copy()
                else:
                    _grow(before, sums)
        return {TagKey._make(key): TagSums._make(sums) for key, sums in found.items()}


def _grow(sums: _Growing, more: _Growing) -> None:
    """Without a loop, which took as long again."""
    sums[0] += more[0]
    sums[1] += more[1]
    sums[2] += more[2]
    sums[3] += more[3]
    sums[4] += more[4]
    sums[5] += more[5]
    sums[6] += more[6]
    if more[_COST] is not None:  # the same price state: both have a cost, or neither
        sums[_COST] = EXACT.add(sums[_COST], more[_COST])
    if (listed := more[_LIST_COST]) is not None:
        before = sums[_LIST_COST]
        sums[_LIST_COST] = listed if before is None else EXACT.add(before, listed)


def tag_up(calls: Iterable[Taggable]) -> TagRollups:
    """The sums of the calls."""
    rollups = TagRollups()
    for call in calls:
        rollups.add(call)
    return rollups


def put(rows: dict[TagKey, TagSums], key: TagKey, sums: TagSums) -> None:
    """Add sums to the rows."""
    before = rows.get(key)
    rows[key] = sums if before is None else before.plus(sums)


def _negative(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else EXACT.minus(amount)


def folded(rows: Mapping[TagKey, TagSums], hidden: Mapping[TagDay, set[str]]) -> dict[TagKey, TagSums]:
    """The same sums; those of the `hidden` values of a day under `(other)`."""
    found: dict[TagKey, TagSums] = {}
    for key, sums in rows.items():
        put(found, key._replace(value=OTHER) if key.value in hidden.get(key.day, ()) else key, sums)
    return found


def values_by_day(rows: Iterable[TagKey]) -> dict[TagDay, set[str]]:
    """The values in the rows, of each tag of each day."""
    found: dict[TagDay, set[str]] = {}
    for key in rows:
        found.setdefault(key.day, set()).add(key.value)
    return found


@dataclass(slots=True)
class KnownValues:
    """The values of one tag of one day that have a row of their own.

    Where it `is_full` these are all, and no other will ever get one: others are `(other)`.
    """

    values: set[str] = field(default_factory=set)
    is_full: bool = False

    def admit(self, wanted: set[str]) -> set[str]:
        """Give values a row of their own while there is room; the ones for which there is none."""
        fresh = wanted - self.values
        if not self.is_full:
            admitted = sorted(fresh)[: MAX_VALUES - len(self.values)]
            self.values.update(admitted)
            fresh -= set(admitted)
            self.is_full = bool(fresh)
        return fresh


class Memory:
    """The values that a process knows from what was committed, the least used days forgotten first."""

    def __init__(self, limit: int = MAX_KNOWN) -> None:
        self._limit = limit
        self._days: OrderedDict[TagDay, KnownValues] = OrderedDict()
        self._size = 0

    def recall(self, day: TagDay) -> KnownValues | None:
        """What is known of the day, not to be changed; None when nothing is."""
        found = self._days.get(day)
        if found is not None:
            self._days.move_to_end(day)
        return found

    def learn(self, *found: Mapping[TagDay, KnownValues]) -> None:
        """Keep what was committed. Another write may have learnt more meanwhile: that is kept, too."""
        for days in found:
            for day, new in days.items():
                self._learn(day, new)
        while self._size > self._limit and len(self._days) > 1:
            _, forgotten = self._days.popitem(last=False)
            self._size -= len(forgotten.values) + 1

    def _learn(self, day: TagDay, new: KnownValues) -> None:
        known = self._days.pop(day, None)
        self._size -= 0 if known is None else len(known.values) + 1
        known = known or KnownValues()
        known.values |= new.values
        known.is_full = known.is_full or new.is_full
        self._days[day] = known
        self._size += len(known.values) + 1

    def forget(self) -> None:
        """Know nothing: rows were deleted."""
        self._days.clear()
        self._size = 0
