"""How long calls are kept: what people wish, and the dropping that follows.

A month that nobody wants is dropped whole; else calls go a few thousand at a time, by the index, with their
identities. Rollups stay. Each step is one transaction that takes the lock of the house, so that one process at a time
does it, and marks what it dropped; a round that is cut off leaves nothing half done, and the next goes on.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from app.core.database import AsyncSession
from app.core.errors import FieldError, InvalidRequest
from app.core.periods import Granularity, step
from app.usage import queries
from app.usage.errors import Collision, LedgerUnavailable
from app.usage.rules.changing import Place
from app.usage.rules.retaining import LEAST_DAYS, MOST_DAYS, Dropped, Wishes, cutoff
from app.usage.service import Sessions, named_failures
from app.workspaces import service as workspaces
from app.workspaces.rules import Member

BATCH: Final = 2_000
KEYS_AT_A_TIME: Final = 20_000
# A month is dropped between the questions and the writers; where there is no gap, the next round tries again.
ATTEMPTS: Final = 5
PAUSE_SECONDS: Final = 0.2

IsOver = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Kept:
    """How long a workspace keeps its calls. `days` None is what the installation says, and that None is for ever."""

    days: int | None
    default_days: int | None
    complete_since: datetime | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes: months whole, and calls before the cutoff of each workspace that has any."""

    wishes: Wishes
    months: Sequence[datetime]
    cutoffs: Sequence[tuple[UUID, datetime]]


class _Elsewhere(Exception):
    """Another process is at it."""


# --- wishes ---


async def kept(session: AsyncSession, workspace_id: UUID, default_days: int | None) -> Kept:
    days = await queries.kept_days(session, workspace_id)
    return Kept(days, default_days, await queries.complete_since(session, workspace_id))


async def would_go(session: AsyncSession, workspace_id: UUID, days: int, now: datetime) -> tuple[datetime, int]:
    """The cutoff of a wish, and how many calls before it are there now. Raises InvalidRequest."""
    _check(days)
    before = cutoff(now, days)
    since = await queries.complete_since(session, workspace_id)
    return before, await queries.count_calls_of_days(session, workspace_id, since, before)


async def keep(session: AsyncSession, member: Member, days: int | None) -> None:
    """Wish how long the workspace's calls are kept; None is what the installation says. Raises InvalidRequest."""
    if days is not None:
        _check(days)
    before = await queries.kept_days(session, member.workspace_id)
    if before == days:
        return
    await queries.put_kept_days(session, member.workspace_id, days)
    await workspaces.audit(
        session, member.workspace_id, member.user_id, "retention.changed", "retention", days=[before, days]
    )


def _check(days: int) -> None:
    if not LEAST_DAYS <= days <= MOST_DAYS:
        fault = FieldError("days", f"must be from {LEAST_DAYS} to {MOST_DAYS}: so long a call sent again is recognised")
        raise InvalidRequest("Look at: days.", errors=[fault])


# --- dropping ---


async def plan(sessions: Sessions, default_days: int | None, now: datetime) -> Plan:
    """What goes now."""
    with named_failures():
        async with sessions() as session:
            wishes = Wishes.at(now, default_days, await queries.all_kept_days(session))
            latest, months = wishes.latest, await queries.months(session)
            if latest is None or not months:
                return Plan(wishes, [], [])
            held = await queries.held_months(session, months[0], latest)
    ended = [month for month in months if step(month, Granularity.MONTH) <= latest]
    whole = [month for month in ended if wishes.all_go(month, [row for row in held if row.month == month])]
    owners = sorted({row.workspace_id for row in held})
    return Plan(wishes, whole, [(owner, at) for owner in owners if (at := wishes.of(owner)) is not None])


async def count(sessions: Sessions, planned: Plan) -> dict[UUID, int]:
    """How many calls of each workspace would go; those with none are left out."""
    arrived_before = _arrived_before(planned.wishes)
    counted: dict[UUID, int] = {}
    for workspace_id, before in planned.cutoffs:
        with named_failures():
            async with sessions() as session:
                counted[workspace_id] = await queries.count_old(session, workspace_id, before, arrived_before)
    return {workspace_id: calls for workspace_id, calls in counted.items() if calls}


async def retain(
    sessions: Sessions,
    default_days: int | None,
    now: datetime,
    is_over: IsOver = lambda: False,
    *,
    batch: int = BATCH,
    on_progress: Callable[[Dropped], None] = lambda _: None,
) -> Dropped:
    """Drop what nobody wants, until it is done or `is_over`. Raises LedgerUnavailable; what was done stays done.

    Nothing while an upgrade's sums are still to be made: they need the calls.
    """
    with named_failures():
        async with sessions() as session:
            if await queries.all_due(session):
                return Dropped(is_done=False)
    planned = await plan(sessions, default_days, now)
    round_ = _Round(sessions, planned, is_over, batch, on_progress)
    try:
        await round_.work()
    except _Elsewhere:
        round_.dropped.is_done = False
    return round_.dropped


def _arrived_before(wishes: Wishes) -> datetime:
    assert wishes.arrived_before is not None  # noqa: S101 - made by `Wishes.at`
    return wishes.arrived_before


class _Round:
    """One round of dropping."""

    def __init__(
        self,
        sessions: Sessions,
        planned: Plan,
        is_over: IsOver,
        batch: int,
        on_progress: Callable[[Dropped], None],
    ) -> None:
        self._sessions, self._plan, self._is_over, self._batch = sessions, planned, is_over, batch
        self._arrived_before = _arrived_before(planned.wishes)
        self._on_progress = on_progress
        self.dropped = Dropped()

    async def work(self) -> None:
        for month in self._plan.months:
            if not self._may_go_on():
                return
            await self._drop_month(month)
        for workspace_id, before in self._plan.cutoffs:
            await self._drop_calls(workspace_id, before)
        await self._tidy_up()

    def _may_go_on(self) -> bool:
        """False when the time is up: then this round is not done."""
        self._on_progress(self.dropped)
        if self._is_over():
            self.dropped.is_done = False
        return self.dropped.is_done

    async def _take(self, session: AsyncSession) -> None:
        if not await queries.take_house(session):
            raise _Elsewhere

    async def _drop_month(self, month: datetime) -> None:
        with named_failures():
            async with self._sessions() as session:
                calls = await queries.count_month(session, month)
        for _ in range(ATTEMPTS):
            try:
                is_gone = await self._try_to_drop(month)
            except (LedgerUnavailable, Collision):
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            if is_gone:
                self.dropped.months += 1
                self.dropped.calls += calls
            return
        self.dropped.is_done = False

    async def _try_to_drop(self, month: datetime) -> bool:
        end = step(month, Granularity.MONTH)
        with named_failures():
            async with self._sessions() as session, session.begin():
                await self._take(session)
                if not await queries.has_month(session, month):
                    raise _Elsewhere
                await queries.hold_month(session, month)
                # asked again now that nobody can add to it: a late call of somebody who keeps all may have come
                held = await queries.held_months(session, month, end)
                if not self._plan.wishes.all_go(month, held):
                    return False
                owners = sorted({row.workspace_id for row in held})
                await queries.mark(session, owners, end, keys_until=end)
                await queries.drop_month(session, month)
        return True

    async def _drop_calls(self, workspace_id: UUID, before: datetime) -> None:
        after: Place | None = None
        while self._may_go_on():
            with named_failures():
                async with self._sessions() as session, session.begin():
                    await self._take(session)
                    places = await queries.old_places(
                        session, workspace_id, before, self._arrived_before, after, self._batch
                    )
                    if not places:
                        return
                    await queries.mark(session, [workspace_id], before)
                    await queries.drop_calls(session, workspace_id, self._arrived_before, places)
            after = places[-1]
            self.dropped.calls += len(places)
            self.dropped.identities += len(places)

    async def _tidy_up(self) -> None:
        """What belonged to calls that are gone: what re-pricings found at them, and the identities of whole months."""
        with named_failures():
            async with self._sessions() as session:
                marked, unfinished = await queries.marked(session), await queries.unfinished(session)
        for workspace_id, before in marked:
            await self._drop_history(workspace_id, before)
        for workspace_id in unfinished:
            await self._drop_keys(workspace_id)

    async def _drop_history(self, workspace_id: UUID, before: datetime) -> None:
        with named_failures():
            async with self._sessions() as session:
                repricings = await queries.history_of(session, workspace_id, before)
        for repricing_id in repricings:
            gone = self._batch
            while gone == self._batch and self._may_go_on():
                with named_failures():
                    async with self._sessions() as session, session.begin():
                        await self._take(session)
                        gone = await queries.drop_history(session, workspace_id, repricing_id, before, self._batch)

    async def _drop_keys(self, workspace_id: UUID) -> None:
        gone: int | None = 0
        while gone is not None and self._may_go_on():
            with named_failures():
                async with self._sessions() as session, session.begin():
                    await self._take(session)
                    gone = await queries.drop_loose_keys(session, workspace_id, KEYS_AT_A_TIME)
            self.dropped.identities += gone or 0
