"""Writing to the ledger: each call once, with its rollups, or not at all."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID
from weakref import WeakKeyDictionary

from app.core.database import AsyncSession
from app.core.periods import Granularity, Period, day_of, floor, widen
from app.usage import claiming, counting, kinds, queries, tagging
from app.usage.counting import Counted, Stored
from app.usage.errors import (
    Collision,
    EventNotStorable,
    EventsDropped,
    IdTaken,
    LedgerUnavailable,
    MonthMissing,
    NotBegun,
)
from app.usage.rules.events import NewEvent, event_key
from app.usage.rules.rollups import Rollups, roll_up
from app.usage.rules.tags import Memory, tag_up

Sessions = Callable[[], AsyncSession]
# Around what else a writer asks the database: it fails by the same names.
named_failures = queries.named_failures
# Once for a month somebody dropped, and again for a knot of writers, which passes by itself.
ATTEMPTS: Final = 4
PAUSE_SECONDS: Final = 0.02
WRITE_SECONDS: Final = 15.0

# What each database is known to have, so that a write asks only once per month. A wrong entry costs one attempt.
_known_months: WeakKeyDictionary[Sessions, set[datetime]] = WeakKeyDictionary()
_known_kinds: WeakKeyDictionary[Sessions, kinds.Known] = WeakKeyDictionary()
_known_values: WeakKeyDictionary[Sessions, Memory] = WeakKeyDictionary()


class Refusal(NamedTuple):
    """An event that the database cannot hold."""

    why: str


# True is new, False a repeat.
Outcome = bool | Refusal
# What else is written in the transaction of a group, last.
Beside = Callable[[AsyncSession, Sequence[Outcome]], Awaitable[None]]


async def _nothing(_session: AsyncSession, _outcomes: Sequence[Outcome]) -> None:
    pass


async def record(
    sessions: Sessions,
    events: Sequence[NewEvent],
    beside: Beside = _nothing,
    *,
    is_hopeful: bool = True,
    seconds: float = WRITE_SECONDS,
) -> list[Outcome]:
    """Write the events of any workspaces in one transaction of its own; for each what became of it.

    A repeat, of an event taken before or of an earlier one in `events`, changes nothing. An event that the database
    cannot hold is left out. When this returns, everything is committed; when it raises, nothing is written, unless the
    database fell silent at the commit: then the events are repeats when they come again. Raises LedgerUnavailable.

    `is_hopeful` tries first whether all are new, which costs less when they are and more when they are not. `seconds`
    is how long a transaction may take.
    """
    refused: dict[int, Refusal] = {}
    if not events and beside is _nothing:
        return []
    while True:
        memory = _known_values.setdefault(sessions, Memory())
        known_kinds = _known_kinds.setdefault(sessions, {})
        group = _Group(events, refused, beside, memory, known_kinds, is_hopeful=is_hopeful, seconds=seconds)
        try:
            return await _write_patiently(sessions, group)
        except EventNotStorable:
            found = await _not_storable(sessions, group, group.firsts)
            if not found:
                raise
            refused |= found


class _Group:
    """Events on their way, without those that were refused and without repeats: places in `events`, by identity."""

    def __init__(
        self,
        events: Sequence[NewEvent],
        refused: Mapping[int, Refusal],
        beside: Beside,
        memory: Memory,
        known_kinds: kinds.Known,
        *,
        is_hopeful: bool,
        seconds: float,
    ) -> None:
        self.events = events
        self.memory = memory
        self.kinds = known_kinds
        self.refused = refused
        self.beside = beside
        self.is_hopeful = is_hopeful
        self.seconds = seconds
        # as bytes, in the order in which the database compares them: this is done for every event
        places = {
            events[place].workspace_id.bytes + events[place].event_key.bytes: place
            for place in reversed(range(len(events)))
            if place not in refused
        }
        self.firsts = [places[identity] for identity in sorted(places)]

    def outcomes(self, new: Collection[int]) -> list[Outcome]:
        return [self.refused.get(place, place in new) for place in range(len(self.events))]


async def _write_patiently(sessions: Sessions, group: _Group) -> list[Outcome]:
    for attempt in range(ATTEMPTS):
        try:
            return await _attempt(sessions, group)
        except IdTaken:
            group.is_hopeful = False
        except MonthMissing:
            _known_months.pop(sessions, None)
        except NotBegun:
            if attempt:
                raise
        except Collision:
            await asyncio.sleep(PAUSE_SECONDS * 2**attempt)
    raise LedgerUnavailable("The database is too busy just now. Nothing was stored; send it again.")


async def _attempt(sessions: Sessions, group: _Group) -> list[Outcome]:
    """One transaction. A database that falls silent is given up with its connection, at the latest at the time."""
    with queries.named_failures(), queries.refusals():
        await _make_months(sessions, (group.events[place] for place in group.firsts))
        await kinds.learn(sessions, group.kinds, group.events)
        session = sessions()
        try:
            async with asyncio.timeout(group.seconds):
                return await _write(session, group)
        except (TimeoutError, asyncio.CancelledError):
            await session.invalidate()
            raise
        finally:
            await session.close()


async def _write(session: AsyncSession, group: _Group) -> list[Outcome]:
    try:
        await queries.begin(session, group.seconds)
        outcomes = group.outcomes(await _put(session, group, group.firsts, is_hopeful=group.is_hopeful))
        await group.beside(session, outcomes)
        await session.commit()
    except Exception:
        await session.rollback()
        raise
    return outcomes


async def _put(session: AsyncSession, group: _Group, places: Sequence[int], *, is_hopeful: bool) -> set[int]:
    """Take the identities, copy, add up: in this order in every writer, each in the order of its keys, so that none
    can dead-lock. `places` are in that order; returns those that were new."""
    if not places:
        return set()
    chosen = [group.events[place] for place in places]
    if is_hopeful:
        await queries.copy_keys(session, chosen)
        taken = set(places)
    else:
        claimed = await claiming.claim(session, chosen)
        taken = {places[index] for index in claimed}
        chosen = [claimed[index] for index in sorted(claimed)]
    if chosen:
        await queries.copy_events(session, chosen, group.kinds)
        await _add(session, roll_up(chosen))
        await tagging.add(session, group.memory, tag_up(chosen))
    return taken


async def _not_storable(sessions: Sessions, group: _Group, suspects: Sequence[int]) -> dict[int, Refusal]:
    """Which of the suspects the database refuses, and why: each half is tried and taken back."""
    found: dict[int, Refusal] = {}
    halves = (suspects[: len(suspects) // 2], suspects[len(suspects) // 2 :])
    for half in halves:
        try:
            if half:
                await _rehearse(sessions, group, half)
        except EventNotStorable as error:
            found |= {half[0]: Refusal(str(error))} if len(half) == 1 else await _not_storable(sessions, group, half)
    return found


async def _rehearse(sessions: Sessions, group: _Group, places: Sequence[int]) -> None:
    session = sessions()
    with queries.named_failures(), queries.refusals():
        try:
            async with asyncio.timeout(group.seconds):
                await queries.begin(session, group.seconds)
                await _put(session, group, places, is_hopeful=False)
                await session.rollback()
        except (TimeoutError, asyncio.CancelledError):
            await session.invalidate()
            raise
        finally:
            await session.close()


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
    days = {day_of(event.occurred_at) for event in events}
    for month in sorted({floor(day, Granularity.MONTH) for day in days} - known):
        async with sessions() as session, session.begin():
            await queries.make_month(session, month)
        known.add(month)


async def rebuild_rollups(
    session: AsyncSession, workspace_id: UUID, period: Period, seen: tuple[Stored, Counted] | None = None
) -> None:
    """Make the rollups of the period's whole days anew from the events: the same figures, digit for digit.

    Writers wait meanwhile, so take a day or a few at a time. `seen` is what a snapshot found stored, and counted: where
    nobody wrote since, writers need not wait until it is counted again. Raises EventsDropped where some of the events
    are gone: rollups outlive them, and this would take them away.
    """
    days = widen(period, Granularity.DAY)
    since = await queries.hold_complete_since(session, workspace_id)
    if since is not None and days.start < since:
        raise EventsDropped(since)
    await queries.lock_rollups(session)
    # every write moves some sum: where all are as they were, the calls are those that were counted
    if seen is not None and counting.are_same(seen[0], await counting.stored(session, workspace_id, days)):
        rollups, tags = seen[1]
    else:
        rollups, tags = await counting.counted(session, workspace_id, days)
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
