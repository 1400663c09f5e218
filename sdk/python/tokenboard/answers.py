"""What an answer of the server means for the batch that it answers. Pure."""

import email.utils
import json
import math
import random
import time
from collections.abc import Mapping
from enum import Enum
from typing import Any, Final, NamedTuple

_AGAIN: Final = frozenset((408, 425, 429))
_REFUSED_KEY: Final = frozenset((401, 403))
_LONGEST_WAIT: Final = 60.0
_LONGEST_TOLD: Final = 600.0
PAUSE: Final = 60.0
"""Seconds that nothing is sent after the key was refused: sending on would only be refused again."""


class Fate(Enum):
    """What becomes of a batch."""

    TAKEN = "taken"
    AGAIN = "again"
    SPLIT = "split"
    LOST = "lost"
    PAUSED = "paused"


class Verdict(NamedTuple):
    """The fate, the reason that its loss is counted under, and the events refused one by one, by code."""

    fate: Fate
    reason: str = ""
    rejected: Mapping[str, int] = {}
    wait: float | None = None


def judge(status: int, headers: Mapping[str, str], body: bytes, now: float | None = None) -> Verdict:
    """The verdict on an answer. Header names in lower case."""
    if 200 <= status < 300:
        return Verdict(Fate.TAKEN, rejected=_rejected(body))
    if status in _AGAIN or status >= 500:
        return Verdict(Fate.AGAIN, f"http_{status}", wait=retry_after(headers.get("retry-after"), now))
    if status == 413:
        return Verdict(Fate.SPLIT, "too_large")
    if status in _REFUSED_KEY:
        return Verdict(Fate.PAUSED, "unauthorized")
    return Verdict(Fate.LOST, f"http_{status}")


def _rejected(body: bytes) -> dict[str, int]:
    """How many events were refused, by code. What cannot be read refuses none."""
    counts: dict[str, int] = {}
    try:
        answer: Any = json.loads(body)
        for entry in answer["rejected"]:
            code = str(entry.get("code", "unknown"))[:64]
            counts[code] = counts.get(code, 0) + 1
    except (ValueError, TypeError, KeyError, AttributeError):
        return counts
    return counts


def retry_after(told: str | None, now: float | None = None) -> float | None:
    """The seconds that `Retry-After` asks for, said as seconds or as a date; None when it says nothing sensible."""
    if told is None:
        return None
    told = told.strip()
    try:
        seconds = float(told)
    except ValueError:
        try:
            at = email.utils.parsedate_to_datetime(told)
        except (TypeError, ValueError, IndexError):
            return None
        seconds = at.timestamp() - (time.time() if now is None else now)
    return min(max(seconds, 0.0), _LONGEST_TOLD) if math.isfinite(seconds) else None


def back_off(failures: int, told: float | None) -> float:
    """Seconds to wait after so many failures in a row: doubled each time, with chance, at least what was told."""
    grown = min(0.5 * 2.0 ** min(failures - 1, 10), _LONGEST_WAIT)
    wait = grown * random.uniform(0.5, 1.0)  # noqa: S311  (no secret hangs on it)
    return wait if told is None else told + 0.1 * wait
