"""Month partitions: ahead, on demand, by several processes at once, and beside long questions."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.database import make_engine, make_sessionmaker
from app.core.ids import new_id
from app.usage import months, queries
from app.usage.service import record
from tests.factories.ingest import make_event

ROOT = Path(__file__).resolve().parents[2]
Sessionmaker = async_sessionmaker[AsyncSession]
MAKE_MONTHS = """
import asyncio, sys
from datetime import UTC, datetime
from app.core.database import make_engine, make_sessionmaker
from app.usage import queries
from app.usage.months import make_ahead

async def main(address, backwards):
    engine = make_engine(address)
    sessions = make_sessionmaker(engine)
    months = [datetime(2019, month, 1, tzinfo=UTC) for month in range(1, 13)]
    for month in months[::-1] if backwards else months:
        async with sessions() as session, session.begin():
            await queries.make_month(session, month)
    await make_ahead(sessions, datetime(2031, 12, 31, tzinfo=UTC))
    await engine.dispose()

asyncio.run(main(sys.argv[1], sys.argv[2] == "1"))
"""


@pytest.fixture
async def sessions(fresh_database: str) -> AsyncIterator[Sessionmaker]:
    engine = make_engine(fresh_database)
    yield make_sessionmaker(engine)
    await engine.dispose()


async def names(sessions: Sessionmaker) -> list[str]:
    async with sessions() as session:
        return [f"{month:%Y-%m}" for month in await queries.months(session)]


async def test_this_month_and_the_next_are_made_and_no_more(sessions: Sessionmaker) -> None:
    new_years_eve = datetime(2031, 12, 31, 23, 59, tzinfo=UTC)
    made = await months.make_ahead(sessions, new_years_eve)
    assert [f"{month:%Y-%m}" for month in made] == ["2031-12", "2032-01"]
    assert await months.make_ahead(sessions, new_years_eve) == []
    assert await names(sessions) == ["2031-12", "2032-01"]


async def test_a_call_of_long_ago_makes_its_own_month(sessions: Sessionmaker) -> None:
    event = make_event(new_id(), occurred_at="2001-05-04T00:00:00Z")
    assert await record(sessions, [event]) == [True]
    assert await names(sessions) == ["2001-05"]


def test_processes_that_make_the_same_months_in_other_orders_do_not_fail(fresh_database: str) -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", MAKE_MONTHS, fresh_database, str(n % 2)], cwd=ROOT, stderr=-1, text=True
        )
        for n in range(4)
    ]
    said = [process.communicate(timeout=200)[1] for process in running]
    assert [process.returncode for process in running] == [0] * 4, said


async def test_each_of_the_raced_months_is_there_once_and_takes_calls(sessions: Sessionmaker) -> None:
    wanted = [datetime(2019, month, 1, tzinfo=UTC) for month in range(1, 7)]

    async def make(order: list[datetime]) -> None:
        for month in order:
            async with sessions() as session, session.begin():
                await queries.make_month(session, month)

    await asyncio.gather(*(make(wanted[::-1] if n % 2 else wanted) for n in range(6)))
    assert await names(sessions) == [f"2019-{month:02}" for month in range(1, 7)]
    async with sessions() as session:
        indexes = await session.execute(
            text("SELECT tablename, count(*) FROM pg_indexes WHERE tablename ~ '^events(_2019.*)?$' GROUP BY 1")
        )
        counts = {row[0]: row[1] for row in indexes}
    assert len(counts) == 7
    assert len(set(counts.values())) == 1
    assert await record(sessions, [make_event(new_id(), occurred_at="2019-06-30T23:59:59.999999Z")]) == [True]


async def test_a_month_is_made_beside_a_question_and_a_writer_that_are_not_done(sessions: Sessionmaker) -> None:
    async with sessions() as reader, sessions() as writer:
        await reader.execute(text("SELECT count(*) FROM events"))
        await writer.execute(text("LOCK TABLE events IN ROW EXCLUSIVE MODE"))
        made = await asyncio.wait_for(months.make_ahead(sessions, datetime(2026, 1, 5, tzinfo=UTC)), 200)
    assert len(made) == 2
