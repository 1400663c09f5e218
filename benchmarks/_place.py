"""A service and its database, made for one run and taken away after it."""

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core import migrations
from app.core.crypto import fingerprint, new_token
from app.core.embedded import embedded_server
from app.core.ids import new_id
from app.core.periods import utc_now
from app.workspaces.models import ApiKey, Workspace
from scripts.machine import ROOT
from scripts.serving import fresh_process

SERVE: Final = (sys.executable, "-m", "app.cli", "serve")
SETTINGS: Final = {
    "PYTHONPATH": str(ROOT),
    "TOKENBOARD_LOG_LEVEL": "warning",
    "TOKENBOARD_INGEST_REQUESTS_PER_KEY": "10000000/minute",
}


class Database(NamedTuple):
    """A PostgreSQL with our tables; the process id is that of its first process."""

    url: str
    pid: int


class Sender(NamedTuple):
    """A workspace, and a key that sends to it and reads it."""

    workspace_id: UUID
    key_id: UUID
    key: str


@contextmanager
def database(folder: Path | None = None) -> Iterator[Database]:
    """An embedded one, in a folder of its own unless one is named; that one is kept."""
    with ExitStack() as stack:
        at = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tokenboard-benchmark-")))
        url = stack.enter_context(embedded_server(at))
        asyncio.run(migrations.upgrade_async(url))
        yield Database(url, int((at / "postgres" / "postmaster.pid").read_text().split()[0]))


@contextmanager
def service(url: str, workers: int = 1) -> Iterator[tuple[str, int]]:
    """A service on that database; yields its address and its process id."""
    command = [*SERVE, *(["--workers", str(workers)] if workers > 1 else [])]
    with fresh_process(command, DATABASE_URL=url, **SETTINGS) as found:
        yield found


async def make_sender(sessions: async_sessionmaker[AsyncSession]) -> Sender:
    sender, now = Sender(new_id(), new_id(), new_token("tb_")), utc_now()
    async with sessions() as session, session.begin():
        name = f"b-{sender.workspace_id}"
        session.add(Workspace(id=sender.workspace_id, name="Benchmark", slug=name, created_at=now))
        await session.flush()
        session.add(
            ApiKey(
                workspace_id=sender.workspace_id,
                id=sender.key_id,
                name="benchmark",
                prefix=sender.key[:10],
                secret_hash=fingerprint(sender.key),
                scopes=["ingest", "read"],
                created_by=None,
                created_at=now,
                last_used_at=None,
                revoked_at=None,
            )
        )
    return sender
