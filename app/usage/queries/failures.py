"""What the database and its driver raise, as the failures of `errors`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.usage.errors import Collision, EventNotStorable, IdTaken, LedgerUnavailable, MonthMissing

# https://www.postgresql.org/docs/current/errcodes-appendix.html
NO_PARTITION: Final = "23514"  # a violated check; our tables have none of their own
ID_TAKEN: Final = "23505"
COLLISIONS: Final = frozenset({"40001", "40P01"})
# connection lost, out of resources (disk, memory, connections), read-only, lock timeout, statement timeout, idle for
# too long, shutting down or starting
PASSING: Final = ("08", "53", "25006", "55P03", "57014", "25P03", "57P")
# a value of the wrong kind, a null where none may be, a limit of the server's (an index entry that is too long)
NOT_STORABLE: Final = ("22", "23502", "54")
DIVISION_BY_ZERO: Final = "22012"  # of these the one that is a fault of the statement, whatever the event


@contextmanager
def named_failures() -> Iterator[None]:
    """Turn what the database or its driver raises into the failures of `errors`; other faults pass as they are."""
    try:
        yield
    except (OSError, PoolTimeout, asyncpg.InterfaceError) as error:
        raise LedgerUnavailable from error
    except (DBAPIError, asyncpg.PostgresError) as error:
        state = _sqlstate(error)
        if state == NO_PARTITION:
            raise MonthMissing from error
        if state in COLLISIONS:
            raise Collision from error
        if state.startswith(PASSING) or getattr(error, "connection_invalidated", False):
            raise LedgerUnavailable from error
        raise


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what the database says against single events into the failures of `errors`."""
    try:
        yield
    except (DBAPIError, asyncpg.PostgresError) as error:
        state = _sqlstate(error)
        if state == ID_TAKEN:
            raise IdTaken from error
        if state.startswith(NOT_STORABLE) and state != DIVISION_BY_ZERO:
            raise EventNotStorable(str(getattr(error, "orig", error)).splitlines()[0]) from error
        raise


def _sqlstate(error: Exception) -> str:
    """Five characters; empty when the fault has none. SQLAlchemy keeps the driver's fault in `orig`."""
    return str(getattr(getattr(error, "orig", error), "sqlstate", None) or "")
