"""Random tokens and their fingerprints. A token is shown once; only its SHA-256 is kept."""

import hashlib
import secrets

TOKEN_BYTES = 32


def new_token(prefix: str = "") -> str:
    """`prefix` and 32 random bytes in URL-safe base64."""
    return prefix + secrets.token_urlsafe(TOKEN_BYTES)


def fingerprint(token: str) -> bytes:
    """SHA-256 of a token. The token is random, so a plain fast hash gives nothing away."""
    return hashlib.sha256(token.encode()).digest()
