"""Which stretches of time are read: aligned to UTC midnight, newest first, never beyond what a provider tells."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from app.core.ids import new_id
from app.providers.rules.connections import Failure, next_regular, next_try, scrub
from app.providers.rules.reports import Feed, FeedPlan
from app.providers.rules.windows import (
    BEGINNING,
    Cursor,
    Window,
    backward,
    farthest,
    forward,
    halved,
    is_rested,
    moved,
    slices_left,
)

NOW = datetime(2026, 11, 21, 14, 30, tzinfo=UTC)
DAY = timedelta(days=1)
PLAN = FeedPlan(Feed.COSTS, history_days=90, slice_days=30, reread_days=3)
ENDLESS = FeedPlan(Feed.COSTS, history_days=None, slice_days=100, reread_days=3)


def walk_all(plan: FeedPlan, *, empty_after: int = 10_000) -> tuple[Cursor, list[Window]]:
    """To the end of the past; windows from the given number on hold nothing."""
    cursor, walked = Cursor(), forward(plan, Cursor(), NOW)
    cursor = moved(plan, cursor, walked[0], NOW, is_empty=empty_after == 0)
    while (window := backward(plan, cursor, NOW)) is not None:
        cursor = moved(plan, cursor, window, NOW, is_empty=len(walked) >= empty_after)
        walked.append(window)
    return cursor, walked


def test_the_first_window_ends_with_today() -> None:
    (window,) = forward(PLAN, Cursor(), NOW)
    assert (window.period.start, window.period.end) == (
        datetime(2026, 10, 23, tzinfo=UTC),
        datetime(2026, 11, 22, tzinfo=UTC),
    )


def test_windows_touch_and_none_lies_beyond_what_the_provider_tells() -> None:
    cursor, walked = walk_all(PLAN)
    for newer, older in pairwise(walked):
        assert older.period.end == newer.period.start
    assert walked[-1].period.start == farthest(PLAN, NOW) == datetime(2026, 8, 23, tzinfo=UTC)
    assert cursor.is_complete
    assert slices_left(PLAN, cursor, NOW) == 0


def test_what_is_left_is_counted_before_it_is_read() -> None:
    _, walked = walk_all(PLAN)
    assert slices_left(PLAN, Cursor(), NOW) == len(walked) - 1


def test_without_a_known_end_a_year_without_a_row_is_taken_for_it() -> None:
    cursor, walked = walk_all(ENDLESS, empty_after=2)
    assert sum(window.days for window in walked[2:]) == 400
    assert cursor.is_complete


def test_a_year_of_nothing_is_not_told_from_less_by_a_row() -> None:
    assert backward(ENDLESS, Cursor(NOW, NOW, empty_days=364), NOW) is not None
    assert backward(ENDLESS, Cursor(NOW, NOW, empty_days=365), NOW) is None


def test_no_provider_is_asked_about_the_time_before_there_was_one() -> None:
    _, walked = walk_all(ENDLESS)
    assert walked[-1].period.start == BEGINNING


def test_the_trailing_days_are_read_again() -> None:
    cursor, _ = walk_all(PLAN)
    (window,) = forward(PLAN, cursor, NOW)
    assert window.period.start == datetime(2026, 11, 18, tzinfo=UTC)


def test_days_before_the_back_fill_are_left_to_it() -> None:
    cursor = Cursor(backfilled_from=datetime(2026, 11, 20, tzinfo=UTC), synced_until=NOW)
    assert forward(PLAN, cursor, NOW)[0].period.start == datetime(2026, 11, 20, tzinfo=UTC)


def test_a_gap_is_read_from_its_old_end_in_slices() -> None:
    cursor = Cursor(backfilled_from=farthest(PLAN, NOW), synced_until=NOW - DAY * 60, is_complete=True)
    starts = [window.period.start for window in forward(PLAN, cursor, NOW)]
    assert starts == [
        datetime(2026, 9, 19, tzinfo=UTC),
        datetime(2026, 10, 19, tzinfo=UTC),
        datetime(2026, 11, 18, tzinfo=UTC),
    ]


def test_only_the_last_of_the_new_windows_counts_as_having_been_read() -> None:
    cursor = Cursor(backfilled_from=farthest(PLAN, NOW), synced_until=NOW - DAY * 60)
    first, *_, last = forward(PLAN, cursor, NOW)
    assert moved(PLAN, cursor, first, NOW, is_empty=False).read_at is None
    assert moved(PLAN, cursor, last, NOW, is_empty=False).read_at == NOW


def test_the_cursor_never_says_more_than_was_read() -> None:
    (window,) = forward(PLAN, Cursor(), NOW)
    assert moved(PLAN, Cursor(), window, NOW, is_empty=False).synced_until == NOW


def test_what_did_not_fit_is_read_in_smaller_windows_and_grows_again() -> None:
    cursor = halved(PLAN, halved(PLAN, Cursor()))
    (window,) = forward(PLAN, cursor, NOW)
    assert window.days == 7
    cursor = moved(PLAN, cursor, window, NOW, is_empty=False)
    assert cursor.slice_days == 14
    for _ in range(2):
        step = backward(PLAN, cursor, NOW)
        assert step is not None
        cursor = moved(PLAN, cursor, step, NOW, is_empty=False)
    assert cursor.slice_days is None


def test_a_slice_is_never_less_than_a_day() -> None:
    cursor = Cursor()
    for _ in range(9):
        cursor = halved(PLAN, cursor)
    assert cursor.slice_days == 1


@pytest.mark.parametrize(("hours", "is_free"), [(7.0, False), (7.5, True), (8.0, True)])
def test_reports_that_cost_money_rest(hours: float, is_free: bool) -> None:
    plan = FeedPlan(Feed.COSTS, 30, 30, 3, every_hours=8)
    assert is_rested(plan, Cursor(read_at=NOW - timedelta(hours=hours)), NOW) is is_free


def test_each_connection_has_a_minute_of_its_own_within_the_next_hour_and_a_half() -> None:
    for at in range(0, 3600, 97):
        now = NOW + timedelta(seconds=at)
        connection_id = new_id()
        due = next_regular(connection_id, now)
        assert timedelta(minutes=30) <= due - now < timedelta(minutes=90)
        assert (due.minute * 60 + due.second) == connection_id.int % 3600


def test_waits_grow_to_an_end_and_heed_what_was_asked() -> None:
    waits = [next_try(Failure("x", "x"), failures, NOW) - NOW for failures in (1, 4, 50)]
    assert timedelta(minutes=3) < waits[0] < timedelta(minutes=7)
    assert timedelta(minutes=30) <= waits[1] <= timedelta(minutes=50)
    assert waits[2] <= timedelta(hours=15)
    asked = Failure("x", "x", retry_after_seconds=90_000)
    assert next_try(asked, 1, NOW) - NOW >= timedelta(seconds=90_000)


@pytest.mark.parametrize(("secret", "told"), [("sk-1234", "key [key] is bad"), ("", "key sk-1234 is bad")])
def test_a_secret_is_taken_out_of_what_is_told(secret: str, told: str) -> None:
    assert scrub("key sk-1234 is bad", secret) == told


def test_ids_are_spread_over_the_hour() -> None:
    minutes = {next_regular(UUID(int=n * 61), NOW).minute for n in range(60)}
    assert len(minutes) > 50
