"""SQL of invitations."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.models import User
from app.workspaces.models import Invitation, Workspace
from app.workspaces.rules import Offer, Role, WorkspaceId


async def insert(session: AsyncSession, workspace_id: WorkspaceId, invitation: Invitation) -> None:
    invitation.workspace_id = workspace_id
    session.add(invitation)
    await session.flush()


async def pending(session: AsyncSession, workspace_id: WorkspaceId, now: datetime) -> Sequence[Offer]:
    """Newest first."""
    asked = _pending(now).where(Invitation.workspace_id == workspace_id).order_by(Invitation.id.desc())
    return [_offer(row, name, inviter) for row, name, inviter in await session.execute(asked)]


async def by_fingerprint(session: AsyncSession, mark: bytes, now: datetime) -> Offer | None:
    """Whichever workspace it is to; none of one that is to be deleted."""
    asked = _pending(now).where(Invitation.secret_hash == mark, Workspace.deletes_at.is_(None)).limit(1)
    found = (await session.execute(asked)).first()
    return None if found is None else _offer(found[0], found[1], found[2])


def _pending(now: datetime) -> Select[Invitation, str, str | None]:
    return (
        select(Invitation, Workspace.name, User.name)
        .join(Workspace, Workspace.id == Invitation.workspace_id)
        .outerjoin(User, User.id == Invitation.invited_by)
        .where(Invitation.ended_at.is_(None), Invitation.expires_at > now)
    )


def _offer(row: Invitation, workspace: str, inviter: str | None) -> Offer:
    return Offer(
        id=row.id,
        workspace_id=row.workspace_id,
        workspace=workspace,
        role=Role(row.role),
        email=row.email,
        inviter_id=row.invited_by,
        invited_by=inviter,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


async def end(
    session: AsyncSession, workspace_id: WorkspaceId, invitation_id: UUID, now: datetime
) -> Invitation | None:
    """Use it up or revoke it; None when that was done before, or it has run out."""
    return await _end(session, workspace_id, now, invitation_id=invitation_id)


async def end_for(session: AsyncSession, workspace_id: WorkspaceId, email: str, now: datetime) -> Invitation | None:
    """Revoke the one to this address."""
    return await _end(session, workspace_id, now, email=email)


async def _end(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    now: datetime,
    *,
    invitation_id: UUID | None = None,
    email: str | None = None,
) -> Invitation | None:
    which = Invitation.email == email if invitation_id is None else Invitation.id == invitation_id
    ended = await session.execute(
        update(Invitation)
        .where(Invitation.workspace_id == workspace_id, which)
        .where(Invitation.ended_at.is_(None), Invitation.expires_at > now)
        .values(ended_at=now)
        .returning(Invitation)
    )
    return ended.scalars().first()
