"""Codes of an authenticator app (RFC 6238) and the recovery codes beside them."""

import base64
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

# What every authenticator app understands; they ignore other values or refuse them.
DIGITS: Final = 6
STEP_SECONDS: Final = 30
SECRET_BYTES: Final = 20
# a code before and a code after the present one: clocks differ, and typing takes time (RFC 6238, section 5.2)
DRIFT_STEPS: Final = 1
# Of a million codes three are right at a time: after so many failures guessing rests.
MAX_FAILURES: Final = 5
LOCKED_FOR: Final = timedelta(minutes=15)
RECOVERY_CODES: Final = 10
ISSUER: Final = "TokenBoard"
# without letters and digits that are mistaken for each other; 16 of 31 are 79 bits
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 4


@dataclass(frozen=True, slots=True)
class State:
    """Whether codes are asked for, since when, and how many recovery codes are left."""

    confirmed_at: datetime | None
    codes_left: int


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def in_words(secret: bytes) -> str:
    """The secret as people type it."""
    return base64.b32encode(secret).decode().rstrip("=")


def from_words(words: str) -> bytes:
    return base64.b32decode(words + "=" * (-len(words) % 8))


def uri(secret: bytes, email: str) -> str:
    """What the QR code says (github.com/google/google-authenticator/wiki/Key-Uri-Format)."""
    asked = {
        "secret": in_words(secret),
        "issuer": ISSUER,
        "algorithm": "SHA1",
        "digits": DIGITS,
        "period": STEP_SECONDS,
    }
    return f"otpauth://totp/{quote(f'{ISSUER}:{email}', safe='@:')}?{urlencode(asked)}"


def step_of(secret: bytes, code: str, now: datetime, last_step: int) -> int | None:
    """The time step that the code is of; None when it is of none near `now`, or not newer than `last_step`."""
    present = int(now.timestamp()) // STEP_SECONDS
    app = HOTP(secret, DIGITS, SHA1())  # noqa: S303 - as RFC 6238 has it, and every app
    found = None
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        # all are compared, so that the time it takes tells nothing
        if hmac.compare_digest(app.generate(step), code.encode()) and step > last_step:
            found = step
    return found


def is_app_code(code: str) -> bool:
    return len(code) == DIGITS and code.isascii() and code.isdigit()


def tidy(code: str) -> str:
    """A code as it is compared: without the spaces and dashes with which people group it."""
    return "".join(code.split()).replace("-", "").lower()


def new_recovery_codes() -> list[str]:
    return ["-".join(_letters() for _ in range(_GROUPS)) for _ in range(RECOVERY_CODES)]


def _letters() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_GROUP))
