"""Secrets: random tokens, of which only the SHA-256 is kept, and what must be read again, sealed with AES-256-GCM."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOKEN_BYTES = 32
# what AES-GCM is made for (NIST SP 800-38D, section 8.2)
NONCE_BYTES = 12


def new_token(prefix: str = "") -> str:
    """`prefix` and 32 random bytes in URL-safe base64."""
    return prefix + secrets.token_urlsafe(TOKEN_BYTES)


def fingerprint(token: str) -> bytes:
    """SHA-256 of a token. The token is random, so a plain fast hash gives nothing away."""
    return hashlib.sha256(token.encode()).digest()


@dataclass(frozen=True, slots=True)
class Sealed:
    """A secret under lock: `data` is the nonce and what AES-256-GCM made of the secret, `key_id` names the key."""

    key_id: str
    data: bytes


class SecretLost(Exception):
    """A sealed secret cannot be opened: its key is not among ours, or it belongs elsewhere."""


class Sealer:
    """Seals under the newest key, opens under any. `belongs_to` is not stored with the secret, and must be the same."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys:
            raise ValueError("there is no key to seal with")
        self._keys = {_key_id(key): AESGCM(key) for key in reversed(keys)}
        self.newest_id = _key_id(keys[0])

    def seal(self, secret: str, belongs_to: bytes) -> Sealed:
        nonce = secrets.token_bytes(NONCE_BYTES)
        data = nonce + self._keys[self.newest_id].encrypt(nonce, secret.encode(), belongs_to)
        return Sealed(self.newest_id, data)

    def open(self, sealed: Sealed, belongs_to: bytes) -> str:
        """Raises SecretLost."""
        key = self._keys.get(sealed.key_id)
        if key is None:
            raise SecretLost(f"the key {sealed.key_id} is not in ENCRYPTION_KEY")
        try:
            return key.decrypt(sealed.data[:NONCE_BYTES], sealed.data[NONCE_BYTES:], belongs_to).decode()
        except InvalidTag:
            raise SecretLost("it was changed, or belongs to something else") from None


def _key_id(key: bytes) -> str:
    """Tells keys apart and nothing about them."""
    return hashlib.sha256(b"tokenboard key id" + key).hexdigest()[:12]
