"""What people enter by hand: dated exchange rates and balances. All of it is audited."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from app.core.database import AsyncSession
from app.core.errors import FieldError, InvalidRequest, NotFound
from app.core.ids import new_id
from app.core.money import to_wire
from app.core.periods import utc_now
from app.pricing.rules.matching import canonical_provider
from app.usage import queries
from app.usage.models import CreditRow, ExchangeRate
from app.workspaces import service as workspaces
from app.workspaces.rules import Member, WorkspaceId

MANUAL: Final = "manual"


async def rates(session: AsyncSession, workspace_id: WorkspaceId) -> Sequence[ExchangeRate]:
    return await queries.rates(session, workspace_id)


async def set_rate(
    session: AsyncSession, actor: Member, currency: str, day: date, usd_per_unit: Decimal
) -> ExchangeRate:
    """From this day on, until the next that has a rate."""
    await queries.put_rate(session, actor.workspace_id, currency, day, usd_per_unit, actor.user_id, utc_now())
    await workspaces.audit(
        session,
        actor.workspace_id,
        actor.user_id,
        "exchange_rate.set",
        currency,
        day=day.isoformat(),
        usd_per_unit=to_wire(usd_per_unit),
    )
    rate = await queries.rate(session, actor.workspace_id, currency, day)
    assert rate is not None  # noqa: S101 - just written
    return rate


async def drop_rate(session: AsyncSession, actor: Member, currency: str, day: date) -> None:
    """Raises NotFound."""
    if not await queries.delete_rate(session, actor.workspace_id, currency, day):
        raise NotFound("There is no rate of this currency from this day on.")
    await workspaces.audit(
        session, actor.workspace_id, actor.user_id, "exchange_rate.deleted", currency, day=day.isoformat()
    )


@dataclass(frozen=True, slots=True)
class TypedIn:
    """A balance as a person gives it. `at` None is now."""

    provider: str
    amount: Decimal
    currency: str
    at: datetime | None
    connection_id: UUID | None
    account: str
    note: str


async def type_in(session: AsyncSession, actor: Member, balance: TypedIn) -> CreditRow:
    """Keep it. Raises InvalidRequest when it lies in the future."""
    now = utc_now()
    at = balance.at or now
    if at > now + timedelta(minutes=5):
        raise InvalidRequest("A balance is what was seen, not what will be.", errors=[FieldError("at", "is to come")])
    row = CreditRow(
        workspace_id=actor.workspace_id,
        id=new_id(),
        connection_id=balance.connection_id,
        provider=canonical_provider(balance.provider),
        source=MANUAL,
        at=at,
        granted=None,
        used=None,
        available=balance.amount,
        currency=balance.currency,
        account=balance.account,
        expires_at=None,
        note=balance.note,
        created_by=actor.user_id,
        created_at=now,
    )
    await queries.insert_credit(session, row)
    await _audit(session, actor, "balance.typed_in", row)
    return row


async def take_back(session: AsyncSession, actor: Member, balance_id: UUID) -> None:
    """Raises NotFound, also for a balance that was read from a provider."""
    row = await queries.manual_credit(session, actor.workspace_id, balance_id)
    if row is None:
        raise NotFound("There is no such balance that was typed in.")
    await queries.delete_credit(session, actor.workspace_id, balance_id)
    await _audit(session, actor, "balance.taken_back", row)


async def _audit(session: AsyncSession, actor: Member, action: str, row: CreditRow) -> None:
    await workspaces.audit(
        session,
        actor.workspace_id,
        actor.user_id,
        action,
        row.provider,
        amount=to_wire(row.available or Decimal(0)),
        currency=row.currency,
        at=row.at.isoformat(),
    )
