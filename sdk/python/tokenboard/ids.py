"""What events are called: after the vendor's response, else a UUID of version 7 (time first, then chance)."""

import os
import re
import time
from typing import Final

_VERSION: Final = 7 << 76
_VARIANT: Final = 2 << 62
_RAND_A: Final = 0xFFF << 64
_RAND_B: Final = (1 << 62) - 1


def new_id() -> bytes:
    """The 16 bytes of a UUIDv7. The system's chance: a program that seeds `random` gets no id twice."""
    chance = int.from_bytes(os.urandom(10), "big")
    stamp = time.time_ns() // 1_000_000 << 80
    return (stamp | _VERSION | (chance & _RAND_A) | _VARIANT | (chance & _RAND_B)).to_bytes(16, "big")


def written(number: bytes) -> str:
    """The usual spelling of an id."""
    text = number.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


# --- ids of responses (app/usage/rules/identity.py of the server, and docs/decisions/0009) ---

_RESPONSE: Final = "response:"
_MAX_LENGTH: Final = 128 - len(_RESPONSE)
_WORDS: Final = re.compile(r"^(?:[a-z]+[-_])+")
_ALLOWED: Final = re.compile(r"[A-Za-z0-9._:+/=-]+")
_RANDOM: Final = re.compile(r"[A-Za-z0-9]")
_MIN_RANDOM: Final = 16
_MIN_DIFFERENT: Final = 8


def response_event_id(response_id: object) -> str | None:
    """The event id of the call that got this response: the same for everybody who watched it.

    None where the id is not unique in the world. Without the words before it (`chatcmpl-`) it must have 16 letters and
    digits, 8 of them different, and be neither only digits nor only small letters.
    """
    if not isinstance(response_id, str) or len(response_id) > _MAX_LENGTH or not _ALLOWED.fullmatch(response_id):
        return None
    chance = _RANDOM.findall(_WORDS.sub("", response_id))
    kinds = {"digit" if sign.isdigit() else "small" if sign.islower() else "capital" for sign in chance}
    is_unique = len(chance) >= _MIN_RANDOM and len(set(chance)) >= _MIN_DIFFERENT and len(kinds) > 1
    return _RESPONSE + response_id if is_unique else None
