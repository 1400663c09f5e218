"""What can go wrong while writing to the ledger."""

from app.core.errors import Unavailable

RETRY_SECONDS = 2


class LedgerUnavailable(Unavailable):
    """The database is away, restarting, full or too busy: nothing was written, and trying again is safe."""

    def __init__(
        self, detail: str = "The database is not reachable just now. Nothing was stored; send it again."
    ) -> None:
        super().__init__(detail, retry_after_seconds=RETRY_SECONDS)


class MonthMissing(Exception):
    """An event's month has no partition, although we believed so: somebody dropped it. Nothing was written."""


class Collision(Exception):
    """The database broke a knot of two writers by refusing this one. Nothing was written."""


class IdTaken(Exception):
    """An id that was thought to be new was taken before. Nothing was written."""


class EventNotStorable(Exception):
    """The database takes no event with such a value; the text says why. Nothing was written."""
