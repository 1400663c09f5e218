"""A database with so many real events, taken by the service's own code and checked against what was known before.

They lie evenly over last month and this one until now, unless told otherwise. The work is shared by as many processes
as there are cores.
"""

import asyncio
import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec

from app.core.database import make_engine, make_sessionmaker
from app.core.periods import Period, month_of, month_period, previous_month, utc_now
from app.ingest import service as ingest
from app.ingest.rules.incoming import read_event
from app.ingest.rules.preparing import Sender
from app.ingest.writer import GroupWriter
from app.pricing import service as pricing
from app.pricing.shelf import PriceShelf
from app.usage.closing import close_days
from benchmarks import _database, _place
from scripts import load
from scripts.load import Totals

GROUP: Final = 1_000
SLICE: Final = 50_000
NOTE: Final = "stored.json"


class Stored(msgspec.Struct, frozen=True):
    """Where the events are. `seconds` is what storing them took."""

    events: int
    sender: _place.Sender
    seconds: float


class Slice(msgspec.Struct, frozen=True):
    """A part of the events, between two instants."""

    seed: int
    count: int
    start: float
    end: float


@contextmanager
def stored(
    events: int, folder: Path | None = None, over: Period | None = None
) -> Iterator[tuple[_place.Database, Stored]]:
    """In a folder of its own; or in `folder`, where the next run finds them again. `over`: when they were made."""
    with _place.database(folder and folder / f"{events}") as place:
        note = folder and folder / f"{events}" / NOTE
        if note and note.exists():
            yield place, msgspec.json.decode(note.read_bytes(), type=Stored)
            return
        found = asyncio.run(_fill(place.url, events, over or period(utc_now())))
        if note:
            note.write_bytes(msgspec.json.encode(found))
        yield place, found


def period(now: datetime) -> Period:
    """Last month and this one, until now."""
    return Period(previous_month(month_period(month_of(now))).start, now)


async def _fill(url: str, events: int, over: Period) -> Stored:
    engine = make_engine(url)
    sessions = make_sessionmaker(engine)
    sender = await _place.make_sender(sessions)
    started = time.perf_counter()
    parts = _slices(events, over)
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as processes:
        known = list(processes.map(write, [url] * len(parts), [sender] * len(parts), parts))
    seconds = time.perf_counter() - started
    expected = Totals()
    for part in known:
        expected = expected.plus(part)
    connection = await _database.connect(url)
    await _database.check(connection, sender.workspace_id, expected)
    # as a service does in its first round, and then day by day
    await close_days(sessions, utc_now())
    await engine.dispose()
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    return Stored(events, sender, seconds)


def _slices(events: int, over: Period) -> list[Slice]:
    """Slices of the period, in its order."""
    count = -(-events // SLICE)
    bounds = [over.start.timestamp() + (over.end - over.start).total_seconds() * n / count for n in range(count + 1)]
    sizes = [min(SLICE, events - n * SLICE) for n in range(count)]
    return [Slice(n, sizes[n], bounds[n], bounds[n + 1]) for n in range(count)]


def write(url: str, sender: _place.Sender, part: Slice) -> Totals:
    """Make and take the calls of one slice; run in a process of its own."""
    return asyncio.run(_write(url, Sender(sender.workspace_id, sender.key_id), part))


async def _write(url: str, sender: Sender, part: Slice) -> Totals:
    sums, shelf, engine = Totals(), PriceShelf(pricing.load_default()), make_engine(url)
    writer = GroupWriter(make_sessionmaker(engine))
    instants = load.spread(datetime.fromtimestamp(part.end, UTC), part.end - part.start, part.count)
    calls = load.Maker(part.seed).calls(instants)
    while group := list(islice(calls, GROUP)):
        for call in group:
            sums.add(call)
        receipt = await ingest.take(writer, shelf, sender, [read_event(call.sent) for call in group])
        if receipt.accepted != len(group):
            raise SystemExit(f"{len(group)} new calls were given: {receipt}")
    await engine.dispose()
    return sums


async def rollup_marks(url: str, workspace_id: UUID, tables: Sequence[str]) -> dict[str, str]:
    """Of each rollup its number of rows and one hash of every row and digit."""
    connection, marks = await _database.connect(url), {}
    for table in tables:
        question = (
            f"SELECT count(*) || ' ' || md5(string_agg(md5(kept::text), '' ORDER BY kept::text)) "  # noqa: S608
            f"FROM {table} AS kept WHERE workspace_id = $1"
        )
        marks[table] = str(await connection.fetchval(question, workspace_id))
    await connection.close()
    return marks
