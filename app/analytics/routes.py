"""The questions of one workspace, for its members and for API keys that may read."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response

from app.analytics import queries, rules, service
from app.analytics.dependencies import PriceShelfDep
from app.analytics.schemas import (
    BreakdownOut,
    BreakdownQuery,
    CallDetailOut,
    CallOut,
    CallsFilterQuery,
    CallsQuery,
    KnownModelOut,
    KnownModelsQuery,
    SummaryOut,
    SummaryQuery,
    TrendOut,
    TrendQuery,
    UnpricedModelOut,
    UnpricedQuery,
)
from app.analytics.schemas.tables import CsvResponse, breakdown_table, call_table
from app.core.database import SessionDep
from app.core.errors import NotFound
from app.core.pagination import decode_cursor, decode_key, encode_cursor, encode_key
from app.core.periods import month_of, month_period, utc_now
from app.core.schemas import Page, Storable
from app.workspaces.dependencies import CurrentMember

router = APIRouter(prefix="/api/v1/workspaces/{workspace_id}", tags=["questions"])

_CSV: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


@router.get("/summary")
async def read_summary(
    member: CurrentMember, session: SessionDep, query: Annotated[SummaryQuery, Query()]
) -> SummaryOut:
    """A month at a glance, beside the previous one."""
    now = utc_now()
    view = rules.month_view(query.month or month_of(now), now)
    totals = await queries.totals(session, member.workspace_id, view.period, view.today)
    previous = await queries.previous(session, member.workspace_id, view.previous)
    histogram = await queries.latency(session, member.workspace_id, view.period)
    newest = await queries.newest(session, member.workspace_id)
    return SummaryOut.of(view, totals, previous, histogram, newest)


@router.get("/trend")
async def read_trend(member: CurrentMember, session: SessionDep, query: Annotated[TrendQuery, Query()]) -> TrendOut:
    """Figures over time, without gaps: one point a bucket, or one a bucket and group."""
    period = rules.trend_period(query.start, query.end, query.granularity, utc_now())
    points = await queries.trend(session, member.workspace_id, period, query.granularity, query.group_by)
    return TrendOut.of(period, query.granularity, query.group_by, points)


@router.get("/breakdown")
async def read_breakdown(
    member: CurrentMember, session: SessionDep, query: Annotated[BreakdownQuery, Query()]
) -> BreakdownOut:
    """A month by one dimension, dearest first."""
    month = query.month or month_of(utc_now())
    period = month_period(month)
    groups = await queries.breakdown(session, member.workspace_id, period, query.by)
    return BreakdownOut.of(month, period, query.by, groups)


@router.get("/breakdown.csv", response_class=Response, responses=_CSV)
async def export_breakdown(
    member: CurrentMember, session: SessionDep, query: Annotated[BreakdownQuery, Query()]
) -> CsvResponse:
    """The breakdown as a table, one row a group."""
    breakdown = await read_breakdown(member, session, query)
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
