"""`tokenboard import-calls`: a file of calls through the same door as everybody's, with progress."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final
from uuid import UUID

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from app.auth import service as auth
from app.cli import runtime
from app.cli.errors import CannotDo
from app.cli.files import CallFile, Line, NotARow, content_id, open_calls
from app.cli.rules import rows
from app.core.config import Settings
from app.ingest import service as ingest
from app.ingest.errors import EventRefused
from app.ingest.rules.decoding import Decoded
from app.ingest.rules.incoming import IncomingEvent, read_event
from app.ingest.rules.preparing import Sender
from app.ingest.service import Receipt
from app.ingest.writer import GroupWriter
from app.pricing import service as pricing
from app.pricing.shelf import PriceShelf
from app.usage.errors import LedgerUnavailable
from app.usage.service import Sessions
from app.workspaces import rules
from app.workspaces import service as workspaces

BATCH: Final = 1_000
REASONS_SHOWN: Final = 10
# A database that restarts is back within this; the import goes on where it was.
PATIENCE_SECONDS: Final = (1, 2, 4, 8, 15, 30)


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for, as it was typed."""

    file: Path
    workspace: str
    mapping: tuple[str, ...]
    constants: tuple[str, ...]
    timezone: str | None
    event_id_prefix: str
    owner: str | None
    may_create: bool
    is_dry_run: bool


@dataclass(slots=True)
class Result:
    """What became of the rows; `received` is the sum of the next three."""

    received: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    reasons: list[tuple[int, str, str]] = field(default_factory=list)
    notes: rows.Notes = field(default_factory=rows.Notes)

    def add(self, receipt: Receipt, lines: list[int]) -> None:
        self.received += receipt.received
        self.accepted += receipt.accepted
        self.duplicates += receipt.duplicates
        self.rejected += len(receipt.rejected)
        for refusal in receipt.rejected[: REASONS_SHOWN - len(self.reasons)]:
            self.reasons.append((lines[refusal.index], refusal.code, refusal.detail))


def import_calls(order: Order) -> bool:
    """Import, and print what became of each row; False when one was rejected. Raises CannotDo."""
    reading = _reading(order)
    console = runtime.make_console()
    with open_calls(order.file) as calls, runtime.migrated_database(runtime.read_settings()) as settings:
        if calls.columns is not None:
            _check_columns(reading, calls.columns)
            reading = reading.with_own_names(calls.columns)
        result = runtime.run(_import(order, calls, reading, settings, console))
    _show(order, reading, calls, result, console)
    return result.rejected == 0


def _reading(order: Order) -> rows.Reading:
    return rows.Reading(
        columns=rows.pairs(order.mapping, "--map"),
        constants=rows.pairs(order.constants, "--set"),
        zone=rows.zone(order.timezone or "UTC"),
        id_prefix=rows.prefix(order.event_id_prefix),
        file_id=content_id(order.file),
    )


def _check_columns(reading: rows.Reading, columns: list[str]) -> None:
    for name, column in reading.columns.items():
        if column not in columns:
            raise CannotDo(f"--map {name}={column}: the file has no such column. It has: {', '.join(columns)}")


async def _import(order: Order, calls: CallFile, reading: rows.Reading, settings: Settings, console: Console) -> Result:
    async with runtime.sessions_of(settings) as sessions:
        sender = Sender(await _workspace(sessions, order), None, settings.keep_raw_usage)
        writer, shelf, result = GroupWriter(sessions), PriceShelf(pricing.load_default()), Result()
        with _progress(console) as progress:
            task = progress.add_task("importing", total=calls.size, rows="")
            for events, lines in _batches(calls, reading, result.notes):
                result.add(await _take(writer, shelf, sender, events, order), lines)
                progress.update(task, completed=calls.position, rows=f"{result.received:,} rows")
            progress.update(task, completed=calls.size)
        return result


async def _workspace(sessions: Sessions, order: Order) -> UUID:
    """The workspace that was named, made if that was asked for. Raises CannotDo."""
    async with sessions() as session, session.begin():
        found = await workspaces.find_by_slug(session, order.workspace)
        if found is not None:
            return found
        if not order.may_create:
            raise CannotDo(
                f"There is no workspace with the slug {order.workspace}. Its slug stands in its address and in its "
                "settings; or make it now: --create-workspace --owner EMAIL"
            )
        if rules.slug_from(order.workspace) != order.workspace:
            raise CannotDo(
                f"--workspace {order.workspace}: a slug has small letters, digits and dashes, like "
                f"{rules.slug_from(order.workspace)}"
            )
        if order.owner is None:
            raise CannotDo("--create-workspace needs --owner EMAIL, the account that will own it.")
        owner = await auth.find_person(session, order.owner)
        if owner is None:
            raise CannotDo(f"--owner {order.owner}: there is no such account. Sign up with it first.")
        made = await workspaces.create(session, owner.id, name=order.workspace, slug=order.workspace)
        return made.id


def _batches(calls: CallFile, reading: rows.Reading, notes: rows.Notes) -> Iterator[tuple[Decoded, list[int]]]:
    """Rows as events, or as refusals, with the lines they stood on."""
    numbered = enumerate(calls, 1)
    while batch := list(islice(numbered, BATCH)):
        yield [_event(line, number, reading, notes) for number, line in batch], [line.line for _, line in batch]


def _event(line: Line, number: int, reading: rows.Reading, notes: rows.Notes) -> IncomingEvent | EventRefused:
    if isinstance(line.cells, NotARow):
        return EventRefused("not_a_row", str(line.cells))
    names = reading.with_own_names(line.cells)
    notes.ignored_columns |= dict.fromkeys(names.ignored(line.cells))
    try:
        return read_event(rows.event(line.cells, number, names, notes))
    except EventRefused as refusal:
        return refusal


async def _take(writer: GroupWriter, shelf: PriceShelf, sender: Sender, events: Decoded, order: Order) -> Receipt:
    if order.is_dry_run:
        return ingest.examine(shelf.book, sender, events)
    return await take_patiently(writer, shelf, sender, events)


async def take_patiently(writer: GroupWriter, shelf: PriceShelf, sender: Sender, events: Decoded) -> Receipt:
    """Store a batch; wait for a database that is away for a moment. Raises LedgerUnavailable when it stays away."""
    for pause in PATIENCE_SECONDS:
        try:
            return await ingest.take(writer, shelf, sender, events)
        except LedgerUnavailable:
            await asyncio.sleep(pause)
    return await ingest.take(writer, shelf, sender, events)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]}"),
        TimeRemainingColumn(),
        console=console,
        transient=not console.is_terminal,
    )


def _show(order: Order, reading: rows.Reading, calls: CallFile, result: Result, console: Console) -> None:
    table = Table(title=f"{order.file.name}: {'checked, nothing stored' if order.is_dry_run else 'imported'}")
    for heading in ("received", "accepted", "duplicates", "rejected"):
        table.add_column(heading, justify="right")
    counts = (result.received, result.accepted, result.duplicates, result.rejected)
    table.add_row(*(f"{count:,}" for count in counts))
    console.print(table)
    if result.notes.times_without_zone:
        zone = escape(str(reading.zone))
        console.print(f"{result.notes.times_without_zone:,} times named no zone and were read as {zone}.")
    ignored = reading.ignored(calls.columns) if calls.columns is not None else list(result.notes.ignored_columns)
    if ignored:
        console.print(f"Columns that fill no field: {escape(', '.join(ignored))}. Use them with --map FIELD=COLUMN.")
    for line, code, detail in result.reasons:
        console.print(f"[red]line {line}[/]: {code}: {escape(detail)}")
    if result.rejected > len(result.reasons):
        console.print(f"... and {result.rejected - len(result.reasons):,} more.")
    if not result.received:
        console.print("The file holds no calls.")
