"""Provider keys at rest: sealed for one connection of one workspace, and opened for nobody else."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from pydantic import SecretStr

from app.core.config import ConfigurationError, Settings, encryption_keys
from app.core.crypto import Sealed, Sealer, SecretLost, fingerprint
from app.core.resealing import Vault
from app.providers.errors import KeyLost, NoEncryption
from app.providers.models import Connection
from app.providers.rules.guide import guide_of

# So few characters are shown only of keys that are long enough to stay secret.
SHOWN = 4
LONG_ENOUGH = 12


def make_sealer(settings: Settings) -> Sealer:
    """Raises NoEncryption when no key is set."""
    try:
        keys = encryption_keys(settings)
    except ConfigurationError as error:
        raise NoEncryption(str(error)) from None
    if not keys:
        raise NoEncryption("ENCRYPTION_KEY is not set. Set it to the output of: openssl rand -base64 32")
    return Sealer(keys)


def belongs_to(workspace_id: UUID, connection_id: UUID) -> bytes:
    """What a sealed key is bound to: moved to another connection it does not open."""
    return workspace_id.bytes + connection_id.bytes


def _place_of(row: Mapping[str, Any]) -> bytes:
    return belongs_to(row["workspace_id"], row["id"])


KEYS: Final = Vault("provider keys", Connection, _place_of, sealed="sealed_key")


def mark_of(provider: str, mode: str, fields: Mapping[str, str], api_key: SecretStr) -> bytes:
    """What tells an account that is connected twice: the key, and what must be given beside it.

    One secret may read several subscriptions or tables; each of them is an account of its own.
    """
    beside = (fields.get(each.name, "") for each in guide_of(provider, mode).fields if each.is_required)
    tidy = (value.strip().strip("/").lower() for value in beside)
    return fingerprint("\n".join([api_key.get_secret_value(), *tidy]))


def lock_away(sealer: Sealer, row: Connection, api_key: SecretStr) -> None:
    """Put the key into the row, sealed."""
    key = api_key.get_secret_value()
    sealed = sealer.seal(key, belongs_to(row.workspace_id, row.id))
    row.sealed_key, row.key_id = sealed.data, sealed.key_id
    row.key_fingerprint = mark_of(row.provider, row.mode, row.fields, api_key)
    row.key_last4 = key[-SHOWN:] if len(key) >= LONG_ENOUGH and key[-SHOWN:].isprintable() else ""


def take_out(sealer: Sealer, row: Connection) -> SecretStr:
    """Raises KeyLost."""
    if row.sealed_key is None or row.key_id is None:
        raise KeyLost("The connection was deleted.")
    try:
        opened = sealer.open(Sealed(row.key_id, row.sealed_key), belongs_to(row.workspace_id, row.id))
    except SecretLost as error:
        raise KeyLost(
            f"The stored key cannot be read: {error}. Put the old ENCRYPTION_KEY back, or replace the key."
        ) from None
    return SecretStr(opened)
