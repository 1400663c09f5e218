"""Calls that are no longer kept go, with their identities; sums stay."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.database import make_engine, make_sessionmaker
from app.core.ids import new_id
from app.core.periods import Period
from app.usage import queries, retaining
from app.usage.errors import EventsDropped
from app.usage.models import DailyUsage, Event, EventKey, HourlyUsage
from app.usage.rules.events import NewEvent
from app.usage.rules.retaining import Dropped
from app.usage.service import rebuild_rollups, record
from tests.factories.analytics import make_call
from tests.usage.ledger import ROLLUPS, rows

Sessionmaker = async_sessionmaker[AsyncSession]
NOW = datetime(2026, 6, 15, 10, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
async def sessions(fresh_database: str) -> AsyncIterator[Sessionmaker]:
    engine = make_engine(fresh_database)
    yield make_sessionmaker(engine)
    await engine.dispose()


def aged(workspace_id: UUID, days: float, *, arrived: float | None = None, event_id: str | None = None) -> NewEvent:
    """A call made so many days before NOW; it arrived at once, or so many days before NOW."""
    at = NOW - timedelta(days=days)
    recorded_at = at if arrived is None else NOW - timedelta(days=arrived)
    return make_call(workspace_id, at, event_id=event_id, recorded_at=recorded_at)


async def wish(sessions: Sessionmaker, workspace_id: UUID, days: int | None) -> None:
    async with sessions() as session, session.begin():
        await queries.put_kept_days(session, workspace_id, days)


async def of(sessions: Sessionmaker, workspace_id: UUID) -> dict[str, int]:
    async with sessions() as session:
        found = {
            table: await rows(session, table, workspace_id) for table in (Event, EventKey, HourlyUsage, DailyUsage)
        }
    calls = {table.__tablename__: sum(row["calls"] for row in found[table]) for table in (HourlyUsage, DailyUsage)}
    return {"events": len(found[Event]), "event_keys": len(found[EventKey]), **calls}


async def since(sessions: Sessionmaker, workspace_id: UUID) -> datetime | None:
    async with sessions() as session:
        return await queries.complete_since(session, workspace_id)


async def months(sessions: Sessionmaker) -> list[str]:
    async with sessions() as session:
        return [f"{month:%Y-%m}" for month in await queries.months(session)]


async def test_nothing_goes_where_nobody_asked_for_it(sessions: Sessionmaker) -> None:
    workspace_id = new_id()
    await record(sessions, [aged(workspace_id, days) for days in (1, 400, 4000)])
    assert await retaining.retain(sessions, None, NOW) == Dropped()
    assert (await of(sessions, workspace_id))["events"] == 3


async def test_old_calls_go_with_their_identities_and_sums_stay(sessions: Sessionmaker) -> None:
    workspace_id, neighbour = new_id(), new_id()
    for owner in (workspace_id, neighbour):
        await record(sessions, [aged(owner, days) for days in (0, 40, 60, 61, 200, 300)])
    await wish(sessions, workspace_id, 60)
    dropped = await retaining.retain(sessions, None, NOW, batch=2)
    assert dropped == Dropped(calls=3, months=0, identities=3, is_done=True)
    assert await of(sessions, workspace_id) == {"events": 3, "event_keys": 3, "usage_hourly": 6, "usage_daily": 6}
    assert await of(sessions, neighbour) == {"events": 6, "event_keys": 6, "usage_hourly": 6, "usage_daily": 6}
    assert await since(sessions, workspace_id) == datetime(2026, 4, 16, tzinfo=UTC)
    assert await since(sessions, neighbour) is None
    assert await retaining.retain(sessions, None, NOW) == Dropped()


async def test_whole_days_are_kept_to_the_first_instant(sessions: Sessionmaker) -> None:
    workspace_id = new_id()
    edge = datetime(2026, 5, 11, tzinfo=UTC)
    for at in (edge, edge - timedelta(microseconds=1)):
        await record(sessions, [make_call(workspace_id, at, recorded_at=edge - DAY)])
    await retaining.retain(sessions, 35, NOW)
    async with sessions() as session:
        assert [row["occurred_at"] for row in await rows(session, Event, workspace_id)] == [edge]


async def test_a_month_that_nobody_wants_is_dropped_whole(sessions: Sessionmaker) -> None:
    owners = [new_id() for _ in range(3)]
    for owner in owners:
        await record(sessions, [aged(owner, days) for days in (10, 100, 101, 102)])
    assert await months(sessions) == ["2026-03", "2026-06"]
    await wish(sessions, owners[0], 36)
    dropped = await retaining.retain(sessions, 45, NOW)
    assert dropped == Dropped(calls=9, months=1, identities=9, is_done=True)
    assert await months(sessions) == ["2026-06"]
    for owner in owners:
        assert await of(sessions, owner) == {"events": 1, "event_keys": 1, "usage_hourly": 4, "usage_daily": 4}
        assert await since(sessions, owner) is not None


async def test_one_who_keeps_a_month_keeps_it_while_others_lose_theirs(sessions: Sessionmaker) -> None:
    keeper, other = new_id(), new_id()
    for owner in (keeper, other):
        await record(sessions, [aged(owner, 100)])
    await wish(sessions, keeper, 365)
    dropped = await retaining.retain(sessions, 35, NOW)
    assert (dropped.calls, dropped.months) == (1, 0)
    assert (await of(sessions, keeper))["events"] == 1
    assert (await of(sessions, other))["events"] == 0


async def test_a_late_call_and_its_identity_are_kept_for_35_days_after_it_came(sessions: Sessionmaker) -> None:
    workspace_id = new_id()
    late = aged(workspace_id, 300, arrived=34, event_id="late")
    await record(sessions, [late, aged(workspace_id, 299)])
    await retaining.retain(sessions, 60, NOW)
    assert (await of(sessions, workspace_id))["events"] == 1
    assert await record(sessions, [late]) == [False]
    await retaining.retain(sessions, 60, NOW + 2 * DAY)
    assert await of(sessions, workspace_id) == {"events": 0, "event_keys": 0, "usage_hourly": 2, "usage_daily": 2}


async def test_a_call_sent_again_after_its_month_went_is_counted_once_within_35_days(sessions: Sessionmaker) -> None:
    workspace_id = new_id()
    await record(sessions, [aged(workspace_id, 300)])
    assert (await retaining.retain(sessions, 60, NOW)).months == 1
    late = aged(workspace_id, 300, arrived=0, event_id="again")
    assert await record(sessions, [late]) == [True]
    for days in (1, 34):
        await retaining.retain(sessions, 60, NOW + days * DAY)
        assert await record(sessions, [late]) == [False]
    assert (await of(sessions, workspace_id))["usage_daily"] == 2


async def test_sums_are_not_rebuilt_where_calls_are_gone(sessions: Sessionmaker) -> None:
    workspace_id = new_id()
    await record(sessions, [aged(workspace_id, days) for days in (0, 1, 100)])
    await retaining.retain(sessions, 60, NOW)
    async with sessions() as session:
        before = [await rows(session, table, workspace_id) for table in ROLLUPS]
    mark = await since(sessions, workspace_id)
    assert mark is not None
    async with sessions() as session, session.begin():
        with pytest.raises(EventsDropped):
            await rebuild_rollups(session, workspace_id, Period(mark - timedelta(hours=1), NOW))
        await rebuild_rollups(session, workspace_id, Period(mark, NOW))
        assert [await rows(session, table, workspace_id) for table in ROLLUPS] == before


async def test_a_round_that_is_cut_off_is_gone_on_with(sessions: Sessionmaker) -> None:
    workspace_id = new_id()
    await record(sessions, [aged(workspace_id, 100 + n / 100) for n in range(10)] + [aged(new_id(), 100)])
    await wish(sessions, workspace_id, 60)
    looks = iter([False, False, True])
    first = await retaining.retain(sessions, None, NOW, lambda: next(looks), batch=3)
    assert first == Dropped(calls=6, identities=6, is_done=False)
    second = await retaining.retain(sessions, None, NOW, batch=3)
    assert second == Dropped(calls=4, identities=4, is_done=True)


async def test_processes_that_drop_at_the_same_time_drop_each_call_once(sessions: Sessionmaker) -> None:
    owners = [new_id() for _ in range(4)]
    await record(sessions, [aged(owner, 40 + n) for owner in owners for n in range(60)])
    await wish(sessions, owners[0], 50)
    rounds = await asyncio.gather(*(retaining.retain(sessions, 36, NOW, batch=7) for _ in range(4)))
    rounds.append(await retaining.retain(sessions, 36, NOW))
    assert sum(done.calls for done in rounds) == 49 + 3 * 60
    for owner in owners:
        counted = await of(sessions, owner)
        assert counted["events"] == counted["event_keys"] == (11 if owner == owners[0] else 0)
        assert counted["usage_daily"] == 60


async def test_writers_go_on_while_a_month_that_is_read_cannot_be_dropped(
    sessions: Sessionmaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retaining, "PAUSE_SECONDS", 0)
    workspace_id = new_id()
    await record(sessions, [aged(workspace_id, 100), aged(workspace_id, 1)])
    async with sessions() as reader:
        await reader.execute(text("SELECT count(*) FROM events"))
        dropping = asyncio.create_task(retaining.retain(sessions, 35, NOW, lambda: True))
        assert await record(sessions, [aged(workspace_id, 0)]) == [True]
        assert (await dropping).is_done is False
    assert (await retaining.retain(sessions, 35, NOW)).months == 1


async def test_a_late_call_of_a_month_that_is_being_dropped_is_not_lost(sessions: Sessionmaker) -> None:
    keeper, other = new_id(), new_id()
    await wish(sessions, keeper, 3650)
    await record(sessions, [aged(other, 100 + n) for n in range(5)])
    late = [aged(keeper, 100, arrived=0, event_id=str(n)) for n in range(20)]
    written, _ = await asyncio.gather(
        asyncio.gather(*(record(sessions, [event]) for event in late)), retaining.retain(sessions, 35, NOW)
    )
    assert written == [[True]] * 20
    assert (await of(sessions, keeper))["events"] == 20


async def test_what_a_repricing_kept_of_a_call_goes_with_it(sessions: Sessionmaker) -> None:
    workspace_id = new_id()
    calls = [aged(workspace_id, 100), aged(workspace_id, 1)]
    await record(sessions, calls)
    async with sessions() as session, session.begin():
        for call in calls:
            await session.execute(
                text(
                    "INSERT INTO event_prices (workspace_id, repricing_id, occurred_at, event_key, price_state,"
                    " price_version) VALUES (:w, :r, :at, :key, 'priced', 'x')"
                ),
                {"w": workspace_id, "r": new_id(), "at": call.occurred_at, "key": call.event_key},
            )
    await retaining.retain(sessions, 35, NOW)
    async with sessions() as session:
        found = await session.execute(text("SELECT occurred_at FROM event_prices"))
        assert found.scalars().all() == [calls[1].occurred_at]
