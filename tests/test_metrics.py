"""`/metrics`: who is let in, what stands there, and what does not."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import time_machine
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.budgets.models import BudgetHold
from app.core.config import ConfigurationError, Settings, load_settings
from app.core.database import make_engine
from app.core.ids import new_id
from app.core.metrics import Metrics, watch_pool
from app.core.periods import utc_now
from app.delivery import service as delivery
from app.delivery.models import Delivery
from app.delivery.rules import Mail, State
from app.ingest.metrics import IngestMetrics
from app.main import create_app
from app.metrics import SPENDING_SECONDS, Spending
from app.providers.metrics import SyncMetrics
from app.providers.rules.connections import RunStatus
from app.usage import service as ledger
from tests.delivery.parcels import parcel
from tests.factories.analytics import make_call
from tests.factories.workspaces import make_workspace

TOKEN = "5f1c0d9a" * 8
ALLOWED = {"Authorization": f"Bearer {TOKEN}"}
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)

Sessions = async_sessionmaker[AsyncSession]
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def read(text: str) -> Samples:
    """Samples by name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def client_of(settings: Settings, sessions: Sessions, **changed: Any) -> httpx.AsyncClient:
    app = create_app(settings.model_copy(update={"metrics_token": SecretStr(TOKEN), **changed}))
    app.state.sessionmaker = sessions
    return client_for(app)


def client_for(app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://localhost:8000", headers=ALLOWED)


async def scrape(client: httpx.AsyncClient) -> Samples:
    answer = await client.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return read(answer.text)


async def test_without_a_token_set_nobody_is_let_in(client: httpx.AsyncClient) -> None:
    for headers in ({}, ALLOWED, {"Authorization": "Bearer "}, {"Authorization": "Bearer None"}):
        answer = await client.get("/metrics", headers=headers)
        assert answer.status_code == 401
        assert "TOKENBOARD_METRICS_TOKEN" in answer.json()["detail"]


@pytest.mark.parametrize("shown", ["", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN[:-1]}", "Bearer é"])
async def test_only_the_token_opens_it(settings: Settings, sessionmaker: Sessions, shown: str) -> None:
    async with client_of(settings, sessionmaker) as client:
        assert (await client.get("/metrics", headers={b"authorization": shown.encode("latin-1")})).status_code == 401
        assert (await client.get("/metrics")).status_code == 200


def test_a_weak_token_is_refused_in_production(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("APP_ENV", "production")
    monkeypatch.setenv("TOKENBOARD_METRICS_TOKEN", "prometheus")
    with pytest.raises(ConfigurationError, match="TOKENBOARD_METRICS_TOKEN is weak"):
        load_settings()


async def test_requests_are_counted_by_the_template_of_their_route(settings: Settings, sessionmaker: Sessions) -> None:
    async with client_of(settings, sessionmaker) as client:
        for number in range(3):
            await client.get(f"/api/v1/workspaces/{number}/summary", headers={"Authorization": ""})
        await client.get("/api/v1/health")
        await client.get("/api/made-up")
        await client.request("BREW", "/api/v1/health")
        found = await scrape(client)
    counted = {labels: value for (name, labels), value in found.items() if name == "tokenboard_http_requests_total"}
    route = "/api/v1/workspaces/{workspace_id}/summary"
    assert counted == {
        (("method", "GET"), ("route", route), ("status", "401")): 3,
        (("method", "GET"), ("route", "/api/v1/health"), ("status", "200")): 1,
        (("method", "GET"), ("route", "(other)"), ("status", "404")): 1,
        (("method", "(other)"), ("route", "/api/v1/health"), ("status", "405")): 1,
    }
    assert found["tokenboard_http_request_duration_seconds_count", (("method", "GET"), ("route", route))] == 3


async def test_the_service_tells_what_it_is_and_how_its_process_does(
    settings: Settings, sessionmaker: Sessions
) -> None:
    async with client_of(settings, sessionmaker) as client:
        found = await scrape(client)
        text = (await client.get("/metrics")).text
    assert found["process_resident_memory_bytes", (("worker", "1"),)] > 0
    assert found["process_cpu_seconds_total", (("worker", "1"),)] > 0
    assert any(name == "tokenboard_build_info" for name, _ in found)
    assert "_created" not in text
    for secret in (settings.jwt_secret, settings.encryption_key, settings.cron_secret):
        assert secret is not None
        assert secret.get_secret_value() not in text


def test_events_groups_and_syncs_are_counted() -> None:
    metrics = Metrics()
    ingest, syncs = IngestMetrics(metrics.registry), SyncMetrics(metrics.registry)
    ingest.settled(3, 1, {"unknown_field": 2})
    ingest.settled(4, 0, {})
    ingest.wrote(7, 0.004)
    ingest.failed()
    ingest.turned_away()
    ingest.waiting(12, 4096)
    syncs.ended("openai", RunStatus.DONE)
    found = read(metrics.render("")[0].decode())
    events = {labels: value for (name, labels), value in found.items() if name == "tokenboard_events_total"}
    assert events == {
        (("code", ""), ("outcome", "stored")): 7,
        (("code", ""), ("outcome", "duplicate")): 1,
        (("code", "unknown_field"), ("outcome", "rejected")): 2,
    }
    assert found["tokenboard_ingest_group_events_sum", ()] == 7
    assert found["tokenboard_ingest_group_write_seconds_count", ()] == 1
    assert found["tokenboard_ingest_groups_failed_total", ()] == 1
    assert found["tokenboard_ingest_requests_turned_away_total", ()] == 1
    assert (found["tokenboard_ingest_backlog_events", ()], found["tokenboard_ingest_backlog_bytes", ()]) == (12, 4096)
    assert found["tokenboard_sync_runs_total", (("outcome", "done"), ("provider", "openai"))] == 1


async def test_connections_are_counted_as_they_come_and_go(server_url: str) -> None:
    metrics, engine = Metrics(), make_engine(server_url, pool_size=3)
    watch_pool(engine.pool, metrics.registry, 6)

    def connections() -> tuple[float, float]:
        found = read(metrics.render("")[0].decode())
        assert found["tokenboard_database_connections_limit", ()] == 6
        return (
            found["tokenboard_database_connections", (("state", "open"),)],
            found["tokenboard_database_connections", (("state", "in_use"),)],
        )

    assert connections() == (0, 0)
    async with engine.connect(), engine.connect():
        assert connections() == (2, 2)
    assert connections() == (2, 0)
    await engine.dispose()
    assert connections() == (0, 0)


@pytest.fixture
async def spent(session: AsyncSession, sessionmaker: Sessions) -> None:
    """Two workspaces; a dear call of yesterday, one of today, one nobody knows the price of, one of last month."""
    for slug in ("acme", "other"):
        workspace = await make_workspace(session)
        workspace.slug = slug
        await session.commit()
        calls = [
            make_call(workspace.id, NOON.replace(day=20), "0.1"),
            make_call(workspace.id, NOON, "0.2"),
            make_call(workspace.id, NOON, None, model="mystery"),
            make_call(workspace.id, NOON.replace(month=10), "900"),
        ]
        await ledger.record(sessionmaker, calls)


@pytest.mark.usefixtures("spent")
async def test_spend_is_told_only_where_it_is_asked_for(settings: Settings, sessionmaker: Sessions) -> None:
    async with client_of(settings, sessionmaker) as client:
        text = (await client.get("/metrics")).text
    assert "spend" not in text
    assert "acme" not in text


async def test_mails_that_no_page_shows_and_reservations_are_counted(
    settings: Settings, session: AsyncSession, sessionmaker: Sessions
) -> None:
    workspace_id, now = new_id(), utc_now()
    mail = await delivery.send_mail(session, Mail("ann@example.com", "Choose a new password", "Text"))
    told = await delivery.send(session, workspace_id, parcel(workspace_id))
    await session.execute(update(Delivery).where(Delivery.id.in_([mail, told])).values(state=State.DEAD))
    for reservation_id, ends in ((new_id(), 60), (new_id(), -60)):
        times = {"created_at": now, "expires_at": now + timedelta(seconds=ends)}
        session.add_all(
            BudgetHold(workspace_id=workspace_id, reservation_id=reservation_id, budget_id=new_id(), amount=1, **times)
            for _ in range(2)
        )
    await session.commit()
    async with client_of(settings, sessionmaker) as client:
        found = await scrape(client)
    assert found["tokenboard_deliveries", (("state", "dead"),)] == 2
    assert found["tokenboard_mails_dead", ()] == 1
    assert found["tokenboard_reservations", ()] == 1, "one that still runs, of two budgets"


@pytest.mark.usefixtures("spent")
async def test_spend_is_by_workspace_and_model_and_unknown_is_not_zero(
    settings: Settings, sessionmaker: Sessions
) -> None:
    with time_machine.travel(NOON, tick=False):
        async with client_of(settings, sessionmaker, metrics_spend=True) as client:
            found = await scrape(client)

    def of(name: str, model: str) -> dict[str, str]:
        where = (("workspace", "acme"), ("model", model))
        return {
            dict(labels)["period"]: f"{Decimal(str(value)):f}"
            for (found_name, labels), value in found.items()
            if found_name == name and set(where) <= set(labels)
        }

    assert of("tokenboard_spend_usd", "gpt-4o") == {"month": "0.3", "today": "0.2"}
    assert of("tokenboard_spend_usd", "mystery") == {}
    assert of("tokenboard_unpriced_calls", "mystery") == {"month": "1.0", "today": "1.0"}
    assert of("tokenboard_unpriced_calls", "gpt-4o") == {"month": "0.0", "today": "0.0"}


async def test_spend_is_read_from_the_database_once_in_a_while(
    settings: Settings, session: AsyncSession, sessionmaker: Sessions
) -> None:
    workspace = await make_workspace(session)
    await session.commit()
    seconds = 0.0
    app = create_app(settings.model_copy(update={"metrics_token": SecretStr(TOKEN), "metrics_spend": True}))
    app.state.sessionmaker, app.state.spending = sessionmaker, Spending(lambda: seconds)
    async with client_for(app) as client:
        assert "spend_usd{" not in (await client.get("/metrics")).text
        await ledger.record(sessionmaker, [make_call(workspace.id, utc_now(), "0.2")])
        assert "spend_usd{" not in (await client.get("/metrics")).text
        seconds = SPENDING_SECONDS
        assert "spend_usd{" in (await client.get("/metrics")).text


async def test_metrics_go_without_the_spend_while_the_database_is_away(settings: Settings) -> None:
    engine = make_engine("postgresql://nobody@/nothing?host=/nowhere")
    async with client_of(settings, async_sessionmaker(engine), metrics_spend=True) as client:
        found = await scrape(client)
    assert any(name == "tokenboard_build_info" for name, _ in found)
    assert not any(name == "tokenboard_spend_usd" for name, _ in found)
    await engine.dispose()
