"""What every workspace spent, for whoever runs the house: the one question here that is not a workspace's own."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, DateTime, Select, bindparam, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.periods import Granularity, floor
from app.pricing.rules.call import PriceState
from app.usage.models import DailyUsage
from app.workspaces.models import Workspace

INSTANT: Final = DateTime(timezone=True)


@dataclass(frozen=True, slots=True)
class Spent:
    """Tracked spend of a workspace with a model, of the month so far and of its last day; None where none is known."""

    workspace: str
    provider: str
    model: str
    month: Decimal | None
    today: Decimal | None
    unpriced_month: int
    unpriced_today: int


async def spent(session: AsyncSession, now: datetime) -> list[Spent]:
    """By workspace, provider and model, for the month and the day (UTC) that hold `now`."""
    bounds = {"month": floor(now, Granularity.MONTH), "today": floor(now, Granularity.DAY)}
    return [Spent(*row) for row in await session.execute(_spent(), bounds)]


@cache
def _spent() -> Select[Any]:
    is_today = DailyUsage.start == bindparam("today", type_=INSTANT)
    is_unpriced = DailyUsage.price_state == PriceState.UNPRICED.value
    unpriced = func.sum(DailyUsage.calls)
    by = (Workspace.slug, DailyUsage.provider, DailyUsage.model)
    sums: list[ColumnElement[Any]] = [
        func.sum(DailyUsage.cost),
        func.sum(DailyUsage.cost).filter(is_today),
        func.coalesce(cast(unpriced.filter(is_unpriced), BigInteger), 0),
        func.coalesce(cast(unpriced.filter(is_unpriced & is_today), BigInteger), 0),
    ]
    return (
        select(*by, *sums)
        .join(Workspace, Workspace.id == DailyUsage.workspace_id)
        .where(
            DailyUsage.start >= bindparam("month", type_=INSTANT), DailyUsage.start <= bindparam("today", type_=INSTANT)
        )
        .group_by(*by)
    )
