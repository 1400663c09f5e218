"""`tokenboard db rebuild-rollups`: every call added up anew, with progress; what differs is put right, or only told."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from app.cli import runtime
from app.core.config import Settings
from app.usage import rebuilding
from app.usage.errors import EventsDropped
from app.usage.rules.rebuilding import Order
from app.usage.rules.rebuilding import Progress as Done
from app.usage.service import Sessions


def rebuild(workspace: str | None, start: datetime | None, end: datetime | None, *, is_check: bool) -> bool:
    """Do it; False where a check found differences. Raises CannotDo, EventsDropped."""
    console = runtime.make_console()
    bounds = tuple(None if at is None else at.replace(tzinfo=UTC) for at in (start, end))
    with runtime.migrated_database(runtime.read_settings()) as settings:
        differing = runtime.run(_rebuild(settings, workspace, bounds[0], bounds[1], is_check, console))
    return not (is_check and differing)


async def _rebuild(
    settings: Settings,
    workspace: str | None,
    start: datetime | None,
    end: datetime | None,
    is_check: bool,
    console: Console,
) -> int:
    calls = rows = 0
    async with runtime.sessions_of(settings) as sessions:
        for workspace_id in await _chosen(sessions, workspace):
            order = Order(workspace_id, start, end, is_check)
            try:
                done = await _watched(sessions, order, console)
            except EventsDropped as error:
                if workspace is not None:
                    raise
                console.print(f"{workspace_id}: left out. {error.detail}")
                continue
            _tell(workspace_id, done, console)
            calls, rows = calls + done.calls, rows + sum(done.differences.values())
    verdict = "differ" if is_check else "were put right"
    console.print(f"{calls:,} calls added up; " + (f"{rows:,} rows {verdict}." if rows else "all rows agree."))
    return rows


async def _chosen(sessions: Sessions, workspace: str | None) -> Sequence[UUID]:
    if workspace is None:
        return await rebuilding.owners(sessions)
    return [await runtime.find_workspace(sessions, workspace)]


async def _watched(sessions: Sessions, order: Order, console: Console) -> Done:
    total = await rebuilding.total(sessions, order)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=total)

        def show(done: Done) -> None:
            day = f"{done.done_until:%Y-%m-%d}" if done.done_until else ""
            progress.update(task, description=day, completed=done.calls)

        return await rebuilding.rebuild(sessions, order, show)


def _tell(workspace_id: UUID, done: Done, console: Console) -> None:
    for day, rows in sorted(done.differences.items()):
        console.print(f"{escape(str(workspace_id))} {day}: {rows:,} rows differed")
