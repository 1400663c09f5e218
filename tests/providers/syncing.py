"""Syncing a stand-in by the real engine into the real ledger; run as a program, a process that can be killed."""

import asyncio
import base64
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from uuid import UUID

import uvicorn
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from starlette.types import ASGIApp

from app.core.crypto import Sealer
from app.core.database import make_engine, make_sessionmaker
from app.core.http import HttpClient
from app.core.ids import new_id
from app.core.periods import utc_now
from app.providers.clients import SOURCES
from app.providers.models import Connection
from app.providers.rules.connections import RunStatus, Status, Trigger
from app.providers.sync import Syncer
from app.providers.vault import lock_away
from tests.factories.workspaces import make_workspace

Sessions = async_sessionmaker[AsyncSession]
SEALER = Sealer([base64.b64decode("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")])
BUDGET_SECONDS = 110.0
# a killed holder is waited for so long
LEASE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Place:
    """A connection, and the database it is in."""

    database: str
    workspace_id: UUID
    connection_id: UUID


@asynccontextmanager
async def sessions_of(database: str) -> AsyncIterator[Sessions]:
    engine = make_engine(database)
    try:
        yield make_sessionmaker(engine)
    finally:
        await engine.dispose()


async def connect(
    database: str, provider: str, key: str, base_url: str, *, mode: str = "organization", can: tuple[str, ...] = ()
) -> Place:
    """A connection in a workspace of its own; `can` are the feeds that are read, all of them where it is empty."""
    async with sessions_of(database) as sessions, sessions() as session, session.begin():
        workspace = await make_workspace(session)
        now = utc_now()
        row = Connection(
            workspace_id=workspace.id,
            id=new_id(),
            provider=provider,
            mode=mode,
            label=provider,
            base_url=base_url,
            fields={},
            key_class="organization",
            facts={},
            can=list(can),
            message="",
            status=Status.ACTIVE,
            failures=0,
            verified_at=now,
            created_at=now,
        )
        lock_away(SEALER, row, SecretStr(key))
        session.add(row)
        return Place(database, row.workspace_id, row.id)


async def sync(place: Place) -> RunStatus:
    """Read the connection to the end, once whoever held it has let go."""
    http = HttpClient(allow_local=True)
    try:
        async with sessions_of(place.database) as sessions:
            syncer = Syncer(sessions, http, SEALER, SOURCES, lease_seconds=LEASE_SECONDS)
            while True:
                status = await syncer.sync(place.workspace_id, place.connection_id, Trigger.MANUAL, BUDGET_SECONDS)
                if status is not None:
                    return status
                await asyncio.sleep(0.1)
    finally:
        await http.aclose()


async def start(place: Place) -> asyncio.subprocess.Process:
    """The same in a process of its own."""
    said = (place.database, str(place.workspace_id), str(place.connection_id))
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.providers.syncing", *said)


async def kill_once(process: asyncio.subprocess.Process, is_time: Callable[[], bool]) -> None:
    """SIGKILL, as soon as it is time."""
    while not is_time():
        assert process.returncode is None, "the process ended before it could be killed"
        await asyncio.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert await process.wait() == -signal.SIGKILL


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """The stand-in on a port of this machine, in a thread, so that other processes reach it too; its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


if __name__ == "__main__":
    database, workspace_id, connection_id = sys.argv[1:]
    status = asyncio.run(sync(Place(database, UUID(workspace_id), UUID(connection_id))))
    os._exit(0 if status is RunStatus.DONE else 1)
