"""Rate limits, counted in this process's memory (moving window); `limits` reads the rules.

With several processes each counts for itself: the effective limit is at most that many times the
setting, which is enough against guessing and floods, and needs no further service.
"""

import math
import time
from collections import deque
from functools import lru_cache
from typing import Final, NamedTuple

from limits import parse

from app.core.errors import TooManyRequests

# Counters nobody used for a whole window are forgotten when there are more than this, and twice as many as last time.
KEPT: Final = 1_000


class _Rule(NamedTuple):
    amount: int
    seconds: int


@lru_cache(maxsize=64)
def _read(rule: str) -> _Rule:
    item = parse(rule)
    return _Rule(item.amount, item.get_expiry())


class RateLimiter:
    """Counters by rule and key: when each hit was. The library's own start a task and a thread for every hit."""

    def __init__(self) -> None:
        self._hits: dict[tuple[str, ...], deque[float]] = {}
        self._sweep_above = KEPT

    async def check(self, rule: str, *key: str) -> None:
        """Raise TooManyRequests when the key has used up the rule; counts nothing."""
        self._check(_read(rule), self._recent(rule, key))

    async def count(self, rule: str, *key: str) -> None:
        """Count one hit without refusing it; what is beyond the rule is not counted."""
        hits = self._recent(rule, key)
        if len(hits) < _read(rule).amount:
            hits.append(time.time())

    async def hit(self, rule: str, *key: str) -> None:
        """Count one hit; raise TooManyRequests when it is one too many."""
        hits = self._recent(rule, key)
        self._check(_read(rule), hits)
        hits.append(time.time())

    async def clear(self, rule: str, *key: str) -> None:
        self._hits.pop((rule, *key), None)

    def _recent(self, rule: str, key: tuple[str, ...]) -> deque[float]:
        """The hits of the window that ends now, the oldest first."""
        name = (rule, *key)
        hits = self._hits.get(name)
        if hits is None:
            self._sweep()
            hits = self._hits[name] = deque()
        oldest = time.time() - _read(rule).seconds
        while hits and hits[0] < oldest:
            hits.popleft()
        return hits

    def _sweep(self) -> None:
        if len(self._hits) > self._sweep_above:
            now = time.time()
            self._hits = {
                name: hits for name, hits in self._hits.items() if hits and hits[-1] >= now - _read(name[0]).seconds
            }
            self._sweep_above = max(KEPT, 2 * len(self._hits))

    def _check(self, rule: _Rule, hits: deque[float]) -> None:
        if len(hits) >= rule.amount:
            wait = max(1, math.ceil(hits[0] + rule.seconds - time.time()))
            raise TooManyRequests(f"Too many attempts. Try again in {wait} seconds.", retry_after_seconds=wait)
