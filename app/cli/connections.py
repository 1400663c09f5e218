"""`tokenboard connections`, `sync` and `keys`: provider connections from a terminal."""

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.alerts.models import Channel
from app.auth import second_factor
from app.auth.models import SecondFactor
from app.cli import runtime
from app.cli.errors import CannotDo
from app.core import log
from app.core.config import Settings
from app.core.crypto import Sealer
from app.core.http import HttpClient
from app.core.periods import utc_now
from app.core.resealing import Vault, reseal
from app.delivery import sealing
from app.providers import queries
from app.providers.clients import SOURCES
from app.providers.models import Connection, SyncRun
from app.providers.rules.connections import RunStatus, Status, Trigger
from app.providers.sync import Syncer
from app.providers.vault import KEYS, make_sealer
from app.usage.service import Sessions

# Nobody waits for an answer here: a first sync may take as long as it takes.
BUDGET_SECONDS: Final = 24 * 3600.0
HELD_PAUSE_SECONDS: Final = 5.0


def list_connections(workspace: str | None) -> None:
    """Every connection, or those of a workspace."""
    console = runtime.make_console()
    with runtime.migrated_database(runtime.read_settings()) as settings:
        runtime.run(_list(settings, workspace, console))


async def _list(settings: Settings, workspace: str | None, console: Console) -> None:
    async with runtime.sessions_of(settings) as sessions:
        rows = await _chosen(sessions, workspace, None)
    table = Table()
    table.add_column("id", no_wrap=True)
    for heading in ("provider", "mode", "label", "key", "status", "last synced", "next try", "error"):
        table.add_column(heading)
    for row in rows:
        times = [at.strftime("%Y-%m-%d %H:%M") if at else "" for at in (row.last_synced_at, row.next_try_at)]
        key = f"...{row.key_last4}" if row.key_last4 else ""
        cells = (str(row.id), row.provider, row.mode, row.label, key, row.status, *times, row.error_detail or "")
        table.add_row(*map(escape, cells))
    console.print(table if rows else "There are no connections.")


def sync(workspace: str | None, connection: UUID | None) -> bool:
    """Read connections now, to their end; whether all of them could be."""
    log.configure(json_lines=False, level="warning")
    console = runtime.make_console()
    with runtime.migrated_database(runtime.read_settings()) as settings:
        return runtime.run(_sync(settings, workspace, connection, console))


async def _sync(settings: Settings, workspace: str | None, connection: UUID | None, console: Console) -> bool:
    http = HttpClient(allow_local=settings.allow_local_providers)
    try:
        async with runtime.sessions_of(settings) as sessions:
            rows = [row for row in await _chosen(sessions, workspace, connection) if row.status != Status.PAUSED]
            if not rows and workspace is None and connection is None:
                console.print("There is nothing to read: no connection, or all are paused.")
                return True
            if not rows:
                raise CannotDo("No such connection, or it is paused. `tokenboard connections list` shows all.")
            syncer = Syncer(sessions, http, make_sealer(settings), SOURCES)
            ended = [await read(syncer, row, console) for row in rows]
    finally:
        await http.aclose()
    return RunStatus.FAILED not in ended


async def read(syncer: Syncer, row: Connection, console: Console, pause: float = HELD_PAUSE_SECONDS) -> RunStatus:
    """Read it to its end; where another process is at it, that one's end is ours: nothing is read twice."""
    name = escape(f"{row.label} ({row.provider}, {row.mode})")
    asked_at = utc_now()
    key = (row.workspace_id, row.id)
    while (status := await syncer.sync(*key, Trigger.MANUAL, BUDGET_SECONDS, asked_at)) is None:
        console.print(f"{name}: another process is reading it; waiting.")
        await asyncio.sleep(pause)
        if await _is_stopped(syncer, row):
            status = RunStatus.STOPPED
            break
    async with syncer.sessions() as session:
        run = (await queries.last_runs(session, row.workspace_id, [row.id])).get(row.id)
    console.print(f"{name}: {status.value}{_found(run) if run else ''}")
    return status


async def _is_stopped(syncer: Syncer, row: Connection) -> bool:
    """Whether it was paused or deleted meanwhile: nobody reads it any more."""
    async with syncer.sessions() as session:
        now = await queries.connection(session, row.workspace_id, row.id)
    return now is None or now.status == Status.PAUSED


def _found(run: SyncRun) -> str:
    said = f": {escape(run.error_detail)}" if run.error_detail else ""
    return (
        f", {run.rows_new:,} rows new, {run.rows_changed:,} changed, {run.rows_unchanged:,} unchanged, "
        f"{run.rows_flagged:,} flagged{said}"
    )


async def _chosen(sessions: Sessions, workspace: str | None, connection: UUID | None) -> Sequence[Connection]:
    workspace_id = None if workspace is None else await runtime.find_workspace(sessions, workspace)
    async with sessions() as session:
        rows = await queries.all_connections(session)
    return [
        row
        for row in rows
        if (workspace_id is None or row.workspace_id == workspace_id) and (connection is None or row.id == connection)
    ]


def rotate_keys() -> bool:
    """Seal everything that is kept sealed under the newest ENCRYPTION_KEY; whether all could be."""
    console = runtime.make_console()
    with runtime.migrated_database(runtime.read_settings()) as settings:
        return runtime.run(_rotate(settings, console))


# All that is kept sealed.
VAULTS: Final = (
    KEYS,
    sealing.OUTBOX,
    Vault("addresses of channels", Channel, sealing.channel_place),
    Vault("second factors", SecondFactor, second_factor.place_of, sealed="sealed_secret"),
)


async def _rotate(settings: Settings, console: Console) -> bool:
    sealer = make_sealer(settings)
    async with runtime.sessions_of(settings) as sessions:
        is_all = all([await _reseal(sessions, sealer, vault, console) for vault in VAULTS])
    if is_all:
        console.print("Everything is sealed under the newest key; older ones can be taken away.")
    else:
        console.print("[red]Put the keys that are missing back into ENCRYPTION_KEY, or replace what cannot be read.[/]")
    return is_all


async def _reseal(sessions: Sessions, sealer: Sealer, vault: Vault, console: Console) -> bool:
    """Whether all of it could be opened."""
    found = await reseal(sessions, sealer, vault)
    console.print(f"{vault.what}: {found.done:,} sealed anew, {len(found.lost):,} cannot be read")
    for lost_id, why in found.lost:
        console.print(f"  [red]{lost_id}: {escape(why)}[/]")
    return not found.lost
