"""A year of costs, through refusals and killed processes, to the exact total by every dimension."""

from collections.abc import Callable, Hashable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.providers.models import SyncRun
from app.providers.rules.connections import RunStatus
from app.usage.models import BilledRow, ReportedRow
from tests.providers.fakes import anthropic, faults, openai
from tests.providers.fakes.world import DAY, Cost, World, summed, today
from tests.providers.syncing import Place, connect, kill_once, served, sessions_of, start, sync

D = Decimal
YEAR = 365
ROWS_A_DAY = 100

Dimension = Callable[[Cost], Hashable]


async def billed(place: Place) -> list[Any]:
    async with sessions_of(place.database) as sessions, sessions() as session:
        columns = (BilledRow.start, BilledRow.project, BilledRow.line_item, BilledRow.model, BilledRow.api_key)
        figures = (BilledRow.amount, BilledRow.first_amount, BilledRow.vanished_at)
        mine = BilledRow.workspace_id == place.workspace_id, BilledRow.superseded_at.is_(None)
        return list(await session.execute(select(*columns, *figures).where(*mine)))


async def runs(place: Place) -> list[SyncRun]:
    async with sessions_of(place.database) as sessions, sessions() as session:
        mine = select(SyncRun).where(SyncRun.workspace_id == place.workspace_id).order_by(SyncRun.id)
        return list(await session.scalars(mine))


def assert_exact(rows: list[Any], world: World, project: Callable[[Cost], str | None]) -> None:
    assert sum(row.amount for row in rows) == world.total()
    assert summed((row.start.date(), row.amount) for row in rows) == world.totals(lambda cost: cost.day)
    assert summed((row.project, row.amount) for row in rows) == world.totals(project)
    assert summed((row.line_item, row.amount) for row in rows) == world.totals(lambda cost: cost.line_item)
    assert summed((row.model, row.amount) for row in rows) == world.totals(lambda cost: cost.model)


async def killed_twice(place: Place, asked: faults.Faults, path: str) -> None:
    """Two processes begin and are killed in the middle of a walk; a third comes to the end."""
    for _ in range(2):
        before = asked.count(path)
        # the process is at its fourth slice, and waits for the body of its page
        asked.next(path, *(faults.slow(0) for _ in range(3)), faults.slow(15))
        process = await start(place)
        await kill_once(process, lambda before=before: asked.count(path) >= before + 4)  # type: ignore[misc]
    process = await start(place)
    assert await process.wait() == 0


def figures(run: SyncRun) -> tuple[int, int, int]:
    return run.rows_new, run.rows_changed, run.rows_flagged


async def test_a_year_of_openai_is_exact_through_refusals_and_two_killed_processes(fresh_database: str) -> None:
    world = openai.make_world(days=YEAR, rows_a_day=ROWS_A_DAY)
    asked = faults.Faults(every={23: faults.too_many(0)})
    with served(openai.make_app(world, asked)) as address:
        place = await connect(fresh_database, "openai", openai.ADMIN_KEY, address)
        await killed_twice(place, asked, "/organization/costs")
        rows = await billed(place)
        assert_exact(rows, world, lambda cost: cost.project)
        since = date(2025, 12, 6)
        assert summed((row.api_key, row.amount) for row in rows if row.start.date() >= since) == summed(
            (cost.api_key, cost.amount) for cost in world.rows(since)
        )
        await assert_restatement(place, world, lambda cost: cost.project)
    assert await requests_counted(place) == sum(
        use.fields["num_model_requests"] for uses in world.uses.values() for use in uses
    )


async def test_a_year_of_anthropic_is_exact_through_refusals_and_two_killed_processes(fresh_database: str) -> None:
    world = anthropic.make_world(days=YEAR, rows_a_day=ROWS_A_DAY // 2)
    asked = faults.Faults(every={101: faults.overloaded()})
    with served(anthropic.make_app(world, asked)) as address:
        place = await connect(fresh_database, "anthropic", anthropic.ADMIN_KEY, address, can=("costs",))
        await killed_twice(place, asked, "/cost_report")
        assert_exact(await billed(place), world, lambda cost: cost.project or "default")
        await assert_restatement(place, world, lambda cost: cost.project or "default")


async def assert_restatement(place: Place, world: World, project: Callable[[Cost], str | None]) -> None:
    """Three restated days change just those; the next sync changes nothing and says so; a lost row is flagged."""
    before = await billed(place)
    days = [today() - DAY * back for back in (0, 1, 3)]
    for day in days:
        world.restate(day, "1.25")
    assert await sync(place) is RunStatus.DONE
    rows = await billed(place)
    assert_exact(rows, world, project)
    changed = sum(row.start.date() in days for row in rows)
    assert figures((await runs(place))[-1]) == (0, changed, 0)
    assert len(rows) == len(before)
    assert all((row.first_amount != row.amount) == (row.start.date() in days) for row in rows)

    assert await sync(place) is RunStatus.DONE
    assert figures((await runs(place))[-1]) == (0, 0, 0)

    lost = await _lose(world, days[1])
    assert await sync(place) is RunStatus.DONE
    assert figures((await runs(place))[-1]) == (0, 0, 1)
    [flagged] = [row for row in await billed(place) if row.vanished_at is not None]
    assert flagged.amount == lost  # and no zero
    assert sum(row.amount for row in await billed(place)) == world.total() + lost


async def _lose(world: World, day: date) -> Decimal:
    """Every row of one group vanishes from the report; what it had cost."""
    one = world.costs[day][0]
    same = [cost for cost in world.costs[day] if (cost.project, cost.line_item) == (one.project, one.line_item)]
    gone = [cost for cost in same if cost.api_key == one.api_key or one.details]
    world.costs[day] = [cost for cost in world.costs[day] if cost not in gone]
    return sum((cost.amount for cost in gone), D(0))


async def requests_counted(place: Place) -> int:
    async with sessions_of(place.database) as sessions, sessions() as session:
        mine = select(ReportedRow.requests).where(ReportedRow.workspace_id == place.workspace_id)
        return sum(count or 0 for count in await session.scalars(mine))


async def test_a_sync_that_is_told_not_to_ask_leaves_the_rest_for_the_next(fresh_database: str) -> None:
    """A provider that refuses to the end fails the run in plain words; the next run ends exact."""
    world = openai.make_world(days=40, rows_a_day=5)
    asked = faults.Faults()
    asked.next("/organization/costs", faults.refused(403, "Missing scopes: api.usage.read"))
    with served(openai.make_app(world, asked)) as address:
        place = await connect(fresh_database, "openai", openai.ADMIN_KEY, address, can=("costs",))
        assert await sync(place) is RunStatus.FAILED
        [run] = await runs(place)
        assert "api.usage.read" in (run.error_detail or "")
        assert await sync(place) is RunStatus.DONE
        assert_exact(await billed(place), world, lambda cost: cost.project)


@pytest.mark.parametrize("fault", [faults.broken(500), faults.cut(), faults.too_many(0)])
async def test_what_passes_is_tried_again_within_the_run(fresh_database: str, fault: faults.Fault) -> None:
    world = openai.make_world(days=20, rows_a_day=5)
    asked = faults.Faults()
    asked.next("/organization/costs", fault)
    with served(openai.make_app(world, asked)) as address:
        place = await connect(fresh_database, "openai", openai.ADMIN_KEY, address, can=("costs",))
        assert await sync(place) is RunStatus.DONE
        assert_exact(await billed(place), world, lambda cost: cost.project)
