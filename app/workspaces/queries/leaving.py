"""SQL of workspaces and people that go."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.workspaces.models import Membership, Workspace
from app.workspaces.rules import Role


async def only_owned_by(session: AsyncSession, user_id: UUID) -> Sequence[str]:
    """The slugs of workspaces that would have no owner without this person, but for those that are leaving."""
    owners = (
        select(Membership.workspace_id)
        .where(Membership.role == Role.OWNER.value)
        .group_by(Membership.workspace_id)
        .having(func.count() == 1)
    )
    found = await session.execute(
        select(Workspace.slug)
        .join(Membership, Membership.workspace_id == Workspace.id)
        .where(Membership.user_id == user_id, Membership.role == Role.OWNER.value)
        .where(Workspace.deletes_at.is_(None), Workspace.id.in_(owners))
        .order_by(Workspace.slug)
    )
    return found.scalars().all()


async def hold_workspaces_of(session: AsyncSession, user_id: UUID) -> Sequence[UUID]:
    """The workspaces of a person, held so that nobody changes their members meanwhile."""
    # asked first, and apart: a distributed database locks no rows that it finds by those of others
    mine = (await session.execute(select(Membership.workspace_id).where(Membership.user_id == user_id))).scalars().all()
    found = await session.execute(
        select(Workspace.id).where(Workspace.id.in_(mine)).order_by(Workspace.id).with_for_update(key_share=True)
    )
    return found.scalars().all()
