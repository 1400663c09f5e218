"""Bodies that are refused as a whole, counted: best effort, because nothing is written with them and nobody waits."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Final

from app.core.log import get_logger
from app.core.periods import utc_now
from app.ingest import queries
from app.ingest.errors import BodyRefused
from app.ingest.rules.accounting import Account, Origin
from app.ingest.rules.preparing import Sender
from app.usage.service import Sessions

WRITE_SECONDS: Final = 2
PATIENCE_SECONDS: Final = 5

log = get_logger(__name__)


class Refusals:
    """Gathered in memory, a count for each key and code, and written every few seconds by `counting`."""

    def __init__(self) -> None:
        self._account = Account()
        self._stopping = asyncio.Event()

    @contextmanager
    def noted(self, sender: Sender) -> Iterator[None]:
        """Count what is refused inside, and let it pass."""
        try:
            yield
        except BodyRefused as refusal:
            self._account.add_refused(Origin(sender.workspace_id, sender.key_id, utc_now()), refusal.code)
            raise

    async def write(self, sessions: Sessions) -> None:
        """What was gathered; a database that is away loses it, and the log says so."""
        account, self._account = self._account, Account()
        if not account:
            return
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), sessions() as session, session.begin():
                await queries.add_account(session, account)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not end the one who counts
            log.warning("refused requests were not counted", error=type(error).__name__)

    async def run(self, sessions: Sessions) -> None:
        """Write now and then, until it is stopped, and then once more."""
        self._stopping.clear()
        while not self._stopping.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), WRITE_SECONDS)
            await self.write(sessions)

    def stop(self) -> None:
        self._stopping.set()


@asynccontextmanager
async def counting(state: Any) -> AsyncIterator[None]:
    """Let the application's refusals be written meanwhile. Hosts that run no lifespan do not count them."""
    refusals: Refusals = state.refusals
    task = asyncio.create_task(refusals.run(state.sessionmaker))
    try:
        yield
    finally:
        refusals.stop()
        await task
