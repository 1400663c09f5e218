"""Rate limits, counted in this process's memory by `limits` (moving window).

With several processes each counts for itself: the effective limit is at most that many times the
setting, which is enough against guessing and floods, and needs no further service.
"""

import math
import time

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from app.core.errors import TooManyRequests


class RateLimiter:
    """Counters by rule and key."""

    def __init__(self) -> None:
        self._windows = MovingWindowRateLimiter(MemoryStorage())

    async def check(self, rule: str, *key: str) -> None:
        """Raise TooManyRequests when the key has used up the rule; counts nothing."""
        item = parse(rule)
        if not await self._windows.test(item, *key):
            raise await self._refusal(item, *key)

    async def count(self, rule: str, *key: str) -> None:
        """Count one hit without refusing it."""
        await self._windows.hit(parse(rule), *key)

    async def hit(self, rule: str, *key: str) -> None:
        """Count one hit; raise TooManyRequests when it is one too many."""
        item = parse(rule)
        if not await self._windows.hit(item, *key):
            raise await self._refusal(item, *key)

    async def clear(self, rule: str, *key: str) -> None:
        await self._windows.clear(parse(rule), *key)

    async def _refusal(self, item: RateLimitItem, *key: str) -> TooManyRequests:
        window = await self._windows.get_window_stats(item, *key)
        wait = max(1, math.ceil(window.reset_time - time.time()))
        return TooManyRequests(f"Too many attempts. Try again in {wait} seconds.", retry_after_seconds=wait)
