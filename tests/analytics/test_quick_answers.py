"""Long answers are written without models, and say the same to the last character."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from app.analytics.rules import Figure, Grouping, Point
from app.analytics.rules.figure import Freshness, total_of
from app.analytics.rules.ledgers import Sources
from app.analytics.schemas import BreakdownOut, TrendOut
from app.analytics.schemas.quick import breakdown_answer, trend_answer
from app.core.periods import Granularity, month_period

NOVEMBER = month_period("2026-11")
COUNT = st.integers(0, 10**12)
MONEY = st.decimals(0, 10**9, places=12)


figure_of: Any = Figure


def figure(calls: int, parts: list[int], cost: Decimal, list_cost: Decimal | None) -> Any:
    priced, free = (min(part, calls // 2) for part in parts[:2])
    return figure_of(calls, *parts[2:], parts[0], priced, free, cost if priced else Decimal(0), list_cost)


FIGURE = st.builds(figure, st.integers(1, 10**9), st.lists(COUNT, min_size=7, max_size=7), MONEY, st.none() | MONEY)
KEY = st.sampled_from(["", "(other)", "ada", "bob", '\u00e9\U0001f600"\\'])
SOURCES = Sources([], None, False, Freshness(datetime(2026, 11, 21, 14, 30, 5, 120, tzinfo=UTC), None))


def same(quick: Any, model: BreakdownOut | TrendOut) -> bool:
    return bool(msgspec.json.decode(quick.body) == msgspec.json.decode(model.model_dump_json()))


@given(st.dictionaries(KEY, FIGURE), st.sampled_from([None, "team"]), st.booleans())
def test_a_breakdown(figures: dict[str, Figure], tag: str | None, complete: bool) -> None:
    groups = [(key, key.upper(), found) for key, found in figures.items()]

    def told(shape: Any) -> Any:
        return shape("2026-11", NOVEMBER, Grouping.TAG, groups, SOURCES, tag, complete=complete)

    assert same(told(breakdown_answer), told(BreakdownOut.of))
    assert total_of(list(figures.values())) == sum(figures.values(), Figure())


@given(st.dictionaries(st.tuples(st.integers(1, 30), KEY), FIGURE), st.booleans())
def test_a_trend(figures: dict[tuple[int, str], Figure], grouped: bool) -> None:
    points = [
        Point(datetime(2026, 11, day, tzinfo=UTC), key if grouped else None, key if grouped else None, found)
        for (day, key), found in figures.items()
    ]
    grouping = Grouping.USER if grouped else None

    def told(shape: Any) -> Any:
        return shape(NOVEMBER, Granularity.DAY, grouping, points, SOURCES, complete=True)

    assert same(told(trend_answer), told(TrendOut.of))
