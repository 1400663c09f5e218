"""What is held of budgets while calls are made: let go when a call fails, extended while it takes long.

One thread does both, beside the program. It starts with the first hold. What it cannot do ends by itself, with the
lease.
"""

import json
import threading
import time
import weakref
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final

from tokenboard.http import Answer
from tokenboard.log import log

_RELEASE: Final = "/api/v1/budgets/release"
_EXTEND: Final = "/api/v1/budgets/extend"
_LOOKS: Final = 8
"""How often a lease is looked at in its time: from the half of it on each look extends it, so that several may fail."""
_ENDED: Final = 409

Post = Callable[[str, bytes], Answer]


class Hold:
    """What is reserved for one call. Whose call nobody holds any more is not extended."""

    __slots__ = ("__weakref__", "due", "id", "is_over")

    def __init__(self, reservation_id: str, due: float) -> None:
        self.id = reservation_id
        self.due = due
        self.is_over = False


class _Stop(threading.Event):
    """The end of the thread, which says when it got there."""


class Leases:
    """Holds of one client. Nothing here raises into a caller."""

    def __init__(self, post: Post, seconds: int) -> None:
        self._post = post
        self._seconds = seconds
        self._lock = threading.RLock()
        self._holds: weakref.WeakSet[Hold] = weakref.WeakSet()
        # safe to enter again: a stream that the garbage collector ends may release in the middle of another's put
        self._todo: SimpleQueue[str | threading.Event | None] = SimpleQueue()
        self._has_started = False
        self._is_idle = False

    def hold(self, reservation_id: str) -> Hold:
        """Keep what was reserved until the hold is over, released or dropped."""
        made = Hold(reservation_id, time.monotonic() + self._seconds / 2)
        with self._lock:
            self._holds.add(made)
            self._start()
        if self._is_idle:
            self._is_idle = False
            self._todo.put(None)
        return made

    def release(self, hold: Hold) -> None:
        """Let go of it, soon and elsewhere."""
        if not hold.is_over:
            hold.is_over = True
            self._todo.put(hold.id)

    def flush(self, timeout: float) -> bool:
        """Wait until what was to be let go is; False when that took longer."""
        if not self._has_started:
            return True
        mark = threading.Event()
        self._todo.put(mark)
        return mark.wait(timeout)

    def stop(self, timeout: float) -> bool:
        """The same, and end the thread."""
        with self._lock:
            if not self._has_started:
                return True
            self._has_started = False
        end = _Stop()
        self._todo.put(end)
        return end.wait(timeout)

    def _start(self) -> None:
        if not self._has_started:
            try:
                threading.Thread(target=self._run, name="tokenboard-budgets", daemon=True).start()
                self._has_started = True
            except RuntimeError:  # too late in the interpreter's life
                log.debug("no thread can be started; reservations end by their leases")

    # --- the thread ---

    def _run(self) -> None:
        while True:
            todo = self._next()
            if isinstance(todo, str):
                self._ask(_RELEASE, todo)
            elif todo is not None:
                todo.set()
            if isinstance(todo, _Stop):
                return
            self._extend_due()

    def _next(self) -> str | threading.Event | None:
        """What is to be done; None when it is time to look at the leases."""
        self._is_idle = True
        is_waiting = not self._running()
        self._is_idle = is_waiting
        try:
            return self._todo.get(timeout=None if is_waiting else self._seconds / _LOOKS)
        except Empty:
            return None

    def _running(self) -> list[Hold]:
        with self._lock:
            return [hold for hold in self._holds if not hold.is_over]

    def _extend_due(self) -> None:
        now = time.monotonic()
        for hold in [hold for hold in self._running() if hold.due <= now]:
            answer = self._ask(_EXTEND, hold.id, lease_seconds=self._seconds)
            if answer is not None and answer.status == _ENDED:
                hold.is_over = True
                log.debug("a reservation ended before its call did")
            elif answer is not None and answer.status < 300:
                hold.due = time.monotonic() + self._seconds / 2

    def _ask(self, path: str, reservation_id: str, **more: int) -> Answer | None:
        try:
            return self._post(path, json.dumps({"reservation_id": reservation_id, **more}).encode())
        except Exception as error:
            log.debug("TokenBoard was not reached: %s", type(error).__name__)
            return None
