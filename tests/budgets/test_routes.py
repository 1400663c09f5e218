"""Budgets as people set them: made, read, changed, deleted, with their history."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.config import Settings
from app.core.ids import new_id
from app.core.periods import utc_now
from app.usage import billing
from app.usage.service import record
from app.workspaces.models import AuditEntry, Workspace
from app.workspaces.rules import Role
from tests.factories.analytics import make_call
from tests.factories.auth import make_user, signed_in
from tests.factories.billing import billed_line
from tests.factories.workspaces import add_member, make_workspace

Send = Callable[..., Awaitable[Any]]
Spend = Callable[..., Awaitable[None]]
MONTHLY = {"name": "All of it", "amount": "100"}


@pytest.fixture
async def workspace(session: AsyncSession) -> Workspace:
    return await make_workspace(session, await make_user(session))


@pytest.fixture
async def send(client: httpx.AsyncClient, session: AsyncSession, settings: Settings, workspace: Workspace) -> Send:
    admin = await make_user(session)
    await add_member(session, workspace, admin, Role.ADMIN)
    headers = await signed_in(session, settings, admin)
    await session.commit()

    async def request(method: str, path: str, expected: int, /, **content: Any) -> Any:
        url = f"/api/v1/workspaces/{workspace.id}/budgets{path}"
        answer = await client.request(method, url, headers=headers, **content)
        assert answer.status_code == expected, answer.text
        return answer.json() if answer.content else None

    return request


@pytest.fixture
def spend(sessionmaker: async_sessionmaker[AsyncSession], workspace: Workspace) -> Spend:
    async def made(*costs: str | None, at: datetime | None = None, **fields: Any) -> None:
        await record(sessionmaker, [make_call(workspace.id, at or utc_now(), cost, **fields) for cost in costs])

    return made


async def test_a_budget_tells_where_it_stands(send: Send, spend: Spend) -> None:
    await spend("12.5", "30", None)
    made = await send("POST", "", 201, json=MONTHLY)
    now = utc_now()
    assert {name: made[name] for name in ("name", "ledger", "period", "amount", "currency", "limit", "version")} == {
        "name": "All of it",
        "ledger": "tracked",
        "period": "month",
        "amount": "100",
        "currency": "USD",
        "limit": "none",
        "version": 1,
    }
    assert made["on_unavailable"] == "open"
    assert set(made["filter"].values()) == {None}
    assert made["thresholds"] == [
        {"percent": 80, "of": "actual"},
        {"percent": 100, "of": "actual"},
        {"percent": 100, "of": "forecast"},
    ]
    current = made["current"]
    assert datetime.fromisoformat(current["start"]) == datetime(now.year, now.month, 1, tzinfo=UTC)
    assert {name: current[name] for name in ("spent", "reserved", "remaining", "used_percent", "projected_end")} == {
        "spent": "42.5",
        "reserved": "0",
        "remaining": "57.5",
        "used_percent": "42.5",
        "projected_end": None,
    }
    assert (current["calls"], current["unpriced_calls"], current["complete"], current["fired"]) == (3, 1, True, [])
    assert (await send("GET", f"/{made['id']}", 200)) == made
    assert (await send("GET", "", 200)) == {"items": [made], "next_cursor": None}


@pytest.mark.parametrize(
    ("only", "spent"),
    [
        ({"provider": ["OpenAI", "gemini"]}, "4"),
        ({"project": ["web"], "environment": ["", "prod"]}, "2"),
        ({"model": ["gpt-4o"]}, "6"),
        ({"user": "ada"}, "2"),
        ({"tag": {"name": "team", "value": "red"}}, "4"),
    ],
)
async def test_a_filter_says_which_calls_count(send: Send, spend: Spend, only: dict[str, Any], spent: str) -> None:
    await spend("2", project="web", user_ref="ada", provider="mistral")
    await spend("4", provider="google" if "provider" in only else "mistral", tags='{"team": "red"}')
    made = await send("POST", "", 201, json=MONTHLY | {"filter": only, "period": "day"})
    assert made["current"]["spent"] == spent
    shown = {name: value for name, value in made["filter"].items() if value is not None}
    assert shown == (only | {"provider": ["google", "openai"]} if "provider" in only else only)
    changes = await send("GET", f"/{made['id']}/history", 200)
    assert changes["items"][0]["after"]["filter"]


async def test_a_week_begins_on_monday_and_a_day_at_midnight(send: Send) -> None:
    for period, days in (("week", 7), ("day", 1)):
        current = (await send("POST", "", 201, json=MONTHLY | {"name": period, "period": period}))["current"]
        start, end = (datetime.fromisoformat(current[name]) for name in ("start", "end"))
        assert end - start == timedelta(days=days)
        assert start <= utc_now() < end
        assert period == "day" or start.weekday() == 0


async def test_a_custom_period_is_told_of_also_when_it_is_over(send: Send, spend: Spend) -> None:
    await spend("3", at=datetime(2024, 2, 10, 5, tzinfo=UTC))
    await spend("5", at=datetime(2024, 2, 11, tzinfo=UTC))
    custom = {"period": "custom", "start": "2024-02-08", "end": "2024-02-11", "thresholds": []}
    made = await send("POST", "", 201, json=MONTHLY | custom)
    assert (made["start"], made["end"], made["current"]["spent"]) == ("2024-02-08", "2024-02-11", "3")
    changed = await send("PATCH", f"/{made['id']}", 200, json={"end": "2024-02-12"})
    assert (changed["end"], changed["current"]["spent"]) == ("2024-02-12", "8")
    monthly = await send("PATCH", f"/{made['id']}", 200, json={"period": "month"})
    assert (monthly["start"], monthly["end"], monthly["period"]) == (None, None, "month")


async def test_a_budget_on_bills_counts_billed_lines(
    send: Send, session: AsyncSession, workspace: Workspace, spend: Spend
) -> None:
    await spend("50")
    made = await send("POST", "", 201, json=MONTHLY | {"ledger": "billed"})
    unknown = {"spent": None, "remaining": None, "used_percent": None, "calls": None, "unpriced_calls": None}
    assert {name: made["current"][name] for name in unknown} == unknown
    today = utc_now().replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [billed_line(today, "7.5"), billed_line(today, "3", currency="EUR")]
    await billing.upsert_billed(session, workspace.id, new_id(), "openai", lines, utc_now())
    await session.commit()
    current = (await send("GET", f"/{made['id']}", 200))["current"]
    assert (current["spent"], current["remaining"]) == ("7.5", "92.5")
    assert current["other_currencies"] == [{"currency": "EUR", "amount": "3"}]


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": 2.5}, "amount"),
        ({"currency": "EUR"}, "currency"),
        ({"name": " "}, "name"),
        ({"period": "custom"}, "start"),
        ({"start": "2026-01-01"}, "start"),
        ({"period": "custom", "start": "2026-01-02", "end": "2026-01-02"}, "end"),
        ({"ledger": "billed", "limit": "strict"}, "limit"),
        ({"ledger": "billed", "filter": {"environment": ["prod"]}}, "filter"),
        ({"filter": {"user": "ada", "project": ["web"]}}, "filter"),
        ({"filter": {"project": []}}, "filter.project"),
        ({"filter": {"colour": ["red"]}}, "filter.colour"),
        ({"thresholds": [{"percent": 0}]}, "thresholds.0.percent"),
        ({"thresholds": [{"percent": 50}, {"percent": 50, "of": "actual"}]}, "thresholds"),
        ({"limit": "hard"}, "limit"),
    ],
)
async def test_terms_that_make_no_sense_are_refused_by_name(send: Send, over: dict[str, Any], field: str) -> None:
    problem = await send("POST", "", 422, json=MONTHLY | over)
    assert [error["field"] for error in problem["errors"]] == [field]


async def test_a_name_is_taken_until_its_budget_is_deleted(send: Send) -> None:
    first, other = [await send("POST", "", 201, json=MONTHLY | {"name": name}) for name in ("a", "b")]
    assert (await send("POST", "", 409, json=MONTHLY | {"name": "a"}))["code"] == "budget_name_taken"
    assert (await send("PATCH", f"/{other['id']}", 409, json={"name": "a"}))["code"] == "budget_name_taken"
    await send("DELETE", f"/{first['id']}", 204)
    await send("PATCH", f"/{other['id']}", 200, json={"name": "a"})
    assert (await send("POST", f"/{first['id']}/restore", 409))["code"] == "budget_name_taken"
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", "")):
        await send(method, f"/{first['id']}{path}", 404, **({"json": {}} if method == "PATCH" else {}))


async def test_every_change_leaves_a_row_of_history_and_an_audit_row(send: Send, session: AsyncSession) -> None:
    made = await send("POST", "", 201, json=MONTHLY)
    path = f"/{made['id']}"
    assert (await send("PATCH", path, 200, json={"amount": "100"}))["version"] == 1  # nothing changed
    assert (await send("PATCH", path, 200, json={"name": "Everything", "limit": "strict"}))["version"] == 1
    assert (await send("PATCH", path, 200, json={"amount": "250"}))["version"] == 2
    assert (await send("PATCH", path, 200, json={"thresholds": [{"percent": 50}]}))["version"] == 3
    await send("DELETE", path, 204)
    restored = await send("POST", f"{path}/restore", 200)
    assert (restored["amount"], restored["version"]) == ("250", 3)
    assert await send("POST", f"{path}/restore", 200) == restored  # nothing changed
    await send("DELETE", path, 204)
    changes = (await send("GET", f"{path}/history", 200))["items"]
    assert [(change["action"], change["version"]) for change in changes] == [
        ("deleted", 3),
        ("restored", 3),
        ("deleted", 3),
        ("changed", 3),
        ("changed", 2),
        ("changed", 1),
        ("created", 1),
    ]
    assert (changes[4]["before"]["amount"], changes[4]["after"]["amount"]) == ("100", "250")
    assert (changes[6]["before"], changes[0]["after"]) == (None, None)
    assert changes[1]["before"] == changes[1]["after"] == changes[0]["before"]
    first = await send("GET", f"{path}/history", 200, params={"limit": 4})
    rest = await send("GET", f"{path}/history", 200, params={"limit": 4, "cursor": first["next_cursor"]})
    assert [*first["items"], *rest["items"]] == changes
    assert rest["next_cursor"] is None
    actions = (await session.execute(select(AuditEntry.action).order_by(AuditEntry.id))).scalars().all()
    assert actions == ["budget.created", *["budget.changed"] * 3, *["budget.deleted", "budget.restored"] * 2][:-1]
    await send("GET", f"/{new_id()}/history", 404)
    await send("POST", f"/{new_id()}/restore", 404)
