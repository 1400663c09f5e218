from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.workspaces.models import Workspace
from tests.analytics.conftest import NOW, Ask, Record
from tests.factories.analytics import selects_on
from tests.factories.workspaces import make_api_key


def november(day: int, hour: int = 0, minute: int = 0, second: int = 0, microsecond: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, second, microsecond, tzinfo=UTC)


def costs(trend: dict[str, Any]) -> dict[str, str | None]:
    """The points that hold calls."""
    return {point["start"]: point["cost"] for point in trend["points"] if point["calls"]}


async def test_the_current_month_by_day_is_what_a_trend_shows_by_itself(record: Record, ask: Ask) -> None:
    await record(november(1), "1")
    await record(november(1, 23, 59, 59, 999_999), "2")
    await record(november(2), "4")
    await record(november(30, 23, 59, 59, 999_999), "8")
    trend = await ask("trend")
    assert (trend["ledger"], trend["granularity"], trend["group_by"]) == ("tracked", "day", None)
    assert trend["period"] == {"start": "2026-11-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"}
    assert len(trend["points"]) == 30
    assert costs(trend) == {"2026-11-01T00:00:00Z": "3", "2026-11-02T00:00:00Z": "4", "2026-11-30T00:00:00Z": "8"}


async def test_gaps_are_zeros_and_the_whole_says_whether_it_has_data(record: Record, ask: Ask) -> None:
    empty = await ask("trend", **{"from": "2026-11-01", "to": "2026-11-04"})
    assert (empty["has_data"], [point["cost"] for point in empty["points"]]) == (False, ["0", "0", "0"])
    await record(november(2))
    trend = await ask("trend", **{"from": "2026-11-01", "to": "2026-11-04"})
    assert (trend["has_data"], [point["cost"] for point in trend["points"]]) == (True, ["0", "1", "0"])


async def test_hours_are_read_from_hours(record: Record, ask: Ask) -> None:
    await record(november(5, 7, 59, 59, 999_999), "1")
    await record(november(5, 8), "2")
    await record(november(5, 10), "4")
    period = {"from": "2026-11-05T08:20:00Z", "to": "2026-11-05T09:01:00Z"}
    trend = await ask("trend", granularity="hour", **period)
    assert trend["period"] == {"start": "2026-11-05T08:00:00Z", "end": "2026-11-05T10:00:00Z"}
    assert [point["cost"] for point in trend["points"]] == ["2", "0"]


async def test_months_are_sums_of_days(record: Record, ask: Ask) -> None:
    await record(datetime(2026, 9, 30, 23, 59, tzinfo=UTC), "1")
    await record(november(3), "2")
    await record(november(30), "0.5")
    trend = await ask("trend", granularity="month", **{"from": "2026-09-15", "to": "2026-11-02"})
    assert [(point["start"][:7], point["cost"]) for point in trend["points"]] == [
        ("2026-09", "1"),
        ("2026-10", "0"),
        ("2026-11", "2.5"),
    ]


async def test_a_bucket_of_unpriced_calls_has_no_cost_and_empty_ones_cost_zero(record: Record, ask: Ask) -> None:
    await record(november(2), None)
    trend = await ask("trend", **{"from": "2026-11-01", "to": "2026-11-03"})
    assert [(point["cost"], point["unpriced_calls"]) for point in trend["points"]] == [("0", 0), (None, 1)]


async def test_groups_stand_in_every_bucket_dearest_first(record: Record, ask: Ask) -> None:
    await record(november(1), "1", project="small")
    await record(november(2), "5", project="large")
    await record(november(2), "2")
    trend = await ask("trend", group_by="project", **{"from": "2026-11-01", "to": "2026-11-03"})
    assert [(point["start"][8:10], point["key"], point["label"], point["cost"]) for point in trend["points"]] == [
        ("01", "large", "large", "0"),
        ("01", "", "(none)", "0"),
        ("01", "small", "small", "1"),
        ("02", "large", "large", "5"),
        ("02", "", "(none)", "2"),
        ("02", "small", "small", "0"),
    ]


async def test_the_dearest_twelve_groups_are_shown_and_the_rest_is_one(record: Record, ask: Ask) -> None:
    for number in range(1, 16):
        await record(november(1 + number % 2), str(number), model=f"model-{number:02}")
    trend = await ask("trend", group_by="model", **{"from": "2026-11-01", "to": "2026-11-03"})
    first_day = [point["key"] for point in trend["points"] if point["start"].startswith("2026-11-01")]
    assert first_day == [*(f"model-{number:02}" for number in range(15, 3, -1)), "(other)"]
    others = [point["cost"] for point in trend["points"] if point["key"] == "(other)"]
    assert others == ["2", "4"]
    assert sum(Decimal(point["cost"]) for point in trend["points"]) == 120


async def test_a_project_that_is_called_other_joins_the_others(record: Record, ask: Ask) -> None:
    await record(november(1), "5", project="(other)")
    await record(november(1), "1", project="site")
    trend = await ask("trend", group_by="project", **{"from": "2026-11-01", "to": "2026-11-02"})
    assert [(point["key"], point["cost"]) for point in trend["points"]] == [("site", "1"), ("(other)", "5")]


async def test_api_keys_are_shown_by_name(
    record: Record, ask: Ask, session: AsyncSession, workspace: Workspace
) -> None:
    key, _ = await make_api_key(session, workspace)
    await session.commit()
    await record(november(1), "2", api_key_id=key.id)
    await record(november(1), "1")
    trend = await ask("trend", group_by="api_key", **{"from": "2026-11-01", "to": "2026-11-02"})
    assert [(point["key"], point["label"]) for point in trend["points"]] == [
        (str(key.id), "test key"),
        ("", "(none)"),
    ]


@pytest.mark.parametrize(
    ("query", "field", "mend"),
    [
        ({"from": "2026-11-05T08:00:00"}, "from", "end it with Z"),
        ({"to": "soon"}, "to", "write a date"),
        ({"from": "2026-11-05", "to": "2026-11-05"}, "from", "before `to`"),
        ({"from": "2025-01-01", "to": "2026-01-01", "granularity": "hour"}, "granularity", "coarser granularity"),
        ({"granularity": "week"}, "granularity", "'hour', 'day' or 'month'"),
        ({"group_by": "colour"}, "group_by", "'provider'"),
        ({"groupby": "model"}, "groupby", "not permitted"),
        ({"ledger": "invoiced"}, "ledger", "tracked"),
    ],
)
async def test_a_question_that_cannot_be_answered_says_how_to_ask(
    ask: Ask, query: dict[str, str], field: str, mend: str
) -> None:
    problem = await ask("trend", 422, **query)
    assert problem["errors"][0]["field"] == field
    assert mend in problem["errors"][0]["detail"]


async def test_an_offset_whose_plus_became_a_space_is_understood(ask: Ask) -> None:
    trend = await ask("trend", **{"from": "2026-11-05T00:00:00 02:00", "to": "2026-11-05T00:00:00Z"})
    assert trend["period"]["start"] == "2026-11-04T00:00:00Z"


@pytest.mark.parametrize("query", [{}, {"group_by": "api_key"}, {"granularity": "hour", "group_by": "model"}])
async def test_a_trend_takes_one_statement_and_one_for_what_there_is(
    record: Record, ask: Ask, connection: AsyncConnection, query: dict[str, str]
) -> None:
    await record(NOW)
    await ask("trend")  # the key is remembered from now on
    with selects_on(connection) as seen:
        await ask("trend", **query)
    assert len(seen) == 2
