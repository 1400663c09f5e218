"""Sending what is due: each by one process at a time, and again until it is taken or given up.

A try begins by taking the row for longer than any try lasts, in a transaction of its own, and ends by noting what came
of it. A process that dies in between leaves a row that is taken again when that time is over: what was sent and not
noted is sent twice, with the same delivery id. So much is at least once, and in no other case is it twice.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.core.log import get_logger, told_by
from app.core.periods import utc_now
from app.delivery import queries
from app.delivery.models import Delivery
from app.delivery.rules.states import State
from app.delivery.rules.tries import Fault, pause_after
from app.delivery.transports import Transports

log = get_logger(__name__)

AT_ONCE: Final = 24
# So that a receiver that stalls holds up its own deliveries, and a workspace whose receivers all do its own.
SHARES: Final = queries.Shares(of_channel=4, of_workspace=8)
# Longer than the longest try, so that nobody takes what is still being sent.
LEASE: Final = timedelta(seconds=60)
# What is not worth beginning a try for.
LEAST_SECONDS: Final = 2.0
LOOK_SECONDS: Final = 1.0
NOTE_PAUSES: Final = (0.2, 1.0, 5.0)
# How long people can look at what was sent or given up.
KEPT: Final = timedelta(days=30)
TIDY_AT_A_TIME: Final = 1_000

Sessions = Callable[[], AsyncSession]


@dataclass
class Sent:
    """What one round did: taken, to be tried again, given up."""

    sent: int = 0
    again: int = 0
    dead: int = 0

    def count(self, state: State) -> None:
        match state:
            case State.SENT:
                self.sent += 1
            case State.WAITING:
                self.again += 1
            case State.DEAD:
                self.dead += 1


async def deliver_due(
    sessions: Sessions,
    transports: Transports,
    seconds: float,
    is_stopped: Callable[[], bool] = lambda: False,
    *,
    delivery_id: UUID | None = None,
) -> Sent:
    """Send what is due, some at once, until nothing is or the time is over; what was begun is ended.

    With a `delivery_id` only that one, if it is due and nobody is at it.
    """
    ends_at, owner, done = time.monotonic() + seconds, new_id(), Sent()
    sending: set[asyncio.Task[State]] = set()

    async def begin() -> None:
        if len(sending) == AT_ONCE or is_stopped() or ends_at - time.monotonic() < LEAST_SECONDS:
            return
        async with sessions() as session, session.begin():
            if delivery_id is None:
                taken = await queries.claim(session, owner, LEASE, SHARES, AT_ONCE - len(sending))
            else:
                taken = await queries.claim_one(session, owner, LEASE, delivery_id)
        sending.update(asyncio.create_task(_try(sessions, transports, owner, row)) for row in taken)

    try:
        await begin()
        while sending:
            # one that stalls holds up nobody: what becomes due meanwhile is begun beside it
            ended, _ = await asyncio.wait(sending, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            sending -= ended
            for task in ended:
                done.count(task.result())
            await begin()
    except asyncio.CancelledError:
        for task in sending:
            task.cancel()
        raise
    finally:
        # one that fails does not break off what the others are sending
        await asyncio.gather(*sending, return_exceptions=True)
    return done


async def is_due(sessions: Sessions) -> bool:
    """Whether there is anything to send."""
    async with sessions() as session:
        at = await queries.next_due(session)
    return at is not None and at <= utc_now()


async def _try(sessions: Sessions, transports: Transports, owner: UUID, row: Delivery) -> State:
    try:
        fault = await transports.deliver(row)
    except Exception as error:  # noqa: BLE001 - one delivery's fault is nobody else's
        log.error("a delivery failed", delivery_id=str(row.id), **told_by(error))  # noqa: TRY400 - may hold an address
        fault = Fault(f"something went wrong here ({type(error).__name__}); the log of the service tells where")
    values = _ended(row, fault, transports.luck())
    await _note(sessions, owner, row, values)
    state = State(values["state"])
    about = {"delivery_id": str(row.id), "kind": row.kind, "attempt": row.attempts}
    log.info("delivery", **about, state=state.value, reason=values["reason"])
    return state


def _ended(row: Delivery, fault: Fault | None, luck: float) -> dict[str, Any]:
    now = utc_now()
    if fault is None:
        return {"state": State.SENT, "ended_at": now, "reason": None, **queries.WIPED}
    pause = pause_after(row.attempts, fault, luck)
    if pause is None:
        return {"state": State.DEAD, "ended_at": now, "reason": fault.reason}
    return {"state": State.WAITING, "due_at": now + pause, "reason": fault.reason}


async def _note(sessions: Sessions, owner: UUID, row: Delivery, values: dict[str, Any]) -> None:
    """Try for a while: what is not noted is sent again. Raises what the database says in the end."""
    for pause in (*NOTE_PAUSES, None):
        try:
            async with sessions() as session, session.begin():
                await queries.note(session, row.id, owner, values)
        except (SQLAlchemyError, OSError):
            if pause is None:
                raise
            log.warning("a delivery cannot be noted", delivery_id=str(row.id))
            await asyncio.sleep(pause)
        else:
            return


async def tidy(sessions: Sessions) -> int:
    """Forget what ended long ago; how many."""
    gone = 0
    while True:
        async with sessions() as session, session.begin():
            some = await queries.tidy(session, utc_now() - KEPT, TIDY_AT_A_TIME)
        gone += some
        if some < TIDY_AT_A_TIME:
            return gone
