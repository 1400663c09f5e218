"""Dropping calls that are no longer kept: whole months, or a bounded number of rows, each with its mark."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.periods import Granularity, step
from app.usage.models import DailyUsage, Retention
from app.usage.queries.months import name_of
from app.usage.rules.changing import Place
from app.usage.rules.events import event_key
from app.usage.rules.identity import response_event_id
from app.usage.rules.retaining import Held

# any number: every TokenBoard on one database takes the same lock to look after it
HOUSE_LOCK: Final = 7_236_014_423
# How long a drop may keep readers and writers waiting for what is before it in the queue; then it is tried again.
DROP_TIMEOUT: Final = "300ms"


async def take_house(session: AsyncSession) -> bool:
    """Whether this transaction alone looks after the database; held to its end, so that it works behind a pooler."""
    found = await session.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": HOUSE_LOCK})
    return bool(found.scalar())


# --- wishes and marks ---


async def kept_days(session: AsyncSession, workspace_id: UUID) -> int | None:
    """What the workspace wishes for itself."""
    return (await session.execute(select(Retention.days).where(Retention.workspace_id == workspace_id))).scalar()


async def all_kept_days(session: AsyncSession) -> Mapping[UUID, int]:
    found = await session.execute(select(Retention.workspace_id, Retention.days).where(Retention.days.is_not(None)))
    return {workspace_id: days for workspace_id, days in found if days is not None}


async def put_kept_days(session: AsyncSession, workspace_id: UUID, days: int | None) -> None:
    row = insert(Retention).values(workspace_id=workspace_id, days=days)
    await session.execute(row.on_conflict_do_update(index_elements=[Retention.workspace_id], set_={"days": days}))


async def complete_since(session: AsyncSession, workspace_id: UUID) -> datetime | None:
    """From when on all calls of the workspace are there; None when none was ever dropped."""
    found = await session.execute(select(Retention.complete_since).where(Retention.workspace_id == workspace_id))
    return found.scalar()


async def hold_complete_since(session: AsyncSession, workspace_id: UUID) -> datetime | None:
    """The same, and it stays so to the end of the transaction."""
    row = insert(Retention).values(workspace_id=workspace_id).on_conflict_do_nothing()
    await session.execute(row)
    found = await session.execute(
        select(Retention.complete_since).where(Retention.workspace_id == workspace_id).with_for_update(read=True)
    )
    return found.scalar()


_MARK: Final = """
INSERT INTO retentions (workspace_id, complete_since, keys_until)
SELECT workspace_id, :until, CAST(:keys_until AS timestamptz)
FROM unnest(CAST(:workspaces AS uuid[])) AS marked (workspace_id) ORDER BY workspace_id
ON CONFLICT (workspace_id) DO UPDATE SET
    complete_since = GREATEST(retentions.complete_since, excluded.complete_since),
    keys_until = GREATEST(retentions.keys_until, excluded.keys_until),
    keys_after = CASE WHEN excluded.keys_until IS NULL THEN retentions.keys_after END
"""


async def mark(
    session: AsyncSession, workspaces: Sequence[UUID], until: datetime, *, keys_until: datetime | None = None
) -> None:
    """Write down that calls before `until` are, partly or all, gone; waits for whoever counts on them just now."""
    await session.execute(text(_MARK), {"workspaces": list(workspaces), "until": until, "keys_until": keys_until})


# --- whole months ---


async def held_months(session: AsyncSession, since: datetime, before: datetime) -> list[Held]:
    """What each workspace took, by month of the call; from the rollups, which know of calls that are gone, too."""
    month = func.date_trunc("month", DailyUsage.start, "UTC")
    found = await session.execute(
        select(DailyUsage.workspace_id, month, func.sum(DailyUsage.calls), func.max(DailyUsage.last_recorded_at))
        .where(DailyUsage.start >= since, DailyUsage.start < before)
        .group_by(DailyUsage.workspace_id, month)
    )
    return [Held(workspace_id, start, int(calls), last) for workspace_id, start, calls, last in found]


async def count_month(session: AsyncSession, month: datetime) -> int:
    """By way of all months: another process may just have dropped this one."""
    found = await session.execute(
        text("SELECT count(*) FROM events WHERE occurred_at >= :start AND occurred_at < :end"),
        {"start": month, "end": step(month, Granularity.MONTH)},
    )
    return int(found.scalar_one())


async def has_month(session: AsyncSession, month: datetime) -> bool:
    found = await session.execute(text("SELECT to_regclass(:name) IS NOT NULL"), {"name": name_of(month)})
    return bool(found.scalar_one())


async def hold_month(session: AsyncSession, month: datetime) -> None:
    """Let nobody write calls of this month until the end of the transaction. Other months are written meanwhile."""
    await session.execute(text(f"SET LOCAL lock_timeout = '{DROP_TIMEOUT}'"))
    await session.execute(text(f"LOCK TABLE {name_of(month)} IN SHARE MODE"))


async def drop_month(session: AsyncSession, month: datetime) -> None:
    """Last in its transaction, because it keeps everybody out of `events`. It waits no longer than `DROP_TIMEOUT`."""
    await session.execute(text(f"SET LOCAL lock_timeout = '{DROP_TIMEOUT}'"))
    await session.execute(text(f"DROP TABLE {name_of(month)}"))


# --- calls ---

_OLD: Final = "workspace_id = :of AND occurred_at < :before AND recorded_at < :arrived_before"


async def count_old(session: AsyncSession, workspace_id: UUID, before: datetime, arrived_before: datetime) -> int:
    found = await session.execute(
        text(f"SELECT count(*) FROM events WHERE {_OLD}"),  # noqa: S608 - a constant
        {"of": workspace_id, "before": before, "arrived_before": arrived_before},
    )
    return int(found.scalar_one())


async def count_calls_of_days(
    session: AsyncSession, workspace_id: UUID, since: datetime | None, before: datetime
) -> int:
    """From the rollups."""
    wanted = select(func.coalesce(func.sum(DailyUsage.calls), 0)).where(
        DailyUsage.workspace_id == workspace_id, DailyUsage.start < before
    )
    if since is not None:
        wanted = wanted.where(DailyUsage.start >= since)
    return int((await session.execute(wanted)).scalar_one())


async def old_places(
    session: AsyncSession,
    workspace_id: UUID,
    before: datetime,
    arrived_before: datetime,
    after: Place | None,
    limit: int,
) -> Sequence[Place]:
    """The places of the next calls to drop, at most `limit`, in the order of the index."""
    past = "AND occurred_at >= :at AND (occurred_at, event_key) > (:at, :key)" if after else ""
    statement = (
        f"SELECT occurred_at, event_key FROM events WHERE {_OLD} {past} "  # noqa: S608 - constants
        "ORDER BY occurred_at, event_key LIMIT :limit"
    )
    values = {"of": workspace_id, "before": before, "arrived_before": arrived_before, "limit": limit}
    found = await session.execute(
        text(statement), {**values, **({"at": after.occurred_at, "key": after.event_key} if after else {})}
    )
    return [Place._make(row) for row in found]


_HAS_NO_CALL: Final = (
    "NOT EXISTS (SELECT FROM events WHERE events.workspace_id = :of AND events.workspace_id = loose.workspace_id "
    "AND events.occurred_at = loose.occurred_at AND events.event_key = COALESCE(loose.owner_key, loose.event_key))"
)
_DROP_CALLS: Final = text(
    "DELETE FROM events WHERE workspace_id = :of AND recorded_at < :arrived_before "
    "AND occurred_at >= :from_at AND occurred_at <= :to_at "
    "AND (occurred_at, event_key) >= (:from_at, :from_key) AND (occurred_at, event_key) <= (:to_at, :to_key) "
    "RETURNING provider_response_id"
)
_DROP_KEYS: Final = text(
    "DELETE FROM event_keys AS loose WHERE workspace_id = :of AND event_key = ANY(CAST(:keys AS uuid[])) "  # noqa: S608 - constants
    f"AND occurred_at >= :from_at AND occurred_at <= :to_at AND {_HAS_NO_CALL}"
)
_DROP_SECOND_KEYS: Final = text(
    "DELETE FROM event_keys WHERE workspace_id = :of AND event_key = ANY(CAST(:named AS uuid[])) "
    "AND owner_key = ANY(CAST(:keys AS uuid[]))"
)


async def drop_calls(
    session: AsyncSession, workspace_id: UUID, arrived_before: datetime, places: Sequence[Place]
) -> None:
    """Drop the calls at these places, which lie side by side, and their identities."""
    (from_at, from_key), (to_at, to_key) = places[0], places[-1]
    values = {"of": workspace_id, "arrived_before": arrived_before}
    bounds = {"from_at": from_at, "from_key": from_key, "to_at": to_at, "to_key": to_key}
    gone = (await session.execute(_DROP_CALLS, {**values, **bounds})).scalars()
    keys = [place.event_key for place in places]
    await session.execute(_DROP_KEYS, {"of": workspace_id, "keys": keys, "from_at": from_at, "to_at": to_at})
    if named := [event_key(name) for response_id in gone if (name := response_event_id(response_id))]:
        await session.execute(_DROP_SECOND_KEYS, {"of": workspace_id, "named": named, "keys": keys})


# --- what belonged to calls that are gone ---


async def history_of(session: AsyncSession, workspace_id: UUID, before: datetime) -> Sequence[UUID]:
    """The re-pricings that keep history of calls before then."""
    found = await session.execute(
        text("SELECT DISTINCT repricing_id FROM event_prices WHERE workspace_id = :of AND occurred_at < :before"),
        {"of": workspace_id, "before": before},
    )
    return found.scalars().all()


_DROP_HISTORY: Final = text(
    "DELETE FROM event_prices WHERE workspace_id = :of AND repricing_id = :repricing AND (occurred_at, event_key) IN ("
    "SELECT occurred_at, event_key FROM event_prices WHERE workspace_id = :of AND repricing_id = :repricing "
    "AND occurred_at < :before ORDER BY occurred_at, event_key LIMIT :limit) RETURNING 1"
)


async def drop_history(
    session: AsyncSession, workspace_id: UUID, repricing_id: UUID, before: datetime, limit: int
) -> int:
    """Drop what a re-pricing found at calls before then, at most `limit`; how many there were."""
    values = {"of": workspace_id, "repricing": repricing_id, "before": before, "limit": limit}
    return len((await session.execute(_DROP_HISTORY, values)).all())


async def marked(session: AsyncSession) -> Sequence[tuple[UUID, datetime]]:
    """The workspaces whose calls were dropped, with their marks."""
    found = await session.execute(
        select(Retention.workspace_id, Retention.complete_since).where(Retention.complete_since.is_not(None))
    )
    return [(workspace_id, since) for workspace_id, since in found if since is not None]


async def unfinished(session: AsyncSession) -> Sequence[UUID]:
    """The workspaces with identities to look through."""
    found = await session.execute(select(Retention.workspace_id).where(Retention.keys_until.is_not(None)))
    return found.scalars().all()


_LAST_KEY: Final = text(
    "SELECT event_key FROM event_keys WHERE workspace_id = :of AND event_key > :after "
    "ORDER BY event_key LIMIT 1 OFFSET :limit"
)
_DROP_LOOSE_KEYS: Final = text(
    "DELETE FROM event_keys AS loose WHERE workspace_id = :of AND event_key > :after "  # noqa: S608 - constants
    "AND (CAST(:last AS uuid) IS NULL OR event_key <= :last) "
    f"AND occurred_at < :until AND {_HAS_NO_CALL} RETURNING 1"
)
_NIL: Final = UUID(int=0)


async def drop_loose_keys(session: AsyncSession, workspace_id: UUID, limit: int) -> int | None:
    """Look through the next `limit` identities and drop those whose call is gone; None when there are no more."""
    found = await session.execute(
        select(Retention)
        .where(Retention.workspace_id == workspace_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    row = found.scalar_one()
    if row.keys_until is None:
        return None
    values = {"of": workspace_id, "after": row.keys_after or _NIL}
    last = (await session.execute(_LAST_KEY, {**values, "limit": limit})).scalar()
    found_loose = await session.execute(_DROP_LOOSE_KEYS, {**values, "last": last, "until": row.keys_until})
    gone = len(found_loose.all())
    row.keys_after = last
    if last is None:
        row.keys_until = None
    await session.flush()
    return gone
