"""What a channel is told: one happening, in words that suit every channel."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Action(StrEnum):
    """`test` is somebody trying a channel out."""

    FIRED = "fired"
    RESOLVED = "resolved"
    TEST = "test"


class Severity(StrEnum):
    """How much it matters."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Notice:
    """A happening as people are told of it.

    `event_id` is the same for its firing and its resolving: a pager closes by it what it opened. `kind` is a stable
    word for machines (`budget_threshold`). `lines` are plain sentences; `facts` are (label, value) pairs, for a table.
    Nothing here is markup: each format escapes what it must.
    """

    action: Action
    event_id: str
    kind: str
    severity: Severity
    title: str
    workspace: str
    occurred_at: datetime
    lines: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    link: str | None = None
