from collections.abc import Sequence
from typing import Self
from uuid import UUID

from app.core.schemas import Response
from app.providers.rules.connections import RunStatus
from app.providers.worker import Sweep
from app.usage.housekeeping import Round


class EndedOut(Response):
    """How the sync of a connection ended."""

    connection_id: UUID
    status: RunStatus


class HousekeepingOut(Response):
    """Months made ahead, sums that an upgrade left, and calls dropped that are no longer kept; not done: ask again."""

    months_made: int
    sums_made: bool
    calls_dropped: int
    done: bool


class SweepOut(Response):
    """What was done in the time there was. `left` are connections to go on with: ask again.

    Why jobs failed is told by the log.
    """

    ok: bool
    synced: int
    failed: int
    ended: Sequence[EndedOut]
    left: Sequence[UUID]
    housekeeping: HousekeepingOut
    jobs_failed: Sequence[str]

    @classmethod
    def of(cls, done: Sweep, house: Round, jobs_failed: Sequence[str]) -> Self:
        failed = sum(status is RunStatus.FAILED for status in done.ended.values())
        ended = [EndedOut(connection_id=key, status=status) for key, status in done.ended.items()]
        kept = HousekeepingOut(
            months_made=house.months_made,
            sums_made=house.sums_made,
            calls_dropped=house.dropped.calls,
            done=house.is_done,
        )
        return cls(
            ok=not failed and not jobs_failed,
            synced=len(ended) - failed,
            failed=failed,
            ended=ended,
            left=done.left,
            housekeeping=kept,
            jobs_failed=jobs_failed,
        )
