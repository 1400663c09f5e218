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

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from app.core.config import Settings
from app.main import create_app
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


async def test_calls_pass_through_a_pooler_in_transaction_mode(pooled_app: FastAPI) -> None:
    async with pooled_app.state.sessionmaker() as session, session.begin():
        workspace = await make_workspace(session)
        _, key = await make_api_key(session, workspace)
    transport = httpx.ASGITransport(app=pooled_app)
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000", headers=headers) as client:
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
