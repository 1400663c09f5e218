"""Half-open periods in UTC, and the buckets they are made of."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import periods
from app.core.periods import Granularity, Period

INSTANTS = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("granularity", "start"),
    [
        (Granularity.HOUR, "2026-02-28T23:00"),
        (Granularity.DAY, "2026-02-28T00:00"),
        (Granularity.MONTH, "2026-02-01T00:00"),
    ],
)
def test_an_instant_falls_into_its_bucket(granularity: Granularity, start: str) -> None:
    assert periods.floor(at("2026-02-28T23:59:59.999999"), granularity) == at(start)
    assert periods.floor(at(start), granularity) == at(start)


def test_the_day_is_the_day_in_utc() -> None:
    tokyo = datetime(2026, 3, 1, 8, 30, tzinfo=timezone(timedelta(hours=9)))
    assert periods.floor(tokyo, Granularity.DAY) == at("2026-02-28T00:00")


@pytest.mark.parametrize(
    ("granularity", "start", "following"),
    [
        (Granularity.HOUR, "2026-12-31T23:00", "2027-01-01T00:00"),
        (Granularity.DAY, "2028-02-28T00:00", "2028-02-29T00:00"),
        (Granularity.DAY, "2026-02-28T00:00", "2026-03-01T00:00"),
        (Granularity.MONTH, "2026-01-01T00:00", "2026-02-01T00:00"),
        (Granularity.MONTH, "2026-12-01T00:00", "2027-01-01T00:00"),
    ],
)
def test_buckets_follow_one_another(granularity: Granularity, start: str, following: str) -> None:
    assert periods.step(at(start), granularity) == at(following)


@given(start=INSTANTS, hours=st.integers(1, 24 * 70), granularity=st.sampled_from(Granularity))
def test_a_widened_period_is_whole_buckets_without_gaps(start: datetime, hours: int, granularity: Granularity) -> None:
    period = Period(start, start + timedelta(hours=hours))
    wide = periods.widen(period, granularity)
    starts = list(periods.buckets(wide, granularity))
    assert wide.start <= period.start
    assert wide.end >= period.end
    assert starts[0] == wide.start
    assert [periods.step(bucket, granularity) for bucket in starts] == [*starts[1:], wide.end]
    assert periods.widen(wide, granularity) == wide
    assert starts[0] <= period.start < periods.step(starts[0], granularity)


def test_an_empty_period_has_no_buckets() -> None:
    assert list(periods.buckets(Period(at("2026-01-01T00:00"), at("2026-01-01T00:00")), Granularity.DAY)) == []


@pytest.mark.parametrize(
    ("month", "start", "end"),
    [
        ("2026-11", "2026-11-01T00:00", "2026-12-01T00:00"),
        ("2026-12", "2026-12-01T00:00", "2027-01-01T00:00"),
        ("1970-01", "1970-01-01T00:00", "1970-02-01T00:00"),
        ("9998-12", "9998-12-01T00:00", "9999-01-01T00:00"),
    ],
)
def test_a_month_has_a_period(month: str, start: str, end: str) -> None:
    assert periods.month_period(month) == Period(at(start), at(end))
    assert periods.month_of(at(start)) == month
    assert periods.month_of(at(end) - timedelta(microseconds=1)) == month


@pytest.mark.parametrize(
    "month", ["2026-13", "2026-00", "2026-1", "26-11", "1969-12", "9999-01", "2026-11-01", "2026-11\n", "", "٢٠٢٦-١١"]
)
def test_what_is_no_month_is_refused(month: str) -> None:
    with pytest.raises(ValueError, match="YYYY-MM"):
        periods.month_period(month)


@pytest.mark.parametrize(("month", "before"), [("2026-11", "2026-10"), ("2026-01", "2025-12"), ("2028-03", "2028-02")])
def test_the_month_before(month: str, before: str) -> None:
    assert periods.previous_month(periods.month_period(month)) == periods.month_period(before)
