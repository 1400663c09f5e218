"""Looking at each workspace every few minutes: what holds is told, what no longer does is resolved."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from app.alerts import service as alerts
from app.alerts.announcing import Sessions
from app.alerts.rules import Kind, NewAlert, State
from app.core.database import AsyncSession
from app.core.log import get_logger
from app.core.periods import day_of
from app.detection import queries
from app.detection.detectors import DETECTORS, Scene
from app.detection.models import Look
from app.detection.rules.usual import DAY, HOUR

log = get_logger(__name__)
EVERY: Final = timedelta(minutes=5)
# A look that fails is tried again later and later.
LONGEST_PAUSE: Final = timedelta(hours=1)
BATCH: Final = 100
# What swings about its threshold is told once: after it is over it stays over for so long.
CALM: Final = {Kind.SPEND_SPIKE: 6 * HOUR, Kind.ERROR_RATE: 3 * HOUR}
KINDS: Final = tuple(kind for _, kinds in DETECTORS for kind in kinds)


class Looked(NamedTuple):
    """How many workspaces were looked at, and what came of it; `is_done`: none was left for want of time."""

    workspaces: int
    raised: int
    resolved: int
    is_done: bool

    def with_one(self, done: tuple[int, int] | None) -> "Looked":
        """With one more that was looked at; None was not."""
        if done is None:
            return self
        return Looked(self.workspaces + 1, self.raised + done[0], self.resolved + done[1], self.is_done)


async def do_due(
    sessions: Sessions,
    now: datetime,
    seconds: float,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Looked:
    """Look at each workspace whose turn it is; by one process each, however many ask."""
    ends_at = time.monotonic() + seconds
    async with sessions() as session, session.begin():
        await queries.add_missing(session, now)
    looked = Looked(0, 0, 0, False)
    while not is_stopped():
        async with sessions() as session:
            due = await queries.due(session, now, BATCH)
        before = looked.workspaces
        for place, workspace_id in enumerate(due):
            # one at least, so that a small budget does not stand still for ever
            if is_stopped() or ((place or before) and time.monotonic() >= ends_at):
                return looked
            looked = looked.with_one(await _look_safely(sessions, workspace_id, now))
        # what is left then is being looked at by others
        if len(due) < BATCH or looked.workspaces == before:
            return looked._replace(is_done=True)
    return looked


async def _look_safely(sessions: Sessions, workspace_id: UUID, now: datetime) -> tuple[int, int] | None:
    """One workspace's trouble is not its neighbours'. None when it is looked at by another, or could not be."""
    try:
        async with sessions() as session, session.begin():
            taken = await queries.take(session, workspace_id, now)
            if taken is None:
                return None
            done = await look(session, taken, now)
            taken.looked_at, taken.next_at, taken.failures = now, now + EVERY, 0
            return done
    except Exception:  # told to who runs the service, and tried again later
        log.exception("a workspace could not be looked at", workspace_id=str(workspace_id))
        async with sessions() as session, session.begin():
            await queries.put_off(session, workspace_id, now, now + LONGEST_PAUSE)
        return None


async def begin(session: AsyncSession, workspace_id: UUID, until: datetime) -> None:
    """Begin anew with a workspace that is about to be filled, and leave it alone until then."""
    await queries.begin(session, workspace_id, until)


async def look_back(session: AsyncSession, workspace_id: UUID, at: datetime) -> None:
    """Look at a workspace as it was at an earlier instant, unless somebody has looked since; whose turn it is stays.

    For calls of the past that are written at once, to tell what would have been told while they came: of later ones
    there must be none yet. What has no instant of its own, like a connection, is taken as it is now.
    """
    taken = await queries.hold(session, workspace_id)
    if taken is not None and (taken.looked_at is None or taken.looked_at < at):
        await look(session, taken, at)
        taken.looked_at = at


async def look_now(session: AsyncSession, workspace_id: UUID, now: datetime) -> None:
    """Look at one workspace, whosever turn it is."""
    taken = await queries.hold(session, workspace_id)
    if taken is not None:
        await look(session, taken, now)
        taken.looked_at, taken.next_at, taken.failures = now, now + EVERY, 0


async def look(session: AsyncSession, taken: Look, now: datetime) -> tuple[int, int]:
    """Tell what holds now, and resolve what was told and does not; how many of each."""
    workspace_id = taken.workspace_id
    slices = await queries.recent(session, workspace_id, day_of(now) - DAY, now)
    if slices and taken.learning_until is None:
        taken.learning_until = now + DAY
    settings = await alerts.settings(session, workspace_id)
    told = await alerts.told_since(session, workspace_id, KINDS, now - max(CALM.values()))
    live = {alert.condition: alert for alert in told if alert.state != State.RESOLVED}
    scene = Scene(workspace_id, now, settings, slices, frozenset(live), taken.learning_until)
    calm = {
        alert.condition
        for alert in told
        if alert.resolved_at is not None and alert.resolved_at > now - CALM.get(Kind(alert.kind), timedelta(0))
    }
    found = await _found(session, scene)
    raised = 0
    for condition in sorted(found):
        if condition in live or condition not in calm:
            raised += await alerts.raise_alert(session, workspace_id, found[condition])
    over = sorted(live.keys() - found.keys())
    resolved = [await alerts.resolve(session, workspace_id, condition, now) for condition in over]
    return raised, sum(resolved)


async def _found(session: AsyncSession, scene: Scene) -> dict[str, NewAlert]:
    """What holds, by its condition; of the kinds that are on."""
    found: dict[str, NewAlert] = {}
    for detect, kinds in DETECTORS:
        if any(scene.settings[kind].is_on for kind in kinds):
            for new in await detect(session, scene):
                if scene.settings[new.kind].is_on:
                    found[new.condition or new.key] = new
    return found
