"""Asking no more often than a provider allows."""

import math
import time
from collections import deque
from collections.abc import Awaitable, Callable

from app.core.http import Chain, Http
from app.providers.clients.base import RateLimited


class Pace:
    """At most `most` turns in any `seconds`; who comes too early waits."""

    def __init__(self, http: Http, most: int, seconds: float, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._http = http
        self._most = most
        self._seconds = seconds
        self._sleep = sleep
        self._turns: deque[float] = deque(maxlen=most)

    async def turn(self) -> None:
        """Raises RateLimited when the caller's time is up before it is its turn."""
        if len(self._turns) == self._most:
            await self._wait(self._turns[0] + self._seconds - time.monotonic())
        self._turns.append(time.monotonic())

    async def _wait(self, seconds: float) -> None:
        left = self._http.seconds_left if isinstance(self._http, Chain) else math.inf
        if seconds > 0:
            # the time there is is waited out: a run whose time is up was cut, it did not fail
            await self._sleep(min(seconds, max(left, 0)))
        if seconds >= left:
            wait = math.ceil(seconds - left)
            raise RateLimited("There was no time left to wait for the next turn.", retry_after_seconds=wait)
