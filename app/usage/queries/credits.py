"""Balances, and what was billed since they were typed in."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Date, cast, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.usage.models import BilledRow, CreditRow
from app.usage.rules.credits import Balance

_FIELDS = tuple(Balance.__dataclass_fields__)


async def balances(session: AsyncSession, workspace_id: UUID, since: datetime) -> list[Balance]:
    """All since then, and the newest before it of each account: what came after is counted from there."""
    columns = [getattr(CreditRow, name) for name in _FIELDS]
    account = (CreditRow.connection_id, CreditRow.provider, CreditRow.source, CreditRow.account, CreditRow.currency)
    earlier = (
        select(CreditRow.id)
        .where(CreditRow.workspace_id == workspace_id, CreditRow.at <= since)
        .ext(distinct_on(*account))
        .order_by(*account, CreditRow.at.desc(), CreditRow.id.desc())
    )
    rows = await session.execute(
        select(*columns).where(
            CreditRow.workspace_id == workspace_id, or_(CreditRow.at > since, CreditRow.id.in_(earlier))
        )
    )
    return [Balance(*row) for row in rows]


async def billed_days(
    session: AsyncSession, workspace_id: UUID, since: datetime
) -> list[tuple[str, str, date, Decimal]]:
    """Provider, currency, day and sum of the billed lines since a midnight."""
    day = cast(func.timezone("UTC", BilledRow.start), Date).label("day")
    rows = await session.execute(
        select(BilledRow.provider, BilledRow.currency, day, func.sum(BilledRow.amount))
        .where(BilledRow.workspace_id == workspace_id, BilledRow.start >= since, BilledRow.superseded_at.is_(None))
        .group_by(BilledRow.provider, BilledRow.currency, "day")
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]
