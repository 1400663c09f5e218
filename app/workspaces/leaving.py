"""Workspaces and accounts that go: a workspace after a time in which it can be taken back, an account at once."""

from contextlib import suppress

from app.auth import accounts
from app.auth.entering import Entrance
from app.auth.rules import SignIn
from app.core.config import Settings
from app.core.database import AsyncSession
from app.core.errors import FieldError, InvalidRequest
from app.core.periods import utc_now
from app.delivery import service as delivery
from app.delivery.errors import NoMail
from app.delivery.rules import Mail
from app.workspaces import mails, queries, rules, service
from app.workspaces.errors import LastOwner
from app.workspaces.models import Workspace
from app.workspaces.queries import leaving
from app.workspaces.rules import Member, Role, WorkspaceView


async def ask_deletion(session: AsyncSession, settings: Settings, actor: Member, confirm: str) -> WorkspaceView:
    """From now on keys only read it; after the grace it is gone. `confirm` is its slug. Raises InvalidRequest."""
    workspace = await _held_by_owner(session, actor)
    if confirm != workspace.slug:
        raise InvalidRequest("Look at: confirm.", errors=[FieldError("confirm", "is not the slug of this workspace")])
    if workspace.deletes_at is None:
        at = utc_now() + rules.GRACE
        workspace.deletes_at = at
        await _audit(session, actor, "workspace.deletion_requested", workspace.slug, deletes_at=at.isoformat())
        subject, text = mails.deletion(workspace.name, at, settings.app_url)
        await _tell_owners(session, actor, subject, text)
    return await queries.workspace(session, actor.workspace_id, actor.role)


async def restore(session: AsyncSession, actor: Member) -> WorkspaceView:
    """Take the deletion back; where there is none, nothing changes."""
    workspace = await _held_by_owner(session, actor)
    if workspace.deletes_at is not None:
        workspace.deletes_at = None
        await _audit(session, actor, "workspace.restored", workspace.slug)
    return await queries.workspace(session, actor.workspace_id, actor.role)


async def _held_by_owner(session: AsyncSession, actor: Member) -> Workspace:
    workspace = await queries.lock(session, actor.workspace_id)
    roles = await queries.roles(session, actor.workspace_id)
    rules.check_role(service.own_role(roles, actor), Role.OWNER)
    return workspace


async def _audit(session: AsyncSession, actor: Member, action: str, slug: str, **detail: str) -> None:
    await service.audit(session, actor.workspace_id, actor.user_id, action, slug, **detail)


async def _tell_owners(session: AsyncSession, actor: Member, subject: str, text: str) -> None:
    for member in await queries.members(session, actor.workspace_id):
        if member.role is Role.OWNER:
            with suppress(NoMail):
                await delivery.send_mail(session, Mail(member.email, subject, text), workspace_id=actor.workspace_id)


async def end_account(
    session: AsyncSession, entrance: Entrance, signed_in: SignIn, *, email: str, password: str | None, code: str | None
) -> None:
    """Delete one's account, at once. Raises LastOwner, InvalidRequest, WrongPassword, WrongCode, TooManyRequests."""
    await accounts.prove_end(session, entrance, signed_in, email=email, password=password, code=code)
    # of two owners who leave at once the second finds to be the last
    await leaving.hold_workspaces_of(session, signed_in.user.id)
    kept = await leaving.only_owned_by(session, signed_in.user.id)
    if kept:
        raise LastOwner(f"Hand over or delete first what nobody else owns: {', '.join(kept)}.")
    for workspace in await queries.workspaces_of(session, signed_in.user.id):
        member = service.as_member(workspace, signed_in.user.id)
        await service.audit(session, member.workspace_id, None, "member.left", signed_in.user.email, role=member.role)
    await accounts.end(session, signed_in.user.id)
