"""What detectors look at."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from app.alerts.rules import Kind, Setting
from app.core.periods import day_of, hour_of
from app.detection.rules.figures import Slice
from app.detection.rules.usual import DAY


@dataclass(frozen=True, slots=True)
class Scene:
    """A workspace at one instant. `slices` are its calls since yesterday; `going_on` the conditions told already."""

    workspace_id: UUID
    now: datetime
    settings: dict[Kind, Setting]
    slices: Sequence[Slice]
    going_on: Collection[str]
    learning_until: datetime | None

    @property
    def hour(self) -> datetime:
        return hour_of(self.now)

    @property
    def today(self) -> datetime:
        return day_of(self.now)

    @property
    def yesterday(self) -> datetime:
        return self.today - DAY

    def figure(self, kind: Kind, name: str) -> Decimal:
        return self.settings[kind].figure(name)
