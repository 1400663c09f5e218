"""Writing to the ledger: each call once, with its rollups, or not at all."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID
from weakref import WeakKeyDictionary

from app.core.database import AsyncSession
from app.core.periods import Granularity, Period, floor, widen
from app.usage import queries, tagging
from app.usage.errors import Collision, LedgerUnavailable, MonthMissing
from app.usage.rules.events import NewEvent, event_key
from app.usage.rules.rollups import Rollups, roll_up
from app.usage.rules.tags import Memory, tag_up

Sessions = Callable[[], AsyncSession]
# What else is written in the transaction of the events, last; it is told for each event whether it was new.
Beside = Callable[[AsyncSession, Sequence[bool]], Awaitable[None]]
# Around what else a writer asks the database: it fails by the same names.
named_failures = queries.named_failures
# Once for a month somebody dropped, and again for a knot of writers, which passes by itself.
ATTEMPTS: Final = 4
PAUSE_SECONDS: Final = 0.02

# What each database is known to have, so that a write asks only once per month. A wrong entry costs one attempt.
_known_months: WeakKeyDictionary[Sessions, set[datetime]] = WeakKeyDictionary()
_known_values: WeakKeyDictionary[Sessions, Memory] = WeakKeyDictionary()


async def record(sessions: Sessions, events: Sequence[NewEvent], beside: Beside | None = None) -> list[bool]:
    """Write the events of any workspaces in one transaction of its own; for each whether it was new.

    False is a repeat, of an event taken before or of an earlier one in `events`: it changes nothing. When this
    returns, everything is committed; when it raises, nothing is written. Raises LedgerUnavailable.
    """
    firsts = {(event.workspace_id, event.event_key): event for event in reversed(events)}

    async def write(session: AsyncSession) -> list[bool]:
        memory = _known_values.setdefault(sessions, Memory())
        taken = await _write(session, memory, [firsts[key] for key in sorted(firsts)]) if firsts else set()
        keys = map(_identity, events)
        is_new = [firsts[key] is event and key in taken for key, event in zip(keys, events, strict=True)]
        if beside:
            await beside(session, is_new)
        return is_new

    return await _write_patiently(sessions, events, write) if events or beside else []


def _identity(event: NewEvent) -> tuple[UUID, UUID]:
    return event.workspace_id, event.event_key


async def _write_patiently(
    sessions: Sessions, events: Sequence[NewEvent], write: Callable[[AsyncSession], Awaitable[list[bool]]]
) -> list[bool]:
    for attempt in range(ATTEMPTS):
        try:
            with queries.named_failures():
                await _make_months(sessions, events)
                async with sessions() as session, session.begin():
                    return await write(session)
        except MonthMissing:
            _known_months.pop(sessions, None)
        except Collision:
            await asyncio.sleep(PAUSE_SECONDS * 2**attempt)
    raise LedgerUnavailable("The database is too busy just now. Nothing was stored; send it again.")


async def _write(session: AsyncSession, memory: Memory, events: Sequence[NewEvent]) -> set[tuple[UUID, UUID]]:
    """Claim, copy, add up: in this order in every writer, each in the order of its keys, so that none can dead-lock."""
    taken = await queries.claim_keys(session, events)
    new = [event for event in events if _identity(event) in taken]
    if new:
        await queries.copy_events(session, new)
        await _add(session, roll_up(new))
        await tagging.add(session, memory, tag_up(new))
    return taken


async def _add(session: AsyncSession, rollups: Rollups) -> None:
    await queries.add_hourly(session, rollups.hourly)
    await queries.add_daily(session, rollups.daily())
    await queries.add_latency(session, rollups.latency)


async def _make_months(sessions: Sessions, events: Iterable[NewEvent]) -> None:
    """Make missing partitions, each in a transaction of its own.

    Before the write and apart from it: making one locks `events` for a moment, and a writer that already
    holds rows there while it waits for that lock would dead-lock with the next.
    """
    known = _known_months.setdefault(sessions, set())
    for month in sorted({floor(event.occurred_at, Granularity.MONTH) for event in events} - known):
        async with sessions() as session, session.begin():
            await queries.make_month(session, month)
        known.add(month)


async def rebuild_rollups(session: AsyncSession, workspace_id: UUID, period: Period) -> None:
    """Make the rollups of the period's whole days anew from the events: the same figures, digit for digit.

    Writers wait meanwhile, so take a day or a few at a time. Only for periods whose events are all still there: rollups
    outlive events that retention dropped, and this would take them away.
    """
    days = widen(period, Granularity.DAY)
    await queries.lock_rollups(session)
    rollups, tags = Rollups(), await tagging.held(session, workspace_id, days)
    async for event in queries.kept_events(session, workspace_id, days):
        rollups.add(event)
        tags.add(event)
    await queries.delete_rollups(session, workspace_id, days)
    await _add(session, rollups)
    await tagging.replace(session, workspace_id, days, tags)


async def forget(session: AsyncSession, workspace_id: UUID) -> None:
    """Delete every call of a workspace, with its identities and rollups."""
    await queries.delete_everything(session, workspace_id)
    for memory in list(_known_values.values()):
        queries.when_committed(session, memory.forget)


async def was_taken(session: AsyncSession, workspace_id: UUID, event_id: str) -> bool:
    return await queries.has_key(session, workspace_id, event_key(event_id))


async def has_calls(session: AsyncSession, workspace_id: UUID) -> bool:
    """Whether the workspace ever took a call."""
    return await queries.has_key(session, workspace_id)
