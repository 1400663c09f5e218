"""`tokenboard forecast backtest`: how forecasts of months would have done, on the demo or on a workspace."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from rich.console import Console
from rich.progress import track
from rich.table import Table

from app.cli import runtime
from app.cli.errors import CannotDo
from app.core.config import Settings
from app.core.periods import Granularity, Period, floor, utc_now
from app.demo.costs import daily_costs
from app.demo.rules.calls import Plan
from app.forecasts import service
from app.forecasts.rules.backtesting import Score, Trial, backtest, by_reach
from app.forecasts.rules.series import Series
from app.pricing import service as pricing
from app.usage.spending import Ledger

EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
# So many companies, each ending so much earlier than the one before: their months begin at every point of their story.
COMPANIES: Final = 6
DEMO_DAYS: Final = 90
APART: Final = timedelta(days=5)


def judge(workspace: str | None, ledger: Ledger) -> None:
    """Print it. Raises CannotDo where not even one whole month is known."""
    console = runtime.make_console()
    if workspace is None:
        found = list(track(_demos(), "demo companies", total=COMPANIES, console=console, transient=True))
    else:
        with runtime.migrated_database(runtime.read_settings()) as settings:
            found = [runtime.run(_of_workspace(settings, workspace, ledger))]
    trials = [trial for series in found for trial in backtest(series)]
    if not trials:
        raise CannotDo("There is no whole month yet to hold a forecast against. Try again when one is over.")
    _print(found, trials, console)


def _demos() -> Iterator[Series]:
    """Of companies like the demo's: in some a month holds the model switch or the runaway job, in others none does."""
    book, yesterday = pricing.load_default(), utc_now().date() - timedelta(days=1)
    for number in range(COMPANIES):
        plan = Plan(number + 1, DEMO_DAYS, yesterday - number * APART)
        yield Series.of(daily_costs(plan, book), plan.until + timedelta(days=1))


async def _of_workspace(settings: Settings, workspace: str, ledger: Ledger) -> Series:
    async with runtime.sessions_of(settings) as sessions:
        workspace_id = await runtime.find_workspace(sessions, workspace)
        async with sessions() as session:
            today = floor(utc_now(), Granularity.DAY)
            return await service.series_of(session, workspace_id, ledger, Period(EVER, today))


def _print(found: Sequence[Series], trials: Sequence[Trial], console: Console) -> None:
    table = Table("days left of the month", "forecasts", "average error", "inside the 80 % interval", box=None)
    for least, most, score in by_reach(trials):
        if score.trials:
            table.add_row(f"{least} to {most}", *_cells(score))
    table.add_row("all", *_cells(Score.of(trials)), style="bold")
    first = found[0]
    known = f"{len(first)} days from {first.first} on"
    whose = known if len(found) == 1 else f"{len(found)} demo companies of {DEMO_DAYS} days"
    console.print(f"{whose}; a forecast on each morning of each month that is over, from the days before it alone")
    console.print(table)
    console.print("Error: how far off, as a share of what the month came to.")


def _cells(score: Score) -> tuple[str, str, str]:
    return str(score.trials), _percent(score.error), _percent(score.coverage)


def _percent(share: Decimal | None) -> str:
    return "" if share is None else f"{share * 100:.1f} %"
