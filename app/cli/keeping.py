"""`tokenboard db retain`: drop calls that are no longer kept, now, to the end."""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from app.cli import runtime
from app.core.config import Settings
from app.core.periods import utc_now
from app.usage import retaining
from app.usage.retaining import Plan
from app.usage.rules.retaining import Dropped
from app.usage.service import Sessions
from app.workspaces import service as workspaces

# Nobody waits for an answer here: the first drop may take as long as it takes.
BUDGET_SECONDS: Final = 24 * 3600.0


def retain(*, dry_run: bool) -> bool:
    """Drop, or say what would be dropped; False when it could not be brought to its end."""
    console = runtime.make_console()
    with runtime.migrated_database(runtime.read_settings()) as settings:
        return runtime.run(_retain(settings, console, dry_run=dry_run))


async def _retain(settings: Settings, console: Console, *, dry_run: bool) -> bool:
    async with runtime.sessions_of(settings) as sessions:
        now = utc_now()
        if dry_run:
            await _foretell(sessions, settings.retention_days, now, console)
            return True
        done = await _drop(sessions, settings.retention_days, now, console)
    console.print(
        f"Dropped: {done.calls:,} calls, {done.months} of their months whole; {done.identities:,} identities."
    )
    if not done.is_done:
        console.print(
            "Not all could be dropped: somebody else is at it, sums of an upgrade are still being made from the calls, "
            "or long questions are in the way. Try again."
        )
    return done.is_done


async def _drop(sessions: Sessions, default_days: int | None, now: datetime, console: Console) -> Dropped:
    ends_at = time.monotonic() + BUDGET_SECONDS
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("looking", total=None)

        def show(dropped: Dropped) -> None:
            progress.update(task, description=f"{dropped.calls:,} calls dropped")

        return await retaining.retain(
            sessions, default_days, now, lambda: time.monotonic() >= ends_at, on_progress=show
        )


async def _foretell(sessions: Sessions, default_days: int | None, now: datetime, console: Console) -> None:
    planned = await retaining.plan(sessions, default_days, now)
    counted = await retaining.count(sessions, planned)
    if not counted:
        console.print("Nothing would be dropped.")
        return
    async with sessions() as session:
        slugs = await workspaces.slugs(session, list(counted))
    console.print(_table(planned, counted, slugs))
    console.print(f"{len(planned.months)} months would be dropped whole. Nothing was changed.")


def _table(planned: Plan, counted: Mapping[UUID, int], slugs: Mapping[UUID, str]) -> Table:
    cutoffs = dict(planned.cutoffs)
    table = Table()
    table.add_column("workspace")
    table.add_column("before")
    table.add_column("calls", justify="right")
    for workspace_id, calls in counted.items():
        name = escape(slugs.get(workspace_id, str(workspace_id)))
        table.add_row(name, f"{cutoffs[workspace_id]:%Y-%m-%d}", f"{calls:,}")
    return table
