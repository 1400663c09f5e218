"""Budgets on the wire."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Literal, Self
from uuid import UUID

import msgspec
from pydantic import AfterValidator, Field, model_validator

from app.budgets.rules import Change, Every, Fired, Kind, Limit, OnUnavailable, Standing, Terms, Threshold
from app.core.money import Exact, Money
from app.core.schemas import Label, Line, Request, Response
from app.pricing.rules.matching import canonical_provider
from app.usage.rules.spending import Filter, Ledger, TagIs
from app.usage.rules.tags import OWN, USER

MAX_VALUES = 100
MAX_THRESHOLDS = 50
Value = Annotated[Line, Field(max_length=256)]
Values = Annotated[list[Value], Field(min_length=1, max_length=MAX_VALUES)]
Currency = Literal["USD"]
Amount = Annotated[Exact, Field(gt=0)]


class TagIn(Request):
    """One value of a tag of the sender's own."""

    name: Annotated[Line, Field(min_length=1, max_length=64)]
    value: Annotated[Line, Field(min_length=1, max_length=256)]


class FilterIn(Request):
    """Which calls count: those that have one of the values in every dimension that is named; "" is none.

    Or else the calls of one customer (`user`), or with one value of a tag: these stand alone. A bill knows provider,
    model and project only.
    """

    provider: Values | None = None
    model: Values | None = None
    project: Values | None = None
    environment: Values | None = None
    api_key_id: Annotated[list[UUID], Field(min_length=1, max_length=MAX_VALUES)] | None = None
    user: Annotated[Line, Field(min_length=1, max_length=256)] | None = None
    tag: TagIn | None = None

    @model_validator(mode="after")
    def _stands_alone(self) -> Self:
        if len(self.model_fields_set & {"user", "tag"}) and len(self.model_dump(exclude_none=True)) > 1:
            raise ValueError("user and tag stand alone: no sum holds them beside another dimension")
        return self

    def filter(self) -> Filter:
        tag = TagIs(f"{OWN}{self.tag.name}", self.tag.value) if self.tag else None
        return Filter(
            provider=_distinct([canonical_provider(name) for name in self.provider or []]),
            model=_distinct(self.model),
            project=_distinct(self.project),
            environment=_distinct(self.environment),
            api_key_id=tuple(sorted(set(self.api_key_id))) if self.api_key_id else None,
            tag=TagIs(USER, self.user) if self.user else tag,
        )


def _distinct(values: list[str] | None) -> tuple[str, ...] | None:
    return tuple(sorted(set(values))) if values else None


class ThresholdIn(Request):
    """Tell us when so much of the amount was spent, or will have been by the end of the period."""

    percent: Annotated[int, Field(ge=1, le=1000)]
    of: Kind = Kind.ACTUAL


def _once_each(thresholds: list[ThresholdIn]) -> list[ThresholdIn]:
    if len({(each.percent, each.of) for each in thresholds}) < len(thresholds):
        raise ValueError("a threshold is given twice: keep one")
    return thresholds


Thresholds = Annotated[list[ThresholdIn], Field(max_length=MAX_THRESHOLDS), AfterValidator(_once_each)]


def _default_thresholds() -> list[ThresholdIn]:
    return [
        ThresholdIn(percent=80, of=Kind.ACTUAL),
        ThresholdIn(percent=100, of=Kind.ACTUAL),
        ThresholdIn(percent=100, of=Kind.FORECAST),
    ]


class BudgetIn(Request):
    """A new budget. `start` and `end` are days (UTC) of a custom period, which ends before `end`."""

    name: Label
    ledger: Ledger = Ledger.TRACKED
    filter: FilterIn = Field(default_factory=FilterIn)
    period: Every = Every.MONTH
    start: date | None = None
    end: date | None = None
    amount: Amount
    currency: Currency = "USD"
    thresholds: Thresholds = Field(default_factory=_default_thresholds)
    limit: Limit = Limit.NONE
    on_unavailable: OnUnavailable = OnUnavailable.OPEN

    def terms(self) -> Terms:
        return Terms(
            name=self.name,
            ledger=self.ledger,
            only=self.filter.filter(),
            every=self.period,
            start=_midnight(self.start),
            end=_midnight(self.end),
            amount=self.amount,
            currency=self.currency,
            thresholds=_thresholds(self.thresholds),
            limit=self.limit,
            on_unavailable=self.on_unavailable,
        )


class BudgetPatch(Request):
    """What is to change; the rest stays. A filter and thresholds are replaced as a whole."""

    name: Label | None = None
    ledger: Ledger | None = None
    filter: FilterIn | None = None
    period: Every | None = None
    start: date | None = None
    end: date | None = None
    amount: Amount | None = None
    currency: Currency | None = None
    thresholds: Thresholds | None = None
    limit: Limit | None = None
    on_unavailable: OnUnavailable | None = None

    def amend(self, terms: Terms) -> Terms:
        """A period other than custom takes start and end away."""
        given: dict[str, Any] = {
            "name": self.name,
            "ledger": self.ledger,
            "only": self.filter and self.filter.filter(),
            "every": self.period,
            "start": _midnight(self.start),
            "end": _midnight(self.end),
            "amount": self.amount,
            "currency": self.currency,
            "thresholds": None if self.thresholds is None else _thresholds(self.thresholds),
            "limit": self.limit,
            "on_unavailable": self.on_unavailable,
        }
        amended = replace(terms, **{name: value for name, value in given.items() if value is not None})
        if self.period not in {None, Every.CUSTOM} and not {"start", "end"} & self.model_fields_set:
            return replace(amended, start=None, end=None)
        return amended


def _thresholds(given: list[ThresholdIn]) -> tuple[Threshold, ...]:
    return tuple(sorted(Threshold(each.percent, each.of) for each in given))


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), UTC)


class TagOut(Response):
    """One value of a tag."""

    name: str
    value: str


class FilterOut(Response):
    """Which calls count; null is any."""

    provider: Sequence[str] | None
    model: Sequence[str] | None
    project: Sequence[str] | None
    environment: Sequence[str] | None
    api_key_id: Sequence[UUID] | None
    user: str | None
    tag: TagOut | None

    @classmethod
    def of(cls, only: Filter) -> Self:
        tag = only.tag
        is_user = tag is not None and tag.tag == USER
        return cls(
            provider=only.provider,
            model=only.model,
            project=only.project,
            environment=only.environment,
            api_key_id=only.api_key_id,
            user=tag.value if tag and is_user else None,
            tag=TagOut(name=tag.tag.removeprefix(OWN), value=tag.value) if tag and not is_user else None,
        )


class ThresholdOut(Response):
    """A share of the amount."""

    percent: int
    of: Kind


class FiredOut(ThresholdOut):
    """A threshold that was crossed in the period: when, and by which figure (spent or projected) of which amount."""

    fired_at: datetime
    figure: Money
    amount: Money

    @classmethod
    def fired(cls, fired: Fired) -> Self:
        threshold = fired.threshold
        return cls(
            percent=threshold.percent, of=threshold.of, fired_at=fired.at, figure=fired.figure, amount=fired.amount
        )


class ForeignOut(Response):
    """Billed in a currency that no exchange rate is known for."""

    currency: str
    amount: Money


class CurrentOut(Response):
    """Where a budget stands. `spent` is null where there is no bill yet, and never contains calls without a price:
    `unpriced_calls` says how many there are (null on a bill, which counts no calls).

    `remaining` = amount - spent - reserved, below zero where more was spent. `complete` false: some calls may be
    counted under `(other)`, because the tag had too many values in a day. `projected_end`, with an interval that
    holds four times out of five, is null while nobody can say; by the end of `crosses_on` the amount will be spent.
    """

    start: datetime
    end: datetime
    spent: Money | None
    reserved: Money
    remaining: Money | None
    used_percent: Money | None
    calls: int | None
    unpriced_calls: int | None
    complete: bool
    other_currencies: Sequence[ForeignOut]
    projected_end: Money | None
    projected_low: Money | None
    projected_high: Money | None
    crosses_on: date | None
    fired: Sequence[FiredOut]

    @classmethod
    def of(cls, standing: Standing) -> Self:
        spent = standing.spent
        return cls(
            start=standing.period.start,
            end=standing.period.end,
            spent=spent.cost if spent.is_known else None,
            reserved=standing.reserved,
            remaining=standing.remaining,
            used_percent=standing.used_percent,
            calls=spent.calls,
            unpriced_calls=spent.unpriced_calls,
            complete=spent.is_complete,
            other_currencies=[
                ForeignOut(currency=currency, amount=amount)
                for currency, amount in sorted(spent.other_currencies.items())
            ],
            projected_end=standing.projected,
            projected_low=standing.forecast.low if standing.forecast else None,
            projected_high=standing.forecast.high if standing.forecast else None,
            crosses_on=standing.crosses_on,
            fired=[FiredOut.fired(fired) for fired in standing.fired],
        )


class BudgetOut(Response):
    """A budget, and where it stands in its `current` period."""

    id: UUID
    name: str
    ledger: Ledger
    filter: FilterOut
    period: Every
    start: date | None
    end: date | None
    amount: Money
    currency: str
    thresholds: Sequence[ThresholdOut]
    limit: Limit
    on_unavailable: OnUnavailable
    version: int
    created_by: UUID | None
    created_at: datetime
    updated_at: datetime
    current: CurrentOut

    @classmethod
    def of(cls, standing: Standing) -> Self:
        budget = standing.budget
        terms = budget.terms
        return cls(
            id=budget.id,
            name=terms.name,
            ledger=terms.ledger,
            filter=FilterOut.of(terms.only),
            period=terms.every,
            start=terms.start.date() if terms.start else None,
            end=terms.end.date() if terms.end else None,
            amount=terms.amount,
            currency=terms.currency,
            thresholds=[ThresholdOut.model_validate(each) for each in terms.thresholds],
            limit=terms.limit,
            on_unavailable=terms.on_unavailable,
            version=budget.version,
            created_by=budget.created_by,
            created_at=budget.created_at,
            updated_at=budget.updated_at,
            current=CurrentOut.of(standing),
        )


class ChangeOut(Response):
    """One change, with the terms before (null when it was made) and after (null when it was deleted).

    Both are the same when its deletion was taken back.
    `version` is the one it made; a change that thresholds are not measured by makes none.
    """

    id: UUID
    action: Literal["created", "changed", "deleted", "restored"]
    version: int
    changed_at: datetime
    changed_by: UUID | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    @classmethod
    def of(cls, change: Change) -> Self:
        return cls.model_validate(change)


class LeftOut(Response):
    """What a budget that holds calls back has left; `remaining` is without what was just reserved."""

    id: UUID
    name: str
    limit: Limit
    amount: Money
    spent: Money
    reserved: Money
    remaining: Money
    unpriced_calls: int
    resets_at: datetime
    on_unavailable: OnUnavailable


class ReservationOut(Response):
    """The call may be made. `budgets` are those that it counts in; without any, nothing is held."""

    reservation_id: UUID
    amount: Money | None
    expires_at: datetime
    budgets: Sequence[LeftOut]


class ReleasedOut(Response):
    """Whether its lease still ran."""

    released: bool


class ExtendedOut(Response):
    """When the lease ends now."""

    reservation_id: UUID
    expires_at: datetime


def body_of(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """The description of a body that FastAPI does not read."""
    _, components = msgspec.json.schema_components([kind])
    schema = {name: value for name, value in components[kind.__name__].items() if name != "title"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
