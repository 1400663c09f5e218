from datetime import UTC, datetime

import pytest

from app.analytics.rules import month_view, parse_instant, trend_period
from app.core.errors import InvalidRequest
from app.core.periods import Granularity, Period


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]  # mypy does not count the parts


def test_a_month_that_is_over_is_compared_with_the_whole_previous_one() -> None:
    view = month_view("2026-03", utc(2026, 4, 1))
    assert view.period == Period(utc(2026, 3, 1), utc(2026, 4, 1))
    assert view.previous == Period(utc(2026, 2, 1), utc(2026, 3, 1))
    assert view.today == Period(utc(2026, 4, 1), utc(2026, 4, 2))


def test_the_current_month_is_compared_up_to_the_end_of_the_same_hour() -> None:
    view = month_view("2026-11", utc(2026, 11, 21, 14, 30, 5))
    assert view.previous == Period(utc(2026, 10, 1), utc(2026, 10, 21, 15))
    assert view.today == Period(utc(2026, 11, 21), utc(2026, 11, 22))


def test_the_first_instant_of_a_month_is_compared_with_the_first_hour_of_the_previous_one() -> None:
    assert month_view("2026-11", utc(2026, 11, 1)).previous == Period(utc(2026, 10, 1), utc(2026, 10, 1, 1))


def test_a_long_month_is_never_compared_with_more_than_the_previous_month() -> None:
    assert month_view("2026-03", utc(2026, 3, 30, 12)).previous == Period(utc(2026, 2, 1), utc(2026, 3, 1))


def test_a_month_to_come_is_compared_with_the_whole_month_before_it() -> None:
    view = month_view("2027-01", utc(2026, 11, 21))
    assert view.today == Period(utc(2026, 11, 21), utc(2026, 11, 22))
    assert view.previous == Period(utc(2026, 12, 1), utc(2027, 1, 1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-30", utc(2026, 11, 30)),
        ("2026-11-30T08:15:00Z", utc(2026, 11, 30, 8, 15)),
        ("2026-11-30T08:15:00.250000Z", utc(2026, 11, 30, 8, 15, 0, 250_000)),
        ("2026-11-30T08:15:00+02:00", utc(2026, 11, 30, 6, 15)),
        ("2026-11-30T08:15:00 02:00", utc(2026, 11, 30, 6, 15)),
        ("2026-11-30T08:15:00-0530", utc(2026, 11, 30, 13, 45)),
        (" 2026-11-30 ", utc(2026, 11, 30)),
    ],
)
def test_bounds_are_dates_or_instants(text: str, expected: datetime) -> None:
    assert parse_instant(text) == expected


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("2026-11-30T08:15:00", "end it with Z"),
        ("2026-11-30 08:15", "end it with Z"),
        ("2026-02-30", "write a date"),
        ("yesterday", "write a date"),
        ("", "write a date"),
        ("0001-01-01", "between 1970 and 9998"),
        ("9999-12-31T23:59:59-05:00", "between 1970 and 9998"),
    ],
)
def test_a_bound_that_cannot_be_read_says_how_to_mend_it(text: str, mend: str) -> None:
    with pytest.raises(ValueError, match=mend):
        parse_instant(text)


def test_a_trend_covers_the_current_month_by_itself() -> None:
    assert trend_period(None, None, Granularity.DAY, utc(2026, 12, 31, 23)) == Period(utc(2026, 12, 1), utc(2027, 1, 1))


@pytest.mark.parametrize(
    ("granularity", "expected"),
    [
        (Granularity.HOUR, Period(utc(2026, 11, 3, 4), utc(2026, 11, 5, 7))),
        (Granularity.DAY, Period(utc(2026, 11, 3), utc(2026, 11, 6))),
        (Granularity.MONTH, Period(utc(2026, 11, 1), utc(2026, 12, 1))),
    ],
)
def test_a_trend_is_widened_to_whole_buckets(granularity: Granularity, expected: Period) -> None:
    found = trend_period(utc(2026, 11, 3, 4, 5), utc(2026, 11, 5, 6, 0, 0, 1), granularity, utc(2026, 12, 1))
    assert found == expected


def test_an_end_on_an_edge_does_not_open_another_bucket() -> None:
    found = trend_period(utc(2026, 11, 1), utc(2026, 12, 1), Granularity.DAY, utc(2026, 12, 1))
    assert found == Period(utc(2026, 11, 1), utc(2026, 12, 1))


def test_an_end_alone_reaches_back_to_the_start_of_its_month() -> None:
    found = trend_period(None, utc(2026, 12, 1), Granularity.DAY, utc(2026, 12, 9))
    assert found == Period(utc(2026, 11, 1), utc(2026, 12, 1))


def test_a_start_alone_reaches_to_now() -> None:
    found = trend_period(utc(2026, 10, 5), None, Granularity.DAY, utc(2026, 11, 9, 1))
    assert found == Period(utc(2026, 10, 5), utc(2026, 11, 10))


@pytest.mark.parametrize("end", [utc(2026, 11, 3), utc(2026, 11, 2)])
def test_an_empty_period_is_refused(end: datetime) -> None:
    with pytest.raises(InvalidRequest) as refused:
        trend_period(utc(2026, 11, 3), end, Granularity.DAY, utc(2026, 12, 1))
    assert refused.value.errors[0].field == "from"


def test_ninety_two_days_by_hour_are_a_trend() -> None:
    found = trend_period(utc(2026, 8, 1), utc(2026, 11, 1), Granularity.HOUR, utc(2026, 12, 1))
    assert found == Period(utc(2026, 8, 1), utc(2026, 11, 1))


@pytest.mark.parametrize(
    ("start", "end", "granularity"),
    [
        (utc(2026, 8, 1), utc(2026, 11, 1, 1), Granularity.HOUR),
        (utc(2020, 1, 1), utc(2027, 1, 1), Granularity.DAY),
        (utc(1970, 1, 1), utc(9000, 1, 1), Granularity.MONTH),
    ],
)
def test_too_many_points_are_refused_with_the_mend(start: datetime, end: datetime, granularity: Granularity) -> None:
    with pytest.raises(InvalidRequest, match="at most 2,208 points") as refused:
        trend_period(start, end, granularity, utc(2026, 12, 1))
    assert "ask for a" in refused.value.errors[0].detail
