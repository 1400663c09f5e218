"""Connections and runs: their states, and when the next try is due."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID


class Mode(StrEnum):
    """Whose bill it is: an organization's, read with an admin key, or what one person's key can see."""

    ORGANIZATION = "organization"
    PERSONAL = "personal"


class Status(StrEnum):
    """How a connection is."""

    ACTIVE = "active"
    PAUSED = "paused"
    FAILING = "failing"


class Trigger(StrEnum):
    """What set a run off."""

    CONNECT = "connect"
    MANUAL = "manual"
    SCHEDULE = "schedule"
    CRON = "cron"
    COMPAT = "compat"


class RunStatus(StrEnum):
    """queued > running > done, partial (it ran out of time, and says what is left), failed or stopped."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    PARTIAL = "partial"
    FAILED = "failed"
    STOPPED = "stopped"


class Data(StrEnum):
    """What becomes of a deleted connection's data."""

    KEEP = "keep"
    DELETE = "delete"


OPEN: Final = (RunStatus.QUEUED, RunStatus.RUNNING)
# Nobody asked for these: they heed how seldom a provider wants to be read.
UNATTENDED: Final = frozenset({Trigger.SCHEDULE, Trigger.CRON})

REGULAR: Final = timedelta(hours=1)
FIRST_WAIT: Final = timedelta(minutes=5)
LONGEST_WAIT: Final = timedelta(hours=12)
# A key that was refused does not mend itself; still it is tried now and then, as its rights may have been.
WAIT_AFTER_REFUSAL: Final = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run, or a feed of it, failed, in words for people."""

    code: str
    detail: str
    is_retryable: bool = True
    retry_after_seconds: float | None = None


def next_regular(connection_id: UUID, now: datetime) -> datetime:
    """The connection's own minute of the hour, at least half an hour away: so the hour's work is spread over it."""
    earliest = now + REGULAR / 2
    into_hour = timedelta(seconds=earliest.minute * 60 + earliest.second, microseconds=earliest.microsecond)
    slot = earliest - into_hour + timedelta(seconds=connection_id.int % 3600)
    return slot if slot >= earliest else slot + REGULAR


def next_try(failure: Failure, failures: int, now: datetime) -> datetime:
    """After so many failures in a row. Never sooner than the provider asked, the longer the more there were."""
    whole = min(LONGEST_WAIT, FIRST_WAIT * (1 << min(failures - 1, 10)))
    wait = whole * random.uniform(0.75, 1.25)  # noqa: S311 - no secret
    if not failure.is_retryable:
        wait = max(wait, WAIT_AFTER_REFUSAL)
    return now + max(wait, timedelta(seconds=failure.retry_after_seconds or 0))


def scrub(text: str, secret: str) -> str:
    """The text without the secret, should a provider have repeated it to us."""
    return text.replace(secret, "[key]") if len(secret) >= 4 else text
