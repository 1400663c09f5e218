"""The steps of a re-pricing."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.usage.rules.changing import Selection


class Status(StrEnum):
    """previewing > ready > applying > applied > undoing > undone; and how it may end before."""

    PREVIEWING = "previewing"
    READY = "ready"
    APPLYING = "applying"
    APPLIED = "applied"
    UNDOING = "undoing"
    UNDONE = "undone"
    FAILED = "failed"
    CANCELLED = "cancelled"


# A worker is to do these.
WAITING: Final = (Status.PREVIEWING, Status.APPLYING, Status.UNDOING)
# Of these only one at a time is in a workspace.
AT_WORK: Final = (Status.APPLYING, Status.UNDOING)


@dataclass(frozen=True, slots=True)
class Order:
    """Which calls to price again; `reread_usage` reads the vendors' usage objects again first, where they were kept."""

    calls: Selection
    reread_usage: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """A re-pricing as people see it. `done` calls of `total` were looked at in the present step; None: not counted."""

    id: UUID
    status: Status
    order: Order
    done: int
    total: int | None
    price_version: str
    created_at: datetime
    applied_at: datetime | None
    undone_at: datetime | None
    created_by: UUID | None
    error: str | None
