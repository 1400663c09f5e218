"""Workspaces, members and API keys, written straight to the database."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.models import User
from app.core.crypto import fingerprint, new_token
from app.core.ids import new_id
from app.core.periods import utc_now
from app.workspaces.models import ApiKey, Membership, Workspace
from app.workspaces.rules import Role, Scope
from tests.factories.auth import make_user

__all__ = ["add_member", "make_api_key", "make_user", "make_workspace"]


async def make_workspace(session: AsyncSession, owner: User | None = None, name: str = "Acme") -> Workspace:
    workspace_id = new_id()
    workspace = Workspace(id=workspace_id, name=name, slug=f"w-{workspace_id}", created_at=utc_now())
    session.add(workspace)
    await session.flush()
    if owner:
        await add_member(session, workspace, owner, Role.OWNER)
    return workspace


async def add_member(session: AsyncSession, workspace: Workspace, user: User, role: Role) -> None:
    session.add(Membership(workspace_id=workspace.id, user_id=user.id, role=role.value, created_at=utc_now()))
    await session.flush()


async def make_api_key(
    session: AsyncSession, workspace: Workspace, *scopes: Scope, created_by: UUID | None = None
) -> tuple[ApiKey, str]:
    """The row and the key itself, which the database does not hold."""
    key = new_token("tb_")
    row = ApiKey(
        workspace_id=workspace.id,
        id=new_id(),
        name="test key",
        prefix=key[:10],
        secret_hash=fingerprint(key),
        scopes=[scope.value for scope in scopes or (Scope.INGEST, Scope.READ)],
        created_by=created_by,
        created_at=utc_now(),
        last_used_at=None,
        revoked_at=None,
    )
    session.add(row)
    await session.flush()
    return row, key
