"""Sums looked at in a snapshot and put right where they differ; who is cut off goes on."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.database import make_engine, make_sessionmaker
from app.core.ids import new_id
from app.usage import queries, rebuilding
from app.usage.errors import EventsDropped
from app.usage.rules import latency
from app.usage.rules.rebuilding import Order, Progress
from app.usage.service import record
from tests.factories.analytics import make_call
from tests.usage.ledger import everything
from tests.usage.test_rebuild import a_call

Sessionmaker = async_sessionmaker[AsyncSession]


@pytest.fixture
async def sessions(fresh_database: str) -> AsyncIterator[Sessionmaker]:
    engine = make_engine(fresh_database)
    yield make_sessionmaker(engine)
    await engine.dispose()


@pytest.fixture
async def owner(sessions: Sessionmaker) -> UUID:
    """Somebody with calls of three days."""
    workspace_id = new_id()
    dice = random.Random(5)  # noqa: S311 - the same calls in every run
    await record(sessions, [a_call(workspace_id, dice) for _ in range(300)])
    return workspace_id


async def all_of(sessions: Sessionmaker, workspace_id: UUID) -> object:
    async with sessions() as session:
        return await everything(session, workspace_id)


async def spoil(sessions: Sessionmaker, statement: str) -> None:
    async with sessions() as session, session.begin():
        await session.execute(text(statement))


async def test_what_ingest_wrote_agrees_with_the_calls_to_the_digit(sessions: Sessionmaker, owner: UUID) -> None:
    done = await rebuilding.rebuild(sessions, Order(owner, None, None, is_check=True))
    assert (done.calls, done.differences) == (300, {})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE usage_hourly SET cost = cost + 0.000001 WHERE cost > 0",
        "UPDATE usage_daily SET cost = (cost::text || CASE WHEN cost::text LIKE '%.%' THEN '0' ELSE '.0' END)::numeric",
        "DELETE FROM usage_daily WHERE model = 'y'",
        "UPDATE latency_daily SET bucket = bucket + 1000",
        "UPDATE usage_hourly SET start = start + interval '1 minute'",
    ],
)
async def test_a_check_finds_what_differs_and_a_rebuild_puts_it_right(
    sessions: Sessionmaker, owner: UUID, statement: str
) -> None:
    before = await all_of(sessions, owner)
    await spoil(sessions, statement)
    spoilt = await all_of(sessions, owner)
    checked = await rebuilding.rebuild(sessions, Order(owner, None, None, is_check=True))
    assert checked.differences
    assert await all_of(sessions, owner) == spoilt
    done = await rebuilding.rebuild(sessions, Order(owner, None, None, is_check=False))
    assert done.differences == checked.differences
    assert await all_of(sessions, owner) == before


async def test_who_is_cut_off_goes_on_where_it_stopped(sessions: Sessionmaker, owner: UUID) -> None:
    await spoil(sessions, "UPDATE usage_daily SET calls = calls + 1")
    order = Order(owner, None, None, is_check=False)

    class Cut(Exception):
        pass

    def cut(_progress: Progress) -> None:
        raise Cut

    with pytest.raises(Cut):
        await rebuilding.rebuild(sessions, order, cut)
    seen: list[datetime | None] = []
    done = await rebuilding.rebuild(sessions, order, lambda progress: seen.append(progress.done_until))
    assert [f"{at:%d}" for at in seen if at] == ["03", "04"]
    assert (done.calls, sorted(done.differences)) == (300, ["2023-11-01", "2023-11-02", "2023-11-03"])
    async with sessions() as session:
        assert await queries.rebuild(session, owner) is None


async def test_writers_go_on_beside_a_check_and_nothing_differs(sessions: Sessionmaker, owner: UUID) -> None:
    dice = random.Random(6)  # noqa: S311 - the same calls in every run

    async def write() -> None:
        for _ in range(10):
            await record(sessions, [a_call(owner, dice) for _ in range(20)])

    async def check() -> list[dict[str, int]]:
        order = Order(owner, None, None, is_check=True)
        return [(await rebuilding.rebuild(sessions, order)).differences for _ in range(5)]

    checked, _ = await asyncio.gather(check(), write())
    assert checked == [{}] * 5


async def test_days_before_calls_that_are_gone_are_refused_or_left_out(sessions: Sessionmaker, owner: UUID) -> None:
    second = datetime(2023, 11, 2, tzinfo=UTC)
    async with sessions() as session, session.begin():
        await queries.mark(session, [owner], second)
    await spoil(sessions, "DELETE FROM events WHERE occurred_at < '2023-11-02'")
    before = await all_of(sessions, owner)
    with pytest.raises(EventsDropped):
        await rebuilding.rebuild(sessions, Order(owner, datetime(2023, 11, 1, tzinfo=UTC), None, is_check=False))
    assert (await rebuilding.rebuild(sessions, Order(owner, None, None, is_check=False))).differences == {}
    assert await all_of(sessions, owner) == before


async def test_sql_and_python_put_a_latency_into_the_same_bucket(sessions: Sessionmaker) -> None:
    dice = random.Random(8)  # noqa: S311 - the same latencies in every run
    borders = [latency.GAMMA**n for n in range(-176, 704, 7)]
    asked = [*borders, 0.0, 0.001, 0.0009, 1.0, 1e12, 1e13, *(dice.lognormvariate(5, 4) for _ in range(2000))]
    workspace_id = new_id()
    at = datetime(2023, 11, 1, tzinfo=UTC)
    await record(sessions, [make_call(workspace_id, at, latency_ms=ms) for ms in asked])
    done = await rebuilding.rebuild(sessions, Order(workspace_id, None, None, is_check=True))
    assert (done.calls, done.differences) == (len(asked), {})
