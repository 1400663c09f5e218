"""A workspace with budgets on a database of its own, where everything really commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.alerts.models import Alert
from app.budgets import service
from app.budgets.models import BudgetFiring
from app.budgets.rules import Every, Kind, Limit, OnUnavailable, Standing, Terms, Threshold
from app.core.money import to_wire
from app.core.periods import utc_now
from app.usage.rules.events import NewEvent
from app.usage.service import Outcome, record
from app.usage.spending import EVERYTHING, Ledger
from app.workspaces.rules import Member, Role, WorkspaceId
from tests.factories.analytics import make_call
from tests.factories.workspaces import make_workspace

Sessionmaker = async_sessionmaker[AsyncSession]


def terms(amount: str = "100", *percents: int, **said: Any) -> Terms:
    """Of a month's budget over everything, with thresholds on what was spent, unless said otherwise."""
    known: dict[str, Any] = {
        "name": "all",
        "ledger": Ledger.TRACKED,
        "only": EVERYTHING,
        "every": Every.MONTH,
        "start": None,
        "end": None,
        "currency": "USD",
        "thresholds": tuple(Threshold(percent, Kind.ACTUAL) for percent in percents),
        "limit": Limit.NONE,
        "on_unavailable": OnUnavailable.OPEN,
        **said,
    }
    return Terms(amount=Decimal(amount), **known)


@dataclass
class Firm:
    """A workspace, and what becomes of its budgets."""

    sessions: Sessionmaker
    member: Member

    @classmethod
    async def found(cls, sessions: Sessionmaker) -> "Firm":
        async with sessions() as session, session.begin():
            workspace = await make_workspace(session)
        member = Member(WorkspaceId(workspace.id), None, Role.ADMIN)
        return cls(sessions, member)

    @property
    def id(self) -> UUID:
        return self.member.workspace_id

    async def make(self, wanted: Terms) -> UUID:
        async with self.sessions() as session, session.begin():
            return (await service.create(session, self.member, wanted)).budget.id

    async def amend(self, budget_id: UUID, wanted: Terms) -> None:
        async with self.sessions() as session, session.begin():
            await service.change(session, self.member, budget_id, lambda _: wanted)

    async def read(self, budget_id: UUID) -> Standing:
        async with self.sessions() as session:
            return await service.find(session, self.id, budget_id)

    def call(self, cost: str | None, at: datetime | None = None, **fields: Any) -> NewEvent:
        return make_call(self.id, at or utc_now(), cost, **fields)

    async def spend(self, *costs: str | None, at: datetime | None = None, **fields: Any) -> None:
        """Take a call of each cost, as the group writer does."""
        await self.take([self.call(cost, at, **fields) for cost in costs])

    async def take(self, calls: Sequence[NewEvent]) -> None:
        async def watch(session: AsyncSession, outcomes: Sequence[Outcome]) -> None:
            taken = [call for call, outcome in zip(calls, outcomes, strict=True) if outcome is True]
            await service.watch_calls(session, taken)

        await record(self.sessions, calls, watch, is_hopeful=False)

    async def fired(self) -> list[tuple[int, int, str, str]]:
        """Version, per cent, kind and figure of every firing, in the order of versions and periods."""
        table = BudgetFiring
        async with self.sessions() as session:
            found = await session.execute(
                select(table.version, table.percent, table.of, table.figure)
                .where(table.workspace_id == self.id)
                .order_by(table.period_start, table.version, table.of, table.percent)
            )
            return [(version, percent, of, to_wire(figure)) for version, percent, of, figure in found]

    async def facts(self) -> list[list[str]]:
        """What all alerts say of themselves."""
        async with self.sessions() as session:
            found = await session.scalars(select(Alert.facts).where(Alert.workspace_id == self.id))
            return [fact for facts in found for fact in facts]

    async def alerts(self) -> list[tuple[str, str, int]]:
        """Title, state and how often it was told, in the order of their titles."""
        async with self.sessions() as session:
            found = await session.execute(
                select(Alert.title, Alert.state, Alert.occurrences)
                .where(Alert.workspace_id == self.id)
                .order_by(Alert.title, Alert.created_at)
            )
            return [tuple(row) for row in found]  # type: ignore[misc]
