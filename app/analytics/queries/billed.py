"""The provider's side: what was read of it, billed lines, and the names of what they are about."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Select,
    String,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    cast,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from app.analytics.queries.sums import ask
from app.analytics.rules import Freshness, Grouping
from app.analytics.rules.billed import USD, Charge, Rates
from app.analytics.rules.ledgers import Ledger, Source, Sources
from app.core.periods import Granularity, Period
from app.providers.models import Connection, SyncCursor
from app.usage.models import BilledRow, CreditRow, DailyUsage, ExchangeRate, ProviderName
from app.workspaces.rules import WorkspaceId

INSTANT: Final = DateTime(timezone=True)
# what a connection that was deleted with its data has for a fingerprint
DATA_GONE: Final = b""
_LEDGER_OF: Final = {"costs": Ledger.BILLED, "usage": Ledger.REPORTED, "credits": Ledger.CREDITS}


async def sources(session: AsyncSession, workspace_id: WorkspaceId) -> Sources:
    """Which reports were read, of connections that are deleted, too, where their rows were kept."""
    rows = (await ask(session, _sources(), {"workspace_id": workspace_id})).all()
    feeds = [
        Source(row.connection_id, row.provider, row.label, _LEDGER_OF[row.kind], _period(row.since, row.until), row.at)
        for row in rows
        if row.kind in _LEDGER_OF
    ]
    of_kind = {row.kind: row for row in rows}
    line, call = of_kind.get("newest line"), of_kind.get("newest call")
    return Sources(
        feeds,
        line.until if line else None,
        "balance" in of_kind,
        Freshness(call.until, call.at) if call else Freshness(None, None),
    )


def _period(since: datetime | None, until: datetime | None) -> Period | None:
    return Period(since, until) if since and until and since < until else None


@cache
def _sources() -> Select[Any]:
    """Four questions in one: feeds, the newest billed line, whether there is a balance, and the newest calls.

    Each is one step into an index, not a walk through the years.
    """
    same = and_(SyncCursor.workspace_id == Connection.workspace_id, SyncCursor.connection_id == Connection.id)
    feeds = (
        select(
            SyncCursor.feed.label("kind"),
            Connection.id.label("connection_id"),
            Connection.provider.label("provider"),
            Connection.label.label("label"),
            SyncCursor.backfilled_from.label("since"),
            SyncCursor.synced_until.label("until"),
            func.coalesce(Connection.last_synced_at, SyncCursor.read_at).label("at"),
        )
        .join_from(Connection, SyncCursor, same)
        .where(_of(Connection), or_(Connection.deleted_at.is_(None), Connection.key_fingerprint != DATA_GONE))
    )
    line = (
        select(*_as_feed("newest line", BilledRow.provider, BilledRow.end))
        .where(_of(BilledRow))
        .order_by(BilledRow.start.desc())
        .limit(1)
        .subquery()
    )
    balance = select(*_as_feed("balance", CreditRow.provider, CreditRow.at)).where(_of(CreditRow)).limit(1).subquery()
    last_day = select(func.max(DailyUsage.start)).where(_of(DailyUsage)).scalar_subquery()
    recorded = func.max(DailyUsage.last_recorded_at)
    calls = select(*_as_feed("newest call", cast(null(), String), func.max(DailyUsage.last_event_at), recorded)).where(
        _of(DailyUsage), DailyUsage.start == last_day
    )
    return select(union_all(feeds, select(line), select(balance), calls).subquery())


def _as_feed(kind: str, provider: Any, until: Any, at: Any = None) -> list[ColumnElement[Any]]:
    return [
        literal_column(f"'{kind}'", String).label("kind"),
        cast(null(), Uuid).label("connection_id"),
        provider.label("provider"),
        cast(null(), String).label("label"),
        cast(null(), INSTANT).label("since"),
        until.label("until"),
        (cast(null(), INSTANT) if at is None else at).label("at"),
    ]


async def tracked_providers(session: AsyncSession, workspace_id: WorkspaceId, period: Period) -> list[str]:
    """The providers of the calls of whole days."""
    bounds = {"workspace_id": workspace_id, "start": period.start, "end": period.end}
    return list((await session.execute(_tracked_providers(), bounds)).scalars())


@cache
def _tracked_providers() -> Select[Any]:
    start, end = bindparam("start", type_=INSTANT), bindparam("end", type_=INSTANT)
    within = (_of(DailyUsage), DailyUsage.start >= start, DailyUsage.start < end)
    return select(DailyUsage.provider).where(*within).distinct()


async def charges(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    period: Period,
    granularity: Granularity | None = None,
    grouping: Grouping | None = None,
) -> list[tuple[Charge, tuple[str | None, ...]]]:
    """Sums of the billed lines of buckets that start in the period, in no order, each with what it is grouped by.

    For models that is the line's own word and the line item, which together tell the model; else the one dimension.
    """
    bounds = {"workspace_id": workspace_id, "start": period.start, "end": period.end}
    rows = await session.execute(_charges(granularity, grouping), bounds)
    return [
        (
            Charge(
                row.bucket,
                None,
                row.currency,
                row.day,
                row.amount,
                row.flagged if row.flagged is not None else row.amount * 0,
                row.flagged_rows,
            ),
            tuple(row[6:]),
        )
        for row in rows
    ]


@cache
def _charges(granularity: Granularity | None, grouping: Grouping | None) -> Select[Any]:
    bucket = _bucket(granularity).label("bucket")
    # dollars need no day; of other currencies the day decides the rate
    in_utc = cast(func.timezone("UTC", BilledRow.start), Date)
    day = case((BilledRow.currency == USD, null()), else_=in_utc).label("day")
    keys = [column.label(f"key_{index}") for index, column in enumerate(_keys(grouping))]
    missing = BilledRow.vanished_at.is_not(None)
    start, end = bindparam("start", type_=INSTANT), bindparam("end", type_=INSTANT)
    return (
        select(
            bucket,
            BilledRow.currency,
            day,
            func.sum(BilledRow.amount).label("amount"),
            func.sum(BilledRow.amount).filter(missing).label("flagged"),
            func.count().filter(missing).label("flagged_rows"),
            *keys,
        )
        .where(
            _of(BilledRow),
            BilledRow.start >= start,
            BilledRow.start < end,
            BilledRow.superseded_at.is_(None),
        )
        .group_by("bucket", BilledRow.currency, "day", *(key.name for key in keys))
    )


def _bucket(granularity: Granularity | None) -> ColumnElement[Any]:
    if granularity is None:
        return cast(null(), INSTANT)
    return func.date_trunc(granularity.value, BilledRow.start, "UTC")


def _keys(grouping: Grouping | None) -> list[Any]:
    match grouping:
        case None:
            return []
        case Grouping.MODEL:
            return [BilledRow.model, BilledRow.line_item, BilledRow.provider]
        case _:
            return [getattr(BilledRow, grouping.value)]


async def rates(session: AsyncSession, workspace_id: WorkspaceId) -> Rates:
    """All that the workspace entered."""
    found: dict[str, list[tuple[date, Any]]] = {}
    for row in await session.execute(
        select(ExchangeRate.currency, ExchangeRate.day, ExchangeRate.usd_per_unit)
        .where(ExchangeRate.workspace_id == workspace_id)
        .order_by(ExchangeRate.currency, ExchangeRate.day)
    ):
        found.setdefault(row.currency, []).append((row.day, row.usd_per_unit))
    return Rates(found)


async def names(session: AsyncSession, workspace_id: WorkspaceId, kind: str, ids: Iterable[str]) -> dict[str, str]:
    """What the ids are called, also those of deleted and archived ones; the newest word where connections disagree."""
    wanted: Collection[str] = sorted(set(ids))
    if not wanted:
        return {}
    rows = await session.execute(
        select(ProviderName.id, ProviderName.name)
        .where(
            ProviderName.workspace_id == workspace_id,
            ProviderName.kind == kind,
            ProviderName.id == any_(literal(wanted, ARRAY(String))),
        )
        .order_by(ProviderName.last_seen_at)
    )
    return {row.id: row.name for row in rows if row.name}


def _of(table: Any) -> ColumnElement[bool]:
    of_workspace: ColumnElement[bool] = table.workspace_id == bindparam("workspace_id", type_=Uuid())
    return of_workspace
