"""Reports that hold completed days only: today is not asked for, and not called read."""

from datetime import UTC, datetime, timedelta

from app.core.periods import Period
from app.providers.rules.reports import Feed, FeedPlan
from app.providers.rules.windows import Cursor, Window, backward, forward, moved, slices_left

NOW = datetime(2026, 11, 21, 15, 4, tzinfo=UTC)
TODAY = datetime(2026, 11, 21, tzinfo=UTC)
DAY = timedelta(days=1)
PLAN = FeedPlan(Feed.COSTS, history_days=30, slice_days=30, reread_days=3, lag_days=1)


def read(cursor: Cursor, now: datetime) -> Cursor:
    for window in forward(PLAN, cursor, now):
        cursor = moved(PLAN, cursor, window, now, is_empty=False)
    return cursor


def test_the_first_walk_takes_all_thirty_completed_days() -> None:
    assert slices_left(PLAN, Cursor(), NOW) == 0
    assert forward(PLAN, Cursor(), NOW) == [Window(Period(TODAY - 30 * DAY, TODAY), is_back=False)]
    cursor = read(Cursor(), NOW)
    assert (cursor.backfilled_from, cursor.synced_until) == (TODAY - 30 * DAY, TODAY)
    assert (cursor.is_complete, cursor.read_at) == (True, NOW)
    assert backward(PLAN, cursor, NOW) is None


def test_later_on_the_same_day_only_the_trailing_days_are_read_again() -> None:
    cursor = read(Cursor(), NOW)
    later = NOW + timedelta(hours=1)
    assert forward(PLAN, cursor, later) == [Window(Period(TODAY - 3 * DAY, TODAY), is_back=False)]
    assert read(cursor, later).synced_until == TODAY


def test_the_next_day_takes_the_day_that_is_now_complete() -> None:
    cursor = read(Cursor(), NOW)
    assert forward(PLAN, cursor, NOW + DAY) == [Window(Period(TODAY - 3 * DAY, TODAY + DAY), is_back=False)]
    assert read(cursor, NOW + DAY).synced_until == TODAY + DAY


def test_without_a_lag_today_is_read_and_counts_as_read_until_now() -> None:
    plan = FeedPlan(Feed.COSTS, history_days=30, slice_days=30, reread_days=3)
    [window] = forward(plan, Cursor(), NOW)
    assert window.period.end == TODAY + DAY
    assert moved(plan, Cursor(), window, NOW, is_empty=False).synced_until == NOW
