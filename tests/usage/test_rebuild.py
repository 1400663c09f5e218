"""Rollups can be made anew from the events, to the same figures, digit for digit."""

import random
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.ids import new_id
from app.core.periods import Period, month_period
from app.usage.models import DailyUsage, HourlyUsage
from app.usage.queries.kinds import SAID
from app.usage.rules.events import NewEvent
from app.usage.service import rebuild_rollups, record
from tests.factories.ingest import make_event
from tests.usage.ledger import ROLLUPS, rows

Sessionmaker = async_sessionmaker[AsyncSession]
NOVEMBER = month_period("2023-11")


def a_call(workspace_id: UUID, dice: random.Random) -> NewEvent:
    """Any kind of call: priced, free, unpriced, reported, with every leaf, from several days."""
    usage: dict[str, Any] = {
        "input_tokens": dice.randrange(5000, 90_000),
        "output_tokens": dice.randrange(1000, 9000),
        "cache_read_tokens": dice.randrange(1000),
        "cache_write_1h_tokens": dice.randrange(1000),
        "reasoning_tokens": dice.randrange(900),
        "input_audio_tokens": dice.randrange(100),
    }
    models = [("openai", "gpt-4-0613"), ("openai", "gpt-3.5-turbo-1106"), ("anthropic", "claude-2.1"), ("x", "y")]
    provider, model = dice.choice(models)
    fields: dict[str, Any] = {
        "provider": provider,
        "model": model,
        "occurred_at": f"2023-11-{dice.randrange(1, 4):02}T{dice.randrange(24):02}:59:59.{dice.randrange(10**6):06}Z",
        "latency_ms": dice.choice([None, 0, dice.random() * 10_000]),
        "project": dice.choice([None, "a", "b"]),
        "environment": dice.choice([None, "prod"]),
        "http_status": dice.choice([None, 200, 500]),
        "reported_cost": dice.choice([None, None, "0", f"0.{dice.randrange(10**12):012}"]),
        "input_tokens": None,
        "output_tokens": None,
        "usage": dice.choice([None, usage, {"input_tokens": 7, "output_tokens": 1}]),
        "user": dice.choice([None, "ada", "bob", "(other)"]),
        "tags": dice.choice([None, {"team": "red"}, {"team": "blue", "user": "ada", "empty": ""}]),
    }
    return make_event(workspace_id, key_id=dice.choice([None, UUID(int=7)]), **fields)


async def test_rebuilt_rollups_are_the_same_in_every_row_and_column(
    sessionmaker: Sessionmaker, session: AsyncSession
) -> None:
    dice = random.Random(2023)  # noqa: S311 - the same calls in every run
    workspace_id, neighbour = new_id(), new_id()
    for size in (1, 150, 40, 9):
        await record(sessionmaker, [a_call(owner, dice) for owner in (workspace_id, neighbour) for _ in range(size)])
    written = {owner: [await rows(session, table, owner) for table in ROLLUPS] for owner in (workspace_id, neighbour)}
    assert {row["price_state"] for row in written[workspace_id][0]} == {"priced", "free", "unpriced"}
    await session.execute(update(HourlyUsage).values(calls=0, cost=1, last_event_at=datetime(2000, 1, 1, tzinfo=UTC)))
    await session.execute(text("DELETE FROM usage_daily WHERE model = 'y'"))
    await session.execute(text("UPDATE latency_daily SET calls = calls + 1"))
    await session.execute(text("UPDATE usage_tags_daily SET calls = 0, cost = cost + 1"))
    for owner in (workspace_id, neighbour):
        await rebuild_rollups(session, owner, NOVEMBER)
        assert [await rows(session, table, owner) for table in ROLLUPS] == written[owner]


async def test_rollups_agree_with_sums_over_the_events(sessionmaker: Sessionmaker, session: AsyncSession) -> None:
    dice = random.Random(17)  # noqa: S311 - the same calls in every run
    workspace_id = new_id()
    await record(sessionmaker, [a_call(workspace_id, dice) for _ in range(120)])
    of_events = await session.execute(
        text(
            f"SELECT count(*), sum(cost), sum({SAID['list_cost']}),"  # noqa: S608 - constants
            " sum((SELECT sum(value::bigint) FROM jsonb_each_text(meters))),"
            " sum(fresh_tokens), sum(visible_tokens), max(occurred_at), max(recorded_at) FROM events"
        )
    )
    of_rollups = await session.execute(
        text(
            "SELECT sum(calls), sum(cost), sum(list_cost), sum(fresh_tokens + cache_read_tokens + cache_write_tokens"
            " + visible_tokens + reasoning_tokens) FROM usage_hourly"
        )
    )
    calls, cost, list_cost, in_meters, *_ = of_events.one()
    homes = await session.execute(
        text(
            "SELECT sum(coalesce(fresh_tokens, 0) + coalesce(cache_read_tokens, 0) + coalesce(cache_write_tokens, 0)"
            " + coalesce(visible_tokens, 0) + coalesce(reasoning_tokens, 0)) FROM events"
        )
    )
    assert of_rollups.one() == (calls, cost, list_cost, in_meters + homes.scalar_one())


async def test_a_rebuild_leaves_other_days_alone(sessionmaker: Sessionmaker, session: AsyncSession) -> None:
    workspace_id = new_id()
    await record(
        sessionmaker, [make_event(workspace_id, occurred_at=f"2023-11-{day}T12:00:00Z") for day in (14, 15, 16)]
    )
    await session.execute(text("UPDATE usage_daily SET calls = 9"))
    noon = datetime(2023, 11, 15, 12, tzinfo=UTC)
    await rebuild_rollups(session, workspace_id, Period(noon, noon.replace(hour=13)))
    assert [row["calls"] for row in await rows(session, DailyUsage, workspace_id)] == [9, 1, 9]
