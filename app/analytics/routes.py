"""The questions of one workspace, for its members and for API keys that may read."""

from collections.abc import Callable
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Path, Query, Request, Response

from app.analytics import balances, books, months, queries, reconciling, rules, service
from app.analytics.dependencies import PriceShelfDep
from app.analytics.rules import Ledger
from app.analytics.schemas import (
    AccountOut,
    BreakdownOut,
    BreakdownQuery,
    BreakdownTableQuery,
    CallDetailOut,
    CallOut,
    CallsFilterQuery,
    CallsQuery,
    CoverageOut,
    CoverageQuery,
    CreditsOut,
    FreshnessOut,
    IngestStatsOut,
    IngestStatsQuery,
    KnownModelOut,
    KnownModelsQuery,
    ReconciliationOut,
    ReconciliationQuery,
    SummaryOut,
    SummaryQuery,
    TagOut,
    TagsOut,
    TagsQuery,
    TrendOut,
    TrendQuery,
    UnpricedModelOut,
    UnpricedQuery,
)
from app.analytics.schemas.quick import breakdown_answer, trend_answer
from app.analytics.schemas.tables import breakdown_table, call_table
from app.budgets import service as budgets
from app.core.database import AsyncSession, SessionDep
from app.core.errors import NotFound
from app.core.pagination import decode_cursor, decode_key, encode_cursor, encode_key
from app.core.periods import Granularity, month_of, month_period, utc_now
from app.core.schemas import Page, Storable
from app.core.table import CsvResponse
from app.pricing.shelf import PriceShelf
from app.usage import rebuilding
from app.workspaces.dependencies import CurrentMember
from app.workspaces.rules import Member

Answer = TypeVar("Answer")

router = APIRouter(prefix="/api/v1/workspaces/{workspace_id}", tags=["questions"])

_CSV: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


@router.get("/summary")
async def read_summary(
    member: CurrentMember, session: SessionDep, query: Annotated[SummaryQuery, Query()]
) -> SummaryOut:
    """A month at a glance, beside the previous one."""
    now, workspace_id = utc_now(), member.workspace_id
    view = rules.month_view(query.month or month_of(now), now)
    sources = await queries.sources(session, workspace_id)
    ledger = await books.choose(session, workspace_id, query.ledger, books.Asked(view.period), sources, now)
    totals = await queries.totals(session, workspace_id, view.period, view.today)
    month = await months.month(session, workspace_id, view, sources, ledger, totals)
    histogram = await queries.latency(session, workspace_id, view.period)
    budget = await budgets.of_month(session, workspace_id, view.period)
    return SummaryOut.of(month, totals, histogram, sources, budget)


@router.get("/trend", response_model=TrendOut)
async def read_trend(
    member: CurrentMember, session: SessionDep, shelf: PriceShelfDep, query: Annotated[TrendQuery, Query()]
) -> TrendOut | Response:
    """Figures over time, without gaps: one point a bucket, or one a bucket and group."""
    return await tell_trend(member, session, shelf, query, trend_answer)


async def tell_trend(
    member: Member,
    session: AsyncSession,
    shelf: PriceShelf,
    query: TrendQuery,
    tracked: Callable[..., Answer],
) -> Answer | TrendOut:
    """The trend; of the tracked ledger as `tracked` tells it."""
    now, size, by = utc_now(), query.granularity, query.group_by
    period = rules.trend_period(query.start, query.end, size, now)
    only = rules.only_one(query.only(), by, size, "group_by")
    asked = books.Asked(period, size, by, rules.tag_of(by, query.tag), only)
    sources = await queries.sources(session, member.workspace_id)
    ledger = await books.choose(session, member.workspace_id, query.ledger, asked, sources, now)
    if ledger is Ledger.TRACKED:
        points = await books.tracked_points(session, member.workspace_id, asked, size)
        complete = await books.is_complete(session, member.workspace_id, asked)
        return tracked(period, size, by, points, sources, query.tag, complete=complete)
    told = await books.tell(session, member.workspace_id, ledger, asked, sources, shelf.book)
    return TrendOut.of_provider(period, size, by, told, sources)


@router.get("/breakdown", response_model=BreakdownOut)
async def read_breakdown(
    member: CurrentMember, session: SessionDep, shelf: PriceShelfDep, query: Annotated[BreakdownQuery, Query()]
) -> BreakdownOut | Response:
    """A month by one dimension, dearest first; what is beyond `limit` is summed as `(other)`."""
    return await tell_breakdown(member, session, shelf, query, breakdown_answer)


async def tell_breakdown(
    member: Member,
    session: AsyncSession,
    shelf: PriceShelf,
    query: BreakdownQuery,
    tracked: Callable[..., Answer],
) -> Answer | BreakdownOut:
    """The breakdown; of the tracked ledger as `tracked` tells it."""
    now = utc_now()
    month = query.month or month_of(now)
    period = month_period(month)
    only = rules.only_one(query.only(), query.by, None, "by")
    asked = books.Asked(period, None, query.by, rules.tag_of(query.by, query.tag), only, query.limit)
    sources = await queries.sources(session, member.workspace_id)
    ledger = await books.choose(session, member.workspace_id, query.ledger, asked, sources, now)
    if ledger is Ledger.TRACKED:
        groups = await books.tracked_rows(session, member.workspace_id, asked, query.by)
        complete = await books.is_complete(session, member.workspace_id, asked)
        return tracked(month, period, query.by, groups, sources, query.tag, complete=complete)
    told = await books.tell(session, member.workspace_id, ledger, asked, sources, shelf.book)
    return BreakdownOut.of_provider(month, period, query.by, told, sources)


@router.get("/ingest-stats")
async def read_ingest_stats(
    member: CurrentMember, session: SessionDep, query: Annotated[IngestStatsQuery, Query()]
) -> IngestStatsOut:
    """What became of every event that arrived: received = stored + duplicates + rejected."""
    size, workspace_id = query.granularity, member.workspace_id
    period = rules.arrivals_period(query.start, query.end, size, utc_now())
    found = await queries.arrivals(session, workspace_id, period, size)
    examples = await queries.examples(session, workspace_id, period) if found.rejected else []
    lag = await queries.arrival_lag(session, workspace_id, period)
    keys = await queries.sending_keys(session, workspace_id)
    senders = await queries.sending_processes(session, workspace_id, period)
    return IngestStatsOut.of(period, size, found, examples, lag, keys, senders)


@router.get("/metric-coverage")
async def read_metric_coverage(
    member: CurrentMember, session: SessionDep, query: Annotated[CoverageQuery, Query()]
) -> CoverageOut:
    """The tokens that OpenTelemetry's metrics count beside those of stored calls, by day, service and model."""
    period = rules.arrivals_period(query.start, query.end, Granularity.DAY, utc_now())
    return CoverageOut.of(period, await queries.metric_coverage(session, member.workspace_id, period))


@router.get("/tags")
async def list_tags(member: CurrentMember, session: SessionDep, query: Annotated[TagsQuery, Query()]) -> TagsOut:
    """What calls of the period can be split by beside their own fields: the customer, and every tag, by name."""
    period = rules.day_period(query.month, query.start, query.end, utc_now())
    (after,) = decode_key(query.cursor, str) if query.cursor else ("",)
    found = await queries.known_tags(session, member.workspace_id, period, after, query.limit + 1)
    shown = found[: query.limit]
    more = encode_key(shown[-1].tag) if len(found) > query.limit else None
    complete = not await rebuilding.lacks_tags(session, member.workspace_id, period)
    return TagsOut(items=[TagOut.of(total) for total in shown], next_cursor=more, complete=complete)


@router.get("/reconciliation")
async def read_reconciliation(
    member: CurrentMember, session: SessionDep, shelf: PriceShelfDep, query: Annotated[ReconciliationQuery, Query()]
) -> ReconciliationOut:
    """A month from three ledgers side by side: what was tracked, what was billed, what the provider counted."""
    month = query.month or month_of(utc_now())
    period = month_period(month)
    sources = await queries.sources(session, member.workspace_id)
    sides = await reconciling.sides(session, member.workspace_id, period, query.by.grouping, sources, shelf.book)
    return ReconciliationOut.of(month, period, query.by, sides, sources)


@router.get("/credits")
async def list_credits(member: CurrentMember, session: SessionDep) -> CreditsOut:
    """The balance of each account, what was spent today and this month, and until when the rest lasts."""
    now = utc_now()
    view = rules.month_view(month_of(now), now)
    sources = await queries.sources(session, member.workspace_id)
    accounts = await balances.accounts(session, member.workspace_id, view, sources, now)
    return CreditsOut(items=[AccountOut.of(account) for account in accounts], freshness=FreshnessOut.of(sources))


@router.get("/breakdown.csv", response_class=Response, responses=_CSV)
async def export_breakdown(
    member: CurrentMember, session: SessionDep, shelf: PriceShelfDep, query: Annotated[BreakdownTableQuery, Query()]
) -> CsvResponse:
    """The breakdown as a table, one row a group."""
    breakdown = await tell_breakdown(member, session, shelf, query, BreakdownOut.of)
    return CsvResponse.named(breakdown_table(breakdown), "breakdown", f"{breakdown.by}-{breakdown.month}")


@router.get("/calls.csv", response_class=Response, responses=_CSV)
async def export_calls(
    request: Request, member: CurrentMember, query: Annotated[CallsFilterQuery, Query()]
) -> CsvResponse:
    """Single calls as a table, newest first: all that the filters let through, however many."""
    pages = service.call_pages(request.app.state.sessionmaker, member.workspace_id, query.filter())
    return CsvResponse.named(call_table(pages), "calls", query.period_name())


@router.get("/calls")
async def list_calls(
    member: CurrentMember, session: SessionDep, query: Annotated[CallsQuery, Query()]
) -> Page[CallOut]:
    """Single calls, newest first."""
    after = decode_cursor(query.cursor) if query.cursor else None
    found = await queries.calls(session, member.workspace_id, query.filter(), after, query.limit + 1)
    shown = found[: query.limit]
    more = encode_cursor(shown[-1].occurred_at, shown[-1].event_key) if len(found) > query.limit else None
    return Page(items=[CallOut.of(call) for call in shown], next_cursor=more)


@router.get("/calls/{event_id:path}")
async def read_call(
    member: CurrentMember,
    session: SessionDep,
    shelf: PriceShelfDep,
    event_id: Annotated[Storable, Path(max_length=128)],
) -> CallDetailOut:
    """One call by the id that its sender gave it, with the arithmetic of its cost."""
    call = await queries.call(session, member.workspace_id, event_id)
    if call is None:
        raise NotFound("There is no call with this event id in the workspace.")
    pricing = await shelf.of(session, member.workspace_id)
    history = await queries.earlier_prices(session, member.workspace_id, call)
    return CallDetailOut.explained(call, service.explain(call, pricing, shelf.book, history))


@router.get("/unpriced-models")
async def list_unpriced_models(
    member: CurrentMember, session: SessionDep, shelf: PriceShelfDep, query: Annotated[UnpricedQuery, Query()]
) -> Page[UnpricedModelOut]:
    """Models that have calls without a cost, most calls first, with what is at stake and what would mend it."""
    period = rules.day_period(query.month, query.start, query.end, utc_now())
    after = decode_key(query.cursor, int, str, str) if query.cursor else None
    found = await queries.unpriced_models(session, member.workspace_id, period, after, query.limit + 1)
    shown = found[: query.limit]
    more = encode_key(*shown[-1].sort_key) if len(found) > query.limit else None
    pricing = await shelf.of(session, member.workspace_id)
    items = [UnpricedModelOut.of(model, service.prospect(model, shelf.book, pricing)) for model in shown]
    return Page(items=items, next_cursor=more)


@router.get("/known-models")
async def list_known_models(
    _: CurrentMember, shelf: PriceShelfDep, query: Annotated[KnownModelsQuery, Query()]
) -> Page[KnownModelOut]:
    """Models of the price book whose names contain every word of `q`, by provider and name."""
    after = decode_key(query.cursor, str, str) if query.cursor else ("", "")
    found = [key for key in shelf.book.search(query.q, query.provider) if key > after][: query.limit + 1]
    more = encode_key(*found[query.limit - 1]) if len(found) > query.limit else None
    items = [KnownModelOut(provider=provider, model=model) for provider, model in found[: query.limit]]
    return Page(items=items, next_cursor=more)
