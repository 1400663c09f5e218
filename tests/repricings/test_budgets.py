"""Budgets see what past calls cost by now: a threshold that only the new prices reach fires, once."""

from decimal import Decimal

from sqlalchemy import select

from app.budgets import service as budgets
from app.budgets.models import BudgetFiring
from app.core.periods import utc_now
from app.repricings import service
from app.usage.service import record
from tests.budgets.setting import terms
from tests.factories.ingest import make_event
from tests.repricings.test_worker import Shop, shop

__all__ = ["shop"]


async def _fired(shop: Shop) -> list[int]:
    async with shop.sessions() as session:
        return list((await session.execute(select(BudgetFiring.percent).order_by(BudgetFiring.percent))).scalars())


async def test_a_threshold_that_new_prices_reach_fires_once_also_when_they_are_taken_back(shop: Shop) -> None:
    at = utc_now().isoformat()
    calls = [make_event(shop.member.workspace_id, model="m", reported_cost=None, occurred_at=at) for _ in range(10)]
    await record(shop.sessions, calls)
    await shop.do(lambda session: budgets.create(session, shop.member, terms("10", 60, 100, 200)))
    assert await _fired(shop) == []
    job_id = await shop.applying()
    await shop.work()
    assert await _fired(shop) == [60, 100]
    await shop.do(lambda session: service.undo(session, shop.member, job_id))
    await shop.work()
    await shop.applying()
    await shop.work()
    assert await _fired(shop) == [60, 100]
    assert Decimal(10) == (await _spent(shop))


async def _spent(shop: Shop) -> Decimal:
    async with shop.sessions() as session:
        [standing] = await budgets.listed(session, shop.member.workspace_id)
        return standing.spent.cost
