"""How a workspace wants its alerts: each kind, and the hours of quiet. Every change leaves an audit row."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from app.alerts import queries
from app.alerts.rules import Kind, QuietHours, Setting, faults, is_time_zone
from app.core.database import AsyncSession
from app.core.errors import FieldError, InvalidRequest
from app.core.money import to_wire
from app.core.periods import utc_now
from app.workspaces import service as workspaces
from app.workspaces.rules import Member


async def change(session: AsyncSession, member: Member, kind: Kind, changes: Mapping[str, Any]) -> Setting:
    """What is left out stays as it is; figures that are given join those that were. Raises InvalidRequest."""
    before = (await queries.settings(session, member.workspace_id))[kind]
    given = dict(changes)
    if "own_figures" in given:
        _check_figures(kind, given["own_figures"])
        given["own_figures"] = {**before.own_figures, **given["own_figures"]}
    if given.get("channel_ids"):
        await _check_channels(session, member, given["channel_ids"])
    after = replace(before, **given)
    if after != before:
        await queries.keep_setting(session, member.workspace_id, after, utc_now())
        await _audit(session, member, "alert_settings.updated", kind, **_changes(before, after))
    return after


async def reset(session: AsyncSession, member: Member, kind: Kind) -> Setting:
    """Back to the default."""
    if await queries.delete_setting(session, member.workspace_id, kind):
        await _audit(session, member, "alert_settings.reset", kind)
    return Setting(kind)


async def set_quiet_hours(session: AsyncSession, member: Member, hours: QuietHours | None) -> QuietHours | None:
    """None: never quiet. Raises InvalidRequest."""
    if hours is None:
        if await queries.delete_quiet_hours(session, member.workspace_id):
            await _audit(session, member, "quiet_hours.deleted", "quiet hours")
        return None
    if not is_time_zone(hours.time_zone):
        raise _fault("time_zone", "is no time zone: name one like Europe/Berlin or UTC")
    if hours.starts == hours.ends:
        raise _fault("ends", "must be another time than starts")
    await queries.keep_quiet_hours(session, member.workspace_id, hours, utc_now())
    await _audit(
        session,
        member,
        "quiet_hours.updated",
        "quiet hours",
        starts=f"{hours.starts:%H:%M}",
        ends=f"{hours.ends:%H:%M}",
        time_zone=hours.time_zone,
        holds_critical=hours.holds_critical,
    )
    return hours


def _check_figures(kind: Kind, given: Mapping[str, Any]) -> None:
    wrong = faults(kind, given)
    if wrong:
        errors = [FieldError(f"figures.{name}", fault) for name, fault in wrong.items()]
        raise InvalidRequest(f"Look at: {', '.join(error.field for error in errors)}.", errors=errors)


async def _check_channels(session: AsyncSession, member: Member, ids: tuple[UUID, ...]) -> None:
    known = {way.id for way in await queries.ways(session, member.workspace_id)}
    if not known.issuperset(ids):
        raise _fault("channel_ids", "names a channel that this workspace does not have")


def _fault(field: str, detail: str) -> InvalidRequest:
    return InvalidRequest(f"Look at: {field}.", errors=[FieldError(field, detail)])


async def _audit(session: AsyncSession, member: Member, action: str, target: str, **detail: Any) -> None:
    await workspaces.audit(session, member.workspace_id, member.user_id, action, target, **detail)


def _changes(before: Setting, after: Setting) -> dict[str, Any]:
    names = ("is_on", "severity", "resolves_itself", "channel_ids", "own_figures")
    return {
        name: [_shown(getattr(before, name)), _shown(getattr(after, name))]
        for name in names
        if getattr(before, name) != getattr(after, name)
    }


def _shown(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: to_wire(figure) for name, figure in value.items()}
    return [str(each) for each in value] if isinstance(value, tuple) else value
