"""Sums by customer and tag: every call once under each of its tags, in a row of its own value or under `(other)`."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.ids import new_id
from app.core.periods import month_period
from app.usage import service
from app.usage.models import DailyTagUsage, TagDay
from app.usage.rules import tags
from app.usage.rules.tags import KnownValues, Memory, stored
from app.usage.service import forget, rebuild_rollups, record
from tests.factories.analytics import make_call
from tests.usage.ledger import rows

Sessionmaker = async_sessionmaker[AsyncSession]
NOON = datetime(2023, 11, 16, 12, tzinfo=UTC)
NOVEMBER = month_period("2023-11")
Sums = dict[tuple[str, str], tuple[int, str | None]]


@pytest.fixture
def _three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tags, "MAX_VALUES", 3)


def call(workspace_id: UUID, user: str | None = None, tagged: str | None = None, cost: str | None = "1") -> Any:
    return make_call(workspace_id, NOON, cost, user_ref=user, tags=tagged)


async def sums(session: AsyncSession, workspace_id: UUID) -> Sums:
    """Calls and cost by tag and value."""
    found: Sums = {}
    for row in await rows(session, DailyTagUsage, workspace_id):
        assert (row["tag"], row["value"]) not in found
        found[row["tag"], row["value"]] = (row["calls"], row["cost"])
    return found


async def test_a_call_counts_once_under_its_customer_and_each_of_its_tags(
    sessionmaker: Sessionmaker, session: AsyncSession
) -> None:
    workspace_id = new_id()
    calls = [
        call(workspace_id, "ada", '{"team": "red", "step": "2"}', "0.10"),
        call(workspace_id, "ada", '{"team": "blue"}', "0.2"),
        call(workspace_id, None, '{"team": "red", "note": ""}', "0.50"),
        call(workspace_id),
    ]
    await record(sessionmaker, calls)
    assert await record(sessionmaker, [calls[1], call(workspace_id, "bob", cost="0.3")]) == [False, True]
    assert await sums(session, workspace_id) == {
        ("user", "ada"): (2, "0.3"),
        ("user", "bob"): (1, "0.3"),
        ("tag.team", "red"): (2, "0.6"),
        ("tag.team", "blue"): (1, "0.2"),
        ("tag.step", "2"): (1, "0.1"),
    }


async def test_an_own_tag_called_user_is_not_the_customer(sessionmaker: Sessionmaker, session: AsyncSession) -> None:
    workspace_id = new_id()
    await record(sessionmaker, [call(workspace_id, "ada", '{"user": "bob", "tag.user": "eve"}')])
    assert set(await sums(session, workspace_id)) == {("user", "ada"), ("tag.user", "bob"), ("tag.tag.user", "eve")}


@pytest.mark.usefixtures("_three")
async def test_what_does_not_fit_is_counted_under_other(sessionmaker: Sessionmaker, session: AsyncSession) -> None:
    workspace_id = new_id()
    await record(sessionmaker, [call(workspace_id, user, cost="2") for user in "abc"])
    await record(sessionmaker, [call(workspace_id, user) for user in "adec"])
    await record(sessionmaker, [call(workspace_id, user) for user in "fd"])
    assert await sums(session, workspace_id) == {
        ("user", "a"): (2, "3"),
        ("user", "b"): (1, "2"),
        ("user", "c"): (2, "3"),
        ("user", "(other)"): (4, "4"),
    }


@pytest.mark.usefixtures("_three")
async def test_one_write_that_brings_too_many_fills_what_room_there_is(
    sessionmaker: Sessionmaker, session: AsyncSession
) -> None:
    workspace_id = new_id()
    await record(sessionmaker, [call(workspace_id, user) for user in "edcba"])
    found = await sums(session, workspace_id)
    assert {value: calls for (_, value), (calls, _) in found.items()} == {"a": 1, "b": 1, "c": 1, "(other)": 2}


async def test_a_value_that_reads_other_is_told_apart(sessionmaker: Sessionmaker, session: AsyncSession) -> None:
    workspace_id = new_id()
    await record(sessionmaker, [call(workspace_id, user) for user in ("(other)", "\\(other)", "no (other)")])
    assert {value for _, value in await sums(session, workspace_id)} == {"\\(other)", "\\\\(other)", "no (other)"}


@pytest.mark.parametrize("value", ["ada", "(none)", "\\", "(other) "])
def test_any_other_value_is_kept_as_it_is(value: str) -> None:
    assert stored(value) == value


@pytest.mark.usefixtures("_three")
async def test_a_process_that_knows_nothing_learns_from_the_rows(
    sessionmaker: Sessionmaker, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace_id = new_id()
    for users in ("ab", "bcd", "ce", "eb"):
        monkeypatch.setattr(service, "_known_values", {})
        await record(sessionmaker, [call(workspace_id, user) for user in users])
    found = await sums(session, workspace_id)
    assert {value: calls for (_, value), (calls, _) in found.items()} == {"a": 1, "b": 3, "c": 2, "(other)": 3}


@pytest.mark.usefixtures("_three")
async def test_a_write_that_fails_is_not_remembered(sessionmaker: Sessionmaker, session: AsyncSession) -> None:
    workspace_id = new_id()

    async def fail(*_: object) -> None:
        raise ValueError("later in the transaction")

    with pytest.raises(ValueError, match="later"):
        await record(sessionmaker, [call(workspace_id, user) for user in "abcd"], fail)
    await record(sessionmaker, [call(workspace_id, user) for user in "xyz"])
    assert set(await sums(session, workspace_id)) == {("user", "x"), ("user", "y"), ("user", "z")}


@pytest.mark.usefixtures("_three")
async def test_a_rebuild_keeps_the_rows_that_values_have(sessionmaker: Sessionmaker, session: AsyncSession) -> None:
    workspace_id = new_id()
    for users in ("xyz", "abcx", "bz"):
        await record(sessionmaker, [call(workspace_id, user, '{"team": "red"}', "0.10") for user in users])
    written = await rows(session, DailyTagUsage, workspace_id), await rows(session, TagDay, workspace_id)
    await session.execute(text("UPDATE usage_tags_daily SET calls = 0"))
    await rebuild_rollups(session, workspace_id, NOVEMBER)
    assert (await rows(session, DailyTagUsage, workspace_id), await rows(session, TagDay, workspace_id)) == written


@pytest.mark.usefixtures("_three")
async def test_a_rebuild_from_nothing_holds_every_call_once(
    sessionmaker: Sessionmaker, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.usage.tagging.BUNDLES_AT_A_TIME", 2)
    workspace_id = new_id()
    await record(sessionmaker, [call(workspace_id, user) for user in "abcdefga"])
    await session.execute(text("DELETE FROM usage_tags_daily"))
    await session.execute(text("DELETE FROM tag_days"))
    await rebuild_rollups(session, workspace_id, NOVEMBER)
    found = await sums(session, workspace_id)
    assert len(found) == 4
    assert sum(calls for calls, _ in found.values()) == 8
    assert [(row["counted"], row["is_full"]) for row in await rows(session, TagDay, workspace_id)] == [(3, True)]


async def test_deleting_a_workspaces_calls_deletes_their_tags(
    sessionmaker: Sessionmaker, session: AsyncSession
) -> None:
    workspace_id, neighbour = new_id(), new_id()
    await record(sessionmaker, [call(owner, "ada") for owner in (workspace_id, neighbour)])
    await forget(session, workspace_id)
    assert await rows(session, DailyTagUsage, workspace_id) == []
    assert await rows(session, TagDay, workspace_id) == []
    assert len(await rows(session, DailyTagUsage, neighbour)) == 1


def test_a_memory_forgets_the_days_it_used_least() -> None:
    memory = Memory(limit=6)
    days = [tags.TagDay(UUID(int=number), NOON, "user") for number in range(3)]
    memory.learn({days[0]: KnownValues({"a", "b"})}, {days[1]: KnownValues({"a"})})
    assert memory.recall(days[0]) == KnownValues({"a", "b"})
    memory.learn({days[2]: KnownValues({"a"})})
    assert [day for day in days if memory.recall(day)] == [days[0], days[2]]
    memory.learn({days[2]: KnownValues({"b"}, is_full=True)})
    assert memory.recall(days[2]) == KnownValues({"a", "b"}, is_full=True)
    memory.forget()
    assert memory.recall(days[2]) is None
