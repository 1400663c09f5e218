"""Everything that happens by itself. A part adds itself by one line in `JOBS`."""

import time
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from app.alerts import announcing
from app.alerts import service as alerts
from app.budgets import service as budgets
from app.core.periods import utc_now
from app.delivery import outbox
from app.delivery import service as delivery
from app.detection import service as detection
from app.forecasts import service as forecasts
from app.jobs import backlog, purging
from app.jobs.work import HOURLY, MINUTELY, OFTEN, SOON, Hands, Job, Turn
from app.providers import worker as syncs
from app.providers.rules.connections import Trigger
from app.repricings import worker as repricings
from app.usage import closing, housekeeping
from app.usage.service import named_failures


def _key(workspace_id: UUID, thing_id: UUID) -> str:
    return f"{workspace_id}/{thing_id}"


def _ids(key: str) -> tuple[UUID, UUID]:
    workspace_id, thing_id = key.split("/")
    return UUID(workspace_id), UUID(thing_id)


async def _letters(hands: Hands) -> Sequence[str]:
    with named_failures():
        return [""] if await outbox.is_due(hands.sessions) else []


async def _deliver(turn: Turn) -> bool:
    with named_failures():
        await outbox.deliver_due(turn.hands.sessions, turn.hands.transports, turn.seconds, turn.is_stopped)
    return True


async def _due_syncs(hands: Hands) -> Sequence[str]:
    return [] if hands.syncer is None else [_key(*each) for each in await syncs.waiting(hands.sessions)]


async def _sync(turn: Turn) -> bool:
    if turn.hands.syncer is not None:
        await syncs.quietly(turn.hands.syncer, _ids(turn.key), Trigger.SCHEDULE, turn.seconds)
    return True


async def _due_repricings(hands: Hands) -> Sequence[str]:
    return [_key(*each) for each in await repricings.waiting(hands.sessions)]


async def _reprice(turn: Turn) -> bool:
    ends_at = time.monotonic() + turn.seconds
    worker = repricings.Worker(is_stopped=lambda: turn.is_stopped() or time.monotonic() >= ends_at)
    await worker.do(turn.hands.sessions, turn.hands.shelf, *_ids(turn.key))
    return True


async def _alerts(hands: Hands) -> Sequence[str]:
    with named_failures():
        return [""] if await announcing.is_due(hands.sessions, utc_now()) else []


async def _announce(turn: Turn) -> bool:
    with named_failures():
        done = await announcing.do_due(
            turn.hands.sessions, turn.hands.settings, utc_now(), turn.seconds, turn.is_stopped
        )
    return done.is_done


async def _watch_budgets(turn: Turn) -> bool:
    await budgets.do_due(turn.hands.sessions, turn.seconds, turn.is_stopped)
    return True


async def _forecast(turn: Turn) -> bool:
    await forecasts.do_due(turn.hands.sessions, utc_now(), turn.seconds)
    return True


async def _detect(turn: Turn) -> bool:
    with named_failures():
        done = await detection.do_due(turn.hands.sessions, utc_now(), turn.seconds, turn.is_stopped)
    return done.is_done


async def _purge(turn: Turn) -> bool:
    with named_failures():
        return (await purging.do_due(turn.hands.sessions, turn.seconds, turn.is_stopped)).is_done


async def _keep_house(turn: Turn) -> bool:
    days = turn.hands.settings.retention_days
    done = await housekeeping.keep_house(turn.hands.sessions, days, turn.seconds, turn.is_stopped)
    with named_failures():
        await outbox.tidy(turn.hands.sessions)
        async with turn.hands.sessions() as session, session.begin():
            await backlog.tidy(session)
            await alerts.forget_old(session, utc_now())
    return done.is_done


async def _reopened(hands: Hands) -> Sequence[str]:
    with named_failures():
        return [""] if await closing.is_reopened(hands.sessions) else []


async def _close(turn: Turn) -> bool:
    ends_at = time.monotonic() + turn.seconds
    with named_failures():
        return await closing.close_reopened(
            turn.hands.sessions, utc_now(), lambda: turn.is_stopped() or time.monotonic() >= ends_at
        )


HOUSE: Final = Job("house", HOURLY, _keep_house, share=0.25)
SYNCS: Final = Job(syncs.SYNCS, SOON, _sync, find=_due_syncs, at_once=8)
OUTBOX: Final = Job(delivery.OUTBOX, OFTEN, _deliver, find=_letters, share=0.2)
JOBS: Final = (
    HOUSE,
    SYNCS,
    Job(repricings.REPRICINGS, SOON, _reprice, find=_due_repricings, at_once=2, share=0.25),
    Job("budgets", MINUTELY, _watch_budgets),
    Job("closing", MINUTELY, _close, find=_reopened),
    Job("forecasts", HOURLY, _forecast),
    Job("purges", HOURLY, _purge),
    Job("detection", MINUTELY, _detect),
    # last, so that what the others have to tell goes out with them
    Job("alerts", SOON, _announce, find=_alerts),
    OUTBOX,
)
# What a scheduler from outside has done before its syncs, and after them once more.
BESIDES: Final = tuple(job for job in JOBS if job not in (HOUSE, SYNCS))
