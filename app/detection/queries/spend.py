"""Sums of calls as the detectors want them, from rollups."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Select, case, cast, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.detection.rules.failing import Calls
from app.detection.rules.figures import Dimension, Part, Slice
from app.pricing.rules.call import PriceState
from app.repricings.models import Repricing
from app.repricings.rules import AT_WORK
from app.usage.models import DailyTagUsage, DailyUsage, HourlyUsage
from app.usage.rules.tags import OTHER, USER
from app.workspaces.models import ApiKey

_ERROR = "error"
Hours = Mapping[datetime, Decimal]


def _slices() -> Select[Any]:
    hour = HourlyUsage
    dimensions = (hour.start, hour.provider, hour.model, hour.project, hour.api_key_id)
    is_unpriced = (hour.price_state == PriceState.UNPRICED) & (hour.status != _ERROR)
    return select(
        *dimensions,
        func.coalesce(func.sum(hour.cost), 0),
        _count(func.sum(hour.calls)),
        _count(func.sum(hour.calls).filter(hour.status == _ERROR)),
        _count(func.sum(hour.calls).filter(is_unpriced)),
    ).group_by(*dimensions)


def _count(total: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.coalesce(cast(total, BigInteger), 0)


async def recent(session: AsyncSession, workspace_id: UUID, since: datetime, until: datetime) -> list[Slice]:
    """All hours that begin from the one to before the other."""
    hour = HourlyUsage
    wanted = _slices().where(hour.workspace_id == workspace_id, hour.start >= since, hour.start < until)
    return [Slice(*row) for row in await session.execute(wanted)]


async def hour_slices(
    session: AsyncSession, workspace_id: UUID, hours: Sequence[datetime], part: Part | None
) -> list[Slice]:
    """Some hours, of all calls or of a part."""
    hour = HourlyUsage
    wanted = _slices().where(hour.workspace_id == workspace_id, hour.start.in_(hours))
    if part is not None:
        wanted = wanted.where(_is_of(part))
    return [Slice(*row) for row in await session.execute(wanted)]


def _is_of(part: Part) -> ColumnElement[bool]:
    hour = HourlyUsage
    match part.dimension:
        case Dimension.MODEL:
            return (hour.provider == part.provider) & (hour.model == part.value)
        case Dimension.PROJECT:
            return hour.project == part.value
        case Dimension.API_KEY:
            return hour.api_key_id == UUID(part.value)
        case Dimension.USER:
            raise ValueError("hours of customers are not kept")


async def part_hours(
    session: AsyncSession, workspace_id: UUID, parts: Iterable[Part], since: datetime
) -> Mapping[Part, Hours]:
    """The cost of each hour since then, of each of these parts; one statement for each dimension."""
    by_dimension: dict[Dimension, list[Part]] = defaultdict(list)
    for part in parts:
        by_dimension[part.dimension].append(part)
    found: dict[Part, Hours] = {}
    for dimension, some in by_dimension.items():
        found |= await _dimension_hours(session, workspace_id, dimension, some, since)
    return found


async def _dimension_hours(
    session: AsyncSession, workspace_id: UUID, dimension: Dimension, parts: Sequence[Part], since: datetime
) -> Mapping[Part, Hours]:
    hour = HourlyUsage
    columns: Any = {
        Dimension.MODEL: (hour.model, hour.provider),
        Dimension.PROJECT: (hour.project,),
        Dimension.API_KEY: (hour.api_key_id,),
    }[dimension]
    rows: Any = await session.execute(
        select(hour.start, func.coalesce(func.sum(hour.cost), 0), *columns)
        .where(hour.workspace_id == workspace_id, hour.start >= since, or_(*(_is_of(part) for part in parts)))
        .group_by(hour.start, *columns)
    )
    found: dict[Part, dict[datetime, Decimal]] = {part: {} for part in parts}
    for start, cost, value, *provider in rows:
        found[Part(dimension, str(value), *provider)][start] = cost
    return dict(found)


# --- customers, whose days are kept ---


async def customers_of(
    session: AsyncSession, workspace_id: UUID, days: Sequence[datetime], least: Decimal, limit: int
) -> list[str]:
    """Who cost most on any of these days, and at least so much."""
    day = DailyTagUsage
    total = func.sum(day.cost)
    rows = await session.execute(
        select(day.value)
        .where(day.workspace_id == workspace_id, day.start.in_(days), day.tag == USER, day.value != OTHER)
        .group_by(day.value, day.start)
        .having(total >= least)
        .order_by(total.desc())
        .limit(limit)
    )
    return list(dict.fromkeys(rows.scalars()))


async def customer_days(
    session: AsyncSession, workspace_id: UUID, customers: Collection[str], since: datetime
) -> Mapping[Part, Hours]:
    """The cost of each day since then, of each of these customers."""
    day = DailyTagUsage
    rows: Any = await session.execute(
        select(day.value, day.start, func.coalesce(func.sum(day.cost), 0))
        .where(day.workspace_id == workspace_id, day.start >= since, day.tag == USER, day.value.in_(customers))
        .group_by(day.value, day.start)
    )
    found: dict[Part, dict[datetime, Decimal]] = {Part(Dimension.USER, customer): {} for customer in customers}
    for customer, start, cost in rows:
        found[Part(Dimension.USER, customer)][start] = cost
    return dict(found)


# --- what was there before ---


async def known_models(
    session: AsyncSession, workspace_id: UUID, models: Collection[tuple[str, str]], before: datetime
) -> set[tuple[str, str]]:
    """Which of these (provider, model) had calls on a day before."""
    day = DailyUsage
    rows = await session.execute(
        select(day.provider, day.model)
        .where(day.workspace_id == workspace_id, day.start < before, tuple_(day.provider, day.model).in_(models))
        .distinct()
    )
    return {(provider, model) for provider, model in rows}


async def known_keys(session: AsyncSession, workspace_id: UUID, keys: Collection[UUID], before: datetime) -> set[UUID]:
    """Which of these API keys had calls on a day before."""
    day = DailyUsage
    rows = await session.execute(
        select(day.api_key_id)
        .where(day.workspace_id == workspace_id, day.start < before, day.api_key_id.in_(keys))
        .distinct()
    )
    return set(rows.scalars())


async def calls_before(
    session: AsyncSession, workspace_id: UUID, providers: Collection[str], since: datetime, until: datetime
) -> dict[str, Calls]:
    """How many calls, and how many of them failed, on whole days."""
    day = DailyUsage
    errors = func.sum(case((day.status == _ERROR, day.calls), else_=0))
    rows = await session.execute(
        select(day.provider, _count(func.sum(day.calls)), _count(errors))
        .where(day.workspace_id == workspace_id, day.start >= since, day.start < until, day.provider.in_(providers))
        .group_by(day.provider)
    )
    return {provider: Calls(calls, failed) for provider, calls, failed in rows}


async def key_names(session: AsyncSession, workspace_id: UUID) -> dict[str, str]:
    """What people call the API keys, by their ids; those that were revoked, too."""
    rows = await session.execute(select(ApiKey.id, ApiKey.name).where(ApiKey.workspace_id == workspace_id))
    return {str(key_id): name for key_id, name in rows}


async def repriced(session: AsyncSession, workspace_id: UUID, now: datetime) -> datetime | None:
    """When past calls were given other prices last; now, while that is being done."""
    job = Repricing
    is_at_work = job.status.in_(AT_WORK)
    moved = func.max(case((is_at_work, now), else_=func.greatest(job.applied_at, job.undone_at)))
    found: datetime | None = (await session.execute(select(moved).where(job.workspace_id == workspace_id))).scalar()
    return found
