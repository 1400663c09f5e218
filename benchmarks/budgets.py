"""How many calls a second can ask before they are made: `python -m benchmarks.budgets [--seconds N] [--workers N]`.

A pair is a reservation and the call that settles it, each answered after its commit. The service, its database and the
programs share this machine. At the end nothing may be held any more, and what was spent must be what was sent, to the
digit.
"""

import asyncio
import subprocess
import sys
from decimal import Decimal
from typing import Final, NamedTuple

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.budgets import service as budgets
from app.budgets.rules import Every, Kind, Limit, OnUnavailable, Terms, Threshold
from app.core.database import make_engine, make_sessionmaker
from app.usage.spending import EVERYTHING, Filter, Ledger, TagIs
from app.workspaces.rules import Member, Role, WorkspaceId
from benchmarks import _goals, _machine, _place
from benchmarks._report import Report, options
from benchmarks._reserver import COST, Job, Outcome
from scripts.machine import ROOT
from scripts.serving import Service

SECONDS: Final = 5.0
MILLION: Final = Decimal(1_000_000)
THRESHOLDS: Final = tuple(Threshold(percent, Kind.ACTUAL) for percent in (50, 80, 100))


class Case(NamedTuple):
    """Which budgets there are, and how many programs ask at once."""

    what: str
    filters: tuple[Filter, ...]
    connections: int
    limit: Limit = Limit.STRICT


ALL: Final = (EVERYTHING,)
PROJECTS: Final = tuple(f"project-{n}" for n in range(8))
THREE: Final = (EVERYTHING, Filter(project=PROJECTS), Filter(tag=TagIs("user", "customer-1")))
MEASURED: Final = Case("one strict budget", ALL, 64)
CASES: Final = (
    Case("no budget that limits", (), 64),
    MEASURED,
    Case("one bounded budget", ALL, 64, Limit.BOUNDED),
    Case("one strict budget", ALL, 200),
    Case("three strict budgets", THREE, 64),
)

Sessions = async_sessionmaker[AsyncSession]


async def make(sessions: Sessions, case: Case) -> _place.Sender:
    sender = await _place.make_sender(sessions)
    member = Member(WorkspaceId(sender.workspace_id), None, Role.ADMIN)
    for number, only in enumerate(case.filters):
        terms = Terms(
            name=f"budget {number}",
            ledger=Ledger.TRACKED,
            only=only,
            every=Every.MONTH,
            start=None,
            end=None,
            amount=MILLION,
            currency="USD",
            thresholds=THRESHOLDS,
            limit=case.limit,
            on_unavailable=OnUnavailable.OPEN,
        )
        async with sessions() as session, session.begin():
            await budgets.create(session, member, terms)
    return sender


async def check(sessions: Sessions, sender: _place.Sender, settled: int) -> None:
    """End the program unless all is as it must be."""
    async with sessions() as session:
        for standing in await budgets.listed(session, sender.workspace_id):
            is_all = not standing.budget.terms.only.tag
            if standing.reserved or (is_all and standing.spent.cost != Decimal(COST) * settled):
                raise SystemExit(f"{settled} calls were settled, {standing} stands")


def ask(job: Job) -> Outcome:
    command = [sys.executable, "-m", "benchmarks._reserver"]
    done = subprocess.run(command, cwd=ROOT, input=msgspec.json.encode(job) + b"\n", stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(done.stdout, type=Outcome)


class Measured(NamedTuple):
    """What came of it, and seconds of CPU of the service and of the database, warm-up included."""

    outcome: Outcome
    service: float
    database: float

    @property
    def rate(self) -> float:
        return self.outcome.pairs / self.outcome.seconds

    def each(self, seconds: float) -> str:
        """Milliseconds for each pair."""
        return f"{seconds / self.outcome.settled * 1000:.2f}"


def measure(place: _place.Database, service: Service, case: Case, seconds: float) -> Measured:
    async def prepared() -> _place.Sender:
        engine = make_engine(place.url)
        sender = await make(make_sessionmaker(engine), case)
        await engine.dispose()
        return sender

    async def checked(settled: int) -> None:
        engine = make_engine(place.url)
        await check(make_sessionmaker(engine), sender, settled)
        await engine.dispose()

    sender = asyncio.run(prepared())
    before = _machine.cpu_seconds(service.pid), _machine.cpu_seconds(place.pid)
    outcome = ask(Job(address=service.address, key=sender.key, connections=case.connections, seconds=seconds))
    after = _machine.cpu_seconds(service.pid), _machine.cpu_seconds(place.pid)
    asyncio.run(checked(outcome.settled))
    return Measured(outcome, *(late - early for early, late in zip(before, after, strict=True)))


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for each row")
    parser.add_argument("--workers", type=int, default=1, help="processes of the service")
    asked = parser.parse_args()
    report = Report("budgets", asked.markdown)
    columns = ("connections", "pairs/s", "reserve p50 ms", "p99 ms", "settle p50 ms", "p99 ms", "CPU ms", "database ms")
    with _place.database() as place, _place.service(place.url, asked.workers) as found:
        report.head("Calls that ask before they are made", ("", *columns), first=24)
        for case in CASES:
            measured = measure(place, Service(*found), case, asked.seconds)
            outcome = measured.outcome
            times = (outcome.reserve_p50, outcome.reserve_p99, outcome.settle_p50, outcome.settle_p99)
            report.row(
                case.what,
                f"{case.connections}",
                f"{measured.rate:,.0f}",
                *(f"{each:.1f}" for each in times),
                measured.each(measured.service),
                measured.each(measured.database),
            )
            if case is MEASURED:
                report.reached(_goals.PAIRS, measured.rate)
    report.finish()


if __name__ == "__main__":
    main()
