"""A workspace with calls, prices that change, and a worker in the test's own hands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.config import Settings
from app.core.periods import month_period
from app.pricing import service as pricing
from app.pricing.rules.call import CallToPrice, PricedCall, PriceState, Pricing, UnpricedReason
from app.pricing.shelf import PriceShelf
from app.repricings.worker import Worker
from app.usage.service import rebuild_rollups
from app.workspaces.models import Workspace
from app.workspaces.rules import Role
from tests.factories.auth import make_user, signed_in
from tests.factories.workspaces import add_member, make_workspace
from tests.usage.ledger import ROLLUPS, everything, rows

Sessionmaker = async_sessionmaker[AsyncSession]
SMALL_BATCH = 7
NOVEMBER = month_period("2023-11")


@dataclass
class ChangingShelf(PriceShelf):
    """The book's prices until a test says otherwise: a model's price times a factor, or no price any more (None).

    A model that the book does not know costs the factor itself, each call.
    """

    version: str = "book"
    factors: Mapping[str, str | None] = field(default_factory=dict)

    def change(self, version: str, factors: Mapping[str, str | None]) -> None:
        self.version, self.factors = version, factors

    async def of(self, _source: Any, _workspace_id: UUID) -> Pricing:
        return Pricing(self.price, self.version)

    def price(self, call: CallToPrice) -> PricedCall:
        listed = pricing.load_default().price(call)
        if call.model not in self.factors or call.reported_cost is not None:
            return listed
        factor = self.factors[call.model]
        if factor is None:
            return PricedCall(PriceState.UNPRICED, None, None, UnpricedReason.UNKNOWN_MODEL, None, ())
        cost = Decimal(factor) * (Decimal(1) if listed.cost is None else listed.cost)
        listed = listed._replace(cost=cost, list_cost=cost, contracted_cost=cost)
        return listed._replace(state=PriceState.PRICED, unpriced_reason=None)


@pytest.fixture
def shelf(app: FastAPI) -> ChangingShelf:
    app.state.price_shelf = ChangingShelf()
    return app.state.price_shelf  # type: ignore[no-any-return]


@dataclass
class Office:
    """An admin at the routes of a workspace's re-pricings, and the worker who does them."""

    client: httpx.AsyncClient
    url: str
    headers: dict[str, str]
    sessions: Sessionmaker
    shelf: ChangingShelf

    async def post(self, path: str = "", expected: int = 202, /, **body: Any) -> Any:
        answer = await self.client.post(f"{self.url}{path}", json=body, headers=self.headers)
        assert answer.status_code == expected, answer.text
        return answer.json()

    async def read(self, job_id: str) -> Any:
        answer = await self.client.get(f"{self.url}/{job_id}", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def work(self) -> None:
        await Worker(batch=SMALL_BATCH).work_off(self.sessions, self.shelf)

    async def preview(self, **body: Any) -> Any:
        job = await self.post(**body)
        await self.work()
        return await self.read(job["id"])

    async def act(self, job_id: str, action: str) -> Any:
        """Let it be applied, undone or cancelled, to the end."""
        await self.post(f"/{job_id}/{action}")
        await self.work()
        return await self.read(job_id)


@pytest.fixture
async def workspace(session: AsyncSession) -> Workspace:
    made = await make_workspace(session)
    await session.commit()
    return made


@pytest.fixture
async def office(
    client: httpx.AsyncClient,
    session: AsyncSession,
    sessionmaker: Sessionmaker,
    settings: Settings,
    workspace: Workspace,
    shelf: ChangingShelf,
) -> Office:
    admin = await make_user(session)
    await add_member(session, workspace, admin, Role.ADMIN)
    headers = await signed_in(session, settings, admin)
    await session.commit()
    url = f"/api/v1/workspaces/{workspace.id}/repricings"
    return Office(client, url, headers, sessionmaker, shelf)


async def ledger(sessions: Sessionmaker, workspace_id: UUID) -> dict[str, list[Mapping[str, Any]]]:
    """Every row and digit that the workspace has in the ledger."""
    async with sessions() as session:
        return await everything(session, workspace_id)


async def sums_and_rebuilt(sessions: Sessionmaker, workspace_id: UUID) -> tuple[list[Any], list[Any]]:
    """The rollups as they are, and as they are when made anew from the events."""
    async with sessions() as session, session.begin():
        before = [await rows(session, table, workspace_id) for table in ROLLUPS]
        await rebuild_rollups(session, workspace_id, NOVEMBER)
        return before, [await rows(session, table, workspace_id) for table in ROLLUPS]
