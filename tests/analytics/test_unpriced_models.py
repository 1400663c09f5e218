"""The inbox of models without a price, and the known ones they may be mapped to."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_sessionmaker

from app.pricing.shelf import PriceShelf
from app.usage import service as usage
from tests.analytics.conftest import NOW, Ask, Record
from tests.factories.analytics import make_call, selects_on
from tests.factories.workspaces import make_workspace
from tests.pricing.books import book_of

PRICES = {"input.fresh.text": "2", "input.cache_read.text": "0.2", "output.visible.text": "10"}
COUNTS = {
    "input.fresh.text": 100,
    "input.cache_read.text": 20,
    "input.cache_write_5m.text": 3,
    "output.visible.text": 50,
    "output.reasoning.text": 7,
}


@pytest.fixture(autouse=True)
def _book(app: FastAPI) -> None:
    app.state.price_shelf = PriceShelf(book_of({"prices": PRICES}, model="nova-1"))


def models(page: dict[str, Any]) -> list[tuple[str, int]]:
    return [(item["model"], item["calls"]) for item in page["items"]]


async def test_a_row_tells_what_is_at_stake_and_what_would_mend_it(record: Record, ask: Ask) -> None:
    await record(NOW - timedelta(days=3), None, model="nova-2", counts=COUNTS)
    await record(NOW, None, model="nova-2", counts=COUNTS)
    await record(NOW, None, model="nova-2", unpriced_reason="usage_missing")
    await record(NOW, "1", model="nova-2", counts=COUNTS)
    (row,) = (await ask("unpriced-models"))["items"]
    assert row == {
        "provider": "openai",
        "model": "nova-2",
        "reasons": [{"reason": "unknown_model", "calls": 2}, {"reason": "usage_missing", "calls": 1}],
        "calls": 3,
        "input_tokens": 246,
        "cache_read_tokens": 40,
        "cache_write_tokens": 6,
        "output_tokens": 114,
        "reasoning_tokens": 14,
        "first_seen_on": "2026-11-18",
        "last_seen_at": "2026-11-21T14:30:00Z",
        # (200 + 6) * 2 + 40 * 0.2 + 114 * 10 = 1,560 per million
        "estimate": {
            "cost": "0.00156",
            "like": "openai/nova-1",
            "why": "the nearest known name, which also has: nova",
            "is_estimate": True,
        },
        "suggestions": [{"kind": "deployment", "target_provider": "openai", "target_model": "nova-1"}],
        "is_priced_now": False,
    }


async def test_what_resembles_nothing_has_no_estimate(record: Record, ask: Ask) -> None:
    await record(NOW, None, model="unheard-of", counts=COUNTS)
    (row,) = (await ask("unpriced-models"))["items"]
    assert (row["estimate"], row["suggestions"]) == (None, [])


async def test_a_known_model_that_lacks_a_tier_is_not_mapped_to_another(record: Record, ask: Ask) -> None:
    await record(NOW, None, model="nova-1", counts=COUNTS, unpriced_reason="no_price_for_tier")
    (row,) = (await ask("unpriced-models"))["items"]
    assert (row["estimate"]["why"], row["suggestions"]) == ("this model at its list price", [])


async def test_a_model_that_got_its_price_since_only_waits_to_be_priced_again(record: Record, ask: Ask) -> None:
    await record(NOW, None, model="nova-1", counts=COUNTS)
    await record(NOW, None, model="nova-2", counts=COUNTS)
    rows = (await ask("unpriced-models"))["items"]
    assert [(row["model"], row["is_priced_now"]) for row in rows] == [("nova-1", True), ("nova-2", False)]


async def test_an_estimate_is_in_no_total(record: Record, ask: Ask) -> None:
    await record(NOW, None, model="nova-2", counts=COUNTS)
    assert (await ask("summary"))["total"]["cost"] is None


async def test_most_calls_come_first_and_pages_lose_and_repeat_nothing(record: Record, ask: Ask) -> None:
    for model, calls in {"b": 1, "a": 1, "c": 3, "d": 2}.items():
        for _ in range(calls):
            await record(NOW, None, model=model)
    assert models(await ask("unpriced-models")) == [("c", 3), ("d", 2), ("a", 1), ("b", 1)]
    first = await ask("unpriced-models", limit=3)
    second = await ask("unpriced-models", limit=3, cursor=first["next_cursor"])
    assert (models(first) + models(second), second["next_cursor"]) == ([("c", 3), ("d", 2), ("a", 1), ("b", 1)], None)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["november"]),
        ({"month": "2026-10"}, ["october"]),
        ({"from": "2026-10-31", "to": "2026-11-02"}, ["november", "october"]),
        ({"from": "2026-10-31", "to": "2026-11-01"}, ["october"]),
        ({"month": "2026-09"}, []),
    ],
)
async def test_a_period_holds_its_days_and_no_more(
    record: Record, ask: Ask, query: dict[str, str], expected: list[str]
) -> None:
    await record(datetime(2026, 10, 31, 23, 59, tzinfo=UTC), None, model="october")
    await record(datetime(2026, 11, 1, tzinfo=UTC), None, model="november")
    assert [item["model"] for item in (await ask("unpriced-models", **query))["items"]] == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"month": "2026-11", "from": "2026-11-01"}, "month"),
        ({"from": "2026-11-02", "to": "2026-11-01"}, "from"),
        ({"cursor": "not-ours"}, "cursor"),
        ({"cursor": "WyJhIiwiYiIsImMiXQ"}, "cursor"),  # three words
        ({"cursor": "Wy0xLCJcdTAwMDAiLCJjIl0"}, "cursor"),  # a NUL inside
        ({"limit": "201"}, "limit"),
    ],
)
async def test_what_makes_no_sense_is_refused_by_name(ask: Ask, query: dict[str, str], field: str) -> None:
    problem = await ask("unpriced-models", 422, **query)
    assert [error["field"] for error in problem["errors"]] == [field]


async def test_a_neighbours_models_stay_theirs(
    ask: Ask, session: AsyncSession, sessionmaker: async_sessionmaker[AsyncSession]
) -> None:
    neighbour = await make_workspace(session)
    await session.commit()
    await usage.record(sessionmaker, [make_call(neighbour.id, NOW, None)])
    assert (await ask("unpriced-models"))["items"] == []


async def test_the_inbox_takes_one_statement_on_rollups(record: Record, ask: Ask, connection: AsyncConnection) -> None:
    await record(NOW, None, model="nova-2", counts=COUNTS)
    await ask("summary")  # the key is remembered from now on
    with selects_on(connection) as seen:
        await ask("unpriced-models")
    assert len(seen) == 2  # the models, and the workspace's own prices, which are kept a while
    assert "usage_daily" in seen[0]
    assert not any("FROM events" in statement for statement in seen)


async def test_known_models_are_listed_by_part_of_their_name(ask: Ask) -> None:
    found = await ask("known-models", q="nova")
    assert found == {"items": [{"provider": "openai", "model": "nova-1"}], "next_cursor": None}
    assert (await ask("known-models", q="nova", provider="OpenAI"))["items"] == found["items"]
    assert (await ask("known-models", provider="azure"))["items"] == []


async def test_known_models_come_in_pages(app: FastAPI, ask: Ask) -> None:
    book = app.state.price_shelf.book
    book.models = lambda: iter([("b", "2"), ("a", "1"), ("a", "2")])
    first = await ask("known-models", limit=2)
    assert first["items"] == [{"provider": "a", "model": "1"}, {"provider": "a", "model": "2"}]
    second = await ask("known-models", limit=2, cursor=first["next_cursor"])
    assert second == {"items": [{"provider": "b", "model": "2"}], "next_cursor": None}
