"""The demo's provider accounts: stand-ins of the providers on this machine, connected and read once."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Final, NamedTuple
from uuid import UUID

import httpx
from pydantic import SecretStr

from app.cli.errors import CannotDo
from app.core import log
from app.core.config import Settings
from app.core.http import HttpClient
from app.demo.rules.calls import Plan
from app.providers import queries, service
from app.providers.clients import SOURCES
from app.providers.rules.connections import Data, Mode, RunStatus, Status, Trigger
from app.providers.service import Desk, NewConnection
from app.providers.sync import Syncer
from app.providers.vault import make_sealer
from app.usage.service import Sessions
from app.workspaces.rules import Member

PROGRAM: Final = "tests.providers.fakes"
START_SECONDS: Final = 120.0
BUDGET_SECONDS: Final = 300.0
FAILURES: Final = 3


class Account(NamedTuple):
    """A made-up account: its place at the stand-ins, and a key that is worth nothing anywhere else."""

    provider: str
    key: str
    place: str
    label: str


ACCOUNTS: Final = (
    Account("openai", "sk-admin-stand-in-0000", "openai", "OpenAI (stand-in)"),
    Account("anthropic", "sk-ant-admin01-stand-in-0000", "anthropic", "Anthropic (stand-in)"),
)
# One whose key is revoked, so that there is something to be seen of what happens then.
TRIAL: Final = Account("openai", "sk-admin-stand-in-trial", "openai-trial", "OpenAI, trial account (stand-in)")


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


async def connect(sessions: Sessions, settings: Settings, member: Member, address: str) -> int:
    """Connect the demo's accounts and read them to the end; how many there are.

    They are paused afterwards, because the stand-ins end with this command. One more has its key revoked, and fails.
    """
    log.configure(json_lines=False, level="warning")
    desk = Desk(HttpClient(allow_local=True), SOURCES, make_sealer(settings))
    try:
        for account in ACCOUNTS:
            connection_id = await _connect(sessions, desk, member, account, address)
            await _read(sessions, desk, member, connection_id)
            async with sessions() as session, session.begin():
                await service.update(session, member, connection_id, label=None, paused=True)
        await _fail(sessions, desk, member, address)
    finally:
        await desk.http.aclose()
    return len(ACCOUNTS)


async def _connect(sessions: Sessions, desk: Desk, member: Member, account: Account, address: str) -> UUID:
    """The account's connection. One of an earlier time is made again, with its data: the address is another now."""
    new = NewConnection(
        account.provider, Mode.ORGANIZATION, SecretStr(account.key), f"{address}/{account.place}", account.label
    )
    async with sessions() as session:
        for row in await queries.connections(session, member.workspace_id):
            if row.label.casefold() == account.label.casefold():
                await service.delete(session, member, row.id, Data.KEEP)
                await session.flush()
        row, *_ = await service.connect(session, member, desk, new)
        await session.commit()
        return row.id


async def _read(sessions: Sessions, desk: Desk, member: Member, connection_id: UUID) -> None:
    status = await _sync(sessions, desk, member, connection_id)
    if status is not RunStatus.DONE:
        raise CannotDo(f"The stand-ins could not be read to the end: {status or Status.PAUSED}.")


async def _sync(sessions: Sessions, desk: Desk, member: Member, connection_id: UUID) -> RunStatus | None:
    syncer = Syncer(sessions, desk.http, desk.sealer, desk.sources)
    return await syncer.sync(member.workspace_id, connection_id, Trigger.CONNECT, BUDGET_SECONDS)


async def _fail(sessions: Sessions, desk: Desk, member: Member, address: str) -> None:
    """An account that was read, and whose key is refused since, so often that people are told."""
    connection_id = await _connect(sessions, desk, member, TRIAL, address)
    await _read(sessions, desk, member, connection_id)
    async with httpx.AsyncClient(trust_env=False) as outside:
        (await outside.post(f"{address}/revoke")).raise_for_status()
    for _ in range(FAILURES):
        await _sync(sessions, desk, member, connection_id)
