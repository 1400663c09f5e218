"""The engine: windows, walks, what restates and vanishes, what cuts it short."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.periods import Granularity, floor, utc_now
from app.providers import walk
from app.providers.clients.base import BadAnswer, KeyRefused, RateLimited
from app.providers.rules.connections import RunStatus, Trigger
from app.providers.rules.reports import CreditSnapshot, Feed, FeedPlan, Name
from app.providers.worker import sweep
from tests.providers.conftest import BUDGET, Office, billed, rows
from tests.providers.script import COSTS, DAY, KEY, Script

Sessionmaker = async_sessionmaker[AsyncSession]
COUNTS = ("rows_new", "rows_changed", "rows_unchanged", "rows_flagged")


@pytest.fixture
def today() -> datetime:
    return floor(utc_now(), Granularity.DAY)


@pytest.fixture
def bills(script: Script, today: datetime) -> Script:
    """Two line items a day for the 61 days the provider tells of."""
    script.bills = {today - DAY * n: {"input": f"{n}.25", "output": f"0.{n:02}5"} for n in range(61)}
    return script


def expected(script: Script) -> dict[tuple[datetime, str], str]:
    return {(start, item): amount for start, items in script.bills.items() for item, amount in items.items()}


def counts(run: Any) -> tuple[int, ...]:
    return tuple(run[name] for name in COUNTS)


async def test_the_first_sync_brings_every_day_the_provider_tells_of(
    office: Office, bills: Script, sessionmaker: Sessionmaker
) -> None:
    made = await office.connect()
    connection = await office.read(made["id"])
    assert await billed(sessionmaker, office.workspace_id) == expected(bills)
    assert connection["run"]["status"] == "done"
    assert counts(connection["run"]) == (122, 0, 0, 0)
    assert connection["run"]["windows_done"] == connection["run"]["windows_total"]
    assert connection["feeds"][0]["is_complete"]
    assert connection["last_synced_at"]


async def test_the_newest_days_come_first_then_the_past_in_whole_utc_days(
    office: Office, bills: Script, today: datetime
) -> None:
    await office.connect()
    assert [(period.start, period.end) for _, period in bills.walked] == [
        (today - DAY * 29, today + DAY),
        (today - DAY * 59, today - DAY * 29),
        (today - DAY * 60, today - DAY * 59),
    ]


async def test_a_second_sync_reads_the_trailing_days_and_changes_nothing(
    office: Office, bills: Script, today: datetime
) -> None:
    made = await office.connect()
    bills.walked.clear()
    await office.sync(made["id"])
    assert [(period.start, period.end) for _, period in bills.walked] == [(today - DAY * 3, today + DAY)]
    assert counts(await office.last_run(made["id"])) == (0, 0, 8, 0)


async def test_a_restated_day_replaces_the_old_one_and_no_other(
    office: Office, bills: Script, today: datetime, sessionmaker: Sessionmaker
) -> None:
    made = await office.connect()
    bills.bills[today - DAY]["input"] = "7.77"
    await office.sync(made["id"])
    assert counts(await office.last_run(made["id"])) == (0, 1, 7, 0)
    assert await billed(sessionmaker, office.workspace_id) == expected(bills)


async def test_a_row_that_vanished_is_flagged_and_keeps_its_figure(
    office: Office, bills: Script, today: datetime, sessionmaker: Sessionmaker
) -> None:
    made = await office.connect()
    before = await billed(sessionmaker, office.workspace_id)
    del bills.bills[today - DAY]["output"]
    await office.sync(made["id"])
    assert counts(await office.last_run(made["id"])) == (0, 0, 7, 1)
    assert await billed(sessionmaker, office.workspace_id) == before
    flagged = [row for row in await rows(sessionmaker, "billed_lines", office.workspace_id) if row["vanished_at"]]
    assert [(row["start"], row["line_item"]) for row in flagged] == [(today - DAY, "output")]


async def test_a_report_that_is_empty_all_at_once_deletes_nothing(
    office: Office, bills: Script, sessionmaker: Sessionmaker
) -> None:
    made = await office.connect()
    before = await billed(sessionmaker, office.workspace_id)
    bills.bills.clear()
    await office.sync(made["id"])
    assert await billed(sessionmaker, office.workspace_id) == before


async def test_a_walk_that_breaks_off_flags_nothing_and_leaves_the_cursor(
    office: Office, bills: Script, today: datetime, sessionmaker: Sessionmaker
) -> None:
    made = await office.connect()
    before = (await office.read(made["id"]))["feeds"]
    del bills.bills[today - DAY]["output"]
    bills.ends_without_last = True
    assert await office.sync(made["id"]) is RunStatus.FAILED
    after = await office.read(made["id"])
    assert after["feeds"] == before
    assert (after["status"], after["error_code"]) == ("failing", "provider_bad_answer")
    assert not [row for row in await rows(sessionmaker, "billed_lines", office.workspace_id) if row["vanished_at"]]


async def test_a_report_that_never_ends_is_a_failure(office: Office, bills: Script) -> None:
    made = await office.connect()
    bills.never_ends = True
    office.syncer.max_pages = 50
    assert await office.sync(made["id"]) is RunStatus.FAILED
    assert "did not end after 50 pages" in (await office.read(made["id"]))["error_detail"]


async def test_a_run_cut_in_the_middle_of_a_walk_ends_exact_the_next_time(
    office: Office, bills: Script, sessionmaker: Sessionmaker
) -> None:
    async def break_down(page: int) -> None:
        if page == 5:
            raise BadAnswer("The answer was cut short.")

    bills.before_page = break_down
    made = await office.connect()
    assert (await office.read(made["id"]))["status"] == "failing"
    assert len(await billed(sessionmaker, office.workspace_id)) < 122
    bills.before_page = None
    assert await office.sync(made["id"]) is RunStatus.DONE
    assert await billed(sessionmaker, office.workspace_id) == expected(bills)
    connection = await office.read(made["id"])
    assert (connection["status"], connection["error_code"]) == ("active", None)


async def test_a_run_out_of_time_says_what_is_left_and_the_next_goes_on_there(
    office: Office, bills: Script, today: datetime, sessionmaker: Sessionmaker
) -> None:
    stopped = False

    async def stop(page: int) -> None:
        nonlocal stopped
        stopped = page >= 4  # the second window's first page

    made = await office.connect()
    async with sessionmaker() as session, session.begin():
        for table in ("billed_lines", "sync_cursors"):
            await session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - names of ours
    bills.pages, bills.before_page = 0, stop
    office.syncer.is_stopped = lambda: stopped
    assert await office.sync(made["id"]) is RunStatus.PARTIAL
    run = await office.last_run(made["id"])
    assert [(left["feed"], left["end"][:10]) for left in run["left"]] == [("costs", f"{today - DAY * 29:%Y-%m-%d}")]
    bills.before_page, stopped = None, False
    bills.walked.clear()
    assert await office.sync(made["id"], Trigger.SCHEDULE) is RunStatus.DONE
    assert bills.walked[0][1].start == today - DAY * 59
    assert await billed(sessionmaker, office.workspace_id) == expected(bills)


async def test_a_window_too_large_for_the_time_there_is_is_read_in_smaller_ones(
    office: Office, bills: Script, sessionmaker: Sessionmaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await office.connect()
    async with sessionmaker() as session, session.begin():
        await session.execute(text("DELETE FROM sync_cursors"))
    watch = Watch()
    monkeypatch.setattr(walk, "time", watch)

    async def slow(_page: int) -> None:
        watch.now += BUDGET * 0.6

    bills.before_page = slow
    assert await office.sync(made["id"]) is RunStatus.PARTIAL  # the second of three pages was the last in time
    bills.before_page = None
    bills.walked.clear()
    assert await office.sync(made["id"]) is RunStatus.DONE
    assert [(period.end - period.start) // DAY for _, period in bills.walked] == [15, 30, 16]
    assert await billed(sessionmaker, office.workspace_id) == expected(bills)


class Watch:
    """Time that passes when it is told to."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


async def test_a_refused_key_waits_longer_than_a_fault_that_passes(
    office: Office, bills: Script, today: datetime
) -> None:
    made = await office.connect()

    async def refuse(_page: int) -> None:
        raise KeyRefused("The key was deleted. Make another one.")

    bills.before_page = refuse
    await office.sync(made["id"])
    connection = await office.read(made["id"])
    assert connection["error_detail"] == "The key was deleted. Make another one."
    assert datetime.fromisoformat(connection["next_try_at"]) > utc_now() + timedelta(hours=5)


async def test_the_next_try_is_never_sooner_than_the_provider_asked(office: Office, bills: Script) -> None:
    made = await office.connect()

    async def limit(_page: int) -> None:
        raise RateLimited("OpenAI asks to be left alone.", retry_after_seconds=86_400)

    bills.before_page = limit
    await office.sync(made["id"])
    next_try = datetime.fromisoformat((await office.read(made["id"]))["next_try_at"])
    assert next_try > utc_now() + timedelta(hours=23)


async def test_a_key_that_is_repeated_to_us_is_not_repeated_to_anybody(office: Office, bills: Script) -> None:
    made = await office.connect()

    async def repeat(_page: int) -> None:
        raise BadAnswer(f"Unknown key {KEY}.")

    bills.before_page = repeat
    await office.sync(made["id"])
    assert (await office.read(made["id"]))["error_detail"] == "Unknown key [key]."


async def test_a_feed_that_fails_leaves_the_others_running(
    office: Office, script: Script, sessionmaker: Sessionmaker, today: datetime
) -> None:
    script.plans = (COSTS, FeedPlan(Feed.CREDITS, 0, 1, 0), FeedPlan(Feed.NAMES, 0, 1, 0))
    script.can = frozenset({Feed.COSTS, Feed.CREDITS, Feed.NAMES})
    script.balances = (CreditSnapshot(utc_now(), None, "USD"),)
    script.named = (Name("project", "proj_1", "Search"),)
    script.ends_without_last = True
    made = await office.connect()
    assert (await office.read(made["id"]))["status"] == "failing"
    assert len(await rows(sessionmaker, "credit_snapshots", office.workspace_id)) == 1
    assert len(await rows(sessionmaker, "provider_names", office.workspace_id)) == 1


async def test_feeds_that_the_key_cannot_read_are_not_asked_for(office: Office, script: Script) -> None:
    script.plans = (COSTS, FeedPlan(Feed.USAGE, 30, 30, 3))
    await office.connect()
    assert {feed for feed, _ in script.walked} == {Feed.COSTS}


async def test_one_failing_connection_leaves_the_others_running(
    office: Office, bills: Script, sessionmaker: Sessionmaker, app: Any
) -> None:
    broken = Script(ends_without_last=True)
    app.state.sources["broken", "organization"] = broken.make
    bad = await office.connect(provider="broken", api_key="another-key-entirely")
    good = await office.connect()
    async with sessionmaker() as session, session.begin():
        await session.execute(text("UPDATE connections SET next_try_at = now() - interval '1 minute'"))
    done = await sweep(office.syncer, 60, at_once=1)
    assert {str(key): status for key, status in done.ended.items()} == {bad["id"]: "failed", good["id"]: "done"}
    assert done.left == []


async def test_who_comes_second_does_nothing_while_the_first_is_at_it(
    office: Office, bills: Script, sessionmaker: Sessionmaker
) -> None:
    made = await office.connect()
    second: list[Any] = []

    async def knock(_page: int) -> None:
        second.append(
            await office.syncer.sync(office.workspace_id, UUID(made["id"]), Trigger.MANUAL, 10)  # another's call
        )

    bills.before_page = knock
    assert await office.sync(made["id"]) is RunStatus.DONE
    assert second == [None]


async def test_a_paused_connection_is_not_read_and_stops_at_once(
    office: Office, bills: Script, sessionmaker: Sessionmaker
) -> None:
    made = await office.connect()

    async def pause(_page: int) -> None:
        await office.ask("PATCH", f"/connections/{made['id']}", json={"paused": True})

    bills.before_page = pause
    assert await office.sync(made["id"]) is RunStatus.STOPPED
    bills.before_page = None
    connection = await office.read(made["id"])
    assert (connection["status"], connection["run"]["status"]) == ("paused", "stopped")
    assert await office.syncer.sync(office.workspace_id, UUID(made["id"]), Trigger.MANUAL, 10) is None
    await office.ask("POST", f"/connections/{made['id']}/sync", 409)
    resumed = await office.ask("PATCH", f"/connections/{made['id']}", json={"paused": False})
    assert resumed["status"] == "active"


async def test_nobody_reads_on_schedule_what_is_not_due(office: Office, bills: Script) -> None:
    made = await office.connect()
    assert await office.syncer.sync(office.workspace_id, UUID(made["id"]), Trigger.SCHEDULE, 10) is None


async def test_reports_that_cost_money_are_read_more_seldom_on_schedule(
    office: Office, script: Script, sessionmaker: Sessionmaker
) -> None:
    script.plans = (FeedPlan(Feed.COSTS, 30, 30, 3, every_hours=8),)
    made = await office.connect()
    script.walked.clear()
    for hours, walks in ((5, 0), (8, 1)):
        async with sessionmaker() as session, session.begin():
            await session.execute(text("UPDATE connections SET next_try_at = now()"))
            await session.execute(
                text("UPDATE sync_cursors SET read_at = now() - make_interval(hours => :hours)"), {"hours": hours}
            )
        await office.sync(made["id"], Trigger.SCHEDULE)
        assert len(script.walked) == walks
    await office.sync(made["id"])
    assert len(script.walked) == 2  # a person is not held back


async def test_after_a_month_away_the_gap_is_read_from_its_old_end(
    office: Office, script: Script, today: datetime, sessionmaker: Sessionmaker
) -> None:
    script.plans = (FeedPlan(Feed.COSTS, history_days=90, slice_days=10, reread_days=3),)
    made = await office.connect()
    async with sessionmaker() as session, session.begin():
        await session.execute(text("UPDATE sync_cursors SET synced_until = synced_until - interval '25 days'"))
    script.walked.clear()
    await office.sync(made["id"])
    assert [period.start for _, period in script.walked] == [today - DAY * n for n in (28, 18, 8)]
