"""The group writer: what requests hand over meanwhile is written together, and each is answered for its part."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import compress, islice
from typing import Final, NamedTuple, cast
from uuid import UUID

from app.budgets import service as budgets
from app.core.database import AsyncSession
from app.ingest import queries
from app.ingest.errors import BacklogFull, EventRefused
from app.ingest.metrics import IngestMetrics
from app.ingest.rules.accounting import Account, Origin, SenderReport
from app.ingest.rules.accounting import Refusal as Rejection
from app.ingest.rules.incoming import shown_id
from app.usage import service as ledger
from app.usage.errors import LedgerUnavailable
from app.usage.rules.events import NewEvent
from app.usage.service import Outcome, Refusal, Sessions

# After a group with a repeat in it this many are written the careful way: repeats come in rows, when senders try again.
CAREFUL_GROUPS: Final = 16
NOT_STORABLE: Final = "not_storable"
# How long those are waited for who were just answered and send again.
GATHER_SECONDS: Final = 0.003


class Limits(NamedTuple):
    """How much is written at once, how long that may take, and how much may wait for it."""

    group_events: int = 4_000
    group_bytes: int = 16 * 1024 * 1024
    backlog_events: int = 20_000
    backlog_bytes: int = 64 * 1024 * 1024
    seconds: float = ledger.WRITE_SECONDS
    at_once: int = 1


class Part(NamedTuple):
    """What one request hands over: events that are ready, and what of it was rejected before; `size` is in bytes.

    `settled` are the reservations that end with them.
    """

    origin: Origin
    events: Sequence[NewEvent]
    rejected: Sequence[Rejection] = ()
    report: SenderReport | None = None
    size: int = 0
    settled: Sequence[UUID] = ()


@dataclass(slots=True, eq=False)
class _Waiting:
    """A part, and where its outcomes are waited for."""

    part: Part
    answer: asyncio.Future[list[Outcome]] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def give(self, outcomes: list[Outcome]) -> None:
        if not self.answer.done():  # else whoever asked has gone
            self.answer.set_result(outcomes)

    def fail(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class GroupWriter:
    """One for each process. It has a task only while there is something to write, so it needs no lifespan.

    The first to come is written at once; what comes while a group is being written makes the next. Where that is much
    less than the last, a moment is left to those who were just answered: one call alone costs as much as many, and
    while groups are even, half of the senders are served while the database works for the others.
    """

    def __init__(
        self,
        sessions: Sessions,
        limits: Limits = Limits(),  # noqa: B008 - immutable
        metrics: IngestMetrics | None = None,
    ) -> None:
        self._metrics = metrics
        self.sessions = sessions
        self._limits = limits
        self._waiting: deque[_Waiting] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._careful = 0
        self._parts_before = 0
        self._is_closing = False
        self.backlog_events = 0
        self.backlog_bytes = 0

    async def write(self, part: Part) -> list[Outcome]:
        """Hand a part over and wait for what became of each of its events.

        All are committed on return. Raises BacklogFull and LedgerUnavailable. Whoever stops waiting leaves them
        written, or not, but never some of them.
        """
        self.check_room(len(part.events), part.size)
        waiting = _Waiting(part)
        self._waiting.append(waiting)
        self.backlog_events += len(part.events)
        self.backlog_bytes += part.size
        self._tell_backlog()
        # one that is over is forgotten a moment later: who comes in that moment must not wait for it
        if sum(not task.done() for task in self._tasks) < self._limits.at_once:
            self._start()
        return await waiting.answer

    def check_room(self, events: int = 0, size: int = 0) -> None:
        """Raises BacklogFull when so much more is not taken now. Whatever is taken at all fits when nothing waits."""
        limits = self._limits
        if self._is_closing:
            raise BacklogFull("The service is stopping. Nothing of this was stored; send it again.")
        full = self.backlog_events + events > limits.backlog_events or self.backlog_bytes + size > limits.backlog_bytes
        if full and self.backlog_events:
            if self._metrics:
                self._metrics.turned_away()
            raise BacklogFull

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """At the end take nothing more, and write what was taken."""
        self._is_closing = False
        try:
            yield
        finally:
            self._is_closing = True
            while self._tasks:
                await asyncio.wait(self._tasks)

    def _start(self) -> None:
        task = asyncio.create_task(self._write_all())
        self._tasks.add(task)

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                await self._gather()
                if group := self._next_group():  # else another of us took it meanwhile
                    try:
                        await self._write_group(group)
                    finally:
                        self._let_go(group)
        except asyncio.CancelledError:
            self._refuse(self._take_waiting(), LedgerUnavailable())
            raise
        finally:
            # at once, and not when the task is over: who comes between the two would wait for nobody
            self._tasks.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    async def _gather(self) -> None:
        if len(self._waiting) * 2 < self._parts_before:
            await asyncio.sleep(GATHER_SECONDS)

    def _next_group(self) -> list[_Waiting]:
        """Those that waited longest, as many as may be written at once."""
        group: list[_Waiting] = []
        events = size = 0
        while self._waiting:
            part = self._waiting[0].part
            events, size = events + len(part.events), size + part.size
            if group and (events > self._limits.group_events or size > self._limits.group_bytes):
                break
            group.append(self._waiting.popleft())
        self._parts_before = len(group) or self._parts_before
        return group

    async def _write_group(self, group: Sequence[_Waiting]) -> None:
        try:
            outcomes = await self._record([waiting.part for waiting in group])
        except LedgerUnavailable as error:
            if self._metrics:
                self._metrics.failed()
            self._refuse([*group, *self._take_waiting()], error)
        except asyncio.CancelledError:
            self._refuse(group, LedgerUnavailable())
            raise
        except Exception as error:  # noqa: BLE001 - a fault of ours, which the request it belongs to tells and logs
            if len(group) == 1:
                group[0].fail(error)
                return
            for waiting in group:
                await self._write_group([waiting])
        else:
            for waiting, answer in zip(group, outcomes, strict=True):
                waiting.give(answer)

    async def _record(self, parts: Sequence[Part]) -> list[list[Outcome]]:
        """Write the parts in one transaction, and the account of what became of them; for each its own outcomes."""
        events = [event for part in parts for event in part.events]

        async def account(session: AsyncSession, outcomes: Sequence[Outcome]) -> None:
            await queries.add_account(session, _account(parts, _shared_out(parts, outcomes)))
            taken = compress(events, (outcome is True for outcome in outcomes))
            await budgets.watch_calls(session, list(taken))
            settled = [(part.origin.workspace_id, reserved) for part in parts for reserved in part.settled]
            await budgets.end_reservations(session, settled)

        started = time.perf_counter()
        outcomes = await ledger.record(
            self.sessions, events, account, is_hopeful=not self._careful, seconds=self._limits.seconds
        )
        self._careful = CAREFUL_GROUPS if False in outcomes else max(0, self._careful - 1)
        if self._metrics:
            self._metrics.wrote(len(events), time.perf_counter() - started)
            _measure(self._metrics, parts, outcomes)
        return _shared_out(parts, outcomes)

    def _take_waiting(self) -> list[_Waiting]:
        """Those that wait too: a database that is away is not waited for once more by each group."""
        waiting = list(self._waiting)
        self._waiting.clear()
        self._let_go(waiting)
        return waiting

    def _refuse(self, group: Sequence[_Waiting], error: LedgerUnavailable) -> None:
        for waiting in group:
            waiting.fail(LedgerUnavailable(error.detail))

    def _let_go(self, group: Sequence[_Waiting]) -> None:
        for waiting in group:
            self.backlog_events -= len(waiting.part.events)
            self.backlog_bytes -= waiting.part.size
        self._tell_backlog()

    def _tell_backlog(self) -> None:
        if self._metrics:
            self._metrics.waiting(self.backlog_events, self.backlog_bytes)


def _shared_out(parts: Sequence[Part], outcomes: Sequence[Outcome]) -> list[list[Outcome]]:
    rest = iter(outcomes)
    return [list(islice(rest, len(part.events))) for part in parts]


def _measure(metrics: IngestMetrics, parts: Sequence[Part], outcomes: Sequence[Outcome]) -> None:
    stored, duplicates = outcomes.count(True), outcomes.count(False)
    rejected = Counter(rejection.code for part in parts for rejection in part.rejected)
    rejected[NOT_STORABLE] += len(outcomes) - stored - duplicates
    metrics.settled(stored, duplicates, +rejected)


def _account(parts: Sequence[Part], outcomes: Sequence[Sequence[Outcome]]) -> Account:
    account = Account()
    for part, became in zip(parts, outcomes, strict=True):
        if became.count(True) == len(became):  # as nearly always
            account.add(part.origin, part.events, 0, part.rejected)
        else:
            _add_mixed(account, part, became)
        if part.report:
            account.add_report(part.origin, part.report)
    return account


def _add_mixed(account: Account, part: Part, became: Sequence[Outcome]) -> None:
    stored = [event for event, outcome in zip(part.events, became, strict=True) if outcome is True]
    refused = [
        not_storable(event.event_id, outcome)
        for event, outcome in zip(part.events, became, strict=True)
        if isinstance(outcome, Refusal)
    ]
    account.add(part.origin, stored, became.count(False), (*part.rejected, *refused))


def not_storable(event_id: str | None, refusal: Refusal) -> EventRefused:
    """How an event that the database cannot hold is rejected."""
    return EventRefused(NOT_STORABLE, f"event: the database cannot hold it: {refusal.why}", shown_id(event_id))
