"""How fast rollups are made anew from the events: `python -m benchmarks.rebuild [EVENTS] [--data FOLDER]`.

Real events are stored with their rollups by the service's own code; then the rollups are rebuilt, day by day, and must
be what they were, row for row and digit for digit. `--data` shares its databases with `benchmarks.questions`.
"""

import asyncio
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from app.core.database import make_engine, make_sessionmaker
from app.core.periods import Granularity, Period, utc_now, widen
from app.usage import service as ledger
from benchmarks import _stored
from benchmarks._report import Report, options
from benchmarks._stored import Stored

EVENTS = 250_000
ROLLUPS = ("usage_hourly", "usage_daily", "latency_daily", "usage_tags_daily")
DAY = timedelta(days=1)


def days(period: Period) -> Iterator[Period]:
    start = period.start
    while start < period.end:
        yield Period(start, start + DAY)
        start += DAY


async def rebuild(url: str, stored: Stored) -> float:
    """Seconds it takes."""
    engine = make_engine(url)
    sessions = make_sessionmaker(engine)
    started = time.perf_counter()
    for day in days(widen(_stored.period(utc_now()), Granularity.DAY)):
        async with sessions() as session, session.begin():
            await ledger.rebuild_rollups(session, stored.sender.workspace_id, day)
    seconds = time.perf_counter() - started
    await engine.dispose()
    return seconds


async def compare(url: str, stored: Stored, report: Report) -> None:
    before = await _stored.rollup_marks(url, stored.sender.workspace_id, ROLLUPS)
    seconds = await rebuild(url, stored)
    after = await _stored.rollup_marks(url, stored.sender.workspace_id, ROLLUPS)
    columns = ("rows", "as written at ingest")
    report.say(f"{stored.events:,} events: rebuilt in {seconds:,.1f} s, {stored.events / seconds:,.0f} events/s.")
    report.head("Rollups rebuilt from the events", ("rollup", *columns), first=20)
    for table, mark in before.items():
        report.row(table, f"{int(mark.split()[0]):,}", "to the digit" if after[table] == mark else "NO")
    if before != after:
        raise SystemExit("the rebuilt rollups are not what they were")


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("events", nargs="?", type=int, default=EVENTS, help="how many are stored")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="keep the database there, and find it again")
    asked = parser.parse_args()
    report = Report("rebuild", asked.markdown)
    with _stored.stored(asked.events, asked.data) as (place, stored):
        asyncio.run(compare(place.url, stored, report))
    report.finish()


if __name__ == "__main__":
    main()
