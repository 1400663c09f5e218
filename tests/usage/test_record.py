"""Each call once, with its rollups, or not at all."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.ids import new_id
from app.usage import queries
from app.usage.models import DailyUsage, Event, HourlyUsage
from app.usage.service import record
from tests.factories.ingest import make_event
from tests.usage.ledger import everything, rows

Sessionmaker = async_sessionmaker[AsyncSession]
MORNING, NEXT_HOUR, NEXT_DAY = "2023-11-16T09:10:00Z", "2023-11-16T10:00:00Z", "2023-11-17T00:00:00Z"


@pytest.fixture
def workspace_id() -> UUID:
    return new_id()


async def test_calls_of_one_hour_add_up(sessionmaker: Sessionmaker, session: AsyncSession, workspace_id: UUID) -> None:
    events = [make_event(workspace_id, occurred_at=at) for at in (MORNING, MORNING, NEXT_HOUR, NEXT_DAY)]
    assert await record(sessionmaker, events) == [True] * 4
    hours = await rows(session, HourlyUsage, workspace_id)
    assert [(row["start"].hour, row["calls"], row["cost"]) for row in hours] == [
        (9, 2, "0.120000"),
        (10, 1, "0.060000"),
        (0, 1, "0.060000"),
    ]
    days = await rows(session, DailyUsage, workspace_id)
    assert [(row["calls"], row["fresh_tokens"], row["visible_tokens"]) for row in days] == [
        (3, 3000, 1500),
        (1, 1000, 500),
    ]


async def test_a_later_write_adds_to_the_same_rows(
    sessionmaker: Sessionmaker, session: AsyncSession, workspace_id: UUID
) -> None:
    early = datetime(2026, 11, 1, tzinfo=UTC)
    await record(sessionmaker, [make_event(workspace_id, occurred_at=NEXT_HOUR, now=early)])
    await record(sessionmaker, [make_event(workspace_id, occurred_at="2023-11-16T10:59:59.999999Z")])
    await record(sessionmaker, [make_event(workspace_id, occurred_at="2023-11-16T10:30:00Z", now=early)])
    (row,) = await rows(session, HourlyUsage, workspace_id)
    assert (row["calls"], Decimal(row["cost"])) == (3, Decimal("0.18"))
    assert row["last_event_at"] == datetime(2023, 11, 16, 10, 59, 59, 999999, tzinfo=UTC)
    assert row["last_recorded_at"] > early


async def test_every_dimension_has_a_row_of_its_own(
    sessionmaker: Sessionmaker, session: AsyncSession, workspace_id: UUID
) -> None:
    different: list[dict[str, Any]] = [
        {},
        {"provider": "azure"},
        {"model": "gpt-3.5-turbo-1106"},
        {"project": "a"},
        {"environment": "prod"},
        {"status": "error"},
        {"model": "unheard-of"},
    ]
    await record(sessionmaker, [make_event(workspace_id, **fields) for fields in different])
    await record(sessionmaker, [make_event(workspace_id, key_id=new_id())])
    assert len(await rows(session, DailyUsage, workspace_id)) == len(different) + 1


async def test_unpriced_calls_have_no_cost_and_never_change_another(
    sessionmaker: Sessionmaker, session: AsyncSession, workspace_id: UUID
) -> None:
    await record(sessionmaker, [make_event(workspace_id), make_event(workspace_id, model="unheard-of")])
    await record(sessionmaker, [make_event(workspace_id, model="unheard-of")])
    known, unknown = await rows(session, DailyUsage, workspace_id)
    assert (known["calls"], known["price_state"], known["cost"]) == (1, "priced", "0.060000")
    assert (unknown["calls"], unknown["price_state"], unknown["unpriced_reason"], unknown["cost"]) == (
        2,
        "unpriced",
        "unknown_model",
        None,
    )


async def test_the_list_cost_covers_the_calls_that_have_one(
    sessionmaker: Sessionmaker, session: AsyncSession, workspace_id: UUID
) -> None:
    for model in ("unheard-of", "gpt-4-0613", "unheard-of"):
        await record(sessionmaker, [make_event(workspace_id, model=model, reported_cost="0.01")])
    known, unknown = await rows(session, DailyUsage, workspace_id)
    assert (known["cost"], known["list_cost"]) == ("0.01", "0.060000")
    assert (unknown["cost"], unknown["list_cost"]) == ("0.02", None)


async def test_a_repeat_changes_nothing_whatever_it_says(
    sessionmaker: Sessionmaker, session: AsyncSession, workspace_id: UUID
) -> None:
    await record(sessionmaker, [make_event(workspace_id, event_id="a", latency_ms=5)])
    before = await everything(session, workspace_id)
    repeats = [
        make_event(workspace_id, event_id="a"),
        make_event(workspace_id, event_id="a", occurred_at="2024-02-01T00:00:00Z", input_tokens=9, latency_ms=9),
        make_event(workspace_id, event_id="a", occurred_at=None, model="other"),
    ]
    assert await record(sessionmaker, repeats) == [False, False, False]
    assert await record(sessionmaker, repeats[:1]) == [False]
    assert await everything(session, workspace_id) == before


async def test_the_first_of_a_repeat_within_one_write_counts(
    sessionmaker: Sessionmaker, session: AsyncSession, workspace_id: UUID
) -> None:
    events = [make_event(workspace_id, event_id=name, model=name) for name in ("a", "b")]
    events.insert(1, make_event(workspace_id, event_id="a", model="late"))
    assert await record(sessionmaker, events) == [True, False, True]
    assert {row["model"] for row in await rows(session, Event, workspace_id)} == {"a", "b"}


async def test_the_same_id_in_two_workspaces_is_two_calls_even_in_one_write(
    sessionmaker: Sessionmaker, session: AsyncSession, workspace_id: UUID
) -> None:
    other = new_id()
    events = [make_event(owner, event_id="a") for owner in (workspace_id, other, workspace_id)]
    assert await record(sessionmaker, events) == [True, True, False]
    for owner in (workspace_id, other):
        (row,) = await rows(session, HourlyUsage, owner)
        assert row["calls"] == 1


async def test_nothing_to_write_touches_nothing() -> None:
    def no_session() -> AsyncSession:
        raise AssertionError("no session is needed")

    assert await record(no_session, []) == []


async def test_a_fault_in_the_rollups_leaves_nothing_behind(
    sessionmaker: Sessionmaker, session: AsyncSession, workspace_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(session: AsyncSession, _: object) -> None:
        await session.execute(text("SELECT 1 / 0"))

    event = make_event(workspace_id, latency_ms=3)
    with monkeypatch.context() as patch:
        patch.setattr(queries, "add_latency", fail)
        with pytest.raises(Exception, match="division by zero"):
            await record(sessionmaker, [event])
    assert not any((await everything(session, workspace_id)).values())
    assert await record(sessionmaker, [event]) == [True]


async def test_months_are_made_on_demand(sessionmaker: Sessionmaker, session: AsyncSession, workspace_id: UUID) -> None:
    instants = [
        "2000-01-01T00:00:00Z",
        "2011-02-28T23:59:59.999999Z",
        "2011-03-01T00:00:00Z",
        "2011-12-31T23:00:00-05:00",
    ]
    assert await record(sessionmaker, [make_event(workspace_id, occurred_at=at) for at in instants]) == [True] * 4
    found = await session.execute(text("SELECT tableoid::regclass::text FROM events ORDER BY occurred_at"))
    assert found.scalars().all() == ["events_2000_01", "events_2011_02", "events_2011_03", "events_2012_01"]


async def test_a_dropped_month_is_made_again(
    sessionmaker: Sessionmaker, session: AsyncSession, workspace_id: UUID
) -> None:
    await record(sessionmaker, [make_event(workspace_id, occurred_at="2012-05-01T00:00:00Z")])
    await session.execute(text("DROP TABLE events_2012_05"))
    await session.commit()
    again = [make_event(workspace_id, occurred_at=f"2012-{month}-02T00:00:00Z") for month in ("05", "06")]
    assert await record(sessionmaker, again) == [True, True]
    assert len(await rows(session, Event, workspace_id)) == 2
