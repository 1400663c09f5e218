"""OpenRouter's month in the ledger: exact, again and again, through restated days and deleted keys."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.core.periods import Period, utc_now
from app.providers.clients import openrouter
from app.usage import billing
from app.usage.models import BilledRow
from app.usage.rules.reports import Changes
from tests.factories.workspaces import make_workspace
from tests.providers.asking import credentials, over
from tests.providers.fakes.openrouter import MANAGEMENT_KEY, OpenRouter, make_app, make_world
from tests.providers.fakes.world import DAY, midnight, summed, today


class Books:
    """The ledger of one connection to one account."""

    def __init__(self, session: AsyncSession, workspace_id: UUID, account: OpenRouter) -> None:
        self.session, self.account = session, account
        self.place = (workspace_id, new_id())
        self.clock = utc_now()
        self.period = Period(midnight(today() - DAY * 30), midnight(today()))

    async def sync(self) -> tuple[Changes, int]:
        """One complete walk; what changed, and how many rows were flagged."""
        self.clock += timedelta(hours=1)
        client = openrouter.account(over(make_app(self.account)), credentials(MANAGEMENT_KEY, split="api_key"))
        changes = Changes()
        async for page in client.costs(self.period):
            changes += await billing.upsert_billed(self.session, *self.place, "openrouter", page.rows, self.clock)
        flagged = await billing.flag_vanished(self.session, *self.place, "activity", self.period, self.clock)
        return changes, flagged

    async def rows(self) -> list[BilledRow]:
        """Those that count."""
        self.session.expire_all()
        of_connection = (BilledRow.connection_id == self.place[1], BilledRow.superseded_at.is_(None))
        return list(await self.session.scalars(select(BilledRow).where(*of_connection)))

    async def total(self) -> Decimal:
        return sum((row.amount for row in await self.rows()), Decimal(0))

    async def by_day(self) -> dict[datetime, Decimal]:
        return summed((row.start, row.amount) for row in await self.rows())


@pytest.fixture
async def books(session: AsyncSession) -> Books:
    return Books(session, (await make_workspace(session)).id, make_world())


async def test_a_month_is_exact_and_a_second_sync_changes_nothing(books: Books) -> None:
    first, _ = await books.sync()
    assert first.new > 100
    assert await books.total() == books.account.total()
    assert await books.sync() == (Changes(unchanged=first.new), 0)
    assert await books.total() == books.account.total()


async def test_a_restated_day_changes_exactly_that_day(books: Books) -> None:
    first, _ = await books.sync()
    before = await books.by_day()
    day = today() - DAY * 2
    of_day = sum(row.start == midnight(day) for row in await books.rows())
    books.account.restate(day, "1.5")
    assert await books.sync() == (Changes(changed=of_day, unchanged=first.new - of_day), 0)
    after = await books.by_day()
    assert {start for start in before if before[start] != after[start]} == {midnight(day)}
    assert after[midnight(day)] == before[midnight(day)] * Decimal("1.5")
    assert await books.total() == books.account.total()


async def test_deleted_keys_are_not_counted_twice(books: Books) -> None:
    await books.sync()
    for key in [key.id for key in books.account.keys if key.id not in books.account.deleted][:3]:
        books.account.deleted.add(key)
        await books.sync()
        assert await books.total() == books.account.total()
        assert key not in {row.api_key for row in await books.rows()}
    changes, flagged = await books.sync()
    assert (changes.new, changes.changed, flagged) == (0, 0, 0)
