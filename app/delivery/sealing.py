"""What is kept sealed: addresses of channels, and mails, which hold links that open doors."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import msgspec

from app.core.crypto import Sealed, Sealer
from app.core.resealing import Vault
from app.delivery.models import Delivery
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


def _place_of(row: Mapping[str, Any]) -> bytes:
    if row["channel_id"] is None:
        return _place(row["id"])
    return _place(row["workspace_id"], row["channel_id"])


OUTBOX: Final = Vault("messages that are not sent yet", Delivery, _place_of)


def channel_place(row: Mapping[str, Any]) -> bytes:
    """What `seal_address` binds an address to, of the columns of a channel's row."""
    return _place(row["workspace_id"], row["id"])
