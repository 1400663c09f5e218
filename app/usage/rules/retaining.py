"""How long calls are kept. Whole days in UTC: what a rollup counts together goes together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from app.core.periods import Granularity, floor, step

# The identity of an event holds for so long after it came, so neither an event nor its identity goes before that.
LEAST_DAYS: Final = 35
MOST_DAYS: Final = 36_500


class Held(NamedTuple):
    """What a workspace has in a month: how many calls, and when the last of them came."""

    workspace_id: UUID
    month: datetime
    calls: int
    last_recorded_at: datetime


def cutoff(now: datetime, days: int) -> datetime:
    """Calls before it are no longer kept."""
    return floor(now, Granularity.DAY) - timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Wishes:
    """How long each workspace wants its calls kept, as cutoffs; `default` is for the others, None keeps all."""

    default: datetime | None
    own: Mapping[UUID, datetime] = field(default_factory=dict)
    arrived_before: datetime | None = None

    @classmethod
    def at(cls, now: datetime, default_days: int | None, own_days: Mapping[UUID, int]) -> "Wishes":
        default = None if default_days is None else cutoff(now, default_days)
        own = {workspace_id: cutoff(now, days) for workspace_id, days in own_days.items()}
        return cls(default, own, now - timedelta(days=LEAST_DAYS))

    def of(self, workspace_id: UUID) -> datetime | None:
        return self.own.get(workspace_id, self.default)

    @property
    def latest(self) -> datetime | None:
        """No call from then on is dropped, whoever's it is."""
        return max((at for at in (self.default, *self.own.values()) if at is not None), default=None)

    def all_go(self, month: datetime, held: Iterable[Held]) -> bool:
        """Whether nobody wants anything of the month; `held` is what is in it."""
        end = step(month, Granularity.MONTH)
        return all(self._goes(row, end) for row in held)

    def _goes(self, row: Held, end: datetime) -> bool:
        wish = self.of(row.workspace_id)
        arrived_before = self.arrived_before
        return wish is not None and wish >= end and arrived_before is not None and row.last_recorded_at < arrived_before


@dataclass(slots=True)
class Dropped:
    """What a round dropped; `is_done` when nothing is left for the next."""

    calls: int = 0
    months: int = 0
    identities: int = 0
    is_done: bool = True
