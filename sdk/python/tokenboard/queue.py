"""The bounded queue between the callers' threads and the one that sends."""

import threading
from collections import deque
from queue import Empty, SimpleQueue
from typing import Final

from tokenboard.events import Unread

_WAKE_EVERY: Final = 512


class Mark:
    """A place in the queue that somebody waits for: all before it was sent, or given up."""

    __slots__ = ("_passed",)

    def __init__(self) -> None:
        self._passed = threading.Event()

    def pass_by(self) -> None:
        self._passed.set()

    def wait(self, timeout: float) -> bool:
        return self._passed.wait(timeout)


Record = bytes | Unread


class Queue:
    """Events waiting, bounded by their number and bytes until they are settled: sent, spooled or given up.

    An event may come from an object that the garbage collector ends in the middle of another one's `put`, on the same
    thread. So the lock may be taken twice, and what wakes the worker (`SimpleQueue`) is safe to enter again.
    """

    def __init__(self, max_events: int, max_bytes: int) -> None:
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._lock = threading.RLock()
        self._waiting: deque[Record | Mark] = deque()
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._is_idle = True
        self.events = 0
        self.bytes = 0

    def put(self, record: Record) -> bool:
        """Add an event; False when there is no room."""
        size = len(record)
        with self._lock:
            if self.events >= self._max_events or self.bytes + size > self._max_bytes:
                return False
            self.events += 1
            self.bytes += size
            self._waiting.append(record)
        if self._is_idle or self.events % _WAKE_EVERY == 0:
            self.wake()
        return True

    def put_mark(self, mark: Mark) -> None:
        self._waiting.append(mark)
        self.wake()

    def wake(self) -> None:
        self._is_idle = False
        self._wake.put(None)

    def take(self) -> Record | Mark | None:
        """The next in line, None when there is none. Its event still counts against the bounds, its bytes do not."""
        try:
            record = self._waiting.popleft()
        except IndexError:
            return None
        if not isinstance(record, Mark):
            self.grow(-len(record))
        return record

    def grow(self, size: int) -> None:
        """Count bytes that what was taken holds in another form."""
        with self._lock:
            self.bytes += size

    def settle(self, events: int, size: int = 0) -> None:
        """Events, and bytes they held, that need no more room."""
        with self._lock:
            self.events -= events
            self.bytes -= size

    def wait(self, timeout: float | None) -> None:
        """Wait until there is something to do. Without a timeout the next event wakes; with one, only many do."""
        if timeout is None:
            self._is_idle = True
            if self._waiting:
                self._is_idle = False
                return
        try:
            self._wake.get(timeout=timeout)
            while True:
                self._wake.get_nowait()
        except Empty:
            self._is_idle = False
