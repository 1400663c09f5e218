"""Budgets on bills: looked at when a walk through a bill ends."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.alerts.models import Alert
from app.budgets import service as budgets
from app.budgets.models import BudgetFiring
from app.core.money import to_wire
from app.core.periods import Granularity, floor, utc_now
from app.usage.spending import Ledger
from app.workspaces.rules import Member, Role, WorkspaceId
from tests.budgets.setting import terms
from tests.providers.conftest import Office
from tests.providers.script import Script


async def test_a_bill_that_reaches_a_threshold_fires_it_once_however_often_it_is_read(
    office: Office, script: Script, sessionmaker: async_sessionmaker[AsyncSession]
) -> None:
    today = floor(utc_now(), Granularity.DAY)
    member = Member(WorkspaceId(office.workspace_id), None, Role.ADMIN)
    async with sessionmaker() as session, session.begin():
        await budgets.create(session, member, terms("10", 50, 100, ledger=Ledger.BILLED))
    script.bills = {today: {"input": "4", "output": "2.5"}}
    made = await office.connect()
    for output in ("2.5", "1", "5.999", "6.5"):
        script.bills = {today: {"input": "4", "output": output}}
        await office.sync(made["id"])
    assert await _fired(sessionmaker, today) == [(50, "6.5"), (100, "10.5")]
    async with sessionmaker() as session:
        titles = (await session.execute(select(Alert.title).order_by(Alert.created_at))).scalars().all()
    assert titles == ["all: 50 % of $10.00 spent", "all: 100 % of $10.00 spent"]


async def _fired(sessionmaker: async_sessionmaker[AsyncSession], today: datetime) -> list[tuple[int, str]]:
    start = floor(today, Granularity.MONTH)
    async with sessionmaker() as session:
        rows = await session.execute(
            select(BudgetFiring.percent, BudgetFiring.figure)
            .where(BudgetFiring.period_start == start)
            .order_by(BudgetFiring.percent)
        )
        return [(percent, to_wire(figure)) for percent, figure in rows]
