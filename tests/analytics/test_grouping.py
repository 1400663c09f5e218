from datetime import UTC, datetime
from decimal import Decimal

from app.analytics.rules import OTHER, Figure, Point, fill_gaps, rank, share
from app.core.periods import Granularity, Period

MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (datetime(2026, 11, day, tzinfo=UTC) for day in (2, 3, 4, 5))
DAYS = Period(MONDAY, THURSDAY)


def priced(cost: str, calls: int = 1) -> Figure:
    return Figure(calls=calls, priced_calls=calls, known_cost=Decimal(cost))


def unpriced(calls: int = 1) -> Figure:
    return Figure(calls=calls)


def test_days_without_calls_are_filled_with_zeros() -> None:
    filled = fill_gaps([Point(TUESDAY, None, None, priced("3"))], DAYS, Granularity.DAY, grouped=False)
    assert [(point.start, point.figure.cost) for point in filled] == [
        (MONDAY, Decimal(0)),
        (TUESDAY, Decimal(3)),
        (WEDNESDAY, Decimal(0)),
    ]


def test_a_period_without_any_call_still_has_its_buckets() -> None:
    assert len(fill_gaps([], DAYS, Granularity.DAY, grouped=False)) == 3


def test_every_group_has_a_point_in_every_bucket_dearest_first() -> None:
    points = [
        Point(MONDAY, "b", "B", priced("1")),
        Point(WEDNESDAY, "b", "B", priced("2")),
        Point(TUESDAY, "a", "A", priced("2.5")),
    ]
    filled = fill_gaps(points, DAYS, Granularity.DAY, grouped=True)
    assert [(point.start.day, point.label, str(point.figure.cost)) for point in filled] == [
        (2, "B", "1"),
        (2, "A", "0"),
        (3, "B", "0"),
        (3, "A", "2.5"),
        (4, "B", "2"),
        (4, "A", "0"),
    ]


def test_no_groups_are_invented() -> None:
    assert fill_gaps([], DAYS, Granularity.DAY, grouped=True) == []


def test_months_are_filled_whatever_their_length() -> None:
    year = Period(datetime(2028, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC))
    filled = fill_gaps([], year, Granularity.MONTH, grouped=False)
    assert [point.start.month for point in filled] == list(range(1, 13))


def test_order_is_cost_then_unknown_then_calls_then_key_and_others_last() -> None:
    groups = {
        OTHER: priced("100"),
        "unknown": unpriced(500),
        "few": priced("2", calls=1),
        "many": priced("2", calls=9),
        "dear": priced("3"),
        "also few": priced("2", calls=1),
        "less unknown": unpriced(2),
        "free": Figure(calls=1, free_calls=1),
    }
    ranked = sorted(groups, key=lambda key: rank((key, key), groups[key]))
    assert ranked == ["dear", "many", "also few", "few", "free", "unknown", "less unknown", OTHER]


def test_shares_are_rounded_to_six_digits() -> None:
    assert share(priced("1"), priced("3")) == Decimal("0.333333")


def test_there_is_no_share_of_nothing_and_none_of_the_unknown() -> None:
    assert share(priced("0"), priced("0")) is None
    assert share(unpriced(), priced("3")) is None
