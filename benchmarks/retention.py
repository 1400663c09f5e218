"""How fast calls go that are no longer kept, and what writers notice: `python -m benchmarks.retention [EVENTS]`.

Real events lie in three past months. Two of these go whole; the third goes a few thousand calls at a time, because a
neighbour keeps his. Each is done quiet first, and then while a program sends single calls to a service on the same
database. At the end nothing is left of what was dropped but its sums, and all that was sent meanwhile is there.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.database import make_engine, make_sessionmaker
from app.core.periods import Granularity, Period, floor, month_of, month_period, previous_month, utc_now
from app.usage import retaining
from app.usage.rules.retaining import LEAST_DAYS, MOST_DAYS, Dropped
from app.workspaces.rules import Member, Role, WorkspaceId
from benchmarks import _database, _place, _stored
from benchmarks._report import Report, options
from benchmarks._sender import Job, Outcome
from benchmarks._stored import Slice, Stored
from benchmarks.ingest import go, sending

EVENTS: Final = 270_000
MONTHS: Final = 3
CONNECTIONS: Final = 8
SECONDS: Final = 1.5
# As if so much time had passed since the calls came: before that none of them may go.
LATER: Final = timedelta(days=LEAST_DAYS + 1)
ROLLUPS: Final = ("usage_hourly", "usage_daily", "latency_daily", "usage_tags_daily")

Sessions = async_sessionmaker[AsyncSession]
IsEnough = Callable[[Dropped], bool]


class Done(NamedTuple):
    """What a round dropped, after how many seconds its months were gone, and how long all of it took."""

    dropped: Dropped
    month_seconds: float
    seconds: float


NOTHING: Final = Done(Dropped(), 0.0, 0.0)


class Noticed(NamedTuple):
    """What became of what a program sent, and what was dropped meanwhile."""

    sent: Outcome
    done: Done


def past_months(now: datetime) -> list[Period]:
    """The oldest first."""
    months = [month_period(month_of(now))]
    for _ in range(MONTHS):
        months.insert(0, previous_month(months[0]))
    return months[:-1]


async def drop(sessions: Sessions, before: datetime, is_enough: IsEnough = lambda _: False) -> Done:
    """Drop what was called before then."""
    now, started, month_seconds, latest = utc_now() + LATER, time.perf_counter(), 0.0, Dropped()

    def watch(dropped: Dropped) -> None:
        nonlocal month_seconds, latest
        latest = dropped
        if dropped.months and not month_seconds:
            month_seconds = time.perf_counter() - started

    days = (floor(now, Granularity.DAY) - before).days
    dropped = await retaining.retain(sessions, days, now, lambda: is_enough(latest), on_progress=watch)
    return Done(dropped, month_seconds, time.perf_counter() - started)


async def write_beside(
    address: str, url: str, sessions: Sessions, seconds: float, before: datetime | None, *, is_cut: bool = False
) -> Noticed:
    """Let a program send single calls, and meanwhile drop what was called `before`; with `is_cut` no longer than that.

    Ends the program unless all that was sent is there.
    """
    sender = await _place.make_sender(sessions)
    job = Job(address=address, key=sender.key, batch=1, connections=CONNECTIONS, seed=1, seconds=seconds)
    with sending(job) as process:
        sent = asyncio.create_task(asyncio.to_thread(go, process))
        done = NOTHING if before is None else await drop(sessions, before, lambda _: is_cut and sent.done())
        outcome = await sent
    connection = await _database.connect(url)
    await _database.check(connection, sender.workspace_id, outcome.totals)
    await connection.close()
    return Noticed(outcome, done)


async def keep_one(sessions: Sessions, url: str, month: Period) -> None:
    """A neighbour with a call in that month, who keeps it."""
    neighbour = await _place.make_sender(sessions)
    slice_ = Slice(1, 1, month.start.timestamp(), month.end.timestamp())
    await asyncio.to_thread(_stored.write, url, neighbour, slice_)
    async with sessions() as session, session.begin():
        member = Member(WorkspaceId(neighbour.workspace_id), None, Role.OWNER)
        await retaining.keep(session, member, MOST_DAYS)


async def check(url: str, stored: Stored, marks: dict[str, str]) -> None:
    """End the program unless the calls are gone with their identities, and their sums are what they were."""
    connection = await _database.connect(url)
    for table in ("events", "event_keys"):
        question = f"SELECT count(*) FROM {table} WHERE workspace_id = $1"  # noqa: S608 - names are ours
        if left := await connection.fetchval(question, stored.sender.workspace_id):
            raise SystemExit(f"{left} rows are left in {table}")
    await connection.close()
    if marks != await _stored.rollup_marks(url, stored.sender.workspace_id, ROLLUPS):
        raise SystemExit("the sums are not what they were")


def tell_dropped(report: Report, what: str, calls: int, seconds: float) -> None:
    report.row(what, f"{calls:,}", f"{seconds:.2f}", f"{calls / seconds:,.0f}")


def tell_month(report: Report, what: str, done: Done) -> None:
    tell_dropped(report, f"a month whole{what}", done.dropped.calls, done.month_seconds)
    tell_dropped(report, f"its identities{what}", done.dropped.identities, done.seconds - done.month_seconds)


async def measure(address: str, url: str, stored: Stored, seconds: float, report: Report) -> None:
    engine = make_engine(url)
    sessions, months = make_sessionmaker(engine), past_months(utc_now())
    await keep_one(sessions, url, months[-1])
    marks = await _stored.rollup_marks(url, stored.sender.workspace_id, ROLLUPS)
    noticed = {"nothing is dropped": await write_beside(address, url, sessions, seconds, None)}

    report.head("What is dropped", ("", "calls", "seconds", "calls/s"), first=38)
    tell_month(report, "", await drop(sessions, months[0].end))
    noticed["a month goes whole"] = found = await write_beside(address, url, sessions, seconds, months[1].end)
    tell_month(report, ", beside writers", found.done)
    some = stored.events // MONTHS // 4
    done = await drop(sessions, months[2].end, lambda dropped: dropped.calls >= some)
    tell_dropped(report, "calls, 2,000 at a time", done.dropped.calls, done.seconds)
    found = await write_beside(address, url, sessions, seconds, months[2].end, is_cut=True)
    noticed["calls go 2,000 at a time"] = found
    tell_dropped(report, "calls, 2,000 at a time, beside writers", found.done.dropped.calls, found.done.seconds)

    columns = ("calls/s", "p50 ms", "p95 ms", "p99 ms", "dropping for")
    report.head(f"Single calls on {CONNECTIONS} connections meanwhile", ("", *columns), first=38)
    for what, (sent, done) in noticed.items():
        times = (f"{each:.1f}" for each in (sent.p50, sent.p95, sent.p99))
        share = f"{min(done.seconds, sent.seconds):.1f} of {sent.seconds:.1f} s"
        report.row(what, f"{sent.requests / sent.seconds:,.0f}", *times, share)
    await drop(sessions, months[2].end)
    await check(url, stored, marks)
    await engine.dispose()


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("events", nargs="?", type=int, default=EVENTS, help="how many are stored")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for which the program sends, each time")
    asked = parser.parse_args()
    report = Report("retention", asked.markdown)
    months = past_months(utc_now())
    over = Period(months[0].start, months[-1].end)
    with _stored.stored(asked.events, over=over) as (place, stored), _place.service(place.url) as (address, _):
        asyncio.run(measure(address, place.url, stored, asked.seconds, report))
    report.finish()


if __name__ == "__main__":
    main()
