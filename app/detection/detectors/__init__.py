"""What is looked for in a workspace: each detector says what holds now, as alerts of its kinds."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from app.alerts.rules import Kind, NewAlert
from app.core.database import AsyncSession
from app.detection.detectors.calls import failing, unpriced
from app.detection.detectors.newcomers import newcomers
from app.detection.detectors.scene import Scene
from app.detection.detectors.sources import credits_low, syncs
from app.detection.detectors.spikes import spikes

__all__ = ["DETECTORS", "Scene"]

Detector = Callable[[AsyncSession, Scene], Awaitable[list[NewAlert]]]
DETECTORS: Final[Sequence[tuple[Detector, Sequence[Kind]]]] = (
    (spikes, (Kind.SPEND_SPIKE,)),
    (newcomers, (Kind.NEW_MODEL, Kind.NEW_KEY)),
    (unpriced, (Kind.UNPRICED_SPEND,)),
    (failing, (Kind.ERROR_RATE,)),
    (syncs, (Kind.SYNC_FAILING, Kind.SYNC_STALE)),
    (credits_low, (Kind.CREDITS_LOW,)),
)
