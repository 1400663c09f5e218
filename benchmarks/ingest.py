"""How fast calls come in: `python -m benchmarks.ingest [--quick] [--seconds N] [--workers N] [--loads 500x8 1x64]`.

A service and a database of their own, and a sender in a third process, all on this machine. Every answer comes after
the commit, and every figure is checked: what was acknowledged is in events and rollups, equal to what the generator
knew beforehand to the digit. The limits are measured in the same run: COPY of such rows, prepared beforehand, straight
into the same table, one connection, 1,000 to a transaction; and an ASGI application that reads, decodes and answers.
"""

import argparse
import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.database import make_engine, make_sessionmaker
from app.core.ids import new_id
from app.core.periods import Granularity, floor, utc_now
from app.ingest.rules.incoming import read_event
from app.ingest.rules.preparing import Sender, prepare
from app.pricing import service as pricing
from app.pricing.rules.call import Pricing
from app.usage import queries as ledger
from app.usage.rules import events as event_rules
from app.usage.rules.kinds import kinds_of, number_of
from benchmarks import _database, _goals, _machine, _place
from benchmarks._database import Connection
from benchmarks._report import Report, options
from benchmarks._sender import Job, Outcome
from scripts import load
from scripts.external_postgres import free_port
from scripts.machine import ROOT

SECONDS = 5.0
ECHO_SECONDS = 1.5
QUICK_SECONDS = 1.0
COPIED_ROWS = 50_000
ROWS_PER_TRANSACTION = 1_000
PORT_PATIENCE_SECONDS = 20.0
MEGABYTE = 1_000_000


class Load(NamedTuple):
    """How it is sent."""

    batch: int
    connections: int

    @classmethod
    def parse(cls, text: str) -> "Load":
        batch, _, connections = text.partition("x")
        return cls(int(batch), int(connections))

    def __str__(self) -> str:
        return f"{self.batch:,} x {self.connections}"


LOADS = tuple(Load(batch, connections) for batch in (1, 50, 500, 1_000) for connections in (1, 8, 64))
QUICK_LOADS = (Load(1, 64), Load(500, 8))


class Use(NamedTuple):
    """What was used until now: seconds of CPU, bytes."""

    service: float
    database: float
    wal: float
    disk: float


class Measured(NamedTuple):
    """One load: what came of it and what it took."""

    outcome: Outcome
    memory: int
    use: Use

    @property
    def rate(self) -> float:
        return self.outcome.accepted / self.outcome.seconds

    def each(self, amount: float) -> float:
        return amount / self.outcome.accepted


class Bench(NamedTuple):
    """What is measured, and with what."""

    place: _place.Database
    address: str
    service_pid: int
    sessions: async_sessionmaker[AsyncSession]
    connection: Connection

    async def used(self) -> Use:
        service, database = _machine.cpu_seconds(self.service_pid), _machine.cpu_seconds(self.place.pid)
        wal, disk = await _database.wal_bytes(self.connection), await _database.disk_bytes(self.connection)
        return Use(service, database, wal, disk)

    async def measure(self, way: Load, seed: int, seconds: float, spread: float) -> Measured:
        sender = await _place.make_sender(self.sessions)
        job = Job(
            address=self.address,
            key=sender.key,
            batch=way.batch,
            connections=way.connections,
            seed=seed,
            seconds=seconds,
            spread_seconds=spread,
        )
        with sending(job) as process:
            _machine.forget_peak(self.service_pid)
            before = await self.used()
            outcome = go(process)
            after = await self.used()
        await _database.check(self.connection, sender.workspace_id, outcome.totals)
        memory = _machine.peak_bytes(self.service_pid)
        return Measured(outcome, memory, Use(*(late - early for early, late in zip(before, after, strict=True))))


@contextmanager
def sending(job: Job) -> Iterator["subprocess.Popen[bytes]"]:
    """A sender that has warmed up and prepared everything."""
    command = [sys.executable, "-m", "benchmarks._sender"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        tell(process, msgspec.json.encode(job))
        assert process.stdout is not None
        if process.stdout.readline() != b"ready\n":
            raise SystemExit("the sender gave up")
        yield process


def tell(process: "subprocess.Popen[bytes]", line: bytes) -> None:
    assert process.stdin is not None
    process.stdin.write(line + b"\n")
    process.stdin.flush()


def go(process: "subprocess.Popen[bytes]") -> Outcome:
    """Let it send, and wait until it is done."""
    tell(process, b"go")
    assert process.stdout is not None
    answer = process.stdout.readline()
    if not answer:
        raise SystemExit("the sender gave up")
    return msgspec.json.decode(answer, type=Outcome)


class Copy(NamedTuple):
    """Rows a second by COPY alone, and the database's CPU for each, in microseconds."""

    rate: float
    database: float


async def copy_rate(bench: Bench, rows: int) -> Copy:
    """Without identity, rollups and accounting."""
    records = prepared(rows)
    cpu, started = _machine.cpu_seconds(bench.place.pid), time.perf_counter()
    for at in range(0, rows, ROWS_PER_TRANSACTION):
        part = records[at : at + ROWS_PER_TRANSACTION]
        await bench.connection.copy_records_to_table("events", records=part, columns=event_rules.COLUMNS)
    seconds = time.perf_counter() - started
    return Copy(rows / seconds, (_machine.cpu_seconds(bench.place.pid) - cpu) / rows * 1e6)


async def make_months(sessions: async_sessionmaker[AsyncSession]) -> None:
    """COPY needs the partitions there."""
    now = utc_now()
    for at in (now - timedelta(days=1), now):
        async with sessions() as session, session.begin():
            await ledger.make_month(session, floor(at, Granularity.MONTH))


def prepared(count: int) -> list[tuple[object, ...]]:
    """Rows of a workspace of their own, as the service writes them."""
    book, now = pricing.load_default(), utc_now()
    how, sender = Pricing(book.price, book.version), Sender(new_id(), new_id())
    calls = load.Maker(now.microsecond).calls(load.spread(now, 60, count))
    events = [prepare(read_event(call.sent), sender, how, now) for call in calls]
    numbers = {kind: number_of(kind) for kind in kinds_of(events)}
    return [event_rules.row(event, numbers) for event in events]


@contextmanager
def echo() -> Iterator[str]:
    """The address of the bare ASGI application."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "benchmarks._echo", str(port)], cwd=ROOT)
    try:
        asyncio.run(_listens(port))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


async def _listens(port: int) -> None:
    async with asyncio.timeout(PORT_PATIENCE_SECONDS):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return


def echo_rates(loads: tuple[Load, ...], seconds: float) -> dict[Load, float]:
    """Calls a second of each load at the bare application."""
    rates = {}
    with echo() as address:
        for way in loads:
            job = Job(
                address=address,
                batch=way.batch,
                connections=way.connections,
                seed=0,
                seconds=seconds,
                warm_up_seconds=seconds / 3,
                is_reusing=True,
            )
            with sending(job) as process:
                outcome = go(process)
            rates[way] = outcome.accepted / outcome.seconds
    return rates


async def run(bench: Bench, asked: argparse.Namespace, report: Report, limits: dict[Load, float]) -> None:
    rows = COPIED_ROWS // (5 if asked.quick else 1)
    await make_months(bench.sessions)
    report.say(f"PostgreSQL {await _database.version(bench.connection)}; service with {asked.workers} worker(s).")
    copies = [await copy_rate(bench, rows)]
    columns = ("events/s", "requests/s", "p50 ms", "p95 ms", "p99 ms", "503s")
    report.head("Batch x connections: what is taken, durably", ("load", *columns), first=12)
    found: dict[Load, Measured] = {}
    bytes_before = await _database.sizes(bench.connection)
    for seed, way in enumerate(asked.loads):
        found[way] = await bench.measure(way, seed, asked.seconds, asked.spread)
        of = found[way].outcome
        speed = (f"{found[way].rate:,.0f}", f"{of.requests / of.seconds:,.0f}")
        report.row(str(way), *speed, f"{of.p50:.1f}", f"{of.p95:.1f}", f"{of.p99:.1f}", f"{of.turned_away:,}")
    bytes_after = await _database.sizes(bench.connection)
    copies.append(await copy_rate(bench, rows))
    tell_costs(report, found)
    tell_limits(report, found, limits, copies)
    tell_sizes(report, bytes_before, bytes_after)
    if asked.workers == 1:  # the goals are those of one process
        tell_goals(report, found, max(copy.rate for copy in copies))


def tell_costs(report: Report, found: dict[Load, Measured]) -> None:
    columns = ("service µs", "database µs", "WAL bytes", "disk bytes", "memory MB")
    report.head("What an event costs: CPU, and bytes while this load was sent", ("load", *columns), first=12)
    for way, of in found.items():
        cpu = (f"{of.each(of.use.service) * 1e6:.1f}", f"{of.each(of.use.database) * 1e6:.1f}")
        grown = (f"{of.each(of.use.wal):,.0f}", f"{of.each(of.use.disk):,.0f}")
        report.row(str(way), *cpu, *grown, f"{of.memory / MEGABYTE:.0f}")


def tell_limits(report: Report, found: dict[Load, Measured], limits: dict[Load, float], copies: list[Copy]) -> None:
    rates = " and ".join(f"{copy.rate:,.0f}/s ({copy.database:.1f} µs of the database's CPU)" for copy in copies)
    report.say(f"COPY of such rows into the same table, before and after: {rates}. Ratios are to the faster.")
    fastest = max(copy.rate for copy in copies)
    report.head("Against the limits of this run", ("load", "events/s", "of COPY", "bare ASGI/s", "of ASGI"), first=12)
    for way, of in found.items():
        of_echo = (f"{limits[way]:,.0f}", f"{of.rate / limits[way]:.1%}") if way in limits else ("", "")
        report.row(str(way), f"{of.rate:,.0f}", f"{of.rate / fastest:.1%}", *of_echo)


def tell_sizes(report: Report, before: list[_database.Size], after: list[_database.Size]) -> None:
    """What all loads together, single calls too, left on the disk."""
    old = {size.name: size.bytes for size in before}
    grown = [size._replace(bytes=size.bytes - old.get(size.name, 0)) for size in after]
    report.head("Growth of tables and indexes in all loads together", ("name", "kind", "MB"), first=36)
    for size in grown:
        if size.bytes >= MEGABYTE:
            report.row(size.name, "index" if size.is_index else "table", f"{size.bytes / MEGABYTE:,.1f}")


def tell_goals(report: Report, found: dict[Load, Measured], copy: float) -> None:
    if batches := found.get(Load(500, 8)):
        report.reached(_goals.BATCHES, batches.rate)
        report.reached(_goals.OF_COPY, batches.rate / copy * 100)
        report.reached(_goals.CPU, batches.each(batches.use.service) * 1e6)
    if singles := found.get(Load(1, 64)):
        report.reached(_goals.SINGLES, singles.rate)
    report.reached(_goals.MEMORY, max(of.memory for of in found.values()) / MEGABYTE)


async def measure_all(
    place: _place.Database,
    service: tuple[str, int],
    asked: argparse.Namespace,
    report: Report,
    limits: dict[Load, float],
) -> None:
    engine = make_engine(place.url)
    connection = await _database.connect(place.url)
    await run(Bench(place, *service, make_sessionmaker(engine), connection), asked, report, limits)
    await connection.close()
    await engine.dispose()


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--quick", action="store_true", help="two loads, a few seconds")
    parser.add_argument("--seconds", type=float, help="about how long each load is sent")
    parser.add_argument("--workers", type=int, default=1, help="processes of the service")
    parser.add_argument(
        "--loads", type=Load.parse, nargs="+", metavar="BATCHxCONNECTIONS", help="by default all twelve"
    )
    parser.add_argument(
        "--spread",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="over how long before now a batch's calls were made",
    )
    asked = parser.parse_args()
    asked.seconds = asked.seconds or (QUICK_SECONDS if asked.quick else SECONDS)
    asked.loads = tuple(asked.loads or (QUICK_LOADS if asked.quick else LOADS))
    report = Report("ingest" if asked.workers == 1 else "ingest-workers", asked.markdown)
    limits = echo_rates(asked.loads, min(ECHO_SECONDS, asked.seconds))
    with _place.database() as place, _place.service(place.url, asked.workers) as service:
        asyncio.run(measure_all(place, service, asked, report, limits))
    report.finish()


if __name__ == "__main__":
    main()
