"""Channels, and what is needed to use one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Uuid, any_, cast, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts.models import AlertSetting, Channel
from app.alerts.rules import DEFAULT_CHANNEL_ID, DEFAULT_WAY, Severity, Way
from app.auth.models import User
from app.core.crypto import Sealed
from app.delivery.rules import ChannelKind
from app.workspaces.models import Membership, Workspace
from app.workspaces.rules import Role


async def ways(session: AsyncSession, workspace_id: UUID) -> list[Way]:
    """Oldest first; the default one first of all, with or without a row."""
    found = await session.execute(select(Channel).where(Channel.workspace_id == workspace_id).order_by(Channel.id))
    own = [_way(row) for row in found.scalars()]
    return own if own and own[0].is_default else [DEFAULT_WAY, *own]


async def way(session: AsyncSession, workspace_id: UUID, channel_id: UUID, *, is_held: bool = False) -> Way | None:
    """`is_held`: to the end of the transaction."""
    statement = select(Channel).where(Channel.workspace_id == workspace_id, Channel.id == channel_id)
    if is_held:
        statement = statement.with_for_update()
    row = (await session.execute(statement.execution_options(populate_existing=True))).scalar()
    if row is None:
        return DEFAULT_WAY if channel_id == DEFAULT_CHANNEL_ID else None
    return _way(row)


def _way(row: Channel) -> Way:
    return Way(
        id=row.id,
        kind=ChannelKind(row.kind),
        name=row.name,
        is_on=row.is_on,
        min_severity=Severity(row.min_severity),
        sends_resolved=row.sends_resolved,
        recipients=tuple(row.recipients),
        to_admins=row.to_admins,
        sealed=Sealed(row.key_id, row.sealed) if row.key_id and row.sealed else None,
        hint=row.hint,
    )


async def keep(session: AsyncSession, workspace_id: UUID, kept: Way, by: UUID | None, now: datetime) -> None:
    values: dict[str, Any] = {
        "kind": kept.kind,
        "name": kept.name,
        "is_on": kept.is_on,
        "min_severity": kept.min_severity,
        "sends_resolved": kept.sends_resolved,
        "recipients": list(kept.recipients),
        "to_admins": kept.to_admins,
        "sealed": kept.sealed.data if kept.sealed else None,
        "key_id": kept.sealed.key_id if kept.sealed else None,
        "hint": kept.hint,
        "updated_at": now,
    }
    await session.execute(
        insert(Channel)
        .values(workspace_id=workspace_id, id=kept.id, created_by=by, created_at=now, **values)
        .on_conflict_do_update(index_elements=["workspace_id", "id"], set_=values)
    )


async def remove(session: AsyncSession, workspace_id: UUID, channel_id: UUID) -> None:
    """A kind that went nowhere else goes to all channels from now on: better heard twice than never."""
    is_named = literal(channel_id, Uuid()) == any_(AlertSetting.channel_ids)
    rest = func.array_remove(AlertSetting.channel_ids, channel_id)
    await session.execute(
        update(AlertSetting)
        .where(AlertSetting.workspace_id == workspace_id, is_named)
        .values(channel_ids=func.nullif(rest, cast([], ARRAY(Uuid))))
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        delete(Channel)
        .where(Channel.workspace_id == workspace_id, Channel.id == channel_id)
        .execution_options(synchronize_session=False)
    )


class Whose(NamedTuple):
    """A workspace, as its messages name it, and its owners' and admins' mail addresses."""

    name: str
    slug: str
    admins: Sequence[str]


async def whose(session: AsyncSession, workspace_id: UUID) -> Whose:
    named = await session.execute(select(Workspace.name, Workspace.slug).where(Workspace.id == workspace_id))
    name, slug = named.one()
    admins = await session.execute(
        select(User.email)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.workspace_id == workspace_id, Membership.role.in_([Role.OWNER, Role.ADMIN]))
        .order_by(User.email)
    )
    return Whose(name, slug, list(admins.scalars()))
