"""PgQueuer's way to the database: over the service's own connections, pooler or not, and through its absences.

Nothing listens: a pooler in transaction mode would lose it. What this process queues it tells itself of; what others
queue is found by looking.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, Self, TypeVar

import asyncpg
from pgqueuer.core.tm import TaskManager
from pgqueuer.ports.driver import NotifyCallback
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.core.log import get_logger

log = get_logger(__name__)
Answer = TypeVar("Answer")

# How long the database is left alone when it is away.
PAUSE_SECONDS: Final = 1.0
# Its own faults, and ours: asking again would not mend them. The rest of SQLSTATE's classes pass.
LASTING: Final = ("22", "23", "42")


class EngineDriver:
    """What PgQueuer asks through. A statement that meets no database waits for it, until `is_stopped`.

    All that the library asks may be asked twice: what it picked and never heard of is picked again by its heartbeat.
    """

    def __init__(self, engine: AsyncEngine, is_stopped: Callable[[], bool]) -> None:
        self._engine, self._is_stopped = engine, is_stopped
        self._listeners: dict[str, NotifyCallback] = {}
        self._shutdown = asyncio.Event()
        self._tasks = TaskManager()

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        async def ask(connection: AsyncConnection) -> list[dict[str, object]]:
            found = await connection.exec_driver_sql(query, args or None)
            return [dict(row) for row in found.mappings()] if found.returns_rows else []

        return await self._persist(ask)

    async def execute(self, query: str, *args: object) -> str:
        await self.fetch(query, *args)
        return ""

    async def _persist(self, ask: Callable[[AsyncConnection], Awaitable[Answer]]) -> Answer:
        while True:
            try:
                async with self._engine.begin() as connection:
                    return await ask(connection)
            except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
                lasting = _lasting(error)
                if lasting is not None:
                    raise lasting from None
                if self._is_stopped():
                    raise
                log.warning("the queue of jobs waits for the database", error=type(error).__name__)
            await asyncio.sleep(PAUSE_SECONDS)

    async def notify(self, channel: str, payload: str) -> None:
        """Tell this process."""
        listener = self._listeners.get(channel)
        if listener is not None:
            listener(payload)

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        self._listeners[channel] = callback

    @property
    def shutdown(self) -> asyncio.Event:
        return self._shutdown

    @property
    def tm(self) -> TaskManager:
        return self._tasks

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None


def _lasting(error: BaseException) -> BaseException | None:
    """The driver's own fault, by which the library knows what happened; None where the database was away."""
    cause: Any = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig is not None else error
    state = getattr(cause, "sqlstate", None)
    return cause if isinstance(state, str) and state.startswith(LASTING) else None
