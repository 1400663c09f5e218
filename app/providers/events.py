"""A run as it goes on, as server-sent events: whoever does it, in whichever process, its row tells."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

from app.providers import queries
from app.providers.rules.connections import OPEN
from app.providers.schemas import SyncRunOut
from app.usage.service import Sessions

LOOK_SECONDS: Final = 0.5
# So that proxies do not take the stream for dead.
BEAT_SECONDS: Final = 15.0
# Below what serverless hosts give an answer; the browser comes again by itself.
LIFE_SECONDS: Final = 55.0


async def follow(sessions: Sessions, workspace_id: UUID, run_id: UUID) -> AsyncIterator[str]:
    """`progress` whenever something changed, `end` when the run is over; both carry the run."""
    yield "retry: 1000\n\n"
    said, ends_at, silent_since = "", time.monotonic() + LIFE_SECONDS, time.monotonic()
    while time.monotonic() < ends_at:
        async with sessions() as session:
            run = await queries.run(session, workspace_id, run_id)
        if run is None:
            return
        data = SyncRunOut.of(run).model_dump_json()
        if run.status not in OPEN:
            yield _event("end", data)
            return
        if data != said:
            yield _event("progress", data)
            said, silent_since = data, time.monotonic()
        elif time.monotonic() - silent_since > BEAT_SECONDS:
            yield ": still at it\n\n"
            silent_since = time.monotonic()
        await asyncio.sleep(LOOK_SECONDS)


def _event(name: str, data: str) -> str:
    return f"event: {name}\ndata: {data}\n\n"
