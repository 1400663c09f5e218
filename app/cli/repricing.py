"""`tokenboard reprice`: what today's prices would make of past calls, shown, asked about and applied, with progress."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from app.cli import runtime
from app.cli.errors import CannotDo
from app.core.config import Settings
from app.core.database import AsyncSession
from app.core.periods import utc_now
from app.pricing import service as pricing
from app.pricing.shelf import PriceShelf
from app.repricings import queries, service
from app.repricings.models import Repricing
from app.repricings.rules import WAITING, Figure, Job, Order, Status, Summary
from app.repricings.worker import Worker
from app.usage.rules.changing import Selection
from app.usage.service import Sessions
from app.workspaces import service as workspaces

LOOK_SECONDS: Final = 0.2
Step = Callable[[AsyncSession], Awaitable[Repricing]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for, as it was typed; times without a zone are UTC."""

    workspace: str
    start: datetime | None
    end: datetime | None
    provider: str | None
    model: str | None
    only_unpriced: bool
    reread_usage: bool
    may_apply: bool
    is_sure: bool

    def order(self) -> Order:
        start, end = (None if at is None else at.replace(tzinfo=UTC) for at in (self.start, self.end))
        selection = Selection(start, end or utc_now(), self.provider, self.model, self.only_unpriced)
        return Order(selection, self.reread_usage)


class _Desk:
    """Whoever runs the service, at the re-pricings of one workspace."""

    def __init__(self, sessions: Sessions, workspace_id: UUID, console: Console) -> None:
        self.sessions, self.console = sessions, console
        self.shelf = PriceShelf(pricing.load_default())
        self.member = workspaces.operator_of(workspace_id)

    async def preview(self, order: Order) -> tuple[Job, Summary]:
        version = (await self.shelf.of(self.sessions, self.member.workspace_id)).version
        return await self._do(lambda session: service.preview(session, self.member, order, version))

    async def apply(self, job: Job) -> tuple[Job, Summary]:
        version = (await self.shelf.of(self.sessions, self.member.workspace_id)).version
        return await self._do(lambda session: service.apply(session, self.member, job.id, version))

    async def undo(self, repricing_id: UUID) -> tuple[Job, Summary]:
        return await self._do(lambda session: service.undo(session, self.member, repricing_id))

    async def _do(self, step: Step) -> tuple[Job, Summary]:
        """Ask for the step, and do it; or watch, where a running service is quicker."""
        async with self.sessions() as session, session.begin():
            repricing_id = (await step(session)).id
        work = asyncio.create_task(self._work(repricing_id))
        try:
            return await self._watch(repricing_id, work)
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def _work(self, repricing_id: UUID) -> None:
        """Another process may be at it, and may stop before it is done."""
        worker, is_done = Worker(), False
        while not is_done:
            is_done = await worker.do(self.sessions, self.shelf, self.member.workspace_id, repricing_id)
            await asyncio.sleep(LOOK_SECONDS)

    async def _watch(self, repricing_id: UUID, work: asyncio.Task[None]) -> tuple[Job, Summary]:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=self.console, transient=True) as progress:
            task = progress.add_task("", total=None)
            while True:
                async with self.sessions() as session:
                    job, found = await service.find(session, self.member, repricing_id)
                progress.update(task, description=job.status.value, completed=job.done, total=job.total)
                if job.status not in WAITING:
                    return job, found
                if work.done() and (fault := work.exception()) is not None:
                    raise fault
                await asyncio.sleep(LOOK_SECONDS)


def reprice(wanted: Wanted) -> None:
    """Preview, show, and apply where that is wanted. Raises CannotDo."""
    console = runtime.make_console()
    with runtime.migrated_database(runtime.read_settings()) as settings:
        runtime.run(_reprice(wanted, settings, console))


async def _reprice(wanted: Wanted, settings: Settings, console: Console) -> None:
    async with runtime.sessions_of(settings) as sessions:
        desk = _Desk(sessions, await runtime.find_workspace(sessions, wanted.workspace), console)
        job, found = _done(await desk.preview(wanted.order()), Status.READY)
        _show(job, found, console)
        if not found.total.changed:
            console.print("There is nothing to change.")
        elif wanted.may_apply and (wanted.is_sure or typer.confirm("Apply it?")):
            job, _ = _done(await desk.apply(job), Status.APPLIED)
            console.print(f"Applied. To take it back: tokenboard reprice undo {job.id}")
        else:
            console.print("Nothing was changed. With --apply it asks whether to apply it.")


def undo(repricing_id: UUID) -> None:
    """Take a re-pricing back. Raises CannotDo, and what `service.undo` raises."""
    console = runtime.make_console()
    with runtime.migrated_database(runtime.read_settings()) as settings:
        runtime.run(_undo(repricing_id, settings, console))


async def _undo(repricing_id: UUID, settings: Settings, console: Console) -> None:
    async with runtime.sessions_of(settings) as sessions:
        async with sessions() as session:
            workspace_id = await queries.workspace_of(session, repricing_id)
        if workspace_id is None:
            raise CannotDo(f"There is no re-pricing {repricing_id}.")
        job, _ = _done(await _Desk(sessions, workspace_id, console).undo(repricing_id), Status.UNDONE)
    console.print(f"Undone: {job.done:,} calls say again what they said before.")


def _done(answer: tuple[Job, Summary], expected: Status) -> tuple[Job, Summary]:
    job, _ = answer
    if job.status is not expected:
        raise CannotDo(job.error or f"The re-pricing is {job.status.value}: somebody else was at it.")
    return answer


def _show(job: Job, found: Summary, console: Console) -> None:
    table = Table(title=f"{escape(job.price_version)}: {len(found.by_model)} models, {found.total.calls:,} calls")
    table.add_column("model")
    for heading in ("calls", "changed", "cost before", "cost after", "unpriced before", "unpriced after"):
        table.add_column(heading, justify="right")
    for (provider, model), figure in found.by_model:
        table.add_row(escape(f"{provider}/{model}"), *_cells(figure))
    table.add_section()
    table.add_row("all", *_cells(found.total))
    console.print(table)


def _cells(figure: Figure) -> list[str]:
    costs = [_dollars(figure.cost_before), _dollars(figure.cost_after)]
    unpriced = [f"{figure.unpriced_before:,}", f"{figure.unpriced_after:,}"]
    return [f"{figure.calls:,}", f"{figure.changed:,}", *costs, *unpriced]


def _dollars(cost: Decimal | None) -> str:
    return "unknown" if cost is None else f"${cost:,.2f}"
