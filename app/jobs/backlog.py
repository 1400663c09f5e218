"""What waits in the queue and in the outbox, for whoever runs the service. The queue's tables are PgQueuer's."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits, and how long the oldest of it could have been done already (in seconds).

    `looked` is how long ago somebody last looked for work; None: never. `mails_dead` are those of the dead letters that
    are to a person and in the list of no channel.
    """

    jobs_waiting: int
    jobs_running: int
    jobs_oldest: float
    looked: float | None
    letters_waiting: int
    letters_oldest: float
    letters_dead: int
    mails_dead: int


_BACKLOG: Final = text("""
SELECT
    (SELECT count(*) FROM pgqueuer WHERE status = 'queued' AND execute_after <= now()),
    (SELECT count(*) FROM pgqueuer WHERE status = 'picked'),
    (SELECT coalesce(extract(epoch FROM now() - min(execute_after)), 0)::float8
     FROM pgqueuer WHERE status = 'queued' AND execute_after <= now()),
    (SELECT extract(epoch FROM now() - max(last_run))::float8 FROM pgqueuer_schedules),
    (SELECT count(*) FROM deliveries WHERE state = 'waiting'),
    (SELECT coalesce(extract(epoch FROM now() - min(due_at)), 0)::float8
     FROM deliveries WHERE state = 'waiting' AND due_at <= now()),
    (SELECT count(*) FROM deliveries WHERE state = 'dead'),
    (SELECT count(*) FROM deliveries WHERE state = 'dead' AND channel_id IS NULL)
""")


async def read(session: AsyncSession | AsyncConnection) -> Backlog:
    return Backlog(*(await session.execute(_BACKLOG)).one())


# The library tells every start and end of a job; nobody reads that for longer.
_TIDY: Final = text("DELETE FROM pgqueuer_log WHERE created < now() - interval '7 days'")


async def tidy(session: AsyncSession) -> None:
    await session.execute(_TIDY)
