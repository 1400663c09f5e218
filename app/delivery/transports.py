"""What a process sends with: made once from the settings."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import msgspec

from app.core.config import ConfigurationError, Settings, encryption_keys
from app.core.crypto import Sealed, Sealer, SecretLost
from app.core.http import HttpClient
from app.core.mailserver import read_mail_server
from app.core.periods import utc_now
from app.delivery import sealing
from app.delivery.clients.mail import FolderMailer, Mailer, NoMailer, SmtpMailer
from app.delivery.clients.posting import post
from app.delivery.models import Delivery
from app.delivery.rules.channels import Address, ChannelKind
from app.delivery.rules.formats.email import mail_of
from app.delivery.rules.mails import Mail
from app.delivery.rules.notices import Notice
from app.delivery.rules.requests import Outgoing, request_of
from app.delivery.rules.tries import Fault

LOST = "it cannot be read any more: put the old ENCRYPTION_KEY back, then send it again"


@dataclass(frozen=True)
class Transports:
    """`sealer` is None where there is no key, and then nothing can be opened. `luck` is for tests."""

    mailer: Mailer
    http: HttpClient
    sealer: Sealer | None
    luck: Callable[[], float] = random.random

    async def deliver(self, row: Delivery) -> Fault | None:
        """One try; None: it was taken. Raises nothing that the other side could be made to cause."""
        try:
            outgoing = self._opened(row)
        except (SecretLost, msgspec.DecodeError):
            return Fault(LOST, is_final=True)
        if isinstance(outgoing, Mail):
            return await self.mailer.deliver(row.id, outgoing)
        return await post(self.http, outgoing)

    def _opened(self, row: Delivery) -> Mail | Outgoing:
        if self.sealer is None or row.sealed is None or row.key_id is None:
            raise SecretLost("there is nothing to open it with")
        sealed = Sealed(row.key_id, row.sealed)
        if row.notice is None or row.workspace_id is None or row.channel_id is None:
            return sealing.open_mail(self.sealer, row.id, sealed)
        address = sealing.open_address(self.sealer, row.workspace_id, row.channel_id, sealed)
        return _made(ChannelKind(row.kind), address, msgspec.json.decode(row.notice, type=Notice), row.id)

    async def aclose(self) -> None:
        await self.http.aclose()


def _made(kind: ChannelKind, address: Address, notice: Notice, delivery_id: UUID) -> Mail | Outgoing:
    if kind is ChannelKind.EMAIL:
        return mail_of(notice, address.target)
    return request_of(kind, address, notice, delivery_id, utc_now())


def make_transports(settings: Settings) -> Transports:
    return Transports(_mailer(settings), HttpClient(networks=settings.webhook_networks), _sealer(settings))


def _sealer(settings: Settings) -> Sealer | None:
    """What seals for the whole installation; None where there is no key that can be used."""
    try:
        keys = encryption_keys(settings)
    except ConfigurationError:
        return None
    return Sealer(keys) if keys else None


def _mailer(settings: Settings) -> Mailer:
    if settings.smtp_url is not None:
        return SmtpMailer(read_mail_server(settings.smtp_url.get_secret_value()), settings.mail_from)
    if settings.is_production:
        return NoMailer()
    return FolderMailer(settings.data / "mail", settings.mail_from)
