"""`tokenboard prices`: the book made, looked up, and compared with another, in prices and in the money spent here."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from app.cli import queries, runtime
from app.cli.errors import CannotDo
from app.core.config import Settings
from app.core.database import make_engine, make_sessionmaker
from app.core.periods import utc_now
from app.pricing.rules.comparing import Move, compare
from app.pricing.rules.rows import PriceRow
from app.pricing.service import PriceBook, load_default
from app.usage import changing
from app.usage.rules import facts
from app.usage.rules.changing import LedgerCall, Selection

SHIPPED: Final = "shipped"
PAGE: Final = 5_000
WIDTH: Final = 200  # of a table where nobody watches: one row a line
_PER: Final = {1: "1", 1_000: "1k", 1_000_000: "1M"}
INSTALL: Final = (
    "Run `make prices`, which installs them and builds; or: pip install -r requirements-prices.txt --no-deps."
)


def build() -> None:
    """Write the book and its conflicts. Raises CannotDo when the packages it is made from are not installed."""
    try:
        from app.pricing.build import write
    except ModuleNotFoundError as error:
        raise CannotDo(f"The build needs the package {error.name}. {INSTALL}") from None
    try:
        for line in write.write():
            runtime.make_console().print(line)
    except (write.WrongSource, ModuleNotFoundError) as error:
        raise CannotDo(f"The book cannot be built: {error}. {INSTALL}") from None


def show(provider: str, model: str) -> bool:
    """Print every row of a model; whether the book knows it."""
    console, rows = _console(), load_default().rows(provider, model)
    if not rows:
        console.print(f"The book has no {escape(model)} at {escape(provider)}.")
        return False
    table = Table(title=f"{provider} {model}, book {load_default().version}")
    for heading in ("model", "unit", "price", "for", "effective", "recorded", "source"):
        table.add_column(heading, justify="right" if heading == "price" else "left")
    for row in rows:
        table.add_row(
            *map(escape, (row.model, row.unit, _price(row), _for(row), _effective(row), _known(row), _source(row)))
        )
    console.print(table)
    return True


def diff(old: str, new: str, *, days: int | None) -> None:
    """Print what changed, and with `days` what it does to the calls of that many days."""
    before, after = _book(old), _book(new)
    console = _console()
    moves = compare(before.known_rows(), after.known_rows())
    console.print(f"{before.version} -> {after.version}: {len(moves):,} prices differ")
    if moves:
        console.print(_moved(moves))
        large = sum(move.is_large for move in moves)
        console.print(f"{large:,} moved by more than 30 % and should be looked at (!).")
    if days is not None:
        settings = runtime.read_settings()
        with runtime.migrated_database(settings) as ready:
            console.print(_difference(runtime.run(_priced_with_both(ready, before, after, days)), days))


def _book(named: str) -> PriceBook:
    """A book by its file, by a day, or the one that ships. Raises CannotDo."""
    shipped = load_default()
    if named in (SHIPPED, shipped.version):
        return shipped
    if Path(named).is_file():
        try:
            return PriceBook.load(Path(named))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise CannotDo(f"{named} is not a price book.") from None
    try:
        return shipped.as_known_at(date.fromisoformat(named))
    except ValueError:
        raise CannotDo(
            f"{named}: neither a file, nor a day like 2026-11-21, nor {SHIPPED}, nor the version {shipped.version}."
        ) from None


def _console() -> Console:
    console = runtime.make_console()
    if not console.is_terminal:
        console.width = WIDTH
    return console


# --- prices as a person reads them ---


def _moved(moves: Iterable[Move]) -> Table:
    table = Table()
    for heading in ("", "provider", "model", "unit", "for", "effective", "old", "new", "change"):
        table.add_column(heading, justify="right" if heading in ("old", "new", "change") else "left")
    for move in moves:
        row = move.row
        prices = (_price(side) if side else "none" for side in (move.old, move.new))
        ratio = "" if move.ratio is None else f"{move.ratio:+.1%}"
        cells = (row.provider, row.model, row.unit, _for(row), _effective(row), *prices, ratio)
        table.add_row("!" if move.is_large else "", *map(escape, cells))
    return table


def _price(row: PriceRow) -> str:
    if row.is_factor:
        return f"x {row.price}"
    currency = "$" if row.currency == "USD" else f"{row.currency} "
    return f"{currency}{row.price} / {_PER.get(row.per, f'{row.per:,}')}"


def _for(row: PriceRow) -> str:
    steps = () if row.input_over is None else (f"input {'>=' if row.input_over_inclusive else '>'} {row.input_over:,}",)
    hours = (f"{_clock(window.start)}-{_clock(window.end)} on {_days(window.days)}" for window in row.hours)
    return ", ".join(filter(None, (row.tier, row.processing, row.speed, row.geo, row.facts, *steps, *hours)))


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _days(days: frozenset[int]) -> str:
    return "all days" if len(days) == 7 else "days " + " ".join(map(str, sorted(days)))


def _effective(row: PriceRow) -> str:
    if row.effective_from is None and row.effective_to is None:
        return "always"
    return f"{_minute(row.effective_from)} .. {_minute(row.effective_to)}"


def _minute(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M}" if instant else ""


def _known(row: PriceRow) -> str:
    return f"{row.recorded_on}" + (f", superseded {row.superseded_on}" if row.superseded_on else "")


def _source(row: PriceRow) -> str:
    return "; ".join(filter(None, (row.source, row.note, row.source_ref)))


# --- the money of this database ---


@dataclass
class Both:
    """Calls of one model, priced with two books; costs are sums over those that have one."""

    calls: int = 0
    costs: list[Decimal] = field(default_factory=lambda: [Decimal(0), Decimal(0)])
    unpriced: list[int] = field(default_factory=lambda: [0, 0])

    def add(self, costs: Iterable[Decimal | None]) -> None:
        """One call; None is a cost that is not known."""
        self.calls += 1
        for side, cost in enumerate(costs):
            if cost is None:
                self.unpriced[side] += 1
            else:
                self.costs[side] += cost

    @property
    def is_moved(self) -> bool:
        """Whether the books disagree on these calls."""
        return self.costs[0] != self.costs[1] or self.unpriced[0] != self.unpriced[1]


async def _priced_with_both(
    settings: Settings, before: PriceBook, after: PriceBook, days: int
) -> dict[tuple[str, str], Both]:
    """List costs by provider and model over all workspaces, with the one book and the other."""
    engine = make_engine(runtime.address_of(settings), pooled=settings.database_pooled)
    sums: dict[tuple[str, str], Both] = {}
    now = utc_now()
    try:
        async with make_sessionmaker(engine)() as session:
            async for call in _calls(session, Selection(now - timedelta(days=days), now)):
                asked = facts.call_of(call.stored)
                both = sums.setdefault((call.provider, call.model), Both())
                both.add(book.price(asked).list_cost for book in (before, after))
    finally:
        await engine.dispose()
    return sums


async def _calls(session: AsyncSession, wanted: Selection) -> AsyncIterator[LedgerCall]:
    for workspace_id in await queries.workspaces_with_calls(session):
        after = None
        while page := await changing.find(session, workspace_id, wanted, after, PAGE, with_raw=False):
            for call in page:
                yield call
            after = page[-1].place


def _difference(sums: dict[tuple[str, str], Both], days: int) -> Table | str:
    moved = {key: both for key, both in sorted(sums.items()) if both.is_moved}
    calls = sum(both.calls for both in sums.values())
    if not moved:
        return f"None of the {calls:,} calls of the last {days} days would cost anything else."
    table = Table(title=f"List cost of the last {days} days: {calls:,} calls, {len(moved):,} models change")
    for heading in ("provider", "model", "calls", "old", "new", "difference", "unpriced old", "unpriced new"):
        table.add_column(heading, justify="left" if heading in ("provider", "model") else "right")
    for (provider, model), both in moved.items():
        old, new = both.costs
        money = (f"${amount:,.4f}" for amount in (old, new, new - old))
        table.add_row(escape(provider), escape(model), f"{both.calls:,}", *money, *(f"{n:,}" for n in both.unpriced))
    return table
