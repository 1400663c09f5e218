"""Asking no more often than a provider allows."""

import time
from collections import deque
from collections.abc import Awaitable, Callable


class Pace:
    """At most `most` turns in any `seconds`; who comes too early waits."""

    def __init__(self, most: int, seconds: float, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._most = most
        self._seconds = seconds
        self._sleep = sleep
        self._turns: deque[float] = deque(maxlen=most)

    async def turn(self) -> None:
        if len(self._turns) == self._most:
            wait = self._turns[0] + self._seconds - time.monotonic()
            if wait > 0:
                await self._sleep(wait)
        self._turns.append(time.monotonic())
