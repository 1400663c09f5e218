"""What the packages above ask of the outbox. Everything is written in the caller's transaction, and sent after it."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from app.core.config import Settings
from app.core.crypto import Sealed, Sealer
from app.core.database import AsyncSession, sealer_of
from app.core.ids import new_id
from app.core.periods import utc_now
from app.core.waking import wake_at_commit
from app.delivery import queries, sealing
from app.delivery.errors import AlreadySent, DeliveryNotFound, NoMail
from app.delivery.models import Delivery
from app.delivery.rules import Address, ChannelKind, Filter, Mail, Parcel, State

SUBJECT_CHARACTERS: Final = 200
# The name of the job that sends.
OUTBOX: Final = "outbox"


def has_mail(settings: Settings) -> bool:
    """Whether mail goes anywhere: to a server, or in development into a folder."""
    return settings.smtp_url is not None or not settings.is_production


def check_mail(settings: Settings) -> None:
    """Before somebody is told that a mail is on its way. Raises NoMail."""
    if not has_mail(settings):
        raise NoMail("No mail server is set. Whoever runs this TokenBoard sets one in TOKENBOARD_SMTP_URL.")


async def send_mail(session: AsyncSession, mail: Mail, *, workspace_id: UUID | None = None) -> UUID:
    """Put a mail into the outbox, sealed; the delivery's id. Raises NoMail where there is no key to seal with."""
    sealer = sealer_of(session)
    if sealer is None:
        raise NoMail("ENCRYPTION_KEY is not set. Set it to the output of: openssl rand -base64 32")
    delivery_id = new_id()
    sealed = sealing.seal_mail(sealer, delivery_id, mail)
    about = {"label": _masked(mail.to), "subject": mail.subject[:SUBJECT_CHARACTERS]}
    wake_at_commit(session.info, OUTBOX)
    return await queries.put(session, _new(delivery_id, workspace_id, ChannelKind.EMAIL, sealed) | about)


async def send(session: AsyncSession, workspace_id: UUID, parcel: Parcel) -> UUID:
    """Put a notice for a channel into the outbox; the delivery's id, an earlier one's when it was handed in before."""
    new = _new(new_id(), workspace_id, parcel.kind, parcel.address)
    wake_at_commit(session.info, OUTBOX)
    if parcel.not_before is not None:
        new["due_at"] = parcel.not_before
    return await queries.put(
        session,
        new
        | {
            "label": parcel.label,
            "subject": parcel.notice.title[:SUBJECT_CHARACTERS],
            "channel_id": parcel.channel_id,
            "dedup_key": parcel.dedup_key,
            "notice": msgspec.json.encode(parcel.notice),
        },
    )


def _new(delivery_id: UUID, workspace_id: UUID | None, kind: ChannelKind, sealed: Sealed) -> dict[str, Any]:
    now = utc_now()
    return {
        "id": delivery_id,
        "workspace_id": workspace_id,
        "kind": kind,
        "channel_id": None,
        "dedup_key": None,
        "notice": None,
        "sealed": sealed.data,
        "key_id": sealed.key_id,
        "state": State.WAITING,
        "attempts": 0,
        "due_at": now,
        "created_at": now,
    }


def _masked(address: str) -> str:
    """Enough to tell whose it is for who knows: `a***@example.com`."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}***@{domain}"


def seal_address(sealer: Sealer, workspace_id: UUID, channel_id: UUID, address: Address) -> Sealed:
    """A channel's address for its row and its parcels; opened for no other channel."""
    return sealing.seal_address(sealer, workspace_id, channel_id, address)


async def deliveries(
    session: AsyncSession,
    workspace_id: UUID,
    wanted: Filter = Filter(),  # noqa: B008 - frozen
    *,
    before: UUID | None = None,
    limit: int = 50,
) -> Sequence[Delivery]:
    """Newest first, those that come after the delivery `before`."""
    return await queries.page(session, workspace_id, wanted, before=before, limit=limit)


async def mails(session: AsyncSession, state: State, *, limit: int) -> Sequence[Delivery]:
    """Newest first, of the whole installation: mails to people, which are in the list of no channel."""
    return await queries.mails(session, state, limit)


async def resend(session: AsyncSession, workspace_id: UUID, delivery_id: UUID) -> Delivery:
    """Try again from the start and at once what is dead or waits. Raises DeliveryNotFound, AlreadySent."""
    return _again(session, await queries.one(session, workspace_id, delivery_id))


async def resend_mail(session: AsyncSession, delivery_id: UUID) -> Delivery:
    """The same with a mail to somebody, for whoever runs the installation."""
    return _again(session, await queries.mail(session, delivery_id))


def _again(session: AsyncSession, found: Delivery | None) -> Delivery:
    if found is None:
        raise DeliveryNotFound
    if found.state == State.SENT:
        raise AlreadySent
    found.state, found.attempts, found.due_at = State.WAITING, 0, utc_now()
    found.reason, found.ended_at = None, None
    wake_at_commit(session.info, OUTBOX)
    return found


async def withdraw(session: AsyncSession, workspace_id: UUID, channel_id: UUID | None = None) -> int:
    """Forget what is not sent yet, of a channel or of the whole workspace; how many there were."""
    return await queries.forget(session, workspace_id, channel_id)
