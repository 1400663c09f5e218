"""The whole way of a call through a real PgBouncer in transaction mode, which keeps nothing between transactions."""

import asyncio
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from app.alerts import announcing
from app.alerts import service as alerts
from app.budgets import service
from app.budgets.rules import Limit
from app.core.config import Settings
from app.core.database import make_engine, make_sessionmaker
from app.core.money import to_wire
from app.delivery.outbox import deliver_due
from app.main import create_app
from app.workspaces.rules import Member, Role, WorkspaceId
from tests.budgets.setting import terms
from tests.delivery.parcels import SEALER, parcel
from tests.delivery.receiver import Receiver
from tests.delivery.sending import put, transports
from tests.factories.alerts import NOON, new_alert
from tests.factories.auth import make_user
from tests.factories.workspaces import make_api_key, make_workspace

CALL = {"provider": "openai", "model": "gpt-4-0613", "input_tokens": 1000, "output_tokens": 500}
CALLS, AT_ONCE = 60, 12


@pytest.fixture
def pooled_url(fresh_database: str, tmp_path: Path, unused_tcp_port: int) -> Iterator[str]:
    """The fresh database behind a pooler that hands its two server connections around."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("PgBouncer is not installed (on Debian: apt-get install pgbouncer)")
    url = make_url(fresh_database)
    settings = tmp_path / "pgbouncer.ini"
    settings.write_text(_settings(fresh_database, unused_tcp_port))
    user = _unprivileged_user(str(url.query.get("host", "")))
    if user:
        for folder in (tmp_path, *tmp_path.parents):
            if not folder.stat().st_mode & 0o001:
                folder.chmod(folder.stat().st_mode | 0o001)
    process = subprocess.Popen(
        [program, "-q", settings],
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        stderr=subprocess.DEVNULL,
    )
    _wait_until_open(unused_tcp_port)
    yield f"postgresql://{url.username}@127.0.0.1:{unused_tcp_port}/{url.database}"
    process.terminate()
    process.wait(timeout=200)


def _wait_until_open(port: int) -> None:
    for _ in range(5000):
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.02)
    pytest.fail("PgBouncer did not start within a hundred seconds")


def _settings(address: str, port: int) -> str:
    url = make_url(address)
    parts = {
        "host": url.query.get("host") or url.host,
        "port": url.port or 5432,
        "dbname": url.database,
        "user": url.username,
        "password": url.password,
    }
    target = " ".join(f"{name}={value}" for name, value in parts.items() if value)
    return (
        f"[databases]\n{url.database} = {target}\n[pgbouncer]\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
        "pool_mode = transaction\ndefault_pool_size = 2\nmax_client_conn = 100\n"
    )


def _unprivileged_user(socket_folder: str) -> pwd.struct_passwd | None:
    """PgBouncer refuses root; the owner of the server's socket is let in to it."""
    if os.geteuid() != 0:
        return None
    return pwd.getpwuid(Path(socket_folder).stat().st_uid) if socket_folder else pwd.getpwnam("nobody")


@pytest.fixture
def pooled_app(settings: Settings, pooled_url: str) -> FastAPI:
    return create_app(settings.model_copy(update={"database_url": SecretStr(pooled_url), "database_pooled": True}))


def client_of(app: FastAPI, key: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app)
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.AsyncClient(transport=transport, base_url="http://localhost:8000", headers=headers)


async def test_calls_pass_through_a_pooler_in_transaction_mode(pooled_app: FastAPI) -> None:
    async with pooled_app.state.sessionmaker() as session, session.begin():
        workspace = await make_workspace(session)
        _, key = await make_api_key(session, workspace)
    async with client_of(pooled_app, key) as client:
        gate = asyncio.Semaphore(AT_ONCE)

        async def send(number: int) -> httpx.Response:
            async with gate:
                return await client.post("/api/v1/events", json={**CALL, "event_id": f"call-{number}"})

        answers = await asyncio.gather(*(send(number) for number in range(CALLS)))
        assert [answer.status_code for answer in answers] == [200] * CALLS
        summary = (await client.get(f"/api/v1/workspaces/{workspace.id}/summary")).json()
    await pooled_app.state.engine.dispose()
    assert summary["total"]["calls"] == CALLS
    assert summary["total"]["cost"] == "3.6"


async def test_reservations_pass_through_a_pooler(pooled_app: FastAPI) -> None:
    """Of two processes that ask at once: what is let in is what there is, and all of it ends."""
    other = create_app(pooled_app.state.settings)
    async with pooled_app.state.sessionmaker() as session, session.begin():
        workspace = await make_workspace(session)
        _, key = await make_api_key(session, workspace)
        member = Member(WorkspaceId(workspace.id), None, Role.ADMIN)
        wanted = [terms("1", name=limit, limit=Limit(limit), thresholds=()) for limit in ("strict", "bounded")]
        budgets = [(await service.create(session, member, each)).budget.id for each in wanted]
    async with client_of(pooled_app, key) as first, client_of(other, key) as second:

        async def ask(client: httpx.AsyncClient, step: str, **body: Any) -> Any:
            answer = await client.post(f"/api/v1/budgets/{step}", json=body)
            return answer.json() if answer.status_code == 200 else answer.status_code

        call = {"provider": "openai", "model": "gpt-4-0613", "amount": "0.1"}
        asked = await asyncio.gather(*(ask((first, second)[n % 2], "reserve", **call) for n in range(16)))
        held = [answer["reservation_id"] for answer in asked if answer != 402]
        assert (len(held), asked.count(402)) == (10, 6)
        ended = await asyncio.gather(
            *(ask(second, "settle", reservation_id=each, event=CALL | {"event_id": each}) for each in held[:4]),
            *(ask(first, "release", reservation_id=each) for each in held[4:8]),
            *(ask(second, "extend", reservation_id=each, lease_seconds=600) for each in held[8:9]),
        )
        assert [answer.get("released") for answer in ended[4:8]] == [True] * 4
        assert "expires_at" in ended[8]
        batch = [CALL | {"event_id": held[9], "reservation_id": held[9]}]
        assert (await first.post("/api/v1/events", json=batch)).status_code == 200
        assert await ask(first, "extend", reservation_id=held[9], lease_seconds=600) == 409
    async with pooled_app.state.sessionmaker() as session:
        found = [await service.find(session, workspace.id, each) for each in budgets]
    assert [(to_wire(each.spent.cost), to_wire(each.reserved)) for each in found] == [("0.3", "0.1")] * 2
    for app in (pooled_app, other):
        await app.state.engine.dispose()


async def test_what_is_told_arrives_once_through_a_pooler(settings: Settings, pooled_url: str) -> None:
    engines = [make_engine(pooled_url, pooled=True) for _ in range(2)]
    processes = [make_sessionmaker(engine, SEALER) for engine in engines]
    async with processes[0]() as session, session.begin():
        workspace = await make_workspace(session, await make_user(session))
        for number in range(5):
            await alerts.raise_alert(session, workspace.id, new_alert(f"one-{number}"))
    announced = await asyncio.gather(*(announcing.do_due(each, settings, NOON, 10) for each in processes))
    assert sum(each.alerts for each in announced) == 5
    async with Receiver() as receiver:
        ids = await put(processes[0], workspace.id, *(parcel(workspace.id, target=receiver.url) for _ in range(20)))
        ways = transports(settings.data / "mail")
        sent = await asyncio.gather(*(deliver_due(each, ways, 60) for each in processes))
        assert sum(each.sent for each in sent) == 25
        assert sorted(receiver.ids()) == sorted(map(str, ids))
    for engine in engines:
        await engine.dispose()
