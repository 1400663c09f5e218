"""Invitations: to whoever reads mail at an address, or to whoever has the link. Each is used once."""

from collections.abc import Sequence
from uuid import UUID

from app.auth import accounts, identities
from app.auth import service as auth
from app.auth.errors import EmailNotVerified
from app.auth.identities import Away
from app.auth.links import limit_mails
from app.auth.rules import Person, canonical_email
from app.auth.rules.links import address
from app.auth.service import Admitted, Entrance
from app.core.crypto import fingerprint, new_token
from app.core.database import AsyncSession, let_go
from app.core.errors import FieldError, Forbidden, InvalidRequest, NotFound
from app.core.http import HttpClient
from app.core.ids import new_id
from app.core.periods import utc_now
from app.delivery import service as delivery
from app.delivery.rules import Mail
from app.workspaces import mails, queries, rules, service
from app.workspaces.errors import AlreadyMember, InvitationForAnother, InvitationNotValid
from app.workspaces.models import Invitation
from app.workspaces.queries import invitations
from app.workspaces.rules import Member, Offer, Role, WorkspaceView

PAGE = "invitation"


async def invite(
    session: AsyncSession, entrance: Entrance, actor: Member, inviter: Person, *, email: str | None, role: Role
) -> tuple[Offer, str]:
    """A new invitation and its link. One with an address is mailed, in the place of an earlier one to it.

    Raises Forbidden, AlreadyMember, EmailNotVerified, TooManyRequests, NoMail.
    """
    roles = await service.lock_roles(session, actor)
    service.check_grant(service.own_role(roles, actor), role)
    offer, token = await _offer(session, actor, inviter, email, role), new_token()
    link = address(entrance.settings.app_url, PAGE, token)
    if offer.email:
        await _mail(session, entrance, offer, offer.email, inviter, link)
    row = Invitation(
        id=offer.id,
        email=offer.email,
        role=role.value,
        secret_hash=fingerprint(token),
        invited_by=inviter.id,
        created_at=offer.created_at,
        expires_at=offer.expires_at,
        ended_at=None,
    )
    await invitations.insert(session, actor.workspace_id, row)
    await _audit(session, actor.workspace_id, inviter.id, "invitation.created", row)
    return offer, link


async def _offer(session: AsyncSession, actor: Member, inviter: Person, email: str | None, role: Role) -> Offer:
    workspace, now = await queries.workspace(session, actor.workspace_id, actor.role), utc_now()
    return Offer(
        id=new_id(),
        workspace_id=workspace.id,
        workspace=workspace.name,
        role=role,
        email=canonical_email(email) if email else None,
        inviter_id=inviter.id,
        invited_by=inviter.name,
        created_at=now,
        expires_at=now + rules.INVITATION_LIFETIME,
    )


async def _mail(session: AsyncSession, entrance: Entrance, offer: Offer, to: str, inviter: Person, link: str) -> None:
    delivery.check_mail(entrance.settings)
    if not inviter.email_verified:
        raise EmailNotVerified("Confirm your own address before inviting by email, or invite with a link.")
    workspace_id = service.invited_to(offer)
    invited = await auth.find_person(session, to)
    if invited and await queries.member(session, workspace_id, invited.id):
        raise AlreadyMember("Change the role of this member instead.", errors=[FieldError("email", "is a member")])
    await limit_mails(entrance, to)
    await invitations.end_for(session, workspace_id, to, utc_now())
    subject, text = mails.invitation(offer.workspace, inviter.name, offer.role, link, entrance.settings.app_url)
    await delivery.send_mail(session, Mail(to, subject, text), workspace_id=workspace_id)


async def pending(session: AsyncSession, member: Member) -> Sequence[Offer]:
    return await invitations.pending(session, member.workspace_id, utc_now())


async def revoke(session: AsyncSession, actor: Member, invitation_id: UUID) -> None:
    """Raises NotFound when it is not pending."""
    gone = await invitations.end(session, actor.workspace_id, invitation_id, utc_now())
    if gone is None:
        raise NotFound("There is no such pending invitation.")
    await _audit(session, actor.workspace_id, actor.user_id, "invitation.revoked", gone)


async def look(session: AsyncSession, token: str) -> tuple[Offer, bool | None]:
    """What the link offers, and whether the address it is to has an account. Raises InvitationNotValid."""
    found = await invitations.by_fingerprint(session, fingerprint(token), utc_now())
    if found is None:
        raise InvitationNotValid("It was used or revoked, or has run out. Ask for another.")
    has_account = await auth.find_person(session, found.email) is not None if found.email else None
    return found, has_account


async def accept(session: AsyncSession, user: Person, token: str) -> WorkspaceView:
    """Let the person in. Raises InvitationNotValid, InvitationForAnother, AlreadyMember."""
    row, _ = await look(session, token)
    if row.email and row.email != user.email:
        raise InvitationForAnother(f"It is for {row.email}. Sign in with that address, or ask for another invitation.")
    workspace_id, role, now = service.invited_to(row), row.role, utc_now()
    await queries.lock(session, workspace_id)
    roles = await queries.roles(session, workspace_id)
    if user.id in roles:
        raise AlreadyMember("You are in this workspace already.")
    _check_inviter(roles.get(row.inviter_id) if row.inviter_id else None, role)
    if await invitations.end(session, workspace_id, row.id, now) is None:
        raise InvitationNotValid("It was just used.")
    await queries.insert_member(session, workspace_id, user.id, role, now)
    if row.email:  # the link came by mail only
        await accounts.note_verified(session, user.id)
    await _audit(session, workspace_id, user.id, "invitation.accepted", row)
    return await queries.workspace(session, workspace_id, role)


def _check_inviter(own: Role | None, role: Role) -> None:
    """What somebody offered ends with their right to offer it."""
    try:
        service.check_grant(own or Role.VIEWER, role)
    except Forbidden:
        raise InvitationNotValid("Who invited you may not do so any more. Ask somebody else there.") from None


async def register(
    session: AsyncSession, entrance: Entrance, token: str, *, email: str | None, password: str, name: str | None
) -> tuple[Admitted, WorkspaceView]:
    """A new account for who is invited, also where sign-up is closed. Raises what `accept` and sign-up raise."""
    found, _ = await look(session, token)
    bound = found.email
    if bound and email and canonical_email(email) != bound:
        raise InvitationForAnother(f"It is for {bound}.")
    wanted = bound or email
    if not wanted:
        raise InvalidRequest("Look at: email.", errors=[FieldError("email", "is needed")])
    admitted = await auth.register(
        session, entrance, email=wanted, password=password, name=name, is_invited=True, is_verified=bound is not None
    )
    return admitted, await accept(session, admitted.user, token)


async def start_sign_in(session: AsyncSession, entrance: Entrance, http: HttpClient, token: str, provider: str) -> Away:
    """Sign in elsewhere to accept, which may make an account also where sign-up is closed."""
    offer, _ = await look(session, token)
    await let_go(session)  # nobody's connection waits for the provider
    return await identities.start(entrance, http, provider, f"/{PAGE}", is_invited=True, invited_email=offer.email)


async def _audit(
    session: AsyncSession, workspace_id: rules.WorkspaceId, actor_id: UUID | None, action: str, row: Invitation | Offer
) -> None:
    target = row.email or "a link"
    await service.audit(session, workspace_id, actor_id, action, target, invitation_id=str(row.id), role=row.role)
