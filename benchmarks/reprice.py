"""How fast past calls are priced again: `python -m benchmarks.reprice [--calls N] [--days N]`.

One process on an embedded database, all on this machine: a month of calls is taken, then previewed, applied and undone
at other prices, so that every call changes. At the end the totals must be what they were.
"""

import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core import migrations
from app.core.database import make_engine, make_sessionmaker
from app.core.embedded import embedded_server
from app.core.ids import new_id
from app.core.periods import utc_now
from app.ingest.rules.incoming import read_event
from app.ingest.rules.preparing import Sender, prepare
from app.pricing import service as pricing
from app.pricing.rules.call import CallToPrice, PricedCall, Pricing
from app.pricing.shelf import PriceShelf, Sessions
from app.repricings import service
from app.repricings.rules import Order
from app.repricings.worker import Worker
from app.usage import service as ledger
from app.usage.rules.changing import Selection
from app.usage.rules.events import NewEvent
from app.workspaces.models import Workspace
from app.workspaces.rules import Member, Role, WorkspaceId
from benchmarks._report import Report, options

CALLS = 200_000
DAYS = 30
BATCH = 5_000
MODELS = [("openai", "gpt-4o-mini"), ("openai", "gpt-4o"), ("anthropic", "claude-sonnet-4-5")]


class DearerShelf(PriceShelf):
    """The book's prices, each a tenth dearer."""

    async def of(self, _source: Sessions | AsyncSession, _workspace_id: UUID) -> Pricing:
        return Pricing(self._price, "dearer")

    def _price(self, call: CallToPrice) -> PricedCall:
        found = self.book.price(call)
        cost = None if found.cost is None else found.cost * Decimal("1.1")
        return found._replace(cost=cost, list_cost=cost, contracted_cost=cost)


def call(dice: random.Random, days: int) -> dict[str, Any]:
    """A plausible call of the last days."""
    provider, model = dice.choice(MODELS)
    return {
        "event_id": str(new_id()),
        "occurred_at": (utc_now() - timedelta(seconds=dice.randrange(days * 86_400))).isoformat(),
        "provider": provider,
        "model": model,
        "input_tokens": dice.randrange(10, 20_000),
        "output_tokens": dice.randrange(1, 2_000),
        "latency_ms": round(dice.lognormvariate(6.5, 0.7), 1),
        "project": f"project-{dice.randrange(8)}",
        "environment": "production",
    }


def prepared(workspace_id: UUID, count: int, days: int, dice: random.Random) -> list[NewEvent]:
    book, now = pricing.load_default(), utc_now()
    how, sender = Pricing(book.price, book.version), Sender(workspace_id, None)
    return [prepare(read_event(call(dice, days)), sender, how, now) for _ in range(count)]


async def fill(sessions: async_sessionmaker[AsyncSession], workspace_id: UUID, calls: int, days: int) -> None:
    dice = random.Random(0)  # noqa: S311 - the same load in every run
    async with sessions() as session, session.begin():
        session.add(Workspace(id=workspace_id, name="Benchmark", slug=f"b-{workspace_id}", created_at=utc_now()))
    for done in range(0, calls, BATCH):
        await ledger.record(sessions, prepared(workspace_id, min(BATCH, calls - done), days, dice))


async def totals(sessions: async_sessionmaker[AsyncSession]) -> list[str]:
    """Every row and digit of the rollups, as one hash each."""
    found = []
    for table in ("usage_hourly", "usage_daily"):
        question = f"SELECT md5(string_agg(kept::text, '|' ORDER BY kept::text)) FROM {table} AS kept"  # noqa: S608
        async with sessions() as session:
            found.append(str((await session.execute(text(question))).scalar_one()))
    return found


async def timed(report: Report, name: str, calls: int, work: Callable[[], Awaitable[None]]) -> None:
    started = time.perf_counter()
    await work()
    rate = calls / (time.perf_counter() - started)
    report.row(name, f"{calls / rate:.1f}", f"{rate:,.0f}", f"{1e6 / rate:.0f}")


async def run(url: str, calls: int, days: int, report: Report) -> None:
    engine = make_engine(url)
    sessions = make_sessionmaker(engine)
    workspace_id = new_id()
    member = Member(WorkspaceId(workspace_id), None, Role.OWNER)
    shelf, worker = DearerShelf(pricing.load_default()), Worker()

    async def work() -> None:
        await worker.work_off(sessions, shelf)

    report.head("A month of calls priced again", ("step", "seconds", "calls/s", "s per million"), first=10)
    await timed(report, "taken", calls, lambda: fill(sessions, workspace_id, calls, days))
    before = await totals(sessions)
    async with sessions() as session, session.begin():
        order = Order(Selection(None, utc_now()))
        job = await service.preview(session, member, order, "dearer")
    await timed(report, "previewed", calls, work)
    async with sessions() as session, session.begin():
        await service.apply(session, member, job.id, "dearer")
    await timed(report, "applied", calls, work)
    async with sessions() as session, session.begin():
        _, found = await service.find(session, member, job.id)
        await service.undo(session, member, job.id)
    await timed(report, "undone", calls, work)
    total = found.total
    change = f"from ${total.cost_before:.2f} to ${total.cost_after:.2f}"
    report.say(f"{total.changed:,} of {total.calls:,} calls changed, {change}.")
    if await totals(sessions) != before:
        raise SystemExit("the totals are not what they were")
    report.say("After undoing, every row of the rollups is what it was.")
    await engine.dispose()


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--calls", type=int, default=CALLS, help="how many calls are priced again")
    parser.add_argument("--days", type=int, default=DAYS, help="over how many days they are spread")
    asked = parser.parse_args()
    report = Report("reprice", asked.markdown)
    with tempfile.TemporaryDirectory(prefix="tokenboard-benchmark-") as folder, embedded_server(Path(folder)) as url:
        asyncio.run(migrations.upgrade_async(url))
        asyncio.run(run(url, asked.calls, asked.days, report))
    report.finish()


if __name__ == "__main__":
    main()
