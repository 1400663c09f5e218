"""Balances of prepaid accounts, and what bills drew from them. Reads only."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from app.core.database import AsyncSession
from app.usage import queries
from app.usage.rules.credits import Balance

__all__ = ["balances", "billed_days"]


async def balances(session: AsyncSession, workspace_id: UUID, since: datetime) -> list[Balance]:
    """All since then, and the newest before it of each account: what came after is counted from there."""
    return await queries.balances(session, workspace_id, since)


async def billed_days(
    session: AsyncSession, workspace_id: UUID, since: datetime
) -> list[tuple[str, str, date, Decimal]]:
    """Provider, currency, day and sum of the billed lines since a midnight."""
    return await queries.billed_days(session, workspace_id, since)
