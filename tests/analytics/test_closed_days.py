"""Days that are over are added up once; every answer is the same with them as without."""

import json
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.periods import Period
from app.usage import service as usage
from app.usage import tagging
from app.usage.closing import close_days, close_reopened, is_reopened
from app.usage.models import DailyTagTotal, MonthlyTagUsage, ReopenedMonth, TagMonth
from app.usage.rebuilding import rebuild
from app.usage.rules import tags
from app.usage.rules.rebuilding import Order
from app.usage.rules.tags import TagRollups
from app.workspaces.models import Workspace
from tests.analytics.conftest import Ask, Record
from tests.factories.analytics import make_call
from tests.usage.ledger import rows

Sessionmaker = async_sessionmaker[AsyncSession]
DECEMBER = datetime(2023, 12, 1, tzinfo=UTC)
MIDDLE = datetime(2023, 11, 16, 5, tzinfo=UTC)
CLOSED = (TagMonth, MonthlyTagUsage, DailyTagTotal)
WHOLE = {"from": "2023-10-01", "to": "2023-12-01"}
COPY = (
    "INSERT INTO usage_tags_monthly SELECT workspace_id, start, tag, 'eve', 1, 0, 0, 0, 0, 0, 0, 1, 0, 4 "
    "FROM usage_tags_monthly"
)
PART = {"from": "2023-10-20", "to": "2023-11-10"}


def calls_of(workspace: Workspace, number: int = 300) -> list[Any]:
    dice = random.Random(5)  # noqa: S311 - the same calls in every run

    def call() -> Any:
        at = datetime(2023, 10, 1, tzinfo=UTC) + timedelta(minutes=dice.randrange(61 * 24 * 60))
        cost = dice.choice([None, "0", "0.10", "1.25", "3"])
        user = dice.choice([None, *(f"user {n % 9}" if n < 20 else f"user {n}" for n in range(40))])
        own = {"team": dice.choice(["red", "blue", ""]), "step": str(dice.randrange(30))}
        return make_call(
            workspace.id,
            at,
            cost,
            user_ref=user,
            tags=json.dumps(own) if dice.random() < 0.7 else None,
            list_cost=Decimal("0.5") if dice.random() < 0.3 else None,
            status=dice.choice(["ok", "ok", "error"]),
            capacity=dice.choice([None, None, "ptu"]),
            counts={"input.fresh.text": dice.randrange(99), "output.visible.text": dice.randrange(99)},
        )

    return [call() for _ in range(number)]


async def answers(ask: Ask) -> list[Any]:
    """To every question that tags are read for."""
    found = []
    for split in ({"by": "user"}, {"by": "tag", "tag": "step"}, {"by": "status", "user": "user 3"}):
        found += [await ask("breakdown", month=month, **split) for month in ("2023-10", "2023-11")]
    found.append(await ask("breakdown", month="2023-11", by="capacity", **{"tag.team": ""}))
    for period in (WHOLE, PART):
        for split in ({"group_by": "user"}, {"group_by": "tag", "tag": "team"}, {"user": ""}, {"tag.team": "red"}):
            found += [await ask("trend", **period, granularity=size, **split) for size in ("day", "month")]
        found.append(await ask("tags", **period))
    return found


async def closed(session: AsyncSession, workspace: Workspace) -> list[Any]:
    return [await rows(session, table, workspace.id) for table in CLOSED]


async def test_every_answer_is_the_same_with_closed_days_as_without(
    ask: Ask, sessionmaker: Sessionmaker, session: AsyncSession, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tags, "MAX_VALUES", 6)
    await usage.record(sessionmaker, calls_of(workspace))
    open_ = await answers(ask)
    assert await close_days(sessionmaker, MIDDLE)
    assert [row["until"].day for row in await rows(session, TagMonth, workspace.id)] == [1, 16]
    assert await answers(ask) == open_
    assert await close_days(sessionmaker, DECEMBER + timedelta(days=3))
    assert await answers(ask) == open_
    step_by_step = await closed(session, workspace)
    await session.execute(text("DELETE FROM tag_months"))
    assert await close_days(sessionmaker, DECEMBER + timedelta(days=3))
    assert await closed(session, workspace) == step_by_step
    # they are really what is read
    await session.execute(text("UPDATE usage_tags_monthly SET calls = calls + 1"))
    assert await answers(ask) != open_


async def test_a_day_is_closed_two_hours_after_its_end(
    record: Record, sessionmaker: Sessionmaker, session: AsyncSession, workspace: Workspace
) -> None:
    await record(MIDDLE, user_ref="ada")
    await close_days(sessionmaker, MIDDLE + timedelta(hours=20, minutes=59))
    assert await rows(session, TagMonth, workspace.id) == []
    await close_days(sessionmaker, MIDDLE + timedelta(hours=21))
    assert [row["until"].day for row in await rows(session, TagMonth, workspace.id)] == [17]


async def test_whoever_changes_a_closed_day_reopens_its_month(
    ask: Ask, record: Record, sessionmaker: Sessionmaker, session: AsyncSession, workspace: Workspace
) -> None:
    async def cost_of_ada() -> str:
        found = (await ask("breakdown", month="2023-11", by="user"))["rows"]
        return str(next(row["cost"] for row in found if row["key"] == "ada"))

    async def months() -> list[int]:
        await close_days(sessionmaker, DECEMBER)
        return [row["start"].month for row in await rows(session, TagMonth, workspace.id)]

    call = make_call(workspace.id, MIDDLE, "4", user_ref="ada")
    await usage.record(sessionmaker, [call])
    await record(MIDDLE - timedelta(days=30), user_ref="bob")
    assert await months() == [10, 11]
    await record(MIDDLE, "2", user_ref="ada")
    assert [row["start"].month for row in await rows(session, TagMonth, workspace.id)] == [10]
    assert await cost_of_ada() == "6"

    assert await months() == [10, 11]
    moves = TagRollups()
    moves.remove(call)
    await tagging.move(session, moves)
    await session.commit()
    assert await cost_of_ada() == "2"

    assert await months() == [10, 11]
    await usage.rebuild_rollups(session, workspace.id, Period(MIDDLE, MIDDLE + timedelta(days=1)))
    await session.commit()
    assert await cost_of_ada() == "6"

    assert await months() == [10, 11]
    await usage.forget(session, workspace.id)
    assert await closed(session, workspace) == [[], [], []]


async def test_a_month_that_was_reopened_is_closed_again_once_however_many_calls_came_late(
    record: Record, sessionmaker: Sessionmaker, session: AsyncSession, workspace: Workspace
) -> None:
    async def reopened() -> list[int]:
        return [row["start"].month for row in await rows(session, ReopenedMonth, workspace.id)]

    await record(MIDDLE, user_ref="ada")
    await record(MIDDLE - timedelta(days=30), user_ref="bob")
    await close_days(sessionmaker, DECEMBER)
    assert await reopened() == []
    for _ in range(3):
        await record(MIDDLE, user_ref="ada")
    assert await reopened() == [11]
    # more may come
    assert not await is_reopened(sessionmaker)
    assert await close_reopened(sessionmaker, DECEMBER)
    assert await reopened() == [11]

    await session.execute(text("UPDATE reopened_months SET reopened_at = reopened_at - interval '2 minutes'"))
    await session.commit()
    assert await is_reopened(sessionmaker)
    assert await close_reopened(sessionmaker, DECEMBER)
    assert await reopened() == []
    assert [row["start"].month for row in await rows(session, TagMonth, workspace.id)] == [10, 11]
    assert [row["calls"] for row in await rows(session, MonthlyTagUsage, workspace.id)] == [1, 4]


@pytest.fixture
def no_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    async def in_the_middle_of_a_transaction(_session: AsyncSession) -> None:
        """As tests are."""

    monkeypatch.setattr("app.usage.queries.snapshot", in_the_middle_of_a_transaction)


@pytest.mark.usefixtures("no_snapshot")
async def test_what_was_closed_is_made_anew_where_rollups_are(
    record: Record, sessionmaker: Sessionmaker, session: AsyncSession, workspace: Workspace
) -> None:
    await record(MIDDLE, user_ref="ada")
    await close_days(sessionmaker, DECEMBER)
    right = await closed(session, workspace)
    await session.execute(text("UPDATE usage_tags_monthly SET calls = calls + 1"))
    await session.execute(text("DELETE FROM usage_tag_totals"))
    await session.commit()
    done = await rebuild(sessionmaker, Order(workspace.id, None, None, is_check=False))
    assert done.differences == {"2023-11": 2}
    await close_days(sessionmaker, DECEMBER)
    assert await closed(session, workspace) == right


@pytest.mark.parametrize(
    ("falsify", "found"),
    [
        ("UPDATE usage_tags_monthly SET calls = calls + 1 WHERE value = 'ada'", {"2023-11": 1}),
        ("UPDATE usage_tags_monthly SET cost = cost + 0.00 WHERE value = 'ada'", {"2023-11": 1}),
        ("UPDATE usage_tags_monthly SET list_cost = 1 WHERE value = 'bob'", {"2023-10": 1}),
        ("DELETE FROM usage_tag_totals WHERE start < '2023-11-01'", {"2023-10": 1}),
        (f"{COPY} WHERE value = 'ada'", {"2023-11": 1}),
        ("DELETE FROM usage_tags_daily WHERE start > '2023-11-01'", {"2023-11-16": 1, "2023-11": 2}),
        ("SELECT 1", {}),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("no_snapshot")
async def test_a_check_finds_what_of_closed_days_is_not_what_their_days_add_up_to(
    record: Record, sessionmaker: Sessionmaker, session: AsyncSession, workspace: Workspace, falsify: str, found: Any
) -> None:
    await record(MIDDLE, "4", user_ref="ada")
    await record(MIDDLE - timedelta(days=30), user_ref="bob")
    await close_days(sessionmaker, DECEMBER)
    await session.execute(text(falsify))
    await session.commit()
    falsified = await closed(session, workspace)
    done = await rebuild(sessionmaker, Order(workspace.id, None, None, is_check=True))
    assert done.is_done
    assert done.differences == found
    assert await closed(session, workspace) == falsified
