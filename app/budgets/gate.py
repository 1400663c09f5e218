"""Reserving before a call is made: what programs ask for meanwhile is decided together, in one transaction.

A budget that holds calls back is one row, and whoever decides by it holds it until the decision is committed. So one
transaction for each call would make as many of them a second as a disk can flush; gathered, a process decides for all
who wait at once. Several processes come one after the other, at the row.

What is reserved is read before what is spent. A call that is settled in between then counts twice, for a moment, and
never not at all.
"""

import asyncio
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, TypeAlias
from uuid import UUID

from app.budgets import queries
from app.budgets.errors import BudgetExhausted, ReservationEnded, TooMuchWaits
from app.budgets.queries import Hold
from app.budgets.rules import Budget, period_at
from app.budgets.rules.reserving import Ask, Grant, Left, Purse
from app.core.database import AsyncSession
from app.core.money import to_wire
from app.core.periods import Period
from app.usage import spending
from app.usage.errors import Collision, LedgerUnavailable
from app.usage.service import Sessions, named_failures

GROUP: Final = 500
MOST_WAITING: Final = 10_000
RETRY_SECONDS: Final = 1
ATTEMPTS: Final = 4
SECONDS: Final = 15.0
Place: TypeAlias = tuple[UUID, UUID]


@dataclass(frozen=True, slots=True)
class Release:
    """Let go of what a reservation holds."""

    workspace_id: UUID
    reservation_id: UUID


@dataclass(frozen=True, slots=True)
class Extend:
    """Let a lease that still runs end so many seconds from now."""

    workspace_id: UUID
    reservation_id: UUID
    lease_seconds: int


Wish: TypeAlias = Ask | Release | Extend
# A grant, or who refuses; whether a lease still ran; when it ends now, None where it is over.
Answer: TypeAlias = Grant | BudgetExhausted | bool | datetime | None


@dataclass(slots=True, eq=False)
class _Waiting:
    wish: Wish
    answer: asyncio.Future[Answer] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Gate:
    """One for each process. It has a task only while somebody waits, so it needs no lifespan."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self._waiting: deque[_Waiting] = deque()
        self._task: asyncio.Task[None] | None = None

    async def reserve(self, ask: Ask) -> Grant:
        """What it may cost is held when this returns. Raises BudgetExhausted, TooMuchWaits, LedgerUnavailable."""
        answer = await self._ask(ask)
        if isinstance(answer, BudgetExhausted):
            raise answer
        assert isinstance(answer, Grant)  # noqa: S101 - the answer to an Ask
        return answer

    async def release(self, workspace_id: UUID, reservation_id: UUID) -> bool:
        """Whether its lease still ran. Once more, or too late, changes nothing."""
        return bool(await self._ask(Release(workspace_id, reservation_id)))

    async def extend(self, workspace_id: UUID, reservation_id: UUID, lease_seconds: int) -> datetime:
        """When the lease ends now. Raises ReservationEnded: what it held may be somebody else's."""
        answer = await self._ask(Extend(workspace_id, reservation_id, lease_seconds))
        if not isinstance(answer, datetime):
            raise ReservationEnded("It was settled or released, or its lease ran out. Reserve anew.")
        return answer

    async def _ask(self, wish: Wish) -> Answer:
        if len(self._waiting) >= MOST_WAITING:
            raise TooMuchWaits("Come again in a moment.", retry_after_seconds=RETRY_SECONDS)
        waiting = _Waiting(wish)
        self._waiting.append(waiting)
        if self._task is None:
            self._task = asyncio.create_task(self._decide_all())
        return await waiting.answer

    async def _decide_all(self) -> None:
        try:
            while self._waiting:
                group = [self._waiting.popleft() for _ in range(min(GROUP, len(self._waiting)))]
                await self._answer(group)
        finally:
            # at once, and not when the task is over: who comes between the two would wait for nobody
            self._task = None

    async def _answer(self, group: Sequence[_Waiting]) -> None:
        try:
            answers = await self._decide([waiting.wish for waiting in group])
        except BaseException as error:
            failure = error if isinstance(error, Exception) else LedgerUnavailable()
            for waiting in group:
                if not waiting.answer.done():  # else whoever asked has gone
                    waiting.answer.set_exception(_own(failure))
            if not isinstance(error, Exception):
                raise
            return
        for waiting, answer in zip(group, answers, strict=True):
            if not waiting.answer.done():
                waiting.answer.set_result(answer)

    async def _decide(self, wishes: Sequence[Wish]) -> list[Answer]:
        for _ in range(ATTEMPTS):
            try:
                return await self._attempt(wishes)
            except Collision:
                continue
        raise LedgerUnavailable("The database is too busy just now. Nothing was reserved; ask again.")

    async def _attempt(self, wishes: Sequence[Wish]) -> list[Answer]:
        with named_failures():
            session = self.sessions()
            try:
                async with asyncio.timeout(SECONDS), session.begin():
                    return await decide(session, wishes)
            except (TimeoutError, asyncio.CancelledError):
                await session.invalidate()
                raise
            finally:
                await session.close()


def _own(failure: Exception) -> Exception:
    """Each who waits raises one of his own: a traceback grows with every raise."""
    return LedgerUnavailable(failure.detail) if isinstance(failure, LedgerUnavailable) else failure


async def decide(session: AsyncSession, wishes: Sequence[Wish]) -> list[Answer]:
    """For each wish its answer, in one transaction: releases first, then leases, then who asks, in their order."""
    asks = [wish for wish in wishes if isinstance(wish, Ask)]
    extends = {(wish.workspace_id, wish.reservation_id): wish for wish in wishes if isinstance(wish, Extend)}
    releases = [(wish.workspace_id, wish.reservation_id) for wish in wishes if isinstance(wish, Release)]
    budgets = await _hold(session, asks, extends)
    ended = await queries.release(session, releases)
    now, reserved = await queries.reserved_now(session, [(budget.workspace_id, budget.id) for budget in budgets])
    leases = await _extend(session, extends.values(), now)
    purses = await _open(session, budgets, reserved, now)
    holds: list[Hold] = []
    answers: list[Answer] = []
    for wish in wishes:
        place = (wish.workspace_id, wish.reservation_id)
        match wish:
            case Ask():
                answers.append(_admit(wish, purses, now, holds))
            case Release():
                answers.append(ended.pop(place, False))
            case Extend():
                answers.append(leases.get(place))
    await queries.insert_holds(session, holds)
    return answers


async def _hold(session: AsyncSession, asks: Sequence[Ask], extends: Collection[Place]) -> list[Budget]:
    """The budgets that the calls count in, and those whose leases are to go on, held: nobody else decides by them.

    A lease may only go on while nobody can see it run out and give away what it holds.
    """
    wanted = await queries.held(session, extends)
    if asks:
        found = await queries.limiting(session, {ask.workspace_id for ask in asks})
        wanted |= {(budget.workspace_id, budget.id) for budget in found if any(_counts(budget, ask) for ask in asks)}
    return await queries.hold(session, wanted)


def _counts(budget: Budget, ask: Ask) -> bool:
    return budget.workspace_id == ask.workspace_id and budget.terms.only.matches(ask.call)


async def _extend(session: AsyncSession, wishes: Iterable[Extend], now: datetime) -> dict[Place, datetime]:
    ends = {(wish.workspace_id, wish.reservation_id): now + timedelta(seconds=wish.lease_seconds) for wish in wishes}
    running = await queries.extend(session, ends, now)
    return {place: ends[place] for place in running}


async def _open(
    session: AsyncSession, budgets: Sequence[Budget], reserved: dict[Place, Decimal], now: datetime
) -> list[Purse]:
    """Those that hold calls back now: what was spent of each is read once for the whole group."""
    found = []
    for budget in budgets:
        period = period_at(budget.terms, now)
        if period is not None and budget.terms.is_limiting:
            found.append(await _purse(session, budget, period, reserved[budget.workspace_id, budget.id]))
    return found


async def _purse(session: AsyncSession, budget: Budget, period: Period, reserved: Decimal) -> Purse:
    terms = budget.terms
    spent = await spending.spent(session, budget.workspace_id, terms.ledger, terms.only, period)
    return Purse(budget, spent.cost, spent.unpriced_calls or 0, reserved, period.end)


def _admit(ask: Ask, purses: Sequence[Purse], now: datetime, holds: list[Hold]) -> Grant | BudgetExhausted:
    """Of all its budgets or of none."""
    concerned = [purse for purse in purses if _counts(purse.budget, ask)]
    refusing = [purse.left for purse in concerned if not purse.admits(ask.amount)]
    if refusing:
        return _exhausted(ask, refusing)
    expires_at = now + timedelta(seconds=ask.lease_seconds)
    for purse in concerned:
        purse.take(ask.amount)
        holds.append(Hold(ask.workspace_id, ask.reservation_id, purse.budget.id, ask.amount, now, expires_at))
    return Grant(ask.reservation_id, ask.amount, expires_at, tuple(purse.left for purse in concerned))


def _exhausted(ask: Ask, refusing: Sequence[Left]) -> BudgetExhausted:
    first = refusing[0]
    detail = (
        f"{first.name} has ${to_wire(first.remaining)} left of ${to_wire(first.amount)}, this call may cost "
        f"${to_wire(ask.amount)}. The budget begins anew at {first.resets_at:%Y-%m-%dT%H:%M:%SZ}."
    )
    return BudgetExhausted(detail, extensions={"budgets": [wire(left) for left in refusing]})


def wire(left: Left) -> dict[str, Any]:
    """As answers tell of a budget."""
    return {
        "id": str(left.id),
        "name": left.name,
        "limit": left.limit.value,
        "amount": to_wire(left.amount),
        "spent": to_wire(left.spent),
        "reserved": to_wire(left.reserved),
        "remaining": to_wire(left.remaining),
        "unpriced_calls": left.unpriced_calls,
        "resets_at": f"{left.resets_at:%Y-%m-%dT%H:%M:%SZ}",
        "on_unavailable": left.on_unavailable.value,
    }
