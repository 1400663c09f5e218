"""What many calls say alike is kept once, and every call still says all of it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core import migrations
from app.core.database import make_engine, make_sessionmaker
from app.core.ids import new_id
from app.core.periods import Period
from app.usage import kinds
from app.usage.models import CallKind, DailyUsage, Event
from app.usage.queries import kinds as kind_queries
from app.usage.rules.kinds import Kind, number_of
from app.usage.service import rebuild_rollups, record
from tests.factories.analytics import make_call

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
Sessions = async_sessionmaker[AsyncSession]
# cost, list cost, contracted cost: digits count, and None is not nothing
AMOUNTS: dict[str, tuple[str | None, str | None, str | None]] = {
    "all one": ("0.10", "0.10", "0.10"),
    "idle zeros": ("0.10", "0.100", "0.1"),
    "agreed": ("0.08", "0.10", "0.08"),
    "reported": ("0.07", "0.10", None),
    "unlisted": ("0.07", None, None),
    "unpriced": (None, None, None),
    "half priced": (None, "0.10", "0.09"),
    "free": ("0", "0", "0"),
}
SAID = ("usage_status", "convention", "price_version", "cost", "list_cost", "contracted_cost", "priced_as")


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _calls(workspace_id: UUID, **fields: Any) -> list[Any]:
    return [
        make_call(
            workspace_id,
            NOON,
            cost,
            event_id=name,
            list_cost=_decimal(listed),
            contracted_cost=_decimal(agreed),
            **fields,
        )
        for name, (cost, listed, agreed) in AMOUNTS.items()
    ]


async def _said(sessions: Sessions, workspace_id: UUID) -> dict[str, tuple[str, ...]]:
    columns = [getattr(Event, name) for name in ("event_id", *SAID)]
    async with sessions() as session:
        found = await session.execute(select(*columns).where(Event.workspace_id == workspace_id))
    return {row[0]: tuple(map(str, row[1:])) for row in found}


def _told(calls: list[Any]) -> dict[str, tuple[str, ...]]:
    return {call.event_id: tuple(str(getattr(call, name)) for name in SAID) for call in calls}


@pytest.mark.parametrize("convention", ["openai_chat", "", None])
async def test_a_call_says_to_the_digit_what_it_leaves_out(sessionmaker: Sessions, convention: str | None) -> None:
    workspace_id = new_id()
    calls = _calls(workspace_id, convention=convention)
    await record(sessionmaker, calls)
    assert await _said(sessionmaker, workspace_id) == _told(calls)
    async with sessionmaker() as session:
        kept = (await session.execute(select(Event.kept_price_version, Event.kind))).all()
        assert {row.kept_price_version for row in kept} == {None}
        assert all(row.kind is not None for row in kept)
        assert await session.scalar(select(func.count()).select_from(CallKind)) == 1


async def test_the_same_kind_of_another_workspace_is_its_own(sessionmaker: Sessions) -> None:
    owners = [new_id(), new_id()]
    for owner in owners:
        await record(sessionmaker, _calls(owner))
    async with sessionmaker() as session:
        kept = (await session.execute(select(CallKind.workspace_id, CallKind.number))).all()
    assert sorted(row.workspace_id for row in kept) == sorted(owners)
    assert len({row.number for row in kept}) == 1


async def test_kinds_whose_numbers_are_the_same_are_told_apart(
    sessionmaker: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kind_queries, "number_of", lambda _: 8)
    workspace_id = new_id()
    calls = _calls(workspace_id, price_version="one")
    others = [make_call(workspace_id, NOON, event_id=f"other {n}", price_version=f"v{n}") for n in range(3)]
    await record(sessionmaker, calls)
    await record(sessionmaker, others)
    assert await _said(sessionmaker, workspace_id) == _told(calls + others)


async def test_what_a_process_knows_is_learned_again_when_it_forgets(
    sessionmaker: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kinds, "MOST", 1)
    workspace_id = new_id()
    calls = [make_call(workspace_id, NOON, event_id=f"{n}", price_version=f"v{n % 4}") for n in range(12)]
    for call in calls:
        await record(sessionmaker, [call])
    assert await _said(sessionmaker, workspace_id) == _told(calls)


def test_a_number_leaves_two_bits_free_and_fits_its_column() -> None:
    for n in range(1_000):
        number = number_of(Kind(new_id(), "final", "openai_chat", f"v{n}"))
        assert number & 3 == 0
        assert -(2**31) <= number < 2**31


async def test_sums_made_anew_count_the_amounts_that_are_left_out(sessionmaker: Sessions) -> None:
    workspace_id = new_id()
    await record(sessionmaker, _calls(workspace_id))
    wanted = select(DailyUsage.price_state, DailyUsage.cost, DailyUsage.list_cost).order_by(DailyUsage.price_state)
    async with sessionmaker() as session, session.begin():
        before = [tuple(map(str, row)) for row in await session.execute(wanted)]
        await rebuild_rollups(session, workspace_id, Period(NOON, NOON + timedelta(hours=1)))
        assert [tuple(map(str, row)) for row in await session.execute(wanted)] == before


def _to(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations.ROOT / "migrations"))
    config.attributes["connection"] = connection
    command.downgrade(config, revision)


async def test_calls_of_before_an_upgrade_say_what_they_said_and_so_they_do_on_the_way_back(bare_database: str) -> None:
    await migrations.upgrade_async(bare_database)
    engine = make_engine(bare_database, pooled=True)
    sessions, workspace_id = make_sessionmaker(engine), new_id()
    calls = _calls(workspace_id, convention=None)
    await record(sessions, calls)
    async with engine.begin() as connection:
        await connection.run_sync(_to, "0014")
        columns = ", ".join((*SAID[:-1], "event_id", "recorded_at"))
        plain = (await connection.execute(text(f"SELECT {columns} FROM events"))).all()  # noqa: S608 - constants
        keys = (await connection.execute(text("SELECT recorded_at FROM event_keys"))).scalars().all()
    assert {row.event_id: (*map(str, row[:-2]), "None") for row in plain} == _told(calls)
    assert set(keys) == {row.recorded_at for row in plain}
    await migrations.upgrade_async(bare_database)
    await engine.dispose()
    engine = make_engine(bare_database, pooled=True)
    sessions = make_sessionmaker(engine)
    after = [make_call(workspace_id, NOON, event_id="after", convention="gemini")]
    await record(sessions, after)
    assert await record(sessions, calls) == [False] * len(calls)
    assert await _said(sessions, workspace_id) == _told(calls + after)
    await engine.dispose()
