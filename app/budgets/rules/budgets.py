"""What a budget is, and which of its periods holds an instant. Days are UTC days."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NamedTuple
from uuid import UUID

from app.core.errors import FieldError, InvalidRequest
from app.core.money import to_wire
from app.core.periods import Granularity, Period, floor, step
from app.usage.rules.spending import Filter, Ledger, TagIs

EVERY_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)


class Every(StrEnum):
    """How often a budget begins anew; a week begins on Monday, a custom period comes once."""

    MONTH = "month"
    WEEK = "week"
    DAY = "day"
    CUSTOM = "custom"


class Kind(StrEnum):
    """What a threshold is compared with: what was spent, or what will have been at the end of the period."""

    ACTUAL = "actual"
    FORECAST = "forecast"


class Limit(StrEnum):
    """Whether reservations hold calls to the budget, and how tightly (see docs/budgets.md)."""

    NONE = "none"
    STRICT = "strict"
    BOUNDED = "bounded"


class OnUnavailable(StrEnum):
    """What a caller does who cannot ask: call all the same, or not."""

    OPEN = "open"
    CLOSED = "closed"


class Threshold(NamedTuple):
    """A share of the amount, in per cent."""

    percent: int
    of: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What people say of a budget. `start` and `end` are midnights, of a custom period only."""

    name: str
    ledger: Ledger
    only: Filter
    every: Every
    start: datetime | None
    end: datetime | None
    amount: Decimal
    currency: str
    thresholds: tuple[Threshold, ...]
    limit: Limit
    on_unavailable: OnUnavailable

    @property
    def is_limiting(self) -> bool:
        return self.limit is not Limit.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A budget. A new `version` begins at `armed_at` with every change after which thresholds may fire anew."""

    workspace_id: UUID
    id: UUID
    terms: Terms
    version: int
    armed_at: datetime
    created_by: UUID | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a budget, with its terms before (None when it was made) and after (None when it was deleted).

    Both are the same when its deletion was taken back.
    """

    id: UUID
    version: int
    changed_at: datetime
    changed_by: UUID | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    @property
    def action(self) -> str:
        if self.before == self.after:
            return "restored"
        return "created" if self.before is None else "deleted" if self.after is None else "changed"


def check(terms: Terms) -> None:
    """Raises InvalidRequest for terms that contradict one another."""
    is_custom = terms.every is Every.CUSTOM
    if is_custom != (terms.start is not None and terms.end is not None) or (terms.start is None) != (terms.end is None):
        raise _refused("start", "a custom period needs start and end, every other has neither")
    if terms.start and terms.end and terms.start >= terms.end:
        raise _refused("end", "lies not after start: a period begins with start and ends before end")
    if terms.limit is not Limit.NONE and terms.ledger is Ledger.BILLED:
        raise _refused("limit", "a bill comes after the calls: only a budget of the tracked ledger can hold calls back")
    try:
        terms.only.check(terms.ledger)
    except ValueError as error:
        raise _refused("filter", str(error)) from None


def _refused(field: str, detail: str) -> InvalidRequest:
    return InvalidRequest(f"Look at: {field}.", errors=[FieldError(field, detail)])


# What thresholds are measured by: after a change of these each may fire once more.
_ARMING: Final = ("ledger", "only", "every", "start", "end", "amount", "currency", "thresholds")


def is_rearmed(before: Terms, after: Terms) -> bool:
    return any(getattr(before, name) != getattr(after, name) for name in _ARMING)


def period_at(terms: Terms, instant: datetime) -> Period | None:
    """The budget's period that holds the instant; None outside a custom one."""
    day = floor(instant, Granularity.DAY)
    match terms.every:
        case Every.MONTH:
            start = floor(day, Granularity.MONTH)
            return Period(start, step(start, Granularity.MONTH))
        case Every.WEEK:
            start = day - timedelta(days=day.weekday())
            return Period(start, start + _WEEK)
        case Every.DAY:
            return Period(day, day + EVERY_DAY)
        case Every.CUSTOM:
            period = _custom(terms)
            return period if period.start <= instant < period.end else None


def shown_period(terms: Terms, now: datetime) -> Period:
    """The period that people are told of: the current one, or a custom one, be it over or to come."""
    return period_at(terms, now) or _custom(terms)


def is_of_month(terms: Terms, month: Period) -> bool:
    """Whether it is for everything that is spent in the month."""
    if not terms.only.is_everything:
        return False
    return terms.every is Every.MONTH or (terms.every is Every.CUSTOM and _custom(terms) == month)


def preference(terms: Terms) -> tuple[bool, bool]:
    """Which of several goes first."""
    return terms.every is not Every.CUSTOM, terms.ledger is not Ledger.TRACKED


def _custom(terms: Terms) -> Period:
    assert terms.start is not None  # noqa: S101 - checked when it was set
    assert terms.end is not None  # noqa: S101 - checked when it was set
    return Period(terms.start, terms.end)


def filter_to_json(only: Filter) -> dict[str, Any]:
    """As it is stored: only what is named."""
    named: dict[str, Any] = {name: [str(value) for value in values] for name, values in only.dimensions.items()}
    return named | ({"tag": list(only.tag)} if only.tag else {})


def filter_from_json(stored: dict[str, Any]) -> Filter:
    named = {name: tuple(values) for name, values in stored.items() if name not in {"tag", "api_key_id"}}
    keys, tag = stored.get("api_key_id"), stored.get("tag")
    return Filter(
        **named, api_key_id=tuple(UUID(key) for key in keys) if keys else None, tag=TagIs(*tag) if tag else None
    )


def thresholds_to_json(thresholds: Sequence[Threshold]) -> list[dict[str, Any]]:
    return [{"percent": each.percent, "of": each.of.value} for each in thresholds]


def thresholds_from_json(stored: Sequence[dict[str, Any]]) -> tuple[Threshold, ...]:
    return tuple(Threshold(each["percent"], Kind(each["of"])) for each in stored)


def told(terms: Terms) -> dict[str, Any]:
    """The terms in the words of the API, for the history."""
    words: dict[str, Any] = {each.name: getattr(terms, each.name) for each in fields(terms)}
    words["filter"], words["period"] = filter_to_json(words.pop("only")), words.pop("every")
    words["thresholds"], words["amount"] = thresholds_to_json(terms.thresholds), to_wire(terms.amount)
    words["start"], words["end"] = _day(terms.start), _day(terms.end)
    return words


def _day(instant: datetime | None) -> str | None:
    return None if instant is None else f"{instant:%Y-%m-%d}"
