"""SQL of workspaces, members and API keys."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.models import User
from app.core.periods import utc_now
from app.workspaces.models import ApiKey, Membership, Workspace
from app.workspaces.queries.audit import AuditRow, audit_log, insert_audit
from app.workspaces.rules import Role, WorkspaceId, WorkspaceView

__all__ = ["AuditRow", "audit_log", "insert_audit"]


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member, with the names by which people know them."""

    user_id: UUID
    email: str
    name: str
    role: Role
    created_at: datetime


# --- workspaces ---


async def insert_workspace(session: AsyncSession, workspace: Workspace) -> bool:
    """Add a workspace; False when the slug is taken."""
    values = {column.key: getattr(workspace, column.key) for column in Workspace.__table__.columns}
    statement = insert(Workspace).values(values).on_conflict_do_nothing(index_elements=[Workspace.slug])
    return (await session.execute(statement.returning(Workspace.id))).scalar() is not None


async def slugs_like(session: AsyncSession, slug: str) -> set[str]:
    """The slugs in use that begin with the same letters (a slug holds no character that LIKE reads as a sign)."""
    stem = slug[:40]
    found = await session.execute(select(Workspace.slug).where(Workspace.slug.like(f"{stem}%")))
    return set(found.scalars())


async def lock(session: AsyncSession, workspace_id: WorkspaceId) -> Workspace:
    """The workspace, held until the request is done: changes of one workspace's members come one after another.

    The lock lets others refer to the row meanwhile (keys, calls), which a plain FOR UPDATE would not.
    """
    found = await session.execute(
        select(Workspace)
        .where(Workspace.id == workspace_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return found.scalar_one()


async def update_workspace(session: AsyncSession, workspace_id: WorkspaceId, name: str, slug: str) -> bool:
    """False, and nothing changed, when another workspace has the slug."""
    try:
        async with session.begin_nested():
            await session.execute(update(Workspace).where(Workspace.id == workspace_id).values(name=name, slug=slug))
    except IntegrityError:
        return False
    return True


async def workspaces_of(session: AsyncSession, user_id: UUID) -> Sequence[WorkspaceView]:
    """Oldest first."""
    found = await session.execute(
        select(Workspace, Membership.role)
        .join(Membership, Membership.workspace_id == Workspace.id)
        .where(Membership.user_id == user_id, is_there(utc_now()))
        .order_by(Workspace.created_at, Workspace.id)
    )
    return [_view(workspace, Role(role)) for workspace, role in found]


async def id_of_slug(session: AsyncSession, slug: str) -> UUID | None:
    return (await session.execute(select(Workspace.id).where(Workspace.slug == slug))).scalar_one_or_none()


async def slugs_of(session: AsyncSession, workspace_ids: Collection[UUID]) -> dict[UUID, str]:
    found = await session.execute(select(Workspace.id, Workspace.slug).where(Workspace.id.in_(workspace_ids)))
    return {row.id: row.slug for row in found}


async def workspace(session: AsyncSession, workspace_id: WorkspaceId, role: Role) -> WorkspaceView:
    found = await session.execute(select(Workspace).where(Workspace.id == workspace_id))
    return _view(found.scalar_one(), role)


def _view(row: Workspace, role: Role) -> WorkspaceView:
    return WorkspaceView(
        id=row.id, name=row.name, slug=row.slug, role=role, created_at=row.created_at, deletes_at=row.deletes_at
    )


def is_there(now: datetime) -> ColumnElement[bool]:
    """Of a workspace: its time has not run out."""
    return or_(Workspace.deletes_at.is_(None), Workspace.deletes_at > now)


# --- members ---


async def role_of(session: AsyncSession, workspace_id: UUID, user_id: UUID) -> Role | None:
    found = await session.execute(
        select(Membership.role)
        .join(Workspace, Workspace.id == Membership.workspace_id)
        .where(Membership.workspace_id == workspace_id, Membership.user_id == user_id, is_there(utc_now()))
    )
    role = found.scalar()
    return None if role is None else Role(role)


async def roles(session: AsyncSession, workspace_id: WorkspaceId) -> dict[UUID, Role]:
    """Every member's role; read under `lock` when something is decided by it."""
    found = await session.execute(
        select(Membership.user_id, Membership.role).where(Membership.workspace_id == workspace_id)
    )
    return {user_id: Role(role) for user_id, role in found}


def _members(workspace_id: WorkspaceId) -> Select[UUID, str, str, str, datetime]:
    return (
        select(User.id, User.email, User.name, Membership.role, Membership.created_at)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.workspace_id == workspace_id)
        .order_by(Membership.created_at, User.id)
    )


async def members(session: AsyncSession, workspace_id: WorkspaceId) -> Sequence[MemberRow]:
    """Oldest first."""
    found = await session.execute(_members(workspace_id))
    return [MemberRow(user_id, email, name, Role(role), at) for user_id, email, name, role, at in found]


async def member(session: AsyncSession, workspace_id: WorkspaceId, user_id: UUID) -> MemberRow | None:
    found = (await session.execute(_members(workspace_id).where(User.id == user_id))).one_or_none()
    return None if found is None else MemberRow(found[0], found[1], found[2], Role(found[3]), found[4])


async def insert_member(
    session: AsyncSession, workspace_id: WorkspaceId, user_id: UUID, role: Role, now: datetime
) -> None:
    session.add(Membership(workspace_id=workspace_id, user_id=user_id, role=role.value, created_at=now))
    await session.flush()


async def set_role(session: AsyncSession, workspace_id: WorkspaceId, user_id: UUID, role: Role) -> None:
    await session.execute(
        update(Membership)
        .where(Membership.workspace_id == workspace_id, Membership.user_id == user_id)
        .values(role=role.value)
    )


async def delete_member(session: AsyncSession, workspace_id: WorkspaceId, user_id: UUID) -> None:
    await session.execute(
        delete(Membership).where(Membership.workspace_id == workspace_id, Membership.user_id == user_id)
    )


# --- API keys ---


async def key_by_fingerprint(session: AsyncSession, fingerprint: bytes, now: datetime) -> tuple[ApiKey, bool] | None:
    """The key, whichever workspace it opens, and whether that is leaving; None when it was revoked."""
    found = await session.execute(
        select(ApiKey, Workspace.deletes_at.is_not(None))
        .join(Workspace, Workspace.id == ApiKey.workspace_id)
        .where(ApiKey.secret_hash == fingerprint, ApiKey.revoked_at.is_(None), is_there(now))
        .limit(1)
    )
    row = found.first()
    return None if row is None else (row[0], row[1])


async def touch_key(session: AsyncSession, workspace_id: UUID, key_id: UUID, now: datetime) -> None:
    """Note that the key was used; leaves it to the other when another request is just doing so."""
    free = (
        select(ApiKey.id)
        .where(ApiKey.workspace_id == workspace_id, ApiKey.id == key_id)
        .with_for_update(skip_locked=True, key_share=True)
    )
    await session.execute(
        update(ApiKey)
        .where(ApiKey.workspace_id == workspace_id, ApiKey.id.in_(free.scalar_subquery()))
        .values(last_used_at=now)
        .execution_options(synchronize_session=False)
    )


async def insert_key(session: AsyncSession, workspace_id: WorkspaceId, key: ApiKey) -> None:
    key.workspace_id = workspace_id
    session.add(key)
    await session.flush()


async def keys(session: AsyncSession, workspace_id: WorkspaceId) -> Sequence[ApiKey]:
    """Newest first, the revoked ones too."""
    found = await session.execute(
        select(ApiKey).where(ApiKey.workspace_id == workspace_id).order_by(ApiKey.created_at.desc(), ApiKey.id.desc())
    )
    return found.scalars().all()


async def key(session: AsyncSession, workspace_id: WorkspaceId, key_id: UUID) -> ApiKey | None:
    found = await session.execute(select(ApiKey).where(ApiKey.workspace_id == workspace_id, ApiKey.id == key_id))
    return found.scalar()


async def revoke_key(session: AsyncSession, workspace_id: WorkspaceId, key_id: UUID, now: datetime) -> bool:
    """False when it was revoked before."""
    gone = await session.execute(
        update(ApiKey)
        .where(ApiKey.workspace_id == workspace_id, ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(ApiKey.id)
    )
    return gone.scalar() is not None
