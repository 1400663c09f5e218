"""What people do with channels. Every change leaves an audit row; an address goes in and never comes out."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from pydantic import SecretStr

from app.alerts import queries
from app.alerts.errors import ChannelNotFound, ChannelStays, NothingToSealWith, TooManyChannels
from app.alerts.rules import MAX_CHANNELS, PLAIN, Secrets, Way, hint_of, masked
from app.core.crypto import Sealer, SecretLost, new_token
from app.core.database import AsyncSession, sealer_of
from app.core.errors import FieldError, InvalidRequest
from app.core.ids import new_id
from app.core.periods import utc_now
from app.delivery import sealing
from app.delivery import service as delivery
from app.delivery.errors import DeliveryNotFound
from app.delivery.models import Delivery
from app.delivery.rules import Address, BadAddress, ChannelKind, check_address
from app.workspaces import service as workspaces
from app.workspaces.rules import Member


async def listed(session: AsyncSession, member: Member) -> list[Way]:
    """Oldest first; the default one first of all."""
    return await queries.ways(session, member.workspace_id)


async def find(session: AsyncSession, member: Member, channel_id: UUID) -> Way:
    """Raises ChannelNotFound."""
    return _found(await queries.way(session, member.workspace_id, channel_id))


async def create(
    session: AsyncSession, member: Member, way: Way, secrets: Secrets, *, allow_http: bool
) -> tuple[Way, str | None]:
    """The channel, and a webhook's signing secret where it was made here: it is shown this once.

    Raises InvalidRequest, TooManyChannels, NothingToSealWith.
    """
    if len(await queries.ways(session, member.workspace_id)) > MAX_CHANNELS:
        raise TooManyChannels(f"A workspace has at most {MAX_CHANNELS}. Delete one that is not used.")
    _check_mail(way)
    way = replace(way, id=new_id())
    made = None
    if way.kind is ChannelKind.WEBHOOK and secrets.secret is None:
        made = new_token("tbwh_")
        secrets = replace(secrets, secret=SecretStr(made))
    way = _with_address(session, member, way, _address(way.kind, secrets), allow_http=allow_http)
    await _keep(session, member, way)
    await _audit(session, member, "channel.created", way, kind=way.kind)
    return way, made


async def update(
    session: AsyncSession,
    member: Member,
    channel_id: UUID,
    changes: Mapping[str, Any],
    secrets: Secrets,
    *,
    allow_http: bool,
) -> Way:
    """What is left out stays as it is. Raises ChannelNotFound, InvalidRequest, NothingToSealWith."""
    before = _found(await queries.way(session, member.workspace_id, channel_id, is_held=True))
    way = replace(before, **changes)
    if secrets.is_given:
        address = _merged(session, member, before, secrets)
        way = _with_address(session, member, way, address, allow_http=allow_http)
    _check_mail(way)
    if way == before:
        return way
    await _keep(session, member, way)
    await _audit(session, member, "channel.updated", way, **_changes(before, way))
    return way


async def delete(session: AsyncSession, member: Member, channel_id: UUID) -> None:
    """What it was still to be sent is forgotten. Raises ChannelNotFound, ChannelStays."""
    way = _found(await queries.way(session, member.workspace_id, channel_id, is_held=True))
    if way.is_default:
        raise ChannelStays("The mail to owners and admins can be switched off, but not deleted.")
    await queries.remove(session, member.workspace_id, channel_id)
    await delivery.withdraw(session, member.workspace_id, channel_id)
    await _audit(session, member, "channel.deleted", way, kind=way.kind)


async def resend(session: AsyncSession, member: Member, channel_id: UUID, delivery_id: UUID) -> Delivery:
    """Raises DeliveryNotFound, also for another channel's, and AlreadySent."""
    again = await delivery.resend(session, member.workspace_id, delivery_id)
    if again.channel_id != channel_id:
        raise DeliveryNotFound
    return again


def _found(way: Way | None) -> Way:
    if way is None:
        raise ChannelNotFound
    return way


async def _keep(session: AsyncSession, member: Member, way: Way) -> None:
    await queries.keep(session, member.workspace_id, way, member.user_id, utc_now())


# --- addresses ---


def _with_address(session: AsyncSession, member: Member, way: Way, address: Address | None, *, allow_http: bool) -> Way:
    """The channel with its address sealed. Raises InvalidRequest, NothingToSealWith."""
    if address is None:
        return way
    try:
        check_address(way.kind, address, allow_http=allow_http)
    except BadAddress as error:
        raise _fault("address", str(error)) from None
    sealed = delivery.seal_address(_sealer(session), member.workspace_id, way.id, address)
    return replace(way, sealed=sealed, hint=hint_of(way.kind, address))


def _address(kind: ChannelKind, secrets: Secrets) -> Address | None:
    """None for mail, which is sent to people. Raises InvalidRequest."""
    if kind is ChannelKind.EMAIL:
        if secrets.is_given:
            raise _fault("address", "mail goes to recipients and to owners and admins: leave it out")
        return None
    if secrets.address is None:
        raise _fault("address", "say where it leads")
    return Address(secrets.address.get_secret_value(), secrets.secret.get_secret_value() if secrets.secret else None)


def _merged(session: AsyncSession, member: Member, before: Way, given: Secrets) -> Address | None:
    """The address as it was, with what is given in its place. Raises InvalidRequest, NothingToSealWith."""
    if before.kind is ChannelKind.EMAIL or before.sealed is None:
        return _address(before.kind, given)
    try:
        old = sealing.open_address(_sealer(session), member.workspace_id, before.id, before.sealed)
    except SecretLost:
        if given.address is None:
            raise _fault("address", "what was kept cannot be read any more: give it again") from None
        return _address(before.kind, given)
    target = given.address.get_secret_value() if given.address else old.target
    return Address(target, given.secret.get_secret_value() if given.secret else old.secret)


def _check_mail(way: Way) -> None:
    if way.kind is ChannelKind.EMAIL and not way.recipients and not way.to_admins:
        raise _fault("recipients", "say who gets the mail, or set to_admins")
    if way.kind is not ChannelKind.EMAIL and (way.recipients or way.to_admins):
        raise _fault("recipients", "only mail has recipients")


def _sealer(session: AsyncSession) -> Sealer:
    sealer = sealer_of(session)
    if sealer is None:
        raise NothingToSealWith("ENCRYPTION_KEY is not set. Set it to the output of: openssl rand -base64 32")
    return sealer


def _fault(field: str, detail: str) -> InvalidRequest:
    return InvalidRequest(f"Look at: {field}.", errors=[FieldError(field, detail)])


# --- the audit log ---


async def _audit(session: AsyncSession, member: Member, action: str, way: Way, **detail: Any) -> None:
    detail = {"channel_id": str(way.id), **detail}
    await workspaces.audit(session, member.workspace_id, member.user_id, action, way.name, **detail)


def _changes(before: Way, after: Way) -> dict[str, Any]:
    """What changed, without secrets: of addresses only the hints, of people only so much that they can be told."""
    changed = {
        name: [_shown(getattr(before, name)), _shown(getattr(after, name))]
        for name in PLAIN
        if getattr(before, name) != getattr(after, name)
    }
    if before.sealed != after.sealed:
        changed["address"] = [before.hint, after.hint]
    return changed


def _shown(value: Any) -> Any:
    return [masked(mail) for mail in value] if isinstance(value, tuple) else value
