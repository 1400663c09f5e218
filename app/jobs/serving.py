"""Jobs beside the answers: in the application's own process, for as long as it serves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from app.delivery.outbox import deliver_due
from app.delivery.service import OUTBOX
from app.jobs.registry import JOBS
from app.jobs.work import Hands
from app.providers.sync import Syncer
from app.providers.vault import make_sealer

# How long runs may take to end their step when the service stops; one that is cut off is gone on with elsewhere.
GRACE_SECONDS: Final = 5.0
# How long a request may send after its answer.
REQUEST_SECONDS: Final = 20.0


def send_here(state: Any) -> None:
    """Where nobody lives on to do jobs: mails go out right after the request that writes them."""
    state.wakes.do_here(OUTBOX, lambda: deliver_due(state.sessionmaker, state.transports, REQUEST_SECONDS))


def hands_of(state: Any, syncer: Syncer | None) -> Hands:
    return Hands(state.sessionmaker, state.settings, state.transports, state.price_shelf, syncer)


@asynccontextmanager
async def doing_jobs(state: Any, *, is_on: bool) -> AsyncIterator[None]:
    """Do jobs meanwhile; at the end their runs may finish a step, but not much longer."""
    if not is_on:
        yield
        return
    # takes a third of a second, and who only asks questions needs none of it
    from app.jobs.runner import Runner

    syncer = _syncer(state)
    runner = Runner(state.engine, hands_of(state, syncer), JOBS)
    if syncer is not None:
        syncer.is_stopped = runner.is_stopping
    state.wakes.listen(runner.wake)
    task = asyncio.create_task(runner.run())
    try:
        yield
    finally:
        state.wakes.listen(None)
        runner.stop()
        await asyncio.wait([task], timeout=GRACE_SECONDS)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _syncer(state: Any) -> Syncer | None:
    """None where no key could be opened."""
    if state.settings.encryption_key is None:
        return None
    sealer = make_sealer(state.settings)
    return Syncer(state.sessionmaker, state.http, sealer, state.sources, metrics=state.sync_metrics)
