"""What can go wrong while writing to the ledger."""

from datetime import datetime

from app.core.errors import AppError, Unavailable

RETRY_SECONDS = 2


class LedgerUnavailable(Unavailable):
    """The database is away, restarting, full or too busy: nothing was written, and trying again is safe."""

    def __init__(
        self, detail: str = "The database is not reachable just now. Nothing was stored; send it again."
    ) -> None:
        super().__init__(detail, retry_after_seconds=RETRY_SECONDS)


class NotBegun(LedgerUnavailable):
    """The connection was dead already, before anything was sent on it: the next try has another."""


class MonthMissing(Exception):
    """An event's month has no partition, although we believed so: somebody dropped it. Nothing was written."""


class Collision(Exception):
    """The database broke a knot of two writers by refusing this one. Nothing was written."""


class IdTaken(Exception):
    """An id that was thought to be new was taken before. Nothing was written."""


class EventNotStorable(Exception):
    """The database takes no event with such a value; the text says why. Nothing was written."""


class EventsDropped(AppError):
    """Calls of the period are no longer kept, so nothing can be counted or priced anew from them."""

    status, code, title = 409, "calls_no_longer_kept", "Calls of this period are no longer kept"

    def __init__(self, since: datetime) -> None:
        self.since = since
        super().__init__(f"Calls made before {since:%Y-%m-%d %H:%M} UTC are no longer kept. Begin there.")


class SumsPending(AppError):
    """After an upgrade, sums by customer and tag are still being made: nothing can be taken away from them yet."""

    status, code, title = 409, "sums_being_made", "Sums by customer and tag are still being made"

    def __init__(self, done: int, total: int, until: datetime | None) -> None:
        at = "" if until is None else f", those of before {until:%Y-%m-%d}"
        super().__init__(
            f"Calls taken before the upgrade are being added up by customer and tag: {done:,} of about {total:,} so far"
            f"{at}. Calls can be priced again when that is done; the service does it by itself, and tokenboard db "
            "rebuild-rollups does it at once."
        )
