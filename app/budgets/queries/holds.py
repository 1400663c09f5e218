"""What reservations hold of budgets.

The clock is read apart from what changes rows: a distributed database lets no such statement ask for it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.bulk import as_arrays, driver_of, placed
from app.core.periods import utc_now

Place = tuple[UUID, UUID]
NOTHING: Final = Decimal(0)


class Hold(NamedTuple):
    """A row of `budget_holds`, in the order of its columns."""

    workspace_id: UUID
    reservation_id: UUID
    budget_id: UUID
    amount: Decimal
    created_at: datetime
    expires_at: datetime


def _arrays(*kinds: str) -> str:
    return ", ".join(placed(number, kind) for number, kind in enumerate(kinds, 1))


_CLOCK: Final = "SELECT clock_timestamp()"
_RESERVED: Final = f"""
SELECT clock_timestamp(), CAST(NULL AS uuid), CAST(NULL AS uuid), CAST(NULL AS numeric)
UNION ALL SELECT CAST(NULL AS timestamptz), workspace_id, budget_id, sum(held.amount)
FROM unnest({_arrays("uuid", "uuid")}) AS asked (workspace_id, budget_id)
JOIN budget_holds AS held USING (workspace_id, budget_id)
WHERE held.expires_at > clock_timestamp() GROUP BY workspace_id, budget_id
"""  # noqa: S608 - names are ours, values are bound


async def reserved(session: AsyncSession, budgets: Collection[Place]) -> dict[Place, Decimal]:
    """What is held now of each of these (workspace, budget)."""
    return (await reserved_now(session, budgets))[1]


async def reserved_now(session: AsyncSession, budgets: Collection[Place]) -> tuple[datetime, dict[Place, Decimal]]:
    """The same, and when that is: by the database's clock, the one that all processes share."""
    if not budgets:
        return utc_now(), {}
    rows = await (await driver_of(session)).fetch(_RESERVED, *as_arrays(sorted(budgets)))
    now: datetime = next(at for at, *_ in rows if at is not None)
    held = {(workspace_id, budget_id): amount for at, workspace_id, budget_id, amount in rows if at is None}
    return now, {place: held.get(place, NOTHING) for place in budgets}


_INSERT: Final = (
    "INSERT INTO budget_holds (workspace_id, reservation_id, budget_id, amount, created_at, expires_at) "  # noqa: S608 - names are ours, values are bound
    f"SELECT * FROM unnest({_arrays('uuid', 'uuid', 'uuid', 'numeric', 'timestamptz', 'timestamptz')})"
)


async def insert_holds(session: AsyncSession, holds: Sequence[Hold]) -> None:
    if holds:
        await (await driver_of(session)).execute(_INSERT, *as_arrays(holds))


_END: Final = f"""
DELETE FROM budget_holds AS held USING unnest({_arrays("uuid", "uuid")}) AS ended (workspace_id, reservation_id)
WHERE held.workspace_id = ended.workspace_id AND held.reservation_id = ended.reservation_id
RETURNING held.workspace_id, held.reservation_id, held.expires_at
"""  # noqa: S608 - names are ours, values are bound


async def end(session: AsyncSession, reservations: Collection[Place]) -> dict[Place, datetime]:
    """Let go of what these (workspace, reservation) hold; those that were there, and when their leases end."""
    if not reservations:
        return {}
    rows = await (await driver_of(session)).fetch(_END, *as_arrays(sorted(set(reservations))))
    return {(workspace_id, reservation_id): expires_at for workspace_id, reservation_id, expires_at in rows}


async def release(session: AsyncSession, reservations: Collection[Place]) -> dict[Place, bool]:
    """The same, and whether their leases still ran."""
    ended = await end(session, reservations)
    if not ended:
        return {}
    now = await (await driver_of(session)).fetchval(_CLOCK)
    return {place: expires_at > now for place, expires_at in ended.items()}


_HELD: Final = f"""
SELECT held.workspace_id, held.reservation_id, held.budget_id FROM budget_holds AS held
JOIN unnest({_arrays("uuid", "uuid")}) AS asked (workspace_id, reservation_id) USING (workspace_id, reservation_id)
"""  # noqa: S608 - names are ours, values are bound


async def held(session: AsyncSession, reservations: Collection[Place]) -> set[Place]:
    """The (workspace, budget) that these reservations hold something of."""
    if not reservations:
        return set()
    rows = await (await driver_of(session)).fetch(_HELD, *as_arrays(sorted(reservations)))
    return {(workspace_id, budget_id) for workspace_id, _, budget_id in rows}


_EXTEND: Final = f"""
UPDATE budget_holds AS held SET expires_at = asked.expires_at
FROM unnest({_arrays("uuid", "uuid", "timestamptz")}) AS asked (workspace_id, reservation_id, expires_at)
WHERE held.workspace_id = asked.workspace_id AND held.reservation_id = asked.reservation_id
AND held.expires_at > $4 RETURNING held.workspace_id, held.reservation_id
"""  # noqa: S608 - names are ours, values are bound


async def extend(session: AsyncSession, wanted: Mapping[Place, datetime], now: datetime) -> set[Place]:
    """Let the leases that still run then end at these instants; the reservations that have one."""
    if not wanted:
        return set()
    arrays = as_arrays((*place, wanted[place]) for place in wanted)
    rows = await (await driver_of(session)).fetch(_EXTEND, *arrays, now)
    return {(workspace_id, reservation_id) for workspace_id, reservation_id in rows}


_LEASES: Final = text("""
SELECT count(*) FROM (
    SELECT DISTINCT workspace_id, reservation_id FROM budget_holds WHERE expires_at > clock_timestamp()
) AS running
""")


async def count_leases(session: AsyncSession) -> int:
    """How many reservations hold something, of all workspaces."""
    return int((await session.execute(_LEASES)).scalar_one())


_OVER: Final = text("SELECT DISTINCT workspace_id FROM budget_holds WHERE expires_at <= :now ORDER BY workspace_id")
_SWEEP: Final = text("""
DELETE FROM budget_holds WHERE workspace_id = :of AND (reservation_id, budget_id) IN (
    SELECT reservation_id, budget_id FROM budget_holds WHERE workspace_id = :of AND expires_at <= :now
    FOR UPDATE SKIP LOCKED
)
""")


async def sweep(session: AsyncSession) -> None:
    """Delete what ran out; it counts for nothing since it did. What somebody is just settling is left to him."""
    now = (await session.execute(text(_CLOCK))).scalar_one()
    for workspace_id in (await session.execute(_OVER, {"now": now})).scalars().all():
        await session.execute(_SWEEP, {"of": workspace_id, "now": now})
