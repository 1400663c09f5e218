"""Doing what is due in one go, without the queue: for a scheduler from outside, where no process lives on."""

import time
from collections.abc import Sequence
from typing import Final

from app.core.log import get_logger, told_by
from app.jobs.work import Hands, Job, Turn
from app.usage.errors import LedgerUnavailable

log = get_logger(__name__)
# What is not worth beginning a run for.
LEAST_SECONDS: Final = 2.0
# What each job may take of however small a budget: a share of it that is not worth beginning for would be none, ever.
LEAST_SHARE_SECONDS: Final = 3.0


async def drain(hands: Hands, jobs: Sequence[Job], budget_seconds: float, ends_at: float) -> set[str]:
    """Do what is due, each run for its share of the budget, until `ends_at`; the names of what failed.

    Raises LedgerUnavailable.
    """
    failed: set[str] = set()
    for job in jobs:
        try:
            await _drain(hands, job, budget_seconds * job.share, ends_at)
        except LedgerUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one job's fault is nobody else's
            log.error("a job failed", job=job.name, **told_by(error))  # noqa: TRY400 - its words may hold a secret
            failed.add(job.name)
    return failed


async def _drain(hands: Hands, job: Job, share: float, ends_at: float) -> None:
    stop_at = min(ends_at, time.monotonic() + max(share, LEAST_SHARE_SECONDS))
    for key in await job.find(hands):
        left = stop_at - time.monotonic()
        if left < LEAST_SECONDS:
            return
        await job.do(Turn(hands, key, left, lambda: time.monotonic() >= stop_at))
