"""The test button: a notice that is sent at once, and what became of it."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from app.alerts import queries
from app.alerts.announcing import Sessions, parcels, place_of
from app.alerts.errors import NobodyThere
from app.alerts.rules import Way, trial_notice
from app.core.config import Settings
from app.core.periods import utc_now
from app.delivery import outbox
from app.delivery import service as delivery
from app.delivery.models import Delivery
from app.delivery.rules import Filter, State
from app.delivery.transports import Transports

TEST_SECONDS: Final = 40.0
PAUSE_SECONDS: Final = 0.5


async def try_out(
    sessions: Sessions, transports: Transports, config: Settings, workspace_id: UUID, way: Way
) -> Sequence[Delivery]:
    """Send it, and wait until each delivery was tried once. Raises NobodyThere.

    In transactions of its own, so that nothing is held while somebody else's server thinks.
    """
    ends_at = time.monotonic() + TEST_SECONDS
    ids = await _put(sessions, config, workspace_id, way)
    while True:
        for delivery_id in ids:
            await outbox.deliver_due(sessions, transports, ends_at - time.monotonic(), delivery_id=delivery_id)
        found = await _found(sessions, workspace_id, way, ids)
        # a worker may have been quicker, and be at it still
        if not any(_is_untried(row) for row in found) or time.monotonic() + PAUSE_SECONDS >= ends_at:
            return found
        await asyncio.sleep(PAUSE_SECONDS)


async def _put(sessions: Sessions, config: Settings, workspace_id: UUID, way: Way) -> list[UUID]:
    async with sessions() as session, session.begin():
        owner = await queries.whose(session, workspace_id)
        notice = trial_notice(way.id, place_of(owner, config), utc_now())
        made = parcels(session, workspace_id, way, notice, owner.admins)
        if not made:
            raise NobodyThere("Give it an address, and set ENCRYPTION_KEY if that is not set.")
        return [await delivery.send(session, workspace_id, parcel) for parcel in made]


async def _found(sessions: Sessions, workspace_id: UUID, way: Way, ids: Sequence[UUID]) -> list[Delivery]:
    async with sessions() as session:
        # no newer ones come between, but those of a button pressed twice
        rows = await delivery.deliveries(session, workspace_id, Filter(channel_id=way.id), limit=4 * len(ids))
        return [row for row in rows if row.id in ids]


def _is_untried(row: Delivery) -> bool:
    return row.state == State.WAITING and (row.attempts == 0 or row.lease_owner is not None)
