"""The demo: always the same company for the same seed, and only ever the demo's own data."""

from datetime import UTC, date, datetime
from decimal import Decimal

import httpx
import pytest
from pydantic import SecretStr

from app.core.config import Settings
from app.core.periods import month_period
from app.demo.rules.calls import Plan, calls
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


def test_in_production_the_password_is_a_secret(tokenboard: Command) -> None:
    secrets = {"JWT_SECRET": "8f3a1c97d204be56" * 4, "ENCRYPTION_KEY": "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="}
    done = tokenboard("demo", "--days", "1", "--until", "2026-11-01", APP_ENV="production", **secrets)
    assert done.returncode == 0, done.stderr
    [line] = [line for line in done.stdout.splitlines() if "Password" in line]
    password = line.strip(" │").removeprefix("Password").strip()
    assert len(password) >= 16
    assert password != "northwind-demo"
