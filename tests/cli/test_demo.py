"""The demo: always the same company for the same seed, and only ever the demo's own data."""

from datetime import UTC, date, datetime
from decimal import Decimal

import httpx
import pytest
from pydantic import SecretStr

from app.core.config import Settings
from app.core.periods import month_period
from app.demo import furnishing
from app.demo.rules.calls import Plan, calls
from app.demo.rules.planning import PLANNED
from app.ingest.rules.incoming import read_event
from app.main import create_app
from tests.cli.conftest import Command

PLAN = Plan(7, 90, date(2026, 11, 20))


def test_the_same_seed_and_days_give_the_same_calls() -> None:
    assert list(calls(PLAN)) == list(calls(PLAN))
    assert next(calls(PLAN)) != next(calls(Plan(8, 90, PLAN.until)))


def test_the_company_has_what_a_tour_needs() -> None:
    made = list(calls(PLAN))
    events = [call.event for call in made]
    assert len({event["event_id"] for event in events}) == len(events)
    assert {call.occurred_at.date() for call in made} <= {date.fromordinal(n) for n in range(
        PLAN.first_day.toordinal(), PLAN.until.toordinal() + 1)}  # fmt: skip
    assert len({event["provider"] for event in events}) >= 5
    assert len({event["project"] for event in events}) >= 4
    assert len({event["environment"] for event in events}) == 3
    assert len({event.get("user") for event in events}) > 20
    assert sum(event["status"] == "error" for event in events) > 500
    for call in made[::997]:
        read_event(call.event)


def test_one_day_stands_out() -> None:
    days: dict[date, int] = {}
    for call in calls(PLAN):
        if call.event["tags"]["feature"] == "extract-terms":
            days[call.occurred_at.date()] = days.get(call.occurred_at.date(), 0) + 1
    first, second = sorted(days.values(), reverse=True)[:2]
    assert first > 4 * second


@pytest.fixture
async def browser(fresh_database: str, settings: Settings) -> httpx.AsyncClient:
    app = create_app(settings.model_copy(update={"database_url": SecretStr(fresh_database)}))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost:8000")


async def test_its_sign_in_is_printed_and_again_adds_nothing(tokenboard: Command, browser: httpx.AsyncClient) -> None:
    first = tokenboard("demo", "--days", "3", "--until", "2026-11-19")
    assert first.returncode == 0, first.stderr
    assert "demo@example.com" in first.stdout
    again = tokenboard("demo", "--days", "3", "--until", "2026-11-19")
    assert " 0 calls added" in again.stdout

    answer = await browser.post("/api/v1/auth/login", json={"email": "demo@example.com", "password": "northwind-demo"})
    assert answer.status_code == 200
    [workspace] = (await browser.get("/api/v1/workspaces")).json()["items"]
    summary = (await browser.get(f"/api/v1/workspaces/{workspace['id']}/summary?month=2026-11")).json()
    expected = sum(1 for _ in calls(Plan(7, 3, date(2026, 11, 19))))
    assert summary["total"]["calls"] == expected
    assert Decimal(summary["total"]["cost"]) > 1

    other = tokenboard("demo", "--days", "2", "--until", "2026-11-19")
    assert other.returncode == 2
    assert "--reset" in other.stderr
    assert tokenboard("demo", "--days", "2", "--until", "2026-11-19", "--reset").returncode == 0
    summary = (await browser.get(f"/api/v1/workspaces/{workspace['id']}/summary?month=2026-11")).json()
    assert summary["total"]["calls"] == sum(1 for _ in calls(Plan(7, 2, date(2026, 11, 19))))


async def test_its_calls_arrived_when_they_were_made(tokenboard: Command, browser: httpx.AsyncClient) -> None:
    assert tokenboard("demo", "--days", "3", "--until", "2026-11-19").returncode == 0
    await browser.post("/api/v1/auth/login", json={"email": "demo@example.com", "password": "northwind-demo"})
    [workspace] = (await browser.get("/api/v1/workspaces")).json()["items"]
    asked = {"from": "2026-11-17", "to": "2026-11-20", "granularity": "day"}
    stats = (await browser.get(f"/api/v1/workspaces/{workspace['id']}/ingest-stats", params=asked)).json()
    assert stats["totals"]["stored"] == sum(1 for _ in calls(Plan(7, 3, date(2026, 11, 19))))
    assert [point["stored"] > 0 for point in stats["points"]] == [True, True, True]
    assert stats["lag_ms"]["p50"] < 60_000


async def test_only_what_has_happened_by_now_is_sent(tokenboard: Command, browser: httpx.AsyncClient) -> None:
    today = datetime.now(UTC).date()
    assert tokenboard("demo", "--days", "2", "--until", str(today)).returncode == 0
    await browser.post("/api/v1/auth/login", json={"email": "demo@example.com", "password": "northwind-demo"})
    [workspace] = (await browser.get("/api/v1/workspaces")).json()["items"]
    newest = (await browser.get(f"/api/v1/workspaces/{workspace['id']}/calls?limit=1")).json()["items"][0]
    assert datetime.fromisoformat(newest["occurred_at"]) <= datetime.now(UTC)
    assert datetime.fromisoformat(newest["occurred_at"]) >= month_period("2026-01").start


async def test_it_has_budgets_and_alerts_of_several_kinds_once(tokenboard: Command, browser: httpx.AsyncClient) -> None:
    for _ in range(2):
        assert tokenboard("demo", "--days", "8").returncode == 0
    await browser.post("/api/v1/auth/login", json={"email": "demo@example.com", "password": "northwind-demo"})
    [workspace] = (await browser.get("/api/v1/workspaces")).json()["items"]
    here = f"/api/v1/workspaces/{workspace['id']}"

    budgets = {each["name"]: each for each in (await browser.get(f"{here}/budgets")).json()["items"]}
    assert set(budgets) == {planned.name for planned in PLANNED}
    assert {each["period"] for each in budgets.values()} == {"month", "day", "custom"}
    assert budgets["Code review bot"]["limit"] == "strict"
    assert budgets["Acme Logistics"]["filter"]["user"] == "acme-logistics"
    assert 80 < Decimal(budgets["Contracts pilot"]["current"]["used_percent"]) < 100
    assert Decimal(budgets["Newsletter campaign"]["current"]["used_percent"]) > 100

    alerts = (await browser.get(f"{here}/alerts?limit=100")).json()["items"]
    told = [(each["kind"], each["state"]) for each in alerts]
    assert ("budget_threshold", "open") in told
    assert told.count(("unpriced_spend", "acknowledged")) == 1
    assert len({each["title"] for each in alerts}) == len(alerts)
    # what is past was seen, and is sent to nobody
    assert (await browser.get(f"{here}/alerts/unread")).json()["unread"] == sum(state == "open" for _, state in told)
    channels = {each["name"]: each for each in (await browser.get(f"{here}/channels")).json()["items"]}
    assert [each["is_on"] for each in channels.values()] == [False, True]
    assert channels["On call"]["recipients"] == ["on-call@example.com"]

    assert tokenboard("demo", "--days", "2", "--reset").returncode == 0
    anew = (await browser.get(f"{here}/alerts?limit=100")).json()["items"]
    assert not {each["id"] for each in alerts} & {each["id"] for each in anew}


def test_amounts_of_budgets_are_told_by_what_was_spent() -> None:
    now = datetime(2026, 11, 20, 15, tzinfo=UTC)
    planned = {each.name: each for each in PLANNED}
    assert planned["Contracts pilot"].amount(Decimal("243.76")) == 260
    assert planned["Newsletter campaign"].amount(Decimal("24.36")) == 22
    assert planned["Everything"].amount(Decimal(0)) == 0
    assert planned["Everything"].amount(Decimal(560)) == 720
    assert planned["Code review bot"].amount(Decimal("0.5")) == Decimal("0.05")
    pilot = planned["Contracts pilot"].terms(Decimal(260), now)
    assert (pilot.start, pilot.end) == (datetime(2026, 10, 27, tzinfo=UTC), datetime(2026, 11, 26, tzinfo=UTC))


def test_somebody_looked_often_while_there_was_something_to_see() -> None:
    looks = furnishing.looks(PLAN)
    assert looks == sorted(set(looks))
    assert looks[-1] == datetime(2026, 11, 20, 23, 59, tzinfo=UTC)
    assert sum(look.date() == date(2026, 11, 4) for look in looks) == 12  # the job that ran away
    assert sum(look.date() == date(2026, 11, 10) for look in looks) == 1


def test_in_production_the_password_is_a_secret(tokenboard: Command) -> None:
    secrets = {"JWT_SECRET": "8f3a1c97d204be56" * 4, "ENCRYPTION_KEY": "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="}
    done = tokenboard("demo", "--days", "1", "--until", "2026-11-01", APP_ENV="production", **secrets)
    assert done.returncode == 0, done.stderr
    [line] = [line for line in done.stdout.splitlines() if "Password" in line]
    password = line.strip(" │").removeprefix("Password").strip()
    assert len(password) >= 16
    assert password != "northwind-demo"
