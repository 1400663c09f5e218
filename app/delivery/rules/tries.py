"""How a try ended, and when the next one is."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

# With these pauses the last try comes half a day to a day after the first.
ATTEMPTS: Final = 16
FIRST_PAUSE: Final = timedelta(seconds=10)
LONGEST_PAUSE: Final = timedelta(hours=4)
# Who asks for more is asked again all the same.
LONGEST_ASKED: Final = timedelta(hours=24)
# A client error that passes by itself.
PASSING: Final = frozenset({408, 425, 429})
# What Slack answers with (`no_service`); of any other answer nothing is repeated.
_WORD: Final = re.compile(rb"[a-z_]{3,40}")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a try came to nothing, in words for people and without a secret; `is_final`: another would, too.

    `asked` is how long the other side wants to be left alone.
    """

    reason: str
    is_final: bool = False
    asked: timedelta | None = None


def fault_of(host: str, status: int, answer: bytes, asked_seconds: float | None) -> Fault | None:
    """What an answer means; None: it was taken."""
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return Fault(f"{host} answered {status}: it sends elsewhere, and we follow nobody", is_final=True)
    word = f" ({answer.strip().decode()})" if _WORD.fullmatch(answer.strip()) else ""
    is_final = 400 <= status < 500 and status not in PASSING
    asked = None if asked_seconds is None else timedelta(seconds=min(asked_seconds, LONGEST_ASKED.total_seconds()))
    return Fault(f"{host} answered {status}{word}", is_final, asked)


def pause_after(attempts: int, fault: Fault, luck: float) -> timedelta | None:
    """How long to wait after so many tries; None: no more. `luck`, from 0 to 1, parts those that failed together."""
    if fault.is_final or attempts >= ATTEMPTS:
        return None
    doubled: int = 1 << (attempts - 1)
    whole = min(LONGEST_PAUSE, FIRST_PAUSE * doubled)
    return max(whole * (0.5 + luck / 2), fault.asked or timedelta())
