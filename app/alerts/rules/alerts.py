"""What an alert is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from app.delivery.rules import Severity

_RANK: Final = tuple(Severity)


class Kind(StrEnum):
    """What an alert is about."""

    BUDGET_THRESHOLD = "budget_threshold"
    FORECAST_CROSSING = "forecast_crossing"
    SPEND_SPIKE = "spend_spike"
    NEW_MODEL = "new_model"
    NEW_KEY = "new_key"
    UNPRICED_SPEND = "unpriced_spend"
    ERROR_RATE = "error_rate"
    SYNC_FAILING = "sync_failing"
    SYNC_STALE = "sync_stale"
    CREDITS_LOW = "credits_low"


class State(StrEnum):
    """What has become of an alert."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Fact(NamedTuple):
    """One thing that drove it, as people read it."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class NewAlert:
    """Something that somebody must be told.

    `key` is told once in a workspace, ever. `condition` names what can be over and come again (None: the key itself):
    while an alert of the same condition is not resolved, another key of it is counted there. `link` is a path of the
    dashboard below the workspace, like `/budgets`. `occurred_at` is when it was seen last.
    """

    kind: Kind
    key: str
    severity: Severity
    title: str
    facts: Sequence[Fact]
    link: str
    occurred_at: datetime
    condition: str | None = None


def reaches(severity: Severity, least: Severity) -> bool:
    """Whether it matters at least as much."""
    return _RANK.index(severity) >= _RANK.index(least)
