"""Holding a connection while it is read: renewed from beside the work, lost when it cannot be."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from app.core.database import AsyncSession
from app.core.ids import new_id
from app.core.log import get_logger
from app.providers import queries
from app.usage.errors import LedgerUnavailable
from app.usage.service import Sessions, named_failures

log = get_logger(__name__)
# A process that dies is waited for so long. One that only stalls loses its hold, which costs a window and no figure.
LEASE_SECONDS: Final = 6.0


class LeaseLost(Exception):
    """The connection is another's by now, or was paused or deleted: nothing may be written any more."""


class Lease:
    """One holder's hold of one connection."""

    def __init__(self, sessions: Sessions, workspace_id: UUID, connection_id: UUID, seconds: float) -> None:
        self._sessions, self._seconds = sessions, seconds
        self._place = (workspace_id, connection_id)
        self._owner = new_id()

    async def take(self) -> bool:
        """False when another holds it."""
        async with transaction(self._sessions) as session:
            return await queries.take(session, *self._place, self._owner, self._seconds)

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Renew it meanwhile, give it back at the end."""
        renewing = asyncio.create_task(self._renew())
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)
            async with transaction(self._sessions) as session:
                await queries.release(session, *self._place, self._owner)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._seconds / 4)
            try:
                async with transaction(self._sessions) as session:
                    if not await queries.hold(session, *self._place, self._owner, self._seconds):
                        return  # the next write finds out
            except LedgerUnavailable:
                log.warning("a sync waits for the database", connection_id=str(self._place[1]))

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A transaction that nobody else writes for this connection beside. Raises LeaseLost."""
        async with transaction(self._sessions) as session:
            if not await queries.hold(session, *self._place, self._owner, self._seconds):
                raise LeaseLost
            yield session


@asynccontextmanager
async def transaction(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """A short one of its own; a database that fails does so by the ledger's names."""
    with named_failures():
        async with sessions() as session, session.begin():
            yield session
