"""Sums of what was spent, from rollups or from billed lines."""

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Select,
    Text,
    Uuid,
    any_,
    bindparam,
    case,
    cast,
    func,
    null,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.periods import Period
from app.pricing.rules.call import PriceState
from app.usage.models import BilledRow, DailyTagUsage, DailyUsage, HourlyUsage, TagDay
from app.usage.rules.spending import USD, Filter, Spent
from app.usage.rules.tags import stored

INSTANT: Final = DateTime(timezone=True)
Rollup = type[DailyUsage] | type[HourlyUsage] | type[DailyTagUsage]
_ERROR: Final = "error"


class BilledSum(NamedTuple):
    """Billed lines in one currency. `day` is theirs where that is not the dollar: it decides the rate."""

    start: datetime | None
    currency: str
    day: date | None
    amount: Decimal


async def tracked_sums(
    session: AsyncSession, workspace_id: UUID, only: Filter, period: Period, *, by_hours: bool, is_split: bool
) -> list[tuple[datetime | None, Spent]]:
    """Sums of whole days, or hours, of calls; by bucket in their order if `is_split`, else one without a start."""
    values: dict[str, Any] = {"workspace_id": workspace_id, "start": period.start, "end": period.end}
    if only.tag:
        statement = _of_tag(is_split)
        values |= {"tag": only.tag.tag, "value": stored(only.tag.value)}
    else:
        statement = _of_dimensions(tuple(sorted(only.dimensions)), by_hours, is_split)
        values |= {name: list(given) for name, given in only.dimensions.items()}
    rows = await session.execute(statement, values)
    return [(row.bucket, Spent(row.cost, row.calls, row.errors, row.unpriced)) for row in rows]


@cache
def _of_dimensions(names: tuple[str, ...], by_hours: bool, is_split: bool) -> Select[Any]:
    table = HourlyUsage if by_hours else DailyUsage
    return _sums(table, is_split).where(*(_is_one_of(getattr(table, name), name) for name in names))


@cache
def _of_tag(is_split: bool) -> Select[Any]:
    is_value = DailyTagUsage.value == bindparam("value", type_=Text)
    return _sums(DailyTagUsage, is_split).where(DailyTagUsage.tag == bindparam("tag", type_=Text), is_value)


def _is_one_of(column: Any, name: str) -> ColumnElement[bool]:
    kind: Any = Uuid() if name == "api_key_id" else Text()
    found: ColumnElement[bool] = column == any_(bindparam(name, type_=ARRAY(kind)))
    return found


def _sums(table: Rollup, is_split: bool) -> Select[Any]:
    calls = func.sum(table.calls)
    sums = (
        func.coalesce(func.sum(table.cost), 0).label("cost"),
        _whole(calls).label("calls"),
        _whole(calls.filter(table.status == _ERROR)).label("errors"),
        _whole(calls.filter(table.price_state == PriceState.UNPRICED.value)).label("unpriced"),
    )
    if not is_split:
        return select(cast(null(), INSTANT).label("bucket"), *sums).where(*_within(table))
    return select(table.start.label("bucket"), *sums).where(*_within(table)).group_by("bucket").order_by("bucket")


def _whole(total: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.coalesce(cast(total, BigInteger), 0)


def _within(table: Any) -> tuple[ColumnElement[bool], ...]:
    start, end = bindparam("start", type_=INSTANT), bindparam("end", type_=INSTANT)
    return table.workspace_id == bindparam("workspace_id", type_=Uuid()), table.start >= start, table.start < end


async def is_folded(session: AsyncSession, workspace_id: UUID, only: Filter, period: Period) -> bool:
    """Whether calls of the filter's value may be counted under `(other)` on some day of the period."""
    if not only.tag:
        return False
    values = {"workspace_id": workspace_id, "start": period.start, "end": period.end}
    values |= {"tag": only.tag.tag, "value": stored(only.tag.value)}
    return bool((await session.execute(_folded(), values)).first())


@cache
def _folded() -> Select[Any]:
    has_row = (
        select(1)
        .where(
            DailyTagUsage.workspace_id == TagDay.workspace_id,
            DailyTagUsage.start == TagDay.start,
            DailyTagUsage.tag == TagDay.tag,
            DailyTagUsage.value == bindparam("value", type_=Text),
        )
        .exists()
    )
    is_crowded = (TagDay.tag == bindparam("tag", type_=Text), TagDay.is_full, ~has_row)
    return select(true()).where(*_within(TagDay), *is_crowded).limit(1)


async def billed_sums(
    session: AsyncSession, workspace_id: UUID, only: Filter, period: Period, *, is_split: bool
) -> list[BilledSum]:
    """Sums of the lines of buckets that start in the period; in the order of their days if `is_split`."""
    bounds = {"workspace_id": workspace_id, "start": period.start, "end": period.end}
    values = {name: list(given) for name, given in only.dimensions.items()}
    rows = await session.execute(_billed(tuple(sorted(values)), is_split), {**bounds, **values})
    return [BilledSum(*row) for row in rows]


@cache
def _billed(names: tuple[str, ...], is_split: bool) -> Select[Any]:
    bucket = func.date_trunc("day", BilledRow.start, "UTC") if is_split else cast(null(), INSTANT)
    in_utc = cast(func.timezone("UTC", BilledRow.start), Date)
    day = case((BilledRow.currency == USD, null()), else_=in_utc)
    amount = func.sum(BilledRow.amount)
    return (
        select(bucket.label("bucket"), BilledRow.currency, day.label("day"), amount)
        .where(*_within(BilledRow), BilledRow.superseded_at.is_(None))
        .where(*(_is_one_of(_on_bill(name), name) for name in names))
        .group_by("bucket", BilledRow.currency, "day")
        .order_by("bucket", BilledRow.currency, "day")
    )


def _on_bill(name: str) -> Any:
    """The model is the line's own word, or what its line item begins with: `<model>, <what of it>`."""
    if name == "model":
        return func.coalesce(BilledRow.model, func.split_part(BilledRow.line_item, ", ", 1))
    return func.coalesce(getattr(BilledRow, name), "")
