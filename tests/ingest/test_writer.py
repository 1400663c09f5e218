"""The group writer: what requests hand over meanwhile is one transaction, and each is answered for its own part."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.database import make_engine, make_sessionmaker
from app.core.ids import new_id
from app.core.periods import utc_now
from app.ingest.errors import BacklogFull
from app.ingest.models import HourlyIngest
from app.ingest.rules.accounting import Origin
from app.ingest.writer import GroupWriter, Limits, Part
from app.usage import queries
from app.usage.errors import LedgerUnavailable
from app.usage.models import Event, EventKey, HourlyUsage
from app.usage.rules.events import NewEvent
from app.usage.rules.kinds import Numbers
from app.usage.service import Refusal, record
from tests.factories.ingest import make_event
from tests.usage.ledger import everything, rows

Sessionmaker = async_sessionmaker[AsyncSession]


@pytest.fixture
async def sessions(fresh_database: str) -> AsyncIterator[Sessionmaker]:
    engine = make_engine(fresh_database, pool_size=4)
    yield make_sessionmaker(engine)
    await engine.dispose()


@pytest.fixture
def workspace_id() -> UUID:
    return new_id()


def part(events: Sequence[NewEvent], size: int = 0) -> Part:
    return Part(Origin(events[0].workspace_id, None, utc_now()), events, size=size)


def some(workspace_id: UUID, *ids: str, **fields: Any) -> list[NewEvent]:
    return [make_event(workspace_id, event_id=event_id, **fields) for event_id in ids]


async def stored(sessions: Sessionmaker, workspace_id: UUID) -> set[str]:
    async with sessions() as session:
        return {row["event_id"] for row in await rows(session, Event, workspace_id)}


async def counted(sessions: Sessionmaker, workspace_id: UUID) -> dict[str, int]:
    async with sessions() as session:
        counts = await rows(session, HourlyIngest, workspace_id)
    return {outcome: sum(row["events"] for row in counts if row["outcome"] == outcome) for outcome in OUTCOMES}


OUTCOMES = ("stored", "duplicate", "rejected")


async def transactions(sessions: Sessionmaker, workspace_id: UUID) -> int:
    """How many transactions wrote the events that are there."""
    async with sessions() as session:
        found = await session.execute(
            text("SELECT count(DISTINCT xmin::text) FROM events WHERE workspace_id = :id"), {"id": workspace_id}
        )
        return int(found.scalar_one())


async def test_requests_one_after_the_other_are_each_written(sessions: Sessionmaker, workspace_id: UUID) -> None:
    writer = GroupWriter(sessions)
    for n in range(20):
        assert await writer.write(part(some(workspace_id, f"e{n}"))) == [True]
    assert len(await stored(sessions, workspace_id)) == 20
    assert (writer.backlog_events, writer.backlog_bytes) == (0, 0)


async def test_what_comes_during_a_write_is_one_group_and_each_gets_its_own_answer(
    sessions: Sessionmaker, workspace_id: UUID
) -> None:
    writer = GroupWriter(sessions)
    parts = [some(workspace_id, f"a{n}", f"b{n}", "shared") for n in range(12)]
    answers = await asyncio.gather(*(writer.write(part(events)) for events in parts))
    assert [answer[:2] for answer in answers] == [[True, True]] * 12
    assert sum(answer[2] is True for answer in answers) == 1
    assert await transactions(sessions, workspace_id) <= 2
    assert await counted(sessions, workspace_id) == {"stored": 25, "duplicate": 11, "rejected": 0}


async def test_who_comes_first_after_a_large_group_is_written_with_those_who_come_next(
    sessions: Sessionmaker, workspace_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ingest.writer.GATHER_SECONDS", 0.5)
    writer = GroupWriter(sessions)

    async def write(name: str, after: int = 0) -> list[Any]:
        for _ in range(after):
            await asyncio.sleep(0)
        return list(await writer.write(part(some(workspace_id, name))))

    await asyncio.gather(*(write(f"a{n}") for n in range(8)))
    before = await transactions(sessions, workspace_id)
    answers = await asyncio.gather(*(write(f"b{n}", after=n) for n in range(8)))
    assert answers == [[True]] * 8
    assert await transactions(sessions, workspace_id) == before + 1


async def test_who_stops_it_while_it_gathers_leaves_nobody_waiting(
    sessions: Sessionmaker, workspace_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ingest.writer.GATHER_SECONDS", 60)
    writer = GroupWriter(sessions)
    await asyncio.gather(*(writer.write(part(some(workspace_id, f"a{n}"))) for n in range(8)))
    known = asyncio.all_tasks()
    late = asyncio.create_task(writer.write(part(some(workspace_id, "late"))))
    await asyncio.sleep(0.01)
    for task in asyncio.all_tasks() - known - {late}:
        task.cancel()
    with pytest.raises(LedgerUnavailable):
        await late
    assert writer.backlog_events == 0


async def test_both_ways_of_taking_identities_leave_the_same(sessions: Sessionmaker) -> None:
    now = utc_now()
    left = []
    for hopeful in (True, False):
        owner = UUID(int=1 + hopeful)
        for ids in (["a", "b", "a"], ["b", "c"], ["d"]):
            events = some(owner, *ids, now=now, latency_ms=7, user="u", tags={"k": "v"})
            outcomes = await record(sessions, events, is_hopeful=hopeful)
            assert outcomes.count(False) == (len(ids) != 1)
        async with sessions() as session:
            found = await everything(session, owner)
        left.append({table: [{**row, "workspace_id": None} for row in kept] for table, kept in found.items()})
    assert left[0] == left[1]


async def test_an_event_that_the_database_cannot_hold_is_rejected_alone(
    sessions: Sessionmaker, workspace_id: UUID
) -> None:
    good = some(workspace_id, *(f"e{n}" for n in range(9)))
    bad = make_event(workspace_id, event_id="bad")
    poisoned = type(bad)(**{**{name: getattr(bad, name) for name in bad.__struct_fields__}, "tags": '{"a": "\\u0000"}'})
    writer = GroupWriter(sessions)
    answers = await asyncio.gather(
        writer.write(part(good[:4])), writer.write(part([*good[4:7], poisoned])), writer.write(part(good[7:]))
    )
    assert [outcome for answer in answers for outcome in answer if not isinstance(outcome, Refusal)] == [True] * 9
    assert isinstance(answers[1][3], Refusal)
    assert "Unicode" in answers[1][3].why
    assert await stored(sessions, workspace_id) == {f"e{n}" for n in range(9)}
    assert await counted(sessions, workspace_id) == {"stored": 9, "duplicate": 0, "rejected": 1}


async def test_a_value_that_the_driver_cannot_write_is_rejected_alone(
    sessions: Sessionmaker, workspace_id: UUID
) -> None:
    good, bad = some(workspace_id, "good", "bad")
    bad = type(bad)(**{**{name: getattr(bad, name) for name in bad.__struct_fields__}, "http_status": 70_000})
    outcomes = await record(sessions, [bad, good])
    assert isinstance(outcomes[0], Refusal)
    assert outcomes[1] is True
    assert await stored(sessions, workspace_id) == {"good"}


async def test_a_full_backlog_takes_nothing_and_empties(
    sessions: Sessionmaker, workspace_id: UUID, fresh_database: str
) -> None:
    writer = GroupWriter(sessions, Limits(backlog_events=4))
    await writer.write(part(some(workspace_id, "first")))
    async with sessions() as blocker, blocker.begin():
        await blocker.execute(text("LOCK TABLE usage_hourly IN ACCESS EXCLUSIVE MODE"))
        waiting = [asyncio.create_task(writer.write(part(some(workspace_id, f"a{n}", f"b{n}")))) for n in range(2)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        with pytest.raises(BacklogFull) as refused:
            await writer.write(part(some(workspace_id, "late")))
        assert refused.value.retry_after_seconds
    assert await asyncio.gather(*waiting) == [[True, True]] * 2
    assert await writer.write(part(some(workspace_id, "late"))) == [True]


async def test_a_request_larger_than_the_backlog_is_taken_when_nothing_waits(
    sessions: Sessionmaker, workspace_id: UUID
) -> None:
    writer = GroupWriter(sessions, Limits(backlog_events=1, backlog_bytes=1))
    assert await writer.write(part(some(workspace_id, "a", "b"), size=9)) == [True, True]


async def test_a_silent_database_is_given_up_in_time_and_found_again(
    sessions: Sessionmaker, workspace_id: UUID
) -> None:
    writer = GroupWriter(sessions, Limits(seconds=0.5))
    await record(sessions, some(workspace_id, "first"))
    async with sessions() as blocker, blocker.begin():
        await blocker.execute(text("LOCK TABLE usage_daily IN ACCESS EXCLUSIVE MODE"))
        answers = await asyncio.gather(
            *(writer.write(part(some(workspace_id, f"e{n}"))) for n in range(3)), return_exceptions=True
        )
    assert [type(answer) for answer in answers] == [LedgerUnavailable] * 3
    patient = GroupWriter(sessions)
    assert await patient.write(part(some(workspace_id, "e0", "e1", "e2"))) == [True] * 3


async def test_connections_that_the_server_closed_are_dropped(sessions: Sessionmaker, workspace_id: UUID) -> None:
    writer = GroupWriter(sessions)
    assert await writer.write(part(some(workspace_id, "before"))) == [True]
    async with sessions() as session:
        await session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    assert await writer.write(part(some(workspace_id, "after"))) == [True]


async def test_whoever_stops_waiting_leaves_all_or_nothing(sessions: Sessionmaker, workspace_id: UUID) -> None:
    writer = GroupWriter(sessions)
    await record(sessions, some(workspace_id, "first"))
    async with sessions() as blocker, blocker.begin():
        await blocker.execute(text("LOCK TABLE usage_daily IN ACCESS EXCLUSIVE MODE"))
        gone = asyncio.create_task(writer.write(part(some(workspace_id, "a", "b"))))
        stays = asyncio.create_task(writer.write(part(some(workspace_id, "c"))))
        await asyncio.sleep(0.1)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
    assert await stays == [True]
    assert await stored(sessions, workspace_id) in ({"first", "c"}, {"first", "a", "b", "c"})
    assert writer.backlog_events == 0


async def test_stopping_refuses_what_is_new_and_writes_what_was_taken(
    sessions: Sessionmaker, workspace_id: UUID
) -> None:
    writer = GroupWriter(sessions, Limits(group_events=1))
    async with writer.running():
        waiting = [asyncio.create_task(writer.write(part(some(workspace_id, f"e{n}")))) for n in range(5)]
        await asyncio.sleep(0)
    assert await asyncio.gather(*waiting) == [[True]] * 5
    with pytest.raises(BacklogFull):
        await writer.write(part(some(workspace_id, "late")))
    async with writer.running():
        assert await writer.write(part(some(workspace_id, "again"))) == [True]


async def test_writers_of_the_same_ids_and_rows_never_dead_lock(sessions: Sessionmaker, workspace_id: UUID) -> None:
    writers = [GroupWriter(sessions, Limits(group_events=40)) for _ in range(2)]
    batches = [some(workspace_id, *(f"e{(n * 7 + m) % 60}" for m in range(20)), latency_ms=n) for n in range(12)]
    answers = await asyncio.gather(
        *(writers[n % 2].write(part(events if n % 3 else events[::-1])) for n, events in enumerate(batches))
    )
    assert sum(answer.count(True) for answer in answers) == 60
    async with sessions() as session:
        assert len(await rows(session, EventKey, workspace_id)) == 60
        assert sum(row["calls"] for row in await rows(session, HourlyUsage, workspace_id)) == 60
        found = await session.execute(text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
        assert found.scalar() == 0


async def test_a_fault_in_one_request_is_not_its_neighbours(
    sessions: Sessionmaker, workspace_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = queries.copy_events

    async def faulty(session: AsyncSession, events: Sequence[NewEvent], numbers: Numbers) -> None:
        if any(event.event_id == "fault" for event in events):
            raise RuntimeError("a fault of ours")
        await put(session, events, numbers)

    monkeypatch.setattr(queries, "copy_events", faulty)
    writer = GroupWriter(sessions)
    answers = await asyncio.gather(
        *(writer.write(part(some(workspace_id, event_id))) for event_id in ("a", "fault", "b")), return_exceptions=True
    )
    assert (answers[0], answers[2]) == ([True], [True])
    assert isinstance(answers[1], RuntimeError)
