"""The questions of one workspace, for its members and for API keys that may read."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from app.analytics import queries, rules
from app.analytics.schemas import (
    BreakdownOut,
    BreakdownQuery,
    CallOut,
    CallsQuery,
    SummaryOut,
    SummaryQuery,
    TrendOut,
    TrendQuery,
)
from app.core.database import SessionDep
from app.core.errors import NotFound
from app.core.pagination import decode_cursor, encode_cursor
from app.core.periods import month_of, month_period, utc_now
from app.core.schemas import Page, Storable
from app.workspaces.dependencies import CurrentMember

router = APIRouter(prefix="/api/v1/workspaces/{workspace_id}", tags=["questions"])


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
    member: CurrentMember, session: SessionDep, event_id: Annotated[Storable, Path(max_length=128)]
) -> CallOut:
    """One call by the id that its sender gave it."""
    call = await queries.call(session, member.workspace_id, event_id)
    if call is None:
        raise NotFound("There is no call with this event id in the workspace.")
    return CallOut.of(call)
