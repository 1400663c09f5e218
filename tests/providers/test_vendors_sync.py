"""The providers through the front door: a key is connected, the engine reads, and the ledger is exact."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from starlette.types import ASGIApp

from app.core.config import Settings
from app.core.http import HttpClient
from app.core.periods import Granularity, floor, utc_now
from app.usage.models import BilledRow, CreditRow, ReportedRow
from app.workspaces.rules import Role
from tests.factories.auth import make_user, signed_in
from tests.factories.workspaces import add_member, make_workspace
from tests.providers.fakes import balances, elevenlabs, faults, fireworks, mistral, openrouter, xai
from tests.providers.fakes.world import DAY, midnight, summed, today

D = Decimal


@dataclass
class Office:
    """An admin at the routes of a workspace whose providers are stand-ins."""

    app: FastAPI
    client: httpx.AsyncClient
    sessions: async_sessionmaker[AsyncSession]
    workspace_id: UUID
    headers: dict[str, str]

    def reach(self, stand_in: ASGIApp) -> None:
        """The world outside is this one."""
        self.app.state.http = HttpClient(transport=httpx.ASGITransport(stand_in), pause=_no_pause)

    async def ask(self, method: str, path: str, **asked: Any) -> httpx.Response:
        path = f"/api/v1/workspaces/{self.workspace_id}{path}"
        return await self.client.request(method, path, headers=self.headers, **asked)

    async def connect(self, provider: str, key: str, mode: str = "organization", **fields: str) -> Any:
        """The connection after its first sync."""
        body = {"provider": provider, "mode": mode, "api_key": key, "fields": fields}
        made = await self.ask("POST", "/connections", json=body)
        assert made.status_code == 201, made.text
        return (await self.ask("GET", f"/connections/{made.json()['id']}")).json()

    async def sync(self, connection: Any) -> dict[str, int]:
        """What the next sync changed."""
        asked = await self.ask("POST", f"/connections/{connection['id']}/sync")
        assert asked.status_code in (200, 202), asked.text
        run = (await self.ask("GET", f"/connections/{connection['id']}/sync-runs")).json()["items"][0]
        assert run["status"] == "done", run
        return {name: run[f"rows_{name}"] for name in ("new", "changed", "unchanged", "flagged")}

    async def rows(self, table: Any) -> list[Any]:
        """Those that count, read in a transaction of its own: one left open would hold what the application writes."""
        async with self.sessions() as session:
            found = await session.scalars(select(table).where(table.workspace_id == self.workspace_id))
            return [row for row in found if getattr(row, "superseded_at", None) is None]

    async def total(self) -> Decimal:
        return sum((row.amount for row in await self.rows(BilledRow)), D(0))

    async def by_day(self) -> dict[date, Decimal]:
        return summed((row.start.date(), row.amount) for row in await self.rows(BilledRow))


async def _no_pause(_: float) -> None:
    return None


@pytest.fixture
async def door(
    app: FastAPI,
    client: httpx.AsyncClient,
    session: AsyncSession,
    sessionmaker: async_sessionmaker[AsyncSession],
    settings: Settings,
) -> Office:
    workspace = await make_workspace(session)
    admin = await make_user(session)
    await add_member(session, workspace, admin, Role.ADMIN)
    headers = await signed_in(session, settings, admin)
    await session.commit()
    return Office(app, client, sessionmaker, workspace.id, headers)


async def test_openrouters_month_is_exact_and_stays_so(door: Office) -> None:
    account = openrouter.make_world()
    door.reach(openrouter.make_app(account))
    connection = await door.connect("openrouter", openrouter.MANAGEMENT_KEY)
    assert connection["run"]["status"] == "done", connection
    assert await door.total() == account.total()
    assert await door.by_day() == account.totals(lambda row: row.day)
    by_key = summed((row.api_key, row.amount) for row in await door.rows(BilledRow))
    assert by_key == account.totals(lambda row: None if row.key in account.deleted else row.key)

    again = await door.sync(connection)
    assert (again["new"], again["changed"], again["flagged"]) == (0, 0, 0)
    assert await door.total() == account.total()

    before, day = await door.by_day(), today() - DAY
    account.restate(day, "1.25")
    assert (await door.sync(connection))["changed"] > 0
    after = await door.by_day()
    assert {each for each in before if before[each] != after[each]} == {day}
    assert await door.total() == account.total()

    assert (await door.sync(connection))["changed"] == 0


async def test_openrouters_today_does_not_count_as_read(door: Office) -> None:
    door.reach(openrouter.make_app(openrouter.make_world(days=3)))
    connection = await door.connect("openrouter", openrouter.MANAGEMENT_KEY)
    [costs] = [feed for feed in connection["feeds"] if feed["feed"] == "costs"]
    assert costs["is_complete"]
    assert midnight(today()).isoformat()[:19] in str(costs)
    assert max(row.start for row in await door.rows(BilledRow)) == midnight(today() - DAY)


@pytest.mark.parametrize("key", [openrouter.INFERENCE_KEY, openrouter.ZEROS_KEY])
async def test_openrouters_wrong_key_is_not_kept(door: Office, key: str) -> None:
    door.reach(openrouter.make_app(openrouter.make_world(days=1)))
    body = {"provider": "openrouter", "mode": "organization", "api_key": key}
    answer = await door.ask("POST", "/connections", json=body)
    assert answer.status_code == 422
    assert "management key is needed" in answer.text
    assert key not in answer.text
    assert (await door.ask("GET", "/connections")).json()["items"] == []


async def test_what_upstream_bills_is_reported_and_not_billed(door: Office) -> None:
    account = openrouter.OpenRouter(
        calls=[openrouter.Calls(today() - DAY, "gone", "m/x", "Alpha", D("0.05"), byok=D("3.21"))]
    )
    door.reach(openrouter.make_app(account))
    await door.connect("openrouter", openrouter.MANAGEMENT_KEY)
    assert await door.total() == D("0.05")
    [reported] = await door.rows(ReportedRow)
    assert reported.meters["byok_inference_usd"] in (D("3.21"), "3.21")


async def test_a_connection_is_synced_many_times_over_one_link_to_the_database(door: Office) -> None:
    """Statements get another plan after their fifth time."""
    door.reach(openrouter.make_app(openrouter.make_world(days=2)))
    connection = await door.connect("openrouter", openrouter.MANAGEMENT_KEY)
    for _ in range(7):
        assert (await door.sync(connection))["changed"] == 0


async def test_xais_days_are_exact_and_the_invoice_is_not_added(door: Office) -> None:
    state = xai.make_world()
    door.reach(xai.make_app(state))
    connection = await door.connect("xai", xai.MANAGEMENT_KEY, team_id=xai.TEAM)
    assert connection["run"]["status"] == "done", connection
    assert await door.total() == state.total_usd()
    state.restate(today() - DAY, "2")
    assert (await door.sync(connection))["changed"] > 0
    assert await door.total() == state.total_usd()
    [credit] = await door.rows(CreditRow)
    assert (credit.available, credit.currency) == (D("37.66"), "USD")


async def test_fireworks_is_exact_through_refusals_to_hurry(door: Office) -> None:
    state = fireworks.make_world()
    door.reach(fireworks.make_app(state))
    state.faults.next("usageCosts", faults.too_many(), faults.too_many())
    connection = await door.connect("fireworks", fireworks.ADMIN_KEY)
    assert connection["run"]["status"] == "done", connection
    assert await door.total() == state.total()


async def test_mistrals_months_are_exact_in_their_own_currency(door: Office) -> None:
    state = mistral.make_world()
    month = f"{utc_now():%Y-%m}"
    state.months = {month: state.months["2026-11"]}
    door.reach(mistral.make_app(state))
    connection = await door.connect("mistral", mistral.ADMIN_KEY)
    assert connection["run"]["status"] == "done", connection
    rows = await door.rows(BilledRow)
    assert sum(row.amount for row in rows) == mistral.NOVEMBER_EUR
    assert {(row.currency, row.start) for row in rows} == {("EUR", floor(utc_now(), Granularity.MONTH))}


YUAN, DOLLARS = ({"available": D("88.40"), "currency": currency} for currency in ("CNY", "USD"))
BALANCES: list[tuple[str, Callable[[], ASGIApp], str, Mapping[str, Any]]] = [
    ("deepseek", lambda: balances.deepseek(balances.Account()), balances.KEY, YUAN),
    ("moonshot", lambda: balances.moonshot(balances.Account()), balances.KEY, DOLLARS),
    ("siliconflow", lambda: balances.siliconflow(balances.Account()), balances.KEY, YUAN),
    (
        "elevenlabs",
        lambda: elevenlabs.make_app(elevenlabs.ElevenLabs()),
        elevenlabs.KEY,
        {"available": D(88_000), "used": D(12_000), "currency": "credits"},
    ),
]


@pytest.mark.parametrize(("provider", "stand_in", "key", "expected"), BALANCES)
async def test_a_balance_is_kept_in_its_currency(
    door: Office, provider: str, stand_in: Callable[[], ASGIApp], key: str, expected: Mapping[str, Any]
) -> None:
    door.reach(stand_in())
    connection = await door.connect(provider, key, "personal")
    assert connection["run"]["status"] == "done", connection
    [credit] = await door.rows(CreditRow)
    assert {name: getattr(credit, name) for name in expected} == expected
    assert await door.rows(BilledRow) == []
