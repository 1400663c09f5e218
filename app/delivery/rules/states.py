"""How far a delivery is."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class State(StrEnum):
    """`waiting` to be sent for the first time or again; `dead` is given up, and kept for people to look at."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which deliveries; None is any."""

    state: State | None = None
    channel_id: UUID | None = None
