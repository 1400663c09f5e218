"""The ledgers that providers fill, asked the questions of the dashboard."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from app.analytics import queries
from app.analytics.rules import Figure, Grouping, Point
from app.analytics.rules.billed import (
    NOTHING_COUNTED,
    BilledFigure,
    Charge,
    Rates,
    ReportedFigure,
    billed_figure,
    converted,
    flagged,
    told_model,
)
from app.analytics.rules.grouping import OTHER
from app.analytics.rules.ledgers import (
    GROUPINGS,
    AskedLedger,
    Ledger,
    Sources,
    check_granularity,
    check_grouping,
    days_covered,
)
from app.analytics.rules.series import Book, Cell, Entry
from app.analytics.rules.tags import TagValue, check_only
from app.analytics.rules.told import Told
from app.core.database import AsyncSession
from app.core.periods import Granularity, Period, step
from app.pricing.service import PriceBook
from app.usage import rebuilding
from app.workspaces.rules import WorkspaceId

TREND_GROUPS: Final = 12
ALL: Final = 1_000_000

_NAMED: Final = {Grouping.PROJECT: "project", Grouping.API_KEY: "api_key", Grouping.USER: "user"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: of which time, in which buckets, split by what.

    Of the tracked ledger: of which `tag` where it is split by one, and of the calls with `only` one value of a tag.
    A breakdown has as many `groups`, and the rest as `(other)`.
    """

    period: Period
    granularity: Granularity | None = None
    grouping: Grouping | None = None
    tag: str | None = None
    only: TagValue | None = None
    groups: int = ALL


async def choose(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    asked: AskedLedger | None,
    question: Asked,
    sources: Sources,
    now: datetime,
) -> Ledger:
    """The ledger that answers: the one that was asked for; else billed where it covers the period, else tracked.

    Billed covers it when bills were read for all of it (as far as bills go) and of every provider that was called.
    Without a call, whatever bill there is says more than nothing, and so does a balance. Raises InvalidRequest when
    the ledger that was asked for cannot answer.
    """
    if asked is not None:
        ledger = Ledger(asked.value)
        check_only(ledger, question.only)
        check_grouping(ledger, question.grouping, "ledger")
        if question.granularity:
            check_granularity(ledger, question.granularity)
        return ledger
    for ledger in (Ledger.BILLED, Ledger.REPORTED):
        if question.grouping in GROUPINGS[ledger] - GROUPINGS[Ledger.TRACKED]:
            return ledger
    if question.grouping is Grouping.USER and await _is_reported_alone(session, workspace_id, question, sources):
        return Ledger.REPORTED
    if question.only or question.granularity is Granularity.HOUR or not _can_be_billed(question.grouping):
        return Ledger.TRACKED
    return await _best(session, workspace_id, question, sources, now)


async def _is_reported_alone(
    session: AsyncSession, workspace_id: WorkspaceId, question: Asked, sources: Sources
) -> bool:
    """Whether only the provider knows of users: there are no calls."""
    if not sources.covers_some(Ledger.REPORTED, question.period) or question.only:
        return False
    return not await queries.tracked_providers(session, workspace_id, question.period)


def _can_be_billed(grouping: Grouping | None) -> bool:
    return grouping is None or grouping in GROUPINGS[Ledger.BILLED]


async def _best(
    session: AsyncSession, workspace_id: WorkspaceId, question: Asked, sources: Sources, now: datetime
) -> Ledger:
    if not (sources.exists(Ledger.BILLED) or sources.has_credits):
        return Ledger.TRACKED
    called = await queries.tracked_providers(session, workspace_id, question.period)
    if sources.covers(question.period, called, now):
        return Ledger.BILLED
    if called:
        return Ledger.TRACKED
    if sources.covers_some(Ledger.BILLED, question.period):
        return Ledger.BILLED
    is_plain = question.grouping is None and question.granularity is None
    return Ledger.CREDITS if is_plain and sources.has_credits else Ledger.TRACKED


async def tracked_rows(
    session: AsyncSession, workspace_id: WorkspaceId, asked: Asked, by: Grouping
) -> Sequence[tuple[str, str, Figure]]:
    """Key, label and figure of each group of calls."""
    if asked.only:
        return await queries.breakdown_of_value(session, workspace_id, asked.period, by, asked.only, asked.groups)
    if asked.tag:
        return await queries.tag_breakdown(session, workspace_id, asked.period, asked.tag, asked.groups)
    return await queries.breakdown(session, workspace_id, asked.period, by, asked.groups)


async def is_complete(session: AsyncSession, workspace_id: WorkspaceId, asked: Asked) -> bool:
    """Whether the tracked ledger has all sums that it needs for the answer: those by tag may still be being made."""
    if not (asked.tag or asked.only):
        return True
    return not await rebuilding.lacks_tags(session, workspace_id, asked.period)


async def tracked_points(
    session: AsyncSession, workspace_id: WorkspaceId, asked: Asked, size: Granularity
) -> Sequence[Point]:
    """The buckets that hold calls, and the groups in them."""
    period, by = asked.period, asked.grouping
    if asked.only:
        return await queries.trend_of_value(session, workspace_id, period, size, by, asked.only)
    if asked.tag:
        return await queries.tag_trend(session, workspace_id, period, size, asked.tag)
    return await queries.trend(session, workspace_id, period, size, by)


async def tell(
    session: AsyncSession, workspace_id: WorkspaceId, ledger: Ledger, asked: Asked, sources: Sources, book: PriceBook
) -> Told[BilledFigure] | Told[ReportedFigure]:
    """The figures of one of the ledgers that providers fill, as many groups as a chart or a list can show."""
    limit = TREND_GROUPS if asked.granularity else asked.groups
    if ledger is Ledger.BILLED:
        return await billed(session, workspace_id, asked, sources, book, limit)
    return await reported(session, workspace_id, asked, sources, limit)


async def billed(
    session: AsyncSession, workspace_id: WorkspaceId, question: Asked, sources: Sources, book: PriceBook, limit: int
) -> Told[BilledFigure]:
    """What was billed in the period, by group and bucket as far as they are asked for."""
    found = await queries.charges(session, workspace_id, question.period, question.granularity, question.grouping)
    charges = [charge for charge, _ in found]
    rates = await _rates(session, workspace_id, charges)
    entries = [(charge.start, _billed_key(keys, book), charge) for charge, keys in found]
    figures = _billed_book(rates, sources, question)
    if question.grouping:
        entries = figures.largest(entries, limit)
    is_covered = sources.covers_some(Ledger.BILLED, question.period)
    return Told(
        Ledger.BILLED,
        _cells(figures, entries, question),
        billed_figure(charges, rates, is_covered=is_covered),
        await _names(session, workspace_id, question.grouping, entries),
        bool(charges),
        flagged(charges, rates),
        converted(charges, rates),
    )


def _billed_key(keys: tuple[str | None, ...], book: PriceBook) -> str | None:
    match keys:
        case ():
            return None
        case (key,):
            return key or ""
        case (model, line_item, provider):
            return told_model(model, line_item, lambda name: book.lists(provider or "", name))
    raise AssertionError(keys)


async def _rates(session: AsyncSession, workspace_id: WorkspaceId, charges: Iterable[Charge]) -> Rates:
    is_foreign = any(charge.day for charge in charges)
    return await queries.rates(session, workspace_id) if is_foreign else Rates()


def _billed_book(rates: Rates, sources: Sources, question: Asked) -> Book[Charge, BilledFigure]:
    is_covered = _coverage(sources, Ledger.BILLED, question)
    return Book(
        figure=lambda charges: billed_figure(charges, rates),
        empty=lambda start: BilledFigure(is_covered=is_covered(start)),
        weight=lambda figure: (-figure.known_cost, figure.cost is None),
    )


def _coverage(sources: Sources, ledger: Ledger, question: Asked) -> Callable[[datetime], bool]:
    feeds, granularity = sources.of(ledger), question.granularity
    if granularity is Granularity.MONTH:
        return lambda start: sources.covers_some(ledger, Period(start, step(start, granularity)))
    return lambda start: days_covered(feeds, start)


def _cells(figures: Book[Any, Any], entries: Sequence[Entry[Any]], question: Asked) -> list[Cell[Any]]:
    if question.granularity:
        if question.grouping and not entries:
            return []
        return figures.series(entries, question.period, question.granularity)
    return figures.rows(entries) if question.grouping else []


async def reported(
    session: AsyncSession, workspace_id: WorkspaceId, question: Asked, sources: Sources, limit: int
) -> Told[ReportedFigure]:
    """What providers counted in the period, by group and bucket as far as they are asked for."""
    entries = await queries.counted(session, workspace_id, question.period, question.granularity, question.grouping)
    figures = _reported_book(sources, question)
    total = _counted([item for _, _, item in entries])
    if not entries and sources.covers_some(Ledger.REPORTED, question.period):
        total = NOTHING_COUNTED
    has_data = bool(entries)
    if question.grouping:
        entries = figures.largest(entries, limit)
    labels = await _names(session, workspace_id, question.grouping, entries)
    return Told(Ledger.REPORTED, _cells(figures, entries, question), total, labels, has_data)


def _reported_book(sources: Sources, question: Asked) -> Book[ReportedFigure, ReportedFigure]:
    is_covered = _coverage(sources, Ledger.REPORTED, question)
    return Book(
        figure=_counted,
        empty=lambda start: NOTHING_COUNTED if is_covered(start) else ReportedFigure(),
        weight=lambda figure: (-(figure.input_tokens or 0) - (figure.output_tokens or 0), -(figure.calls or 0)),
    )


def _counted(items: Sequence[ReportedFigure]) -> ReportedFigure:
    return sum(items, ReportedFigure())


async def _names(
    session: AsyncSession, workspace_id: WorkspaceId, grouping: Grouping | None, entries: Iterable[Entry[Any]]
) -> dict[str, str]:
    """Names of the ids that are shown."""
    if grouping not in _NAMED:
        return {}
    ids = {key for _, key, _ in entries if key and key != OTHER}
    return await queries.names(session, workspace_id, _NAMED[grouping], ids)


def credited(amounts: Iterable[tuple[str, Decimal | None]]) -> BilledFigure:
    """What balances say was spent, by currency. Quotas are no money and do not count."""
    known = [(currency, amount) for currency, amount in amounts if amount is not None and currency.isupper()]
    charges = [Charge(None, None, currency, None, amount, Decimal(0), 0) for currency, amount in known]
    return replace(billed_figure(charges, Rates()), is_covered=bool(charges))
