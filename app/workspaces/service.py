"""What people do with workspaces, members and keys. Every change leaves an audit row."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from app.auth import service as auth
from app.core.crypto import fingerprint, new_token
from app.core.database import AsyncSession
from app.core.errors import FieldError, Forbidden, InvalidRequest, NotFound
from app.core.ids import new_id
from app.core.periods import utc_now
from app.workspaces import queries, rules
from app.workspaces.errors import AlreadyMember, LastOwner, NoSuchAccount, SlugTaken
from app.workspaces.models import ApiKey, AuditEntry, Workspace
from app.workspaces.queries import MemberRow
from app.workspaces.rules import Machine, Member, Offer, Role, Scope, WorkspaceId, WorkspaceView


async def audit(
    session: AsyncSession, workspace_id: WorkspaceId, actor_id: UUID | None, action: str, target: str, **detail: Any
) -> None:
    """Note a change. `target` is what people call the thing that changed; `detail` never holds a secret."""
    entry = AuditEntry(
        id=new_id(), actor_id=actor_id, action=action, target=target, detail=detail, created_at=utc_now()
    )
    await queries.insert_audit(session, workspace_id, entry)


# --- workspaces ---


async def create(session: AsyncSession, owner_id: UUID, *, name: str, slug: str | None = None) -> WorkspaceView:
    """A new workspace with its owner. Raises SlugTaken for a slug that was asked for."""
    now = utc_now()
    workspace = Workspace(id=new_id(), name=name, slug=slug or rules.slug_from(name), created_at=now)
    await _insert_under_free_slug(session, workspace, is_fixed=slug is not None)
    workspace_id = WorkspaceId(workspace.id)
    await queries.insert_member(session, workspace_id, owner_id, Role.OWNER, now)
    await audit(session, workspace_id, owner_id, "workspace.created", workspace.slug, name=name)
    return WorkspaceView(
        id=workspace.id, name=name, slug=workspace.slug, role=Role.OWNER, created_at=now, deletes_at=None
    )


async def _insert_under_free_slug(session: AsyncSession, workspace: Workspace, *, is_fixed: bool) -> None:
    wanted = workspace.slug
    while not await queries.insert_workspace(session, workspace):
        if is_fixed:
            raise _slug_taken(wanted)
        workspace.slug = rules.free_slug(wanted, await queries.slugs_like(session, wanted))


def _slug_taken(slug: str) -> SlugTaken:
    return SlugTaken(f"Choose another slug than {slug}.", errors=[FieldError("slug", "is taken")])


async def update(
    session: AsyncSession, member: Member, *, name: str | None = None, slug: str | None = None
) -> WorkspaceView:
    """Rename it, or change its slug. Raises SlugTaken."""
    old = await queries.lock(session, member.workspace_id)
    new_name, new_slug = name or old.name, slug or old.slug
    changes = {
        field: [before, after]
        for field, before, after in (("name", old.name, new_name), ("slug", old.slug, new_slug))
        if before != after
    }
    if changes:
        if not await queries.update_workspace(session, member.workspace_id, new_name, new_slug):
            raise _slug_taken(new_slug)
        await audit(session, member.workspace_id, member.user_id, "workspace.updated", new_slug, **changes)
    return await queries.workspace(session, member.workspace_id, member.role)


async def find_by_slug(session: AsyncSession, slug: str) -> UUID | None:
    """The workspace's id, for whoever runs the service; nobody's membership is looked at."""
    return await queries.id_of_slug(session, slug)


async def slugs(session: AsyncSession, workspace_ids: Collection[UUID]) -> dict[UUID, str]:
    """How whoever runs the service knows these workspaces; those that are no more are left out."""
    return await queries.slugs_of(session, workspace_ids)


def operator_of(workspace_id: UUID) -> Member:
    """Whoever runs the service, at the terminal, in a workspace that was found: may do everything, and has no name."""
    return Member(WorkspaceId(workspace_id), None, Role.OWNER)


def as_member(view: WorkspaceView, user_id: UUID) -> Member:
    """A member in a workspace that was found to be theirs."""
    return Member(WorkspaceId(view.id), user_id, view.role)


async def role_of(session: AsyncSession, workspace_id: UUID, user_id: UUID) -> Role | None:
    """The role of a user in a workspace; None for a neighbour, and where there is no such workspace."""
    return await queries.role_of(session, workspace_id, user_id)


# --- members ---


async def add_member(session: AsyncSession, actor: Member, *, email: str, role: Role) -> MemberRow:
    """Let an existing account in. Raises NoSuchAccount, AlreadyMember, Forbidden."""
    roles = await lock_roles(session, actor)
    check_grant(own_role(roles, actor), role)
    person = await auth.find_person(session, email)
    if person is None:
        fault = FieldError("email", "has no account here: ask this person to sign up first")
        raise NoSuchAccount("Look at: email.", errors=[fault])
    if person.id in roles:
        raise AlreadyMember("Change the role of this member instead.", errors=[FieldError("email", "is a member")])
    now = utc_now()
    await queries.insert_member(session, actor.workspace_id, person.id, role, now)
    await audit(
        session, actor.workspace_id, actor.user_id, "member.added", person.email, user_id=str(person.id), role=role
    )
    return MemberRow(person.id, person.email, person.name, role, now)


async def change_role(session: AsyncSession, actor: Member, user_id: UUID, role: Role) -> MemberRow:
    """Raises NotFound, LastOwner, and Forbidden where only an owner may."""
    roles = await lock_roles(session, actor)
    own = own_role(roles, actor)
    before = await _member(session, actor, user_id)
    check_grant(own, before.role)
    check_grant(own, role)
    if before.role is role:
        return before
    keep_an_owner(roles, user_id)
    await queries.set_role(session, actor.workspace_id, user_id, role)
    await audit(
        session,
        actor.workspace_id,
        actor.user_id,
        "member.role_changed",
        before.email,
        user_id=str(user_id),
        role=[before.role, role],
    )
    return await _member(session, actor, user_id)


async def remove_member(session: AsyncSession, actor: Member, user_id: UUID) -> None:
    """Remove a member, or leave. Raises NotFound, LastOwner, and Forbidden where the actor's role is too small."""
    roles = await lock_roles(session, actor)
    leaves = user_id == actor.user_id
    if not leaves:
        rules.check_role(own_role(roles, actor), Role.ADMIN)
    gone = await _member(session, actor, user_id)
    if not leaves:
        check_grant(own_role(roles, actor), gone.role)
    keep_an_owner(roles, user_id)
    await queries.delete_member(session, actor.workspace_id, user_id)
    action = "member.left" if leaves else "member.removed"
    await audit(session, actor.workspace_id, actor.user_id, action, gone.email, user_id=str(user_id), role=gone.role)


async def transfer(session: AsyncSession, actor: Member, user_id: UUID) -> MemberRow:
    """Hand the workspace over: the other becomes an owner and the actor an admin. Raises NotFound, Forbidden."""
    roles = await lock_roles(session, actor)
    rules.check_role(own_role(roles, actor), Role.OWNER)
    if user_id == actor.user_id:
        raise InvalidRequest("Look at: user_id.", errors=[FieldError("user_id", "is your own: choose somebody else")])
    heir = await _member(session, actor, user_id)
    await queries.set_role(session, actor.workspace_id, user_id, Role.OWNER)
    if actor.user_id is not None:
        await queries.set_role(session, actor.workspace_id, actor.user_id, Role.ADMIN)
    await audit(session, actor.workspace_id, actor.user_id, "ownership.transferred", heir.email, user_id=str(user_id))
    return await _member(session, actor, user_id)


async def lock_roles(session: AsyncSession, actor: Member) -> dict[UUID, Role]:
    """All roles, as they are now that nobody else can change them."""
    await queries.lock(session, actor.workspace_id)
    return await queries.roles(session, actor.workspace_id)


def invited_to(offer: Offer) -> WorkspaceId:
    """The workspace of an invitation that was found by its link."""
    return WorkspaceId(offer.workspace_id)


def own_role(roles: dict[UUID, Role], actor: Member) -> Role:
    """The actor's role now: it may have been taken away since the request was let in."""
    role = roles.get(actor.user_id) if actor.user_id else actor.role
    if role is None:
        raise Forbidden("You are no longer a member of this workspace.")
    return role


def check_grant(own_role: Role, role: Role) -> None:
    rules.check_role(own_role, Role.OWNER if role is Role.OWNER else Role.ADMIN)


async def _member(session: AsyncSession, actor: Member, user_id: UUID) -> MemberRow:
    found = await queries.member(session, actor.workspace_id, user_id)
    if found is None:
        raise NotFound("There is no such member in this workspace.")
    return found


def keep_an_owner(roles: dict[UUID, Role], changed: UUID) -> None:
    """Raises LastOwner when the change of this member would leave nobody."""
    owners = {user_id for user_id, role in roles.items() if role is Role.OWNER}
    if owners == {changed}:
        raise LastOwner("Make somebody else an owner first.")


# --- API keys ---


async def create_key(
    session: AsyncSession, actor: Member, *, name: str, scopes: Collection[Scope]
) -> tuple[ApiKey, str]:
    """The row, and the key itself, which is shown this once."""
    key = new_token(rules.KEY_PREFIX)
    row = ApiKey(
        id=new_id(),
        name=name,
        prefix=key[: rules.KEY_PREFIX_CHARACTERS],
        secret_hash=fingerprint(key),
        scopes=sorted(set(scopes)),
        created_by=actor.user_id,
        created_at=utc_now(),
        last_used_at=None,
        revoked_at=None,
    )
    await queries.insert_key(session, actor.workspace_id, row)
    await _audit_key(session, actor, "api_key.created", row)
    return row, key


async def live_keys(session: AsyncSession, workspace_id: WorkspaceId) -> Sequence[ApiKey]:
    """The keys that were not revoked."""
    return [key for key in await queries.keys(session, workspace_id) if key.revoked_at is None]


async def revoke_key(session: AsyncSession, actor: Member, key_id: UUID) -> None:
    """Raises NotFound. Revoking again changes nothing."""
    row = await queries.key(session, actor.workspace_id, key_id)
    if row is None:
        raise NotFound("There is no such API key in this workspace.")
    if await queries.revoke_key(session, actor.workspace_id, key_id, utc_now()):
        await _audit_key(session, actor, "api_key.revoked", row)


async def _audit_key(session: AsyncSession, actor: Member, action: str, key: ApiKey) -> None:
    await audit(
        session,
        actor.workspace_id,
        actor.user_id,
        action,
        key.prefix,
        key_id=str(key.id),
        name=key.name,
        scopes=key.scopes,
    )


async def use_key(session: AsyncSession, mark: bytes) -> Machine | None:
    """What the key with this fingerprint may do, unless it was revoked; its last use is noted once a minute."""
    now = utc_now()
    found = await queries.key_by_fingerprint(session, mark, now)
    if found is None:
        return None
    row, is_leaving = found
    if row.last_used_at is None or now - row.last_used_at >= rules.TOUCH_INTERVAL:
        await queries.touch_key(session, row.workspace_id, row.id, now)
    scopes = frozenset(Scope(scope) for scope in row.scopes)
    return Machine(WorkspaceId(row.workspace_id), row.id, scopes, is_leaving)
