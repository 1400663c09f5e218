"""UUIDs of version 7: time first, then chance. Python has them only from 3.14 on."""

import os
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
