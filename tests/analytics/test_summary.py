from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.analytics.conftest import NOW, Ask, Record
from tests.factories.analytics import selects_on

MICROSECOND = timedelta(microseconds=1)
NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)
EMPTY = {
    "cost": "0",
    "list_cost": "0",
    "currency": "USD",
    "calls": 0,
    "errors": 0,
    "priced_calls": 0,
    "free_calls": 0,
    "unpriced_calls": 0,
    "input_tokens": 0,
    "cache_read_tokens": 0,
    "cache_write_tokens": 0,
    "output_tokens": 0,
    "reasoning_tokens": 0,
    "cost_per_call": None,
    "other_currencies": [],
}


async def test_a_month_holds_its_first_and_its_last_instant_and_nothing_else(record: Record, ask: Ask) -> None:
    await record(NOVEMBER, "0.1")
    await record(DECEMBER - MICROSECOND, "0.02")
    await record(NOVEMBER - MICROSECOND, "5")
    await record(DECEMBER, "7")
    assert (await ask("summary", month="2026-11"))["total"]["cost"] == "0.12"


async def test_sums_are_exact_to_the_last_digit(record: Record, ask: Ask) -> None:
    await record(NOW, "98765432109876.1")
    await record(NOW, "0.000000000000000000000007")
    assert (await ask("summary"))["total"]["cost"] == "98765432109876.100000000000000000000007"


async def test_a_summary_tells_everything_about_the_month(record: Record, ask: Ask) -> None:
    counts = {
        "input.fresh.text": 100,
        "input.cache_read.text": 20,
        "input.cache_write_1h.text": 3,
        "output.visible.text": 50,
        "output.reasoning.text": 7,
    }
    await record(NOW, "0.5", counts=counts, latency_ms=100.0)
    await record(NOW - timedelta(days=1), "1", status="error", latency_ms=1000.0)
    await record(NOW - timedelta(days=2), "0")
    await record(NOW - timedelta(days=2), None)
    summary = await ask("summary")
    assert summary["month"] == "2026-11"
    assert summary["ledger"] == "tracked"
    assert summary["period"] == {"start": "2026-11-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"}
    assert summary["total"] == EMPTY | {
        "cost": "1.5",
        "list_cost": None,
        "calls": 4,
        "errors": 1,
        "priced_calls": 2,
        "free_calls": 1,
        "unpriced_calls": 1,
        "input_tokens": 123,
        "cache_read_tokens": 20,
        "cache_write_tokens": 3,
        "output_tokens": 57,
        "reasoning_tokens": 7,
        "cost_per_call": "0.5",
    }
    assert summary["ledgers"] == [{"ledger": "tracked", **summary["total"]}]
    assert (summary["today"]["calls"], summary["today"]["cost"]) == (1, "0.5")
    assert summary["unpriced"] == [{"reason": "unknown_model", "calls": 1}]
    assert summary["latency_ms"]["p50"] == pytest.approx(100, rel=0.02)
    assert summary["latency_ms"]["p95"] == pytest.approx(1000, rel=0.02)
    assert summary["freshness"] == {
        "last_event_at": "2026-11-21T14:30:00Z",
        "last_recorded_at": "2026-11-21T14:30:02Z",
        "billed_until": None,
        "last_synced_at": None,
    }
    assert summary["budget"] is None
    assert summary["has_data"] is True


async def test_an_empty_month_says_so(ask: Ask) -> None:
    summary = await ask("summary")
    assert summary["has_data"] is False
    assert summary["total"] == summary["today"] == summary["previous"] == EMPTY
    assert summary["change"] == {"cost": None}
    assert summary["latency_ms"] == {"p50": None, "p90": None, "p95": None, "p99": None}
    assert set(summary["freshness"].values()) == {None}
    assert summary["unpriced"] == []


async def test_a_month_to_come_has_no_data(record: Record, ask: Ask) -> None:
    await record(NOW)
    summary = await ask("summary", month="2027-05")
    assert (summary["has_data"], summary["total"]) == (False, EMPTY)


async def test_unknown_prices_are_never_zero(record: Record, ask: Ask) -> None:
    await record(NOW, None)
    await record(NOW, None, unpriced_reason="usage_missing")
    await record(NOW, None, unpriced_reason="usage_missing")
    summary = await ask("summary")
    assert summary["total"]["cost"] is None
    assert summary["total"]["cost_per_call"] is None
    assert summary["change"]["cost"] is None
    assert summary["unpriced"] == [{"reason": "usage_missing", "calls": 2}, {"reason": "unknown_model", "calls": 1}]


async def test_the_current_month_is_compared_with_the_same_part_of_the_last(record: Record, ask: Ask) -> None:
    same_hour = datetime(2026, 10, 21, 14, 59, 59, 999_999, tzinfo=UTC)
    await record(NOW, "3")
    await record(datetime(2026, 10, 1, tzinfo=UTC), "1")
    await record(same_hour, "1")
    await record(same_hour + MICROSECOND, "40")
    await record(datetime(2026, 9, 30, 23, 59, tzinfo=UTC), "500")
    summary = await ask("summary")
    assert summary["previous"]["cost"] == "2"
    assert summary["previous_period"] == {"start": "2026-10-01T00:00:00Z", "end": "2026-10-21T15:00:00Z"}
    assert summary["change"] == {"cost": "0.5"}


async def test_a_month_that_is_over_is_compared_with_the_whole_last_one(record: Record, ask: Ask) -> None:
    await record(datetime(2026, 9, 30, 23, 59, 59, tzinfo=UTC), "4")
    await record(datetime(2026, 10, 9, tzinfo=UTC), "3")
    summary = await ask("summary", month="2026-10")
    assert (summary["previous"]["cost"], summary["change"]["cost"]) == ("4", "-0.25")
    assert summary["today"] == EMPTY


async def test_today_is_told_beside_another_month_and_is_in_none_of_its_sums(record: Record, ask: Ask) -> None:
    await record(NOW, "3")
    await record(datetime(2026, 10, 9, tzinfo=UTC), "4")
    summary = await ask("summary", month="2026-10")
    assert (summary["today"]["cost"], summary["total"]["cost"], summary["total"]["calls"]) == ("3", "4", 1)


async def test_an_empty_month_tells_where_the_last_call_was(record: Record, ask: Ask) -> None:
    await record(datetime(2026, 8, 3, 9, tzinfo=UTC))
    await record(datetime(2026, 8, 3, 8, tzinfo=UTC))
    summary = await ask("summary")
    assert summary["has_data"] is False
    assert summary["freshness"]["last_event_at"] == "2026-08-03T09:00:00Z"


async def test_old_calls_that_come_in_late_make_their_month_fresh(record: Record, ask: Ask) -> None:
    await record(datetime(2026, 11, 3, tzinfo=UTC), recorded_at=datetime(2026, 11, 20, tzinfo=UTC))
    await record(datetime(2026, 11, 9, tzinfo=UTC))
    freshness = (await ask("summary"))["freshness"]
    assert freshness["last_event_at"] == "2026-11-09T00:00:00Z"
    assert freshness["last_recorded_at"] == "2026-11-20T00:00:00Z"


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "11-2026", "1969-12", "", "２０２６-11"])
async def test_a_month_that_is_none_is_refused_by_name(ask: Ask, month: str) -> None:
    problem = await ask("summary", 422, month=month)
    assert [error["field"] for error in problem["errors"]] == ["month"]
    assert "YYYY-MM" in problem["errors"][0]["detail"]


async def test_a_parameter_that_is_not_known_is_refused_by_name(ask: Ask) -> None:
    problem = await ask("summary", 422, moth="2026-11")
    assert [error["field"] for error in problem["errors"]] == ["moth"]


async def test_a_summary_takes_five_statements(record: Record, ask: Ask, connection: AsyncConnection) -> None:
    await record(NOW)
    await ask("summary")  # the key is remembered from now on
    with selects_on(connection) as seen:
        await ask("summary")
    assert len(seen) == 5


async def test_paid_capacity_is_free_in_the_total_and_told_apart(record: Record, ask: Ask) -> None:
    await record(NOW, "3")
    for at in (NOW, NOW - timedelta(days=1)):
        await record(at, "0", capacity="provisioned", list_cost=Decimal(2), counts={"input.fresh.text": 10})
    await record(NOW, "0", capacity="subscription", list_cost=Decimal(1))
    await record(NOVEMBER - MICROSECOND, "0", capacity="provisioned", list_cost=Decimal(9))
    summary = await ask("summary")
    assert (summary["total"]["cost"], summary["total"]["free_calls"], summary["total"]["calls"]) == ("3", 3, 4)
    names = ("capacity", "calls", "cost", "list_cost", "input_tokens", "free_calls")
    assert [tuple(part[name] for name in names) for part in summary["prepaid"]] == [
        ("provisioned", 2, "0", "4", 20, 2),
        ("subscription", 1, "0", "1", 0, 1),
    ]


async def test_without_paid_capacity_nothing_is_told_of_it(record: Record, ask: Ask) -> None:
    await record(NOW)
    assert (await ask("summary"))["prepaid"] == []
