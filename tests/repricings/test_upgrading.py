"""A database with calls from before there were sums by customer and tag: they are made beside the running service."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core import migrations
from app.core.database import make_engine, make_sessionmaker
from app.core.ids import new_id
from app.core.periods import Period, utc_now
from app.repricings import service
from app.repricings.rules import Status
from app.usage import changing, queries, rebuilding
from app.usage.changing import Stretch
from app.usage.errors import LedgerUnavailable, SumsPending
from app.usage.housekeeping import keep_house
from app.usage.models import DailyTagUsage
from app.usage.rules.changing import Change, Selection
from app.usage.rules.rebuilding import Order, Progress
from app.usage.service import forget, rebuild_rollups, record
from tests.factories.analytics import make_call
from tests.repricings.conftest import ledger, sums_and_rebuilt
from tests.repricings.test_worker import Shop
from tests.usage.ledger import rows

BEFORE = "0007"
OLD_DAY = datetime(2023, 11, 2, 12, tzinfo=UTC)
NEW_DAY = datetime(2023, 11, 20, 12, tzinfo=UTC)
WORKSPACE = "INSERT INTO workspaces (id, name, slug, created_at) VALUES (:id, 'Acme', 'acme', '2023-11-01 00:00Z')"
# sixty calls of three days, as the version before wrote them
CALLS = """
INSERT INTO events (workspace_id, occurred_at, event_key, recorded_at, event_id, provider, model, status, fresh_tokens,
    visible_tokens, usage_status, price_state, cost, list_cost, price_version, user_ref, tags)
SELECT :of, timestamptz '2023-11-01 10:00Z' + n % 3 * interval '1 day', gen_random_uuid(), '2023-11-04 00:00Z', n::text,
    'openai', 'gpt-4-0613', 'ok', n, 1, 'complete', 'priced', n * 0.010, n * 0.010, 'old',
    CASE n % 4 WHEN 0 THEN NULL WHEN 1 THEN 'ada' ELSE 'bob' END, CASE n % 2 WHEN 0 THEN '{"team": "red"}'::jsonb END
FROM generate_series(1, 60) AS n
"""
KEYS = "INSERT INTO event_keys SELECT workspace_id, event_key, occurred_at, recorded_at FROM events"
SUMS = """
INSERT INTO {table} (workspace_id, start, provider, model, project, environment, api_key_id, status, price_state,
    unpriced_reason, capacity, calls, fresh_tokens, cache_read_tokens, cache_write_tokens, visible_tokens,
    reasoning_tokens, cost, list_cost, last_event_at, last_recorded_at)
SELECT workspace_id, date_trunc('{size}', occurred_at, 'UTC'), provider, model, '', '',
    '00000000-0000-0000-0000-000000000000', status, price_state, '', '', count(*), sum(fresh_tokens), 0, 0,
    sum(visible_tokens), 0, sum(cost), sum(list_cost), max(occurred_at), max(recorded_at)
FROM events GROUP BY 1, 2, provider, model, status, price_state
"""


@pytest.fixture
async def shop(bare_database: str) -> AsyncIterator[Shop]:
    """A shop just upgraded, with calls of before."""
    await migrations.upgrade_async(bare_database, BEFORE)
    engine = make_engine(bare_database, pool_size=8)
    sessions = make_sessionmaker(engine)
    workspace_id = new_id()
    async with sessions() as session, session.begin():
        await session.execute(text(WORKSPACE), {"id": workspace_id})
        await queries.make_month(session, datetime(2023, 11, 1, tzinfo=UTC))
        await session.execute(text(CALLS), {"of": workspace_id})
        for statement in (
            KEYS,
            SUMS.format(table="usage_hourly", size="hour"),
            SUMS.format(table="usage_daily", size="day"),
        ):
            await session.execute(text(statement))
    await migrations.upgrade_async(bare_database)
    yield Shop(sessions, workspace_id)
    await engine.dispose()


async def tag_calls(shop: Shop) -> dict[tuple[str, str, str], int]:
    """Calls by day, tag and value."""
    found: dict[tuple[str, str, str], int] = {}
    async with shop.sessions() as session:
        for row in await rows(session, DailyTagUsage, shop.member.workspace_id):
            assert row["calls"] > 0
            key = (str(row["start"])[8:10], row["tag"], row["value"])
            found[key] = found.get(key, 0) + row["calls"]
    return found


async def lacks(shop: Shop, start: datetime, end: datetime) -> bool:
    async with shop.sessions() as session:
        return await rebuilding.lacks_tags(session, shop.member.workspace_id, Period(start, end))


async def house(shop: Shop, days: int | None = None) -> bool:
    """A round; whether it did all there was."""
    return (await keep_house(shop.sessions, days, 60)).is_done


async def cut_after(shop: Shop, days: int) -> None:
    """Sums are made of so many days, then the process is told to stop."""
    left = days

    def is_over() -> bool:
        nonlocal left
        left -= 1
        return left < -1  # asked once before it begins

    assert not await rebuilding.catch_up(shop.sessions, is_over)


def of_ada(shop: Shop, at: datetime) -> object:
    return make_call(shop.member.workspace_id, at, "1.5", user_ref="ada", tags='{"team": "blue"}')


async def test_sums_that_an_upgrade_left_are_made_and_then_calls_can_be_priced_again_and_back(shop: Shop) -> None:
    workspace_id = shop.member.workspace_id
    shop.shelf.change("other", {"gpt-4-0613": "2"})
    job_id = await shop.previewed()
    with pytest.raises(SumsPending, match="0 of about 60 so far"):
        await shop.do(lambda session: service.apply(session, shop.member, job_id, "other"))
    assert await tag_calls(shop) == {}
    assert await house(shop)
    before, rebuilt = await sums_and_rebuilt(shop.sessions, workspace_id)
    assert before == rebuilt
    assert sum((await tag_calls(shop)).values()) == 45 + 30
    untouched = await ledger(shop.sessions, workspace_id)
    await shop.do(lambda session: service.apply(session, shop.member, job_id, "other"))
    await shop.work()
    assert await shop.status(job_id) == (Status.APPLIED, 60)
    before, rebuilt = await sums_and_rebuilt(shop.sessions, workspace_id)
    assert before == rebuilt
    await shop.do(lambda session: service.undo(session, shop.member, job_id))
    await shop.work()
    assert await ledger(shop.sessions, workspace_id) == untouched


async def test_a_call_that_comes_meanwhile_counts_once_on_an_old_day_and_at_once_on_a_new_one(shop: Shop) -> None:
    await record(shop.sessions, [of_ada(shop, OLD_DAY), of_ada(shop, NEW_DAY)])  # type: ignore[list-item]
    found = await tag_calls(shop)
    assert found == {(day, *tag): 1 for day in ("02", "20") for tag in (("user", "ada"), ("tag.team", "blue"))}
    assert await lacks(shop, OLD_DAY - timedelta(days=30), NEW_DAY)
    assert not await lacks(shop, NEW_DAY - timedelta(hours=12), NEW_DAY + timedelta(days=30))
    assert await house(shop)
    found = await tag_calls(shop)
    assert (found["02", "user", "ada"], found["02", "tag.team", "blue"], found["20", "user", "ada"]) == (6, 1, 1)
    before, rebuilt = await sums_and_rebuilt(shop.sessions, shop.member.workspace_id)
    assert before == rebuilt
    assert not await lacks(shop, OLD_DAY - timedelta(days=30), NEW_DAY)


async def test_a_day_that_is_written_to_between_its_counting_and_its_turn_is_counted_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def after_a_call(session: object, workspace_id: UUID, day: Period, seen: object) -> None:
        await record(shop.sessions, [of_ada(shop, day.start)])  # type: ignore[list-item]
        await rebuild_rollups(session, workspace_id, day, seen)  # type: ignore[arg-type]

    monkeypatch.setattr(rebuilding, "rebuild_rollups", after_a_call)
    assert await house(shop)
    assert [(await tag_calls(shop))[day, "user", "ada"] for day in ("01", "02", "03")] == [6, 6, 6]
    before, rebuilt = await sums_and_rebuilt(shop.sessions, shop.member.workspace_id)
    assert before == rebuilt


async def test_it_goes_on_where_it_was_stopped_and_says_how_far_it_is(shop: Shop) -> None:
    job_id = await shop.previewed()
    await cut_after(shop, 1)
    assert not await lacks(shop, datetime(2023, 11, 1, tzinfo=UTC), datetime(2023, 11, 2, tzinfo=UTC))
    assert await lacks(shop, datetime(2023, 11, 1, tzinfo=UTC), datetime(2023, 11, 3, tzinfo=UTC))
    with pytest.raises(SumsPending, match="20 of about 60 so far, those of before 2023-11-02"):
        await shop.do(lambda session: service.apply(session, shop.member, job_id, "book"))
    # a check takes the place of what was noted of the order, and of nothing else
    check = Order(shop.member.workspace_id, None, None, is_check=True)
    assert sorted((await rebuilding.rebuild(shop.sessions, check)).differences) == ["2023-11-02", "2023-11-03"]
    seen: list[datetime | None] = []
    done = await rebuilding.rebuild(
        shop.sessions,
        Order(shop.member.workspace_id, None, None, is_check=False),
        lambda progress: seen.append(progress.done_until),
    )
    assert ([f"{at:%d}" for at in seen if at], done.calls) == (["03", "04"], 60)
    async with shop.sessions() as session:
        assert await queries.all_due(session) == []


async def test_a_killed_rebuild_is_finished_once_its_owner_is_taken_for_dead(shop: Shop) -> None:
    order, progress = Order(shop.member.workspace_id, None, OLD_DAY, is_check=False), Progress(utc_now())
    async with shop.sessions() as session, session.begin():
        await queries.delete_due(session, shop.member.workspace_id)
        await queries.put_rebuild(session, order, progress, utc_now() + rebuilding.LEASE)
    assert not await house(shop), "somebody is at it"
    assert await tag_calls(shop) == {}
    async with shop.sessions() as session, session.begin():
        await queries.put_rebuild(session, order, progress, utc_now() - timedelta(seconds=1))
    assert await house(shop)
    assert sorted({day for day, *_ in await tag_calls(shop)}) == ["01", "02"]
    async with shop.sessions() as session:
        assert await queries.cut_rebuilds(session) == []


async def test_a_re_pricing_that_the_upgrade_cut_off_waits_for_the_sums(shop: Shop) -> None:
    job_id = await shop.previewed()
    shop.shelf.change("other", {"gpt-4-0613": "2"})
    statement = text("UPDATE repricings SET status = 'applying', price_version = 'other', calls_done = 0")
    await shop.do(lambda session: session.execute(statement))
    await shop.work()
    assert await shop.status(job_id) == (Status.APPLYING, 0)
    assert await house(shop)
    await shop.work()
    assert await shop.status(job_id) == (Status.APPLIED, 60)
    before, rebuilt = await sums_and_rebuilt(shop.sessions, shop.member.workspace_id)
    assert before == rebuilt


async def test_nothing_is_taken_away_from_sums_that_are_not_there(shop: Shop) -> None:
    async with shop.sessions() as session, session.begin():
        calls = await changing.find(
            session, shop.member.workspace_id, Selection(None, utc_now()), None, 5, with_raw=False
        )
        changes = [Change(call, call.figures._replace(cost=None), None) for call in calls]
        with pytest.raises(SumsPending):
            await changing.restore(session, shop.member.workspace_id, changes, Stretch(None, None))


async def test_calls_are_not_dropped_before_they_are_added_up(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unable(*_: object) -> bool:
        return False

    with monkeypatch.context() as patch:
        patch.setattr("app.usage.housekeeping.catch_up", unable)
        assert not await house(shop, 35)
    assert len((await ledger(shop.sessions, shop.member.workspace_id))["events"]) == 60
    assert await house(shop, 35)
    assert (await ledger(shop.sessions, shop.member.workspace_id))["events"] == []
    assert sum((await tag_calls(shop)).values()) == 45 + 30


async def test_one_workspace_that_fails_leaves_the_others_running(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = UUID(int=1)
    mark = "INSERT INTO tag_sums_due VALUES (:of, now(), NULL, 1, 0)"
    await shop.do(lambda session: session.execute(text(mark), {"of": broken}))
    rebuild = rebuilding.rebuild

    async def breaking(sessions: object, order: Order, **rest: object) -> Progress:
        if order.workspace_id == broken:
            raise LookupError
        return await rebuild(sessions, order, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(rebuilding, "rebuild", breaking)
    assert not await house(shop)
    async with shop.sessions() as session:
        assert [due.workspace_id for due in await queries.all_due(session)] == [broken]
    await shop.do(lambda session: forget(session, broken))
    async with shop.sessions() as session:
        assert await queries.all_due(session) == []


async def test_a_silent_database_is_waited_for(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object, **__: object) -> Progress:
        raise LedgerUnavailable

    monkeypatch.setattr(rebuilding, "rebuild", away)
    with pytest.raises(LedgerUnavailable):
        await house(shop)
