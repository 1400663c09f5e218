"""Handing what was told to the channels: once each, over any number of processes, after its cause was committed."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from app.alerts import queries
from app.alerts.models import Alert
from app.alerts.rules import DEFAULT_WAY, Fact, Kind, Place, QuietHours, Setting, Severity, Told, Way, masked, notice_of
from app.core.config import Settings
from app.core.crypto import Sealed, Sealer
from app.core.database import AsyncSession, sealer_of
from app.core.log import get_logger
from app.delivery import service as delivery
from app.delivery.rules import Action, Address, ChannelKind, Notice, Parcel

log = get_logger(__name__)
Sessions = Callable[[], AsyncSession]
BATCH: Final = 100


class Announced(NamedTuple):
    """How many alerts were announced by how many deliveries; `is_done`: nothing was left for want of time."""

    alerts: int
    deliveries: int
    is_done: bool


class Target(NamedTuple):
    """One delivery's end of a channel."""

    label: str
    address: Sealed


@dataclass(frozen=True, slots=True)
class Switchboard:
    """All it takes to announce a workspace's alerts."""

    place: Place
    settings: dict[Kind, Setting]
    quiet: QuietHours | None
    ways: Sequence[Way]
    admins: Sequence[str]

    def leaves_at(self, severity: Severity, now: datetime) -> datetime:
        return self.quiet.leaves_at(severity, now) if self.quiet else now


async def is_due(sessions: Sessions, now: datetime) -> bool:
    """Whether there is anything to announce."""
    async with sessions() as session, session.begin():
        await queries.wake_snoozed(session, now)
        return bool(await queries.workspaces_due(session, 1))


async def do_due(
    sessions: Sessions,
    config: Settings,
    now: datetime,
    seconds: float,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Announced:
    """Announce what was raised and resolved since the last time, and what was snoozed until now."""
    ends_at = time.monotonic() + seconds
    async with sessions() as session, session.begin():
        await queries.wake_snoozed(session, now)
        due = await queries.workspaces_due(session, BATCH)
    alerts = deliveries = 0
    for place, workspace_id in enumerate(due):
        if is_stopped() or (place and time.monotonic() >= ends_at):
            return Announced(alerts, deliveries, False)
        done = await _announce_safely(sessions, workspace_id, config, now)
        alerts, deliveries = alerts + done.alerts, deliveries + done.deliveries
    return Announced(alerts, deliveries, len(due) < BATCH)


async def _announce_safely(sessions: Sessions, workspace_id: UUID, config: Settings, now: datetime) -> Announced:
    """One workspace's trouble is not its neighbours'."""
    try:
        async with sessions() as session, session.begin():
            return await announce(session, workspace_id, config, now)
    except Exception:  # told to who runs the service, and tried again at the next turn
        log.exception("alerts were not announced", workspace_id=str(workspace_id))
        return Announced(0, 0, False)


async def announce(session: AsyncSession, workspace_id: UUID, config: Settings, now: datetime) -> Announced:
    """A workspace's alerts, as many as go in one transaction, which the caller commits."""
    due = await queries.take_due(session, workspace_id, BATCH)
    if not due:
        return Announced(0, 0, True)
    board = await _switchboard(session, workspace_id, config)
    deliveries = 0
    for alert in due:
        for action in _actions(alert):
            deliveries += await _hand_over(session, workspace_id, board, told(alert), action, now)
        alert.fired_due = alert.resolved_due = False
    return Announced(len(due), deliveries, len(due) < BATCH)


async def _switchboard(session: AsyncSession, workspace_id: UUID, config: Settings) -> Switchboard:
    owner = await queries.whose(session, workspace_id)
    ways = await queries.ways(session, workspace_id)
    return Switchboard(
        place=place_of(owner, config),
        settings=await queries.settings(session, workspace_id),
        quiet=await queries.quiet_hours(session, workspace_id),
        # where no mail can be sent, the channel that nobody asked for would only fill the list of the dead
        ways=[way for way in ways if delivery.has_mail(config) or way is not DEFAULT_WAY],
        admins=owner.admins,
    )


def place_of(owner: queries.Whose, config: Settings) -> Place:
    return Place(owner.name, f"{config.app_url.rstrip('/')}/w/{owner.slug}")


def _actions(alert: Alert) -> Iterator[Action]:
    if alert.fired_due:
        yield Action.FIRED
    if alert.resolved_due:
        yield Action.RESOLVED


async def _hand_over(
    session: AsyncSession, workspace_id: UUID, board: Switchboard, alert: Told, action: Action, now: datetime
) -> int:
    setting, notice = board.settings[alert.kind], notice_of(alert, action, board.place)
    not_before = board.leaves_at(alert.severity, now)
    made = [
        parcel
        for way in board.ways
        if way.takes(alert.severity, action, setting)
        for parcel in parcels(session, workspace_id, way, notice, board.admins, not_before)
    ]
    for parcel in made:
        await delivery.send(session, workspace_id, parcel)
    return len(made)


def parcels(
    session: AsyncSession,
    workspace_id: UUID,
    way: Way,
    notice: Notice,
    admins: Sequence[str],
    not_before: datetime | None = None,
) -> list[Parcel]:
    """A notice for each end of a channel: mail to several people is several. None without a key to seal mail with."""
    return [
        Parcel(way.kind, way.id, target.label, target.address, notice, not_before)
        for target in _targets(sealer_of(session), workspace_id, way, admins)
    ]


def _targets(sealer: Sealer | None, workspace_id: UUID, way: Way, admins: Sequence[str]) -> list[Target]:
    if way.kind is not ChannelKind.EMAIL:
        return [Target(way.hint, way.sealed)] if way.sealed else []
    if sealer is None:
        log.warning("mail cannot be sent: ENCRYPTION_KEY is not set")
        return []
    return [
        Target(masked(mail), delivery.seal_address(sealer, workspace_id, way.id, Address(mail)))
        for mail in way.mail_addresses(admins)
    ]


def told(alert: Alert) -> Told:
    return Told(
        id=alert.id,
        kind=Kind(alert.kind),
        severity=Severity(alert.severity),
        title=alert.title,
        facts=[Fact(label, value) for label, value in alert.facts],
        link=alert.link,
        occurrences=alert.occurrences,
        occurred_at=alert.occurred_at,
        last_occurred_at=alert.last_occurred_at,
        resolved_at=alert.resolved_at,
    )
