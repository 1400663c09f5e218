"""What a key opens, and for how long."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import time_machine
from fastapi import FastAPI
from sqlalchemy import event, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from starlette.datastructures import Headers

from app.core.database import make_engine, make_sessionmaker
from app.core.periods import utc_now
from app.workspaces import queries
from app.workspaces.dependencies import CurrentMachine, IngestKey, key_in
from app.workspaces.keyring import ASKING_SECONDS, REMEMBERED_SECONDS, KeyRing
from app.workspaces.models import ApiKey, Workspace
from app.workspaces.rules import Machine, Role, Scope
from tests.factories.workspaces import make_api_key, make_user, make_workspace
from tests.workspaces.conftest import House


@pytest.fixture
async def sender(app: FastAPI, client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Somebody in front of two doors for machines."""

    @app.post("/ingest-door")
    async def ingest_door(machine: IngestKey) -> dict[str, Any]:
        return {"workspace": str(machine.workspace_id), "key": str(machine.key_id)}

    @app.get("/machine-door")
    async def machine_door(machine: CurrentMachine) -> list[str]:
        return sorted(machine.scopes)

    return client


@pytest.fixture
async def workspace(session: AsyncSession) -> Workspace:
    return await make_workspace(session)


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


async def test_a_key_opens_the_door_of_its_workspace(
    sender: httpx.AsyncClient, session: AsyncSession, workspace: Workspace
) -> None:
    row, key = await make_api_key(session, workspace, Scope.INGEST)
    expected = {"workspace": str(workspace.id), "key": str(row.id)}
    for headers in (bearer(key), {"authorization": f"bearer {key}"}, {"x-tokenboard-key": key}):
        assert (await sender.post("/ingest-door", headers=headers)).json() == expected


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer "},
        {"authorization": "Bearer tb_unknown"},
        {"authorization": "Bearer sk-of-somebody-else"},
        {"authorization": "Basic dGJfOng="},
        {"authorization": "tb_without_the_word"},
        {"x-tokenboard-key": "tb_unknown"},
        {"x-tokenboard-key": ""},
        {"cookie": "tb_session=whatever"},
    ],
)
async def test_without_a_key_of_ours_it_stays_shut(sender: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await sender.post("/ingest-door", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "tb_unknown" not in answer.text


async def test_a_key_without_the_scope_is_refused(
    sender: httpx.AsyncClient, session: AsyncSession, workspace: Workspace
) -> None:
    _, key = await make_api_key(session, workspace, Scope.READ)
    answer = await sender.post("/ingest-door", headers=bearer(key))
    assert answer.status_code == 403
    assert "ingest" in answer.json()["detail"]
    assert (await sender.get("/machine-door", headers=bearer(key))).json() == ["read"]


async def test_a_person_is_no_machine(sender: httpx.AsyncClient, house: House) -> None:
    answer = await sender.post("/ingest-door", headers=house.headers[Role.OWNER])
    assert answer.status_code == 401


async def test_a_revoked_key_is_refused_at_once(sender: httpx.AsyncClient, house: House) -> None:
    made = (await house.ask(Role.ADMIN, "POST", "/api-keys", json={"name": "key", "scopes": ["ingest"]})).json()
    assert (await sender.post("/ingest-door", headers=bearer(made["key"]))).status_code == 200
    await house.ask(Role.ADMIN, "DELETE", f"/api-keys/{made['id']}")
    assert (await sender.post("/ingest-door", headers=bearer(made["key"]))).status_code == 401


async def test_a_key_revoked_in_another_process_is_refused_within_seconds(
    app: FastAPI, sender: httpx.AsyncClient, session: AsyncSession, workspace: Workspace
) -> None:
    now = 1000.0
    app.state.key_ring = KeyRing(clock=lambda: now)
    _, key = await make_api_key(session, workspace, Scope.INGEST)
    assert (await sender.post("/ingest-door", headers=bearer(key))).status_code == 200
    await session.execute(update(ApiKey).values(revoked_at=utc_now()))
    now += REMEMBERED_SECONDS
    assert (await sender.post("/ingest-door", headers=bearer(key))).status_code == 401


async def test_a_busy_sender_does_not_cost_a_query_per_request(
    sender: httpx.AsyncClient, session: AsyncSession, workspace: Workspace, engine: AsyncEngine
) -> None:
    _, key = await make_api_key(session, workspace, Scope.INGEST)
    await sender.post("/ingest-door", headers=bearer(key))
    statements: list[str] = []

    def note(*arguments: Any) -> None:
        statements.append(str(arguments[2]))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    for _ in range(5):
        await sender.post("/ingest-door", headers=bearer(key))
    event.remove(engine.sync_engine, "before_cursor_execute", note)
    assert [statement for statement in statements if "api_keys" in statement] == []


async def test_the_last_use_is_noted_once_a_minute(
    app: FastAPI, sender: httpx.AsyncClient, session: AsyncSession, workspace: Workspace
) -> None:
    _, key = await make_api_key(session, workspace, Scope.INGEST)
    start = datetime(2026, 11, 1, 12, tzinfo=UTC)
    seen = []
    for seconds in (0, 59, 60):
        app.state.key_ring = KeyRing()
        with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
            await sender.post("/ingest-door", headers=bearer(key))
        seen.append((await session.execute(select(ApiKey.last_used_at))).scalar_one())
    assert seen == [start, start, start + timedelta(seconds=60)]


async def test_noting_the_last_use_never_waits_for_another_who_does(fresh_database: str) -> None:
    engine = make_engine(fresh_database)
    sessionmaker = make_sessionmaker(engine)
    async with sessionmaker() as session, session.begin():
        row, _ = await make_api_key(session, await make_workspace(session), created_by=None)
    now = utc_now()
    async with sessionmaker() as first, sessionmaker() as second, first.begin(), second.begin():
        await queries.touch_key(first, row.workspace_id, row.id, now)
        await second.execute(select(ApiKey).limit(1))
        await queries.touch_key(second, row.workspace_id, row.id, now + timedelta(seconds=1))  # does not hang
    async with sessionmaker() as session:
        assert (await session.execute(select(ApiKey.last_used_at))).scalar_one() == now
    await engine.dispose()


async def test_a_key_beside_a_cookie_is_what_counts(house: House, session: AsyncSession) -> None:
    """Who shows a key means the key: the person's larger rights are not lent to it."""
    _, key = await make_api_key(session, house.workspace, Scope.READ, created_by=house.id_of(Role.OWNER))
    headers = {**house.headers[Role.OWNER], **bearer(key)}
    assert (await house.client.get(house.url, headers=headers)).json()["role"] == "viewer"
    assert (await house.client.get(house.url + "/audit-log", headers=headers)).status_code == 403


async def test_a_password_of_a_proxy_does_not_hide_the_cookie(house: House) -> None:
    headers = {**house.headers[Role.OWNER], "authorization": "Basic dXNlcjpwYXNz"}
    assert (await house.client.get(house.url, headers=headers)).json()["role"] == "owner"


async def test_a_key_is_no_person(house: House, session: AsyncSession) -> None:
    _, key = await make_api_key(session, house.workspace, Scope.READ)
    for path in ("/api/v1/me", "/api/v1/workspaces", "/api/v1/auth/sessions"):
        assert (await house.client.get(path, headers=bearer(key))).status_code == 401


async def test_a_key_outlives_the_account_of_who_made_it(
    sender: httpx.AsyncClient, session: AsyncSession, workspace: Workspace
) -> None:
    maker = await make_user(session)
    _, key = await make_api_key(session, workspace, Scope.INGEST, created_by=maker.id)
    await session.delete(maker)
    await session.flush()
    assert (await sender.post("/ingest-door", headers=bearer(key))).status_code == 200


def test_a_ring_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch, machine: Machine) -> None:
    monkeypatch.setattr("app.workspaces.keyring.MAX_KEYS", 2)
    ring = KeyRing()
    for mark in (b"1", b"2", b"3"):
        ring.keep(mark, machine)
    assert ring.find(b"3") is machine
    assert ring.find(b"1") is None


def test_a_key_that_is_being_revoked_is_not_remembered_anew(machine: Machine) -> None:
    ring = KeyRing()
    ring.refuse(machine.key_id)
    ring.keep(b"1", machine)
    assert ring.find(b"1") is None


def test_one_request_asks_anew_while_the_others_go_on(machine: Machine) -> None:
    now = 1000.0
    ring = KeyRing(clock=lambda: now)
    ring.keep(b"1", machine)
    now += REMEMBERED_SECONDS
    assert [ring.find(b"1") for _ in range(3)] == [None, machine, machine]
    now += ASKING_SECONDS
    assert ring.find(b"1") is None
    ring.drop(b"1")
    assert ring.find(b"1") is None


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ({"authorization": "Bearer tb_1"}, "tb_1"),
        ({"authorization": "bearer  tb_1 "}, "tb_1"),
        ({"authorization": "Basic tb_1", "x-tokenboard-key": "tb_2"}, "tb_2"),
        ({"authorization": "Bearer", "x-tokenboard-key": "tb_2"}, "tb_2"),
        ({"authorization": "Bearer tb_1", "x-tokenboard-key": "tb_2"}, "tb_1"),
        ({"x-tokenboard-key": ""}, None),
        ({}, None),
    ],
)
def test_a_key_is_found_in_either_header(headers: dict[str, str], key: str | None) -> None:
    assert key_in(Headers(headers)) == key
