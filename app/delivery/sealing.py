"""What is kept sealed: addresses of channels, and mails, which hold links that open doors."""

from uuid import UUID

import msgspec

from app.core.crypto import Sealed, Sealer
from app.delivery.rules import Address, Mail


def _place(*ids: UUID) -> bytes:
    return b"delivery" + b"".join(each.bytes for each in ids)


def seal_address(sealer: Sealer, workspace_id: UUID, channel_id: UUID, address: Address) -> Sealed:
    return sealer.seal(msgspec.json.encode(address).decode(), _place(workspace_id, channel_id))


def open_address(sealer: Sealer, workspace_id: UUID, channel_id: UUID, sealed: Sealed) -> Address:
    """Raises SecretLost."""
    return msgspec.json.decode(sealer.open(sealed, _place(workspace_id, channel_id)), type=Address)


def seal_mail(sealer: Sealer, delivery_id: UUID, mail: Mail) -> Sealed:
    return sealer.seal(msgspec.json.encode(mail).decode(), _place(delivery_id))


def open_mail(sealer: Sealer, delivery_id: UUID, sealed: Sealed) -> Mail:
    """Raises SecretLost."""
    return msgspec.json.decode(sealer.open(sealed, _place(delivery_id)), type=Mail)
