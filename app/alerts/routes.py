"""Alerts, how a workspace wants them, and where they go."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from app.alerts import channels, queries, service, wishes
from app.alerts.models import Alert
from app.alerts.rules import Kind, Severity, State
from app.alerts.schemas import (
    AlertOut,
    ChannelChange,
    ChannelIn,
    ChannelMade,
    ChannelOut,
    DeliveryOut,
    QuietHoursIn,
    QuietHoursOut,
    ReadIn,
    SettingChange,
    SettingOut,
    SettingsOut,
    SnoozeIn,
    TrialOut,
    UnreadOut,
)
from app.alerts.trying import try_out
from app.auth.dependencies import EntranceDep, SettingsDep
from app.core.database import SessionDep, let_go
from app.core.pagination import decode_cursor, encode_cursor
from app.core.routing import SmallBodyRoute
from app.core.schemas import Page
from app.delivery import service as delivery
from app.delivery.rules import ChannelKind, Filter
from app.delivery.rules import State as DeliveryState
from app.workspaces.dependencies import CurrentAdmin, CurrentMember, CurrentWriter
from app.workspaces.rules import Member, Role

router = APIRouter(prefix="/api/v1/workspaces/{workspace_id}", tags=["alerts"], route_class=SmallBodyRoute)
Limit = Annotated[int, Query(ge=1, le=100)]
States = Annotated[list[State], Query(alias="state", description="any of these; left out: all")]
Kinds = Annotated[list[Kind], Query(alias="kind", description="any of these; left out: all")]
Severities = Annotated[list[Severity], Query(alias="severity", description="any of these; left out: all")]


# --- alerts ---


@router.get("/alerts")
async def list_alerts(
    member: CurrentMember,
    session: SessionDep,
    states: States = [],  # noqa: B006 - FastAPI copies it
    kinds: Kinds = [],  # noqa: B006
    severities: Severities = [],  # noqa: B006
    limit: Limit = 50,
    cursor: str | None = None,
) -> Page[AlertOut]:
    """Newest first."""
    before = decode_cursor(cursor)[1] if cursor else None
    only = queries.Only(states, kinds, severities)
    found = await queries.page(session, member.workspace_id, only, before=before, limit=limit + 1)
    page = found[:limit]
    following = encode_cursor(page[-1].created_at, page[-1].id) if len(found) > limit else None
    return Page(items=await _shown(session, member, page), next_cursor=following)


@router.get("/alerts/unread")
async def read_unread(member: CurrentMember, session: SessionDep) -> UnreadOut:
    """What the bell shows."""
    unread, worst = await service.count_unread(session, member)
    return UnreadOut(unread=unread, worst=worst)


@router.post("/alerts/read")
async def mark_read(body: ReadIn, member: CurrentMember, session: SessionDep) -> UnreadOut:
    """You have seen these, or all; the answer is what is left."""
    await service.mark_read(session, member, body.ids)
    return await read_unread(member, session)


@router.get("/alerts/{alert_id}")
async def read_alert(alert_id: UUID, member: CurrentMember, session: SessionDep) -> AlertOut:
    return await _one(session, member, await service.find(session, member, alert_id))


@router.post("/alerts/{alert_id}/acknowledge")
async def acknowledge_alert(alert_id: UUID, member: CurrentWriter, session: SessionDep) -> AlertOut:
    """You look after it."""
    return await _one(session, member, await service.acknowledge(session, member, alert_id))


@router.post("/alerts/{alert_id}/snooze")
async def snooze_alert(alert_id: UUID, body: SnoozeIn, member: CurrentWriter, session: SessionDep) -> AlertOut:
    """Put it off: it is told again then, unless it is resolved by that time."""
    return await _one(session, member, await service.snooze(session, member, alert_id, body.until))


@router.post("/alerts/{alert_id}/resolve")
async def resolve_alert(alert_id: UUID, member: CurrentWriter, session: SessionDep) -> AlertOut:
    """It is over; channels that want to know are told."""
    return await _one(session, member, await service.close(session, member, alert_id))


@router.post("/alerts/{alert_id}/reopen")
async def reopen_alert(alert_id: UUID, member: CurrentWriter, session: SessionDep) -> AlertOut:
    """It is not over, or not looked after. It stays open until a person resolves it."""
    return await _one(session, member, await service.reopen(session, member, alert_id))


async def _one(session: SessionDep, member: Member, alert: Alert) -> AlertOut:
    return (await _shown(session, member, [alert]))[0]


async def _shown(session: SessionDep, member: Member, alerts: Sequence[Alert]) -> list[AlertOut]:
    seen = await service.read_among(session, member, alerts)
    return [AlertOut.of(alert, is_read=alert.id in seen) for alert in alerts]


# --- settings ---


@router.get("/alert-settings")
async def read_settings(member: CurrentMember, session: SessionDep) -> SettingsOut:
    """Every kind as the workspace wants it, and its quiet hours."""
    found = await queries.settings(session, member.workspace_id)
    hours = await queries.quiet_hours(session, member.workspace_id)
    return SettingsOut(
        items=[SettingOut.of(setting) for setting in found.values()],
        quiet_hours=None if hours is None else QuietHoursOut.model_validate(hours),
    )


@router.put("/alert-settings/quiet-hours")
async def put_quiet_hours(body: QuietHoursIn, member: CurrentAdmin, session: SessionDep) -> QuietHoursOut:
    """Messages that are ready meanwhile leave at their end; critical ones at once, unless they are held, too."""
    return QuietHoursOut.model_validate(await wishes.set_quiet_hours(session, member, body.hours()))


@router.delete("/alert-settings/quiet-hours", status_code=HTTPStatus.NO_CONTENT)
async def delete_quiet_hours(member: CurrentAdmin, session: SessionDep) -> None:
    """Never quiet. What waits already still leaves when it was to."""
    await wishes.set_quiet_hours(session, member, None)


@router.patch("/alert-settings/{kind}")
async def update_setting(kind: Kind, body: SettingChange, member: CurrentAdmin, session: SessionDep) -> SettingOut:
    return SettingOut.of(await wishes.change(session, member, kind, body.changes()))


@router.delete("/alert-settings/{kind}")
async def reset_setting(kind: Kind, member: CurrentAdmin, session: SessionDep) -> SettingOut:
    """Back to the default, which is the answer."""
    return SettingOut.of(await wishes.reset(session, member, kind))


# --- channels ---


@router.get("/channels")
async def list_channels(member: CurrentMember, session: SessionDep) -> Page[ChannelOut]:
    """The default one first, then the oldest."""
    is_whole = member.role.covers(Role.ADMIN)
    found = await queries.ways(session, member.workspace_id)
    return Page(items=[ChannelOut.of(way, is_whole=is_whole) for way in found], next_cursor=None)


@router.post("/channels", status_code=HTTPStatus.CREATED)
async def create_channel(
    body: ChannelIn, member: CurrentAdmin, session: SessionDep, settings: SettingsDep
) -> ChannelMade:
    allow_http = bool(settings.webhook_networks)
    way, secret = await channels.create(session, member, body.way(), body.secrets(), allow_http=allow_http)
    return ChannelMade.made(way, secret)


@router.get("/channels/{channel_id}")
async def read_channel(channel_id: UUID, member: CurrentMember, session: SessionDep) -> ChannelOut:
    way = await channels.find(session, member, channel_id)
    return ChannelOut.of(way, is_whole=member.role.covers(Role.ADMIN))


@router.patch("/channels/{channel_id}")
async def update_channel(
    channel_id: UUID, body: ChannelChange, member: CurrentAdmin, session: SessionDep, settings: SettingsDep
) -> ChannelOut:
    allow_http = bool(settings.webhook_networks)
    way = await channels.update(session, member, channel_id, body.changes(), body.secrets(), allow_http=allow_http)
    return ChannelOut.of(way, is_whole=True)


@router.delete("/channels/{channel_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_channel(channel_id: UUID, member: CurrentAdmin, session: SessionDep) -> None:
    """What it was still to be sent is forgotten."""
    await channels.delete(session, member, channel_id)


@router.post("/channels/{channel_id}/test")
async def test_channel(
    channel_id: UUID,
    member: CurrentAdmin,
    session: SessionDep,
    settings: SettingsDep,
    entrance: EntranceDep,
    request: Request,
) -> TrialOut:
    """Send a test notice now, and say what became of it. What was not taken is tried again, as any delivery is."""
    way = await channels.find(session, member, channel_id)
    if way.kind is ChannelKind.EMAIL:  # it goes to whomever one names, so it is counted as links by mail are
        await entrance.limiter.hit(settings.mails_per_address, "mails-address", entrance.address)
    await let_go(session)
    state = request.app.state
    return TrialOut.of(await try_out(state.sessionmaker, state.transports, settings, member.workspace_id, way))


# --- deliveries ---


@router.get("/channels/{channel_id}/deliveries")
async def list_deliveries(
    channel_id: UUID,
    member: CurrentMember,
    session: SessionDep,
    state: DeliveryState | None = None,
    limit: Limit = 50,
    cursor: str | None = None,
) -> Page[DeliveryOut]:
    """Newest first; with `state=dead` those that were given up."""
    await channels.find(session, member, channel_id)
    before = decode_cursor(cursor)[1] if cursor else None
    wanted = Filter(state, channel_id)
    found = await delivery.deliveries(session, member.workspace_id, wanted, before=before, limit=limit + 1)
    page = found[:limit]
    following = encode_cursor(page[-1].created_at, page[-1].id) if len(found) > limit else None
    return Page(items=[DeliveryOut.of(row) for row in page], next_cursor=following)


@router.post("/channels/{channel_id}/deliveries/{delivery_id}/resend")
async def resend_delivery(
    channel_id: UUID, delivery_id: UUID, member: CurrentAdmin, session: SessionDep
) -> DeliveryOut:
    """Try again what was given up, or waits, from the start and at once."""
    await channels.find(session, member, channel_id)
    return DeliveryOut.of(await channels.resend(session, member, channel_id, delivery_id))
