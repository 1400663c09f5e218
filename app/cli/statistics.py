"""`tokenboard db stats`: rows and bytes by table and index, months, bytes for each event."""

import json
from typing import Any

from rich.console import Console
from rich.table import Table

from app.cli import runtime
from app.core.config import Settings
from app.usage import measuring
from app.usage.measuring import OF_EVENTS, Statistics

UNITS = ("B", "kB", "MB", "GB", "TB")
STEP = 1024.0


def show(*, as_json: bool, is_exact: bool) -> None:
    console = runtime.make_console()
    with runtime.migrated_database(runtime.read_settings()) as settings:
        found = runtime.run(_measure(settings, is_exact))
    if as_json:
        print(json.dumps(_plain(found), indent=2))  # noqa: T201 - what programs read
    else:
        _print(found, console)


async def _measure(settings: Settings, is_exact: bool) -> Statistics:
    async with runtime.sessions_of(settings) as sessions:
        return await measuring.statistics(sessions, is_exact=is_exact)


def _plain(found: Statistics) -> dict[str, Any]:
    per_event = {relation: found.per_event(relation.bytes) for relation in found.relations}
    return {
        "exact": found.is_exact,
        "events": found.events,
        "oldest": found.oldest.isoformat() if found.oldest else None,
        "newest": found.newest.isoformat() if found.newest else None,
        "bytes": found.bytes_total,
        "bytes_per_event": found.per_event(_bytes_of_events(found)),
        "relations": [
            {**row._asdict(), "bytes_per_event": per_event[row] if row.table in OF_EVENTS else None}
            for row in found.relations
        ],
        "months": [month._asdict() for month in found.months],
    }


def _bytes_of_events(found: Statistics) -> int:
    return sum(row.bytes for row in found.relations if row.table in OF_EVENTS)


def _print(found: Statistics, console: Console) -> None:
    about = "" if found.is_exact else "about "
    console.print(f"{about}{found.events:,} calls, {_size(found.bytes_total)}")
    if found.oldest and found.newest:
        console.print(f"from {found.oldest:%Y-%m-%d %H:%M} to {found.newest:%Y-%m-%d %H:%M} UTC")
    console.print(_relations(found))
    per_event = found.per_event(_bytes_of_events(found))
    if per_event is not None:
        console.print(f"{per_event:,.0f} bytes for each call: its row, its identity and its part of the sums")
    if found.months:
        console.print(_months(found))


def _relations(found: Statistics) -> Table:
    table = Table()
    table.add_column("table, index", no_wrap=True, overflow="ellipsis", max_width=38)
    for heading in ("rows", "size", "B/call"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in found.relations:
        if not row.bytes and not row.rows:
            continue
        share = found.per_event(row.bytes) if row.table in OF_EVENTS else None
        name = f"  {row.index_name}" if row.index_name else row.table
        rows = "" if row.rows is None else f"{row.rows:,}"
        table.add_row(name, rows, _size(row.bytes), "" if share is None else f"{share:,.1f}")
    return table


def _months(found: Statistics) -> Table:
    table = Table()
    table.add_column("month", no_wrap=True)
    for heading in ("rows", "size"):
        table.add_column(heading, justify="right", no_wrap=True)
    for month in found.months:
        table.add_row(month.name.removeprefix("events_").replace("_", "-"), f"{month.rows:,}", _size(month.bytes))
    return table


def _size(bytes_: int) -> str:
    size, unit = float(bytes_), 0
    while size >= STEP and unit < len(UNITS) - 1:
        size, unit = size / STEP, unit + 1
    return f"{size:,.0f} {UNITS[unit]}" if unit == 0 else f"{size:,.1f} {UNITS[unit]}"
