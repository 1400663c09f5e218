"""Several writers on one database, with real commits."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.database import make_engine, make_sessionmaker
from app.core.ids import new_id
from app.core.periods import month_period
from app.usage.closing import close_days
from app.usage.models import DailyLatency, DailyTagUsage, DailyUsage, Event, HourlyUsage, MonthlyTagUsage
from app.usage.rules import tags
from app.usage.rules.events import NewEvent
from app.usage.service import rebuild_rollups, record
from tests.factories.ingest import make_event
from tests.usage.ledger import ROLLUPS, rows

Sessionmaker = async_sessionmaker[AsyncSession]


@pytest.fixture
async def processes(fresh_database: str) -> AsyncIterator[list[Sessionmaker]]:
    """Two engines on one database, as two processes have them."""
    engines = [make_engine(fresh_database, pool_size=4) for _ in range(2)]
    yield [make_sessionmaker(engine) for engine in engines]
    for engine in engines:
        await engine.dispose()


def copies(workspace_id: UUID, count: int) -> list[NewEvent]:
    return [
        make_event(workspace_id, event_id=f"e{n}", model=f"m{n % 7}", latency_ms=n, user=f"u{n % 9}")
        for n in range(count)
    ]


async def calls_in(sessions: Sessionmaker, workspace_id: UUID) -> dict[str, int]:
    async with sessions() as session:
        counted = {t.__tablename__: await rows(session, t, workspace_id) for t in ROLLUPS}
        events = len(await rows(session, Event, workspace_id))
    return {"events": events, **{name: sum(row["calls"] for row in found) for name, found in counted.items()}}


async def test_each_id_is_taken_once_however_many_send_it_at_once(processes: list[Sessionmaker]) -> None:
    workspace_id = new_id()
    events = copies(workspace_id, 200)
    orders = [events, events[::-1], events[100:] + events[:100], events[::2] + events[1::2]]
    answers = await asyncio.gather(
        *(record(processes[n % 2], order) for n, order in enumerate(orders * 3)),
    )
    accepted = [
        event.event_id
        for order, new in zip(orders * 3, answers, strict=True)
        for event, is_new in zip(order, new, strict=True)
        if is_new
    ]
    assert sorted(accepted) == sorted(event.event_id for event in events)
    assert set((await calls_in(processes[0], workspace_id)).values()) == {200}


async def test_writers_of_the_same_rollup_rows_never_dead_lock(processes: list[Sessionmaker]) -> None:
    owners = sorted(new_id() for _ in range(3))

    def batch(n: int) -> list[NewEvent]:
        mixed = [make_event(owner, model=f"m{m}") for owner in owners for m in range(20)]
        return mixed if n % 2 else mixed[::-1]

    answers = await asyncio.gather(*(record(processes[n % 2], batch(n)) for n in range(12)))
    assert all(all(new) for new in answers)
    assert (await calls_in(processes[1], owners[0]))["usage_hourly"] == 12 * 20
    async with processes[0]() as session:
        found = await session.execute(text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
        assert found.scalar() == 0


async def test_processes_that_crowd_a_tag_agree_on_which_values_have_rows(
    processes: list[Sessionmaker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tags, "MAX_VALUES", 10)
    workspace_id = new_id()

    def batch(n: int) -> list[NewEvent]:
        return [make_event(workspace_id, user=f"u{(n * 3 + m) % 30}") for m in range(8)]

    await asyncio.gather(*(record(processes[n % 2], batch(n)) for n in range(24)))
    async with processes[0]() as session:
        kept = {row["value"]: row["calls"] for row in await rows(session, DailyTagUsage, workspace_id)}
        sent = Counter(row["user_ref"] for row in await rows(session, Event, workspace_id))
    assert len(kept) == 11
    assert sum(kept.values()) == 24 * 8
    # none of a value's calls stand under (other) while others of them stand under its name
    assert {value: calls for value, calls in kept.items() if value != tags.OTHER} == {
        value: sent[value] for value in kept if value != tags.OTHER
    }


async def test_processes_that_meet_a_new_month_together_both_write(processes: list[Sessionmaker]) -> None:
    workspace_id = new_id()
    months = [f"2015-{month:02}-10T00:00:00Z" for month in range(1, 13)]
    writes = [
        record(processes[n % 2], [make_event(workspace_id, occurred_at=at) for at in order])
        for n, order in enumerate([months, months[::-1]] * 3)
    ]
    assert all(all(new) for new in await asyncio.gather(*writes))
    assert (await calls_in(processes[0], workspace_id))["events"] == 6 * 12


async def test_a_rebuild_amid_writers_loses_and_doubles_nothing(processes: list[Sessionmaker]) -> None:
    workspace_id = new_id()

    async def rebuild() -> None:
        async with processes[1]() as session, session.begin():
            await rebuild_rollups(session, workspace_id, month_period("2023-11"))

    async def write(n: int) -> None:
        await record(
            processes[n % 2], [make_event(workspace_id, latency_ms=n, model=f"m{m}", user="u") for m in range(10)]
        )

    await asyncio.gather(*(rebuild() if n % 5 == 0 else write(n) for n in range(25)))
    assert set((await calls_in(processes[0], workspace_id)).values()) == {200}


async def test_a_service_that_is_killed_between_its_statements_leaves_nothing(processes: list[Sessionmaker]) -> None:
    workspace_id = new_id()
    async with processes[0]() as stuck, stuck.begin():
        # another writer holds a row of the rollups, so this one stands between copying and adding up
        await record(processes[1], [make_event(workspace_id, event_id="first")])
        await stuck.execute(text("SELECT 1 FROM usage_hourly FOR UPDATE"))
        writing = asyncio.create_task(record(processes[1], [make_event(workspace_id, event_id="second")]))
        await asyncio.sleep(0.2)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
    counted = await calls_in(processes[0], workspace_id)
    assert counted == {
        "events": 1,
        HourlyUsage.__tablename__: 1,
        DailyUsage.__tablename__: 1,
        DailyLatency.__tablename__: 0,
        DailyTagUsage.__tablename__: 0,
    }
    assert await record(processes[0], [make_event(workspace_id, event_id="second")]) == [True]


async def test_who_closes_days_waits_for_late_calls_and_counts_them(
    processes: list[Sessionmaker], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace_id = new_id()
    late = [make_event(workspace_id, occurred_at=f"2023-11-{day}T12:00:00Z", user="ada") for day in (14, 15, 16)]
    await record(processes[0], late[:2])
    december = datetime(2023, 12, 2, tzinfo=UTC)
    is_begun, may_end = asyncio.Event(), asyncio.Event()

    async def hold(_session: AsyncSession, _outcomes: object) -> None:
        is_begun.set()
        await may_end.wait()

    writing = asyncio.create_task(record(processes[0], late[2:], hold))
    await is_begun.wait()
    with monkeypatch.context() as patch:
        patch.setattr("app.usage.queries.closing.WAIT", "50ms")
        assert not await close_days(processes[1], december)
    may_end.set()
    await writing
    assert await close_days(processes[1], december)
    async with processes[1]() as session:
        (month,) = await rows(session, MonthlyTagUsage, workspace_id)
    assert (month["value"], month["calls"]) == ("ada", 3)
