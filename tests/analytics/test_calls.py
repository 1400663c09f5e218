from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.analytics.queries import events
from app.analytics.rules import CallFilter
from app.usage.models import Event
from app.workspaces.models import Workspace
from app.workspaces.rules import Scope, WorkspaceId
from tests.analytics.conftest import NOW, Ask, Record
from tests.factories.analytics import selects_on
from tests.factories.workspaces import make_api_key, make_workspace


def ids(page: dict[str, Any]) -> list[str]:
    return [call["event_id"] for call in page["items"]]


async def walk(ask: Ask, **query: Any) -> list[list[str]]:
    """The ids of all pages."""
    page = await ask("calls", **query)
    pages = [ids(page)]
    while page["next_cursor"]:
        page = await ask("calls", cursor=page["next_cursor"], **query)
        pages.append(ids(page))
    return pages


async def test_calls_are_newest_first_across_months(record: Record, ask: Ask) -> None:
    for name, at in {
        "september": datetime(2026, 9, 5, tzinfo=UTC),
        "november": datetime(2026, 11, 5, tzinfo=UTC),
        "october": datetime(2026, 10, 5, tzinfo=UTC),
    }.items():
        await record(at, event_id=name)
    assert await walk(ask, limit=2) == [["november", "october"], ["september"]]


async def test_pages_lose_and_repeat_nothing_when_calls_share_one_instant(record: Record, ask: Ask) -> None:
    names = [f"call-{number}" for number in range(7)]
    for name in names:
        await record(NOW, event_id=name)
    pages = await walk(ask, limit=3)
    assert [len(page) for page in pages] == [3, 3, 1]
    assert sorted(name for page in pages for name in page) == names


async def test_calls_that_come_in_meanwhile_do_not_shift_the_next_page(record: Record, ask: Ask) -> None:
    for number in range(4):
        await record(NOW - timedelta(minutes=number), event_id=f"call-{number}")
    first = await ask("calls", limit=2)
    await record(NOW + timedelta(minutes=1), event_id="late")
    assert ids(await ask("calls", limit=2, cursor=first["next_cursor"])) == ["call-2", "call-3"]


async def test_a_full_last_page_names_no_next_one(record: Record, ask: Ask) -> None:
    await record(NOW)
    assert (await ask("calls", limit=1))["next_cursor"] is None


async def test_a_call_shows_all_that_is_known_of_it(record: Record, ask: Ask) -> None:
    counts: dict[str, int | Decimal] = {
        "input.fresh.text": 100,
        "input.fresh.audio": 5,
        "input.cache_read.text": 20,
        "output.visible.text": 50,
        "tool.web_search": 2,
        "audio_in_seconds": Decimal("12.345"),
    }
    await record(
        NOW,
        "0.000012300",
        event_id="full",
        counts=counts,
        list_cost=Decimal("0.00002"),
        reported_cost=Decimal("0.0000123"),
        requested_model="gpt-4o-latest",
        priced_as="openai/gpt-4o",
        http_status=200,
        latency_ms=12.5,
        project="site",
        user_ref="customer-7",
        tags='{"team": "search"}',
        warnings=["total_mismatch"],
    )
    call = await ask("calls/full")
    listed = (await ask("calls"))["items"][0]
    assert {name: call[name] for name in listed} == listed
    assert call["occurred_at"] == "2026-11-21T14:30:00Z"
    assert call["recorded_at"] == "2026-11-21T14:30:02Z"
    assert (call["cost"], call["list_cost"], call["reported_cost"]) == ("0.0000123", "0.00002", "0.0000123")
    assert (call["input_tokens"], call["cache_read_tokens"], call["output_tokens"]) == (125, 20, 50)
    assert (call["cache_write_tokens"], call["reasoning_tokens"]) == (None, None)
    assert call["leaves"] == {name: count for name, count in counts.items() if "." in name and name[:4] != "tool"}
    assert call["meters"] == {"tool.web_search": "2", "audio_in_seconds": "12.345"}
    assert (call["user"], call["tags"], call["warnings"]) == ("customer-7", {"team": "search"}, ["total_mismatch"])
    assert (call["requested_model"], call["priced_as"]) == ("gpt-4o-latest", "openai/gpt-4o")
    assert call.keys() - listed.keys() == {"raw_usage", "convention", "facts", "explanation"}


async def test_an_unpriced_call_has_no_cost_and_says_why(record: Record, ask: Ask) -> None:
    await record(NOW, None, event_id="odd")
    call = await ask("calls/odd")
    assert (call["cost"], call["price_state"], call["unpriced_reason"]) == (None, "unpriced", "unknown_model")
    assert (call["input_tokens"], call["leaves"], call["tags"]) == (None, {}, {})


async def test_calls_are_found_by_the_reason_why_they_have_no_price(record: Record, ask: Ask) -> None:
    await record(NOW, None, event_id="unknown")
    await record(NOW, None, event_id="missing", unpriced_reason="usage_missing")
    assert ids(await ask("calls", unpriced_reason="usage_missing")) == ["missing"]


async def test_totals_of_a_call_hold_those_of_its_parts(record: Record, ask: Ask) -> None:
    parts = '[{"role": "advisor", "model": "big", "counts": {"input.fresh.text": 5, "tool.web_search": 1}}]'
    await record(NOW, event_id="two", counts={"input.fresh.text": 100}, parts=parts)
    call = await ask("calls/two")
    assert (call["input_tokens"], call["leaves"]) == (105, {"input.fresh.text": 100})
    assert call["parts"] == [
        {
            "role": "advisor",
            "model": "big",
            "provider": None,
            "service_tier": None,
            "speed": None,
            "leaves": {"input.fresh.text": 5},
            "meters": {"tool.web_search": "1"},
        }
    ]


KEY = UUID("0192d000-0000-7000-8000-000000000001")
TWO = {
    "provider": "anthropic",
    "model": "claude",
    "project": "site",
    "environment": "production",
    "api_key_id": KEY,
    "user_ref": "customer",
    "session_id": "s1",
    "trace_id": "t1",
    "status": "error",
    "price_state": "free",
    "capacity": "provisioned",
}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"provider": "anthropic"}, ["second"]),
        ({"provider": "openai"}, ["first"]),
        ({"model": "claude"}, ["second"]),
        ({"project": "site"}, ["second"]),
        ({"project": ""}, ["first"]),
        ({"environment": "production"}, ["second"]),
        ({"api_key": str(KEY)}, ["second"]),
        ({"api_key": ""}, ["first"]),
        ({"user": "customer"}, ["second"]),
        ({"session_id": "s1"}, ["second"]),
        ({"trace_id": "t1"}, ["second"]),
        ({"status": "error"}, ["second"]),
        ({"price_state": "free"}, ["second"]),
        ({"price_state": "unpriced"}, []),
        ({"capacity": "provisioned"}, ["second"]),
        ({"capacity": ""}, ["first"]),
        ({"unpriced_reason": "unknown_model"}, []),
        ({"from": "2026-11-21T14:30:00Z"}, ["second"]),
        ({"to": "2026-11-21T14:30:00Z"}, ["first"]),
        ({"from": "2026-11-20", "to": "2026-11-21"}, ["first"]),
        ({"project": "site", "status": "ok"}, []),
        ({}, ["second", "first"]),
    ],
)
async def test_filters_narrow_the_list(
    record: Record, ask: Ask, query: dict[str, str], expected: Sequence[str]
) -> None:
    await record(NOW - timedelta(days=1), event_id="first")
    await record(NOW, event_id="second", **TWO)
    assert ids(await ask("calls", **query)) == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"cursor": "not-ours"}, "cursor"),
        ({"cursor": "WzEsMl0"}, "cursor"),
        ({"status": "fine"}, "status"),
        ({"price_state": "cheap"}, "price_state"),
        ({"unpriced_reason": "cheap"}, "unpriced_reason"),
        ({"capacity": "on_demand"}, "capacity"),
        ({"api_key": "tb_secret"}, "api_key"),
        ({"from": "2026-11-21T14:30:00"}, "from"),
        ({"provder": "openai"}, "provder"),
        ({"provider": "open\x00ai"}, "provider"),
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused_by_name(ask: Ask, query: dict[str, str], field: str) -> None:
    problem = await ask("calls", 422, **query)
    assert [error["field"] for error in problem["errors"]] == [field]


async def test_a_call_is_found_by_any_id_that_a_sender_may_choose(record: Record, ask: Ask) -> None:
    for name in ("a/b/c", "0192d000-0000-7000-8000-00000000abcd", "réponse #1?", "a\ttab"):
        await record(NOW, event_id=name)
        assert (await ask(f"calls/{quote(name)}"))["event_id"] == name


async def test_an_unknown_call_is_not_found(ask: Ask) -> None:
    await ask("calls/never-sent", 404)


async def test_a_key_that_may_only_send_cannot_ask(
    client: httpx.AsyncClient, session: AsyncSession, workspace: Workspace
) -> None:
    _, key = await make_api_key(session, workspace, Scope.INGEST)
    await session.commit()
    for question in ("summary", "trend", "breakdown", "calls", "calls/x", "calls.csv", "unpriced-models"):
        path = f"/api/v1/workspaces/{workspace.id}/{question}"
        answer = await client.get(path, headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 403
        assert (await client.get(path)).status_code == 401


async def test_a_neighbours_key_finds_no_workspace(
    client: httpx.AsyncClient, session: AsyncSession, workspace: Workspace
) -> None:
    _, key = await make_api_key(session, await make_workspace(session), Scope.READ)
    await session.commit()
    answer = await client.get(f"/api/v1/workspaces/{workspace.id}/calls", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 404


async def test_a_page_of_calls_takes_one_statement(record: Record, ask: Ask, connection: AsyncConnection) -> None:
    await record(NOW, event_id="one")
    await ask("calls")  # the key is remembered from now on
    with selects_on(connection) as seen:
        await ask("calls", project="site")
    assert len(seen) == 1
    with selects_on(connection) as seen:
        await ask("calls/one")
    assert len(seen) == 3  # the call, its earlier prices, and the workspace's own prices, which are kept a while


async def test_months_outside_the_period_are_not_read(
    record: Record, session: AsyncSession, workspace: Workspace, connection: AsyncConnection
) -> None:
    for month in (8, 9, 10, 11):
        await record(datetime(2026, month, 5, tzinfo=UTC), event_id=f"call-{month}")
    wanted = CallFilter(datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC), {})
    with selects_on(connection) as seen:
        await events.calls(session, WorkspaceId(workspace.id), wanted, None, 10)
    plan = await _plan(session, seen[0], workspace.id, wanted.start, wanted.end, 10)
    assert ("events_2026_09" in plan, "events_2026_10" in plan) == (True, True)
    assert ("events_2026_08" in plan, "events_2026_11" in plan) == (False, False)


async def _plan(session: AsyncSession, statement: str, *values: object) -> str:
    connection = await session.connection()
    driver: Any = (await connection.get_raw_connection()).driver_connection
    return "\n".join(row[0] for row in await driver.fetch(f"EXPLAIN {statement}", *values))


async def test_an_id_that_is_a_uuid_is_kept_once_and_told_as_it_was_sent(
    record: Record, ask: Ask, session: AsyncSession
) -> None:
    same, shouted = "0192d000-0000-7000-8000-00000000abcd", "0192D000-0000-7000-8000-00000000ABCD"
    for name in (same, shouted):
        await record(NOW, event_id=name)
        assert (await ask(f"calls/{name}"))["event_id"] == name
    assert set((await session.execute(select(Event.kept_id))).scalars()) == {None, shouted}
