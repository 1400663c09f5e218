"""The demo's provider accounts: stand-ins of the providers on this machine, connected and read once."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Final
from uuid import UUID

import httpx
from pydantic import SecretStr

from app.cli.errors import CannotDo
from app.core import log
from app.core.config import Settings
from app.core.database import AsyncSession
from app.core.http import HttpClient
from app.demo.rules.calls import Plan
from app.providers import queries, service
from app.providers.clients import SOURCES
from app.providers.rules.connections import Data, Mode, RunStatus, Status, Trigger
from app.providers.service import Desk, NewConnection
from app.providers.sync import Syncer
from app.providers.vault import make_sealer
from app.usage.service import Sessions
from app.workspaces import service as workspaces
from app.workspaces.rules import Member

PROGRAM: Final = "tests.providers.fakes"
START_SECONDS: Final = 120.0
BUDGET_SECONDS: Final = 300.0
# Keys of made-up accounts, known to the stand-ins and worth nothing anywhere else.
ACCOUNTS: Final = (
    ("openai", "sk-admin-stand-in-0000"),
    ("anthropic", "sk-ant-admin01-stand-in-0000"),
)


def check() -> None:
    """Raises CannotDo where the stand-ins are not there: they belong to the tests, which are not installed."""
    sys.path.insert(0, os.getcwd())  # noqa: PTH109 - the checkout's root, for a command that is installed
    try:
        is_there = find_spec(PROGRAM) is not None
    except ModuleNotFoundError:
        is_there = False
    if not is_there:
        raise CannotDo(
            "--with-connections uses the stand-ins of providers in tests/, which an installed TokenBoard does not "
            "carry. Run it in the top folder of a checkout, or leave the option out."
        )


@contextmanager
def running(plan: Plan) -> Iterator[str]:
    """The stand-ins, for as long as the block takes; their address. Raises CannotDo when they do not start."""
    port = _free_port()
    said = ["--port", str(port), "--seed", str(plan.seed), "--days", str(plan.days), "--until", str(plan.until)]
    process = subprocess.Popen([sys.executable, "-m", PROGRAM, *said], stdout=subprocess.DEVNULL)
    try:
        _await(process, f"http://127.0.0.1:{port}/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await(process: subprocess.Popen[bytes], address: str) -> None:
    ends_at = time.monotonic() + START_SECONDS
    while time.monotonic() < ends_at and process.poll() is None:
        try:
            if httpx.get(address, trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise CannotDo("The stand-ins did not start. What is wrong with them says: python -m tests.providers.fakes")


async def connect(sessions: Sessions, settings: Settings, workspace_id: UUID, address: str) -> int:
    """Connect the demo's accounts and read them to the end; how many there are.

    They are paused afterwards, because the stand-ins end with this command.
    """
    member = workspaces.operator_of(workspace_id)
    log.configure(json_lines=False, level="warning")
    desk = Desk(HttpClient(allow_local=True), SOURCES, make_sealer(settings))
    try:
        for provider, key in ACCOUNTS:
            async with sessions() as session:
                connection_id = await _connection(session, member, desk, provider, key, address)
                await session.commit()
            await _read(sessions, desk, member, connection_id)
    finally:
        await desk.http.aclose()
    return len(ACCOUNTS)


async def _connection(session: AsyncSession, member: Member, desk: Desk, provider: str, key: str, address: str) -> UUID:
    """The account's connection. One of an earlier time is made again, with its data: the address is another now."""
    for row in await queries.connections(session, member.workspace_id):
        if row.provider == provider:
            await service.delete(session, member, row.id, Data.KEEP)
            await session.flush()
    label = f"{provider.capitalize()} (stand-in)"
    new = NewConnection(provider, Mode.ORGANIZATION, SecretStr(key), f"{address}/{provider}", label)
    row, *_ = await service.connect(session, member, desk, new)
    return row.id


async def _read(sessions: Sessions, desk: Desk, member: Member, connection_id: UUID) -> None:
    syncer = Syncer(sessions, desk.http, desk.sealer, desk.sources)
    status = await syncer.sync(member.workspace_id, connection_id, Trigger.CONNECT, BUDGET_SECONDS)
    if status is not RunStatus.DONE:
        raise CannotDo(f"The stand-ins could not be read to the end: {status or Status.PAUSED}.")
    async with sessions() as session, session.begin():
        await service.update(session, member, connection_id, label=None, paused=True)
