"""How fast a year of a provider's bill is read: `python -m benchmarks.sync [--days N] [--rows N]`.

One process on an embedded database; the stand-in answers from a thread of the same process, so its work is in the
figures.
At the end the ledger must hold what the stand-in billed, digit for digit.
"""

import asyncio
import logging
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import structlog
from sqlalchemy import func, select
from starlette.types import ASGIApp

from app.core import migrations
from app.core.embedded import embedded_server
from app.providers.rules.connections import RunStatus
from app.usage.models import BilledRow
from benchmarks._report import Report, options
from tests.providers.fakes import anthropic, openai
from tests.providers.fakes.world import World
from tests.providers.syncing import Place, connect, served, sessions_of, sync

DAYS = 365
ROWS_A_DAY = 150


async def timed(report: Report, place: Place, what: str, rows: int) -> None:
    started = time.perf_counter()
    if await sync(place) is not RunStatus.DONE:
        raise SystemExit("the sync did not come to its end")
    seconds = time.perf_counter() - started
    report.row(what, f"{seconds:.1f}", f"{rows / seconds:,.0f}")


async def stored(place: Place) -> tuple[int, object]:
    async with sessions_of(place.database) as sessions, sessions() as session:
        mine = BilledRow.workspace_id == place.workspace_id
        count, amount = (await session.execute(select(func.count(), func.sum(BilledRow.amount)).where(mine))).one()
        return count, amount


async def measure(
    report: Report, url: str, provider: str, key: str, world: World, make_app: Callable[[World], ASGIApp]
) -> None:
    rows = len(list(world.rows()))
    report.head(f"The bill of {provider}", ("sync", "seconds", "cost rows/s"), first=24)
    with served(make_app(world)) as address:
        place = await connect(url, provider, key, address)
        await timed(report, place, "first", rows)
        count, amount = await stored(place)
        if amount != world.total():
            raise SystemExit(f"{amount} is stored, {world.total()} was billed")
        await timed(report, place, "next", rows)
    report.say(f"{count:,} rows, ${amount:,.2f}, exact.")


async def run(url: str, days: int, rows: int, report: Report) -> None:
    made = openai.make_world(days=days, rows_a_day=rows)
    await measure(report, url, "openai", openai.ADMIN_KEY, made, openai.make_app)
    made = anthropic.make_world(days=days, rows_a_day=rows)
    await measure(report, url, "anthropic", anthropic.ADMIN_KEY, made, anthropic.make_app)


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--days", type=int, default=DAYS, help="how many days were billed")
    parser.add_argument("--rows", type=int, default=ROWS_A_DAY, help="how many rows of cost there are a day")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    report = Report("sync", asked.markdown)
    with tempfile.TemporaryDirectory(prefix="tokenboard-benchmark-") as folder, embedded_server(Path(folder)) as url:
        asyncio.run(migrations.upgrade_async(url))
        asyncio.run(run(url, asked.days, asked.rows, report))
    report.finish()


if __name__ == "__main__":
    main()
