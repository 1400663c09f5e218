"""When messages leave that are ready in hours of quiet."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.alerts.rules import QuietHours, Severity, is_time_zone

NIGHT = QuietHours(time(22), time(7), "Europe/Berlin")
NOON = QuietHours(time(12), time(13), "UTC")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("quiet", "now", "leaves"),
    [
        # Berlin is an hour ahead of UTC in winter
        (NIGHT, "2026-01-10T20:59", "2026-01-10T20:59"),
        (NIGHT, "2026-01-10T21:00", "2026-01-11T06:00"),
        (NIGHT, "2026-01-11T05:59", "2026-01-11T06:00"),
        (NIGHT, "2026-01-11T06:00", "2026-01-11T06:00"),
        # in the night to 29 March the clocks go forward
        (NIGHT, "2026-03-28T22:00", "2026-03-29T05:00"),
        # and back in the night to 25 October
        (NIGHT, "2026-10-24T22:00", "2026-10-25T06:00"),
        (NOON, "2026-01-10T11:59", "2026-01-10T11:59"),
        (NOON, "2026-01-10T12:00", "2026-01-10T13:00"),
        (NOON, "2026-01-10T13:00", "2026-01-10T13:00"),
        # 02:30 is shown twice in that night: the quiet ends when it is first shown after now
        (QuietHours(time(22), time(2, 30), "Europe/Berlin"), "2026-10-25T00:15", "2026-10-25T00:30"),
        (QuietHours(time(22), time(2, 30), "Europe/Berlin"), "2026-10-25T01:15", "2026-10-25T01:30"),
    ],
)
def test_what_is_ready_in_the_quiet_leaves_at_its_end(quiet: QuietHours, now: str, leaves: str) -> None:
    assert quiet.leaves_at(Severity.WARNING, at(now)) == at(leaves)


def test_what_is_critical_goes_through_unless_it_is_held_too() -> None:
    night = at("2026-01-10T23:00")
    assert NIGHT.leaves_at(Severity.CRITICAL, night) == night
    strict = QuietHours(time(22), time(7), "Europe/Berlin", holds_critical=True)
    assert strict.leaves_at(Severity.CRITICAL, night) == at("2026-01-11T06:00")


@given(
    starts=st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
    ends=st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
    now=st.integers(0, 2 * 366 * 24 * 60).map(lambda minutes: at("2025-01-01") + timedelta(minutes=minutes)),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]),
)
def test_nothing_waits_longer_than_a_day_and_what_waits_leaves_at_the_end(
    starts: time, ends: time, now: datetime, zone: str
) -> None:
    leaves = QuietHours(starts, ends, zone).leaves_at(Severity.INFO, now)
    assert now <= leaves <= now + timedelta(hours=25)
    if leaves != now:
        shown = leaves.astimezone(ZoneInfo(zone))
        is_skipped = shown.replace(fold=0).utcoffset() != (shown - timedelta(hours=2)).utcoffset()
        assert shown.time().replace(fold=0) == ends or is_skipped


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("Europe/Berlin", True), ("UTC", True), ("Berlin", False), ("../etc/passwd", False), ("", False)],
)
def test_time_zones_have_the_names_of_the_database(name: str, is_one: bool) -> None:
    assert is_time_zone(name) is is_one
