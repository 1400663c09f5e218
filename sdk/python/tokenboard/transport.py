"""The one thread that sends, and what it does when it cannot.

It starts with the first event, so that a server which forks its workers before serving forks no thread, and again in
each child. All network, disk, JSON and compression happen on it.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final

from tokenboard import answers, batches
from tokenboard._version import VERSION
from tokenboard.answers import Fate, Verdict
from tokenboard.batches import Batch
from tokenboard.drops import Drops
from tokenboard.events import Event, Unread, encoded, packed, unpacked
from tokenboard.http import Connection
from tokenboard.ids import new_id, written
from tokenboard.log import log
from tokenboard.queue import Mark, Queue, Record
from tokenboard.settings import Settings
from tokenboard.spool import Spool

_NAME: Final = f"tokenboard-python/{VERSION}"
_AFTER_A_FAULT: Final = 1.0
_AT_A_TIME: Final = 2000
_FOREVER: Final = float("inf")


class Transport:
    """Takes events from any thread and sends them from its own. Nothing here raises into a caller."""

    def __init__(self, settings: Settings, on_start: Callable[[], object]) -> None:
        self.settings = settings
        self._on_start = on_start
        self.drops = Drops()
        self.sender_id = written(new_id())
        self._queue = Queue(settings.max_queue_events, settings.max_queue_bytes)
        self._spool = Spool(settings.spool_dir, settings.max_spool_bytes) if settings.spool_dir else None
        self._connection = Connection(settings.base_url, settings.api_key, settings.timeout)
        self._open = batches.Open()
        self._pending: deque[Batch | Mark] = deque()
        self._sending: Batch | None = None
        self._work = threading.RLock()  # held by whoever moves events between the places above
        self._start = threading.Lock()
        self._has_started = False
        self._is_stopped = False
        self._failures = 0
        self._not_before = 0.0
        self._told_to_wait = False
        self._reported: dict[str, int] = {}
        self._looks_in_spool = self._spool is not None

    # --- any thread ---

    def record(self, event: Event) -> None:
        """Queue an event, and forget it."""
        self._put(packed(event))

    def record_unread(self, unread: Unread) -> None:
        """Queue an event whose response is yet to be read."""
        self._put(unread)

    def flush(self, timeout: float) -> bool:
        """Send what is queued now; False when that was not done in time."""
        if self._is_stopped or (not self._has_started and not self._queue.events and not self.drops.told()):
            return True
        if self._told_to_wait and self._not_before - time.monotonic() > timeout:
            return False  # whoever waits here waits in vain
        mark = Mark()
        self._queue.put_mark(mark)
        if not self._is_running():
            self._send_here(mark, time.monotonic() + timeout)
        return mark.wait(timeout)

    def stop(self, timeout: float) -> bool:
        """Flush, end the thread, and spool what is left, or count it as lost. True when nothing was left."""
        done = self.flush(timeout)
        with self._work:
            self._is_stopped = True
            left = self._left_over()
        self._queue.wake()
        for batch in left:
            self._give_up(batch, "exit")
        if self._spool is not None:
            self._spool.release()
        return done and not left

    def _put(self, record: Record) -> None:
        if self._is_stopped:
            self.drops.add("after_shutdown")
        elif not self._queue.put(record):
            self.drops.add("queue_full")
        elif not self._has_started:
            self._is_running()

    def _is_running(self) -> bool:
        """Whether the thread runs; it is started where it can be. Too late in an interpreter's life it cannot."""
        if self._has_started or not self._start.acquire(blocking=False):
            return True  # somebody else is starting it right now
        try:
            if not self._has_started:
                threading.Thread(target=self._run, name="tokenboard", daemon=True).start()
                self._has_started = True
                self._on_start()
        except RuntimeError:
            log.debug("no thread can be started; events are sent at the next flush")
            return False
        finally:
            self._start.release()
        return True

    def _send_here(self, mark: Mark, deadline: float) -> None:
        """What the thread does, on the caller's, until the mark is passed."""
        while not mark.wait(0) and (left := deadline - time.monotonic()) > 0:
            wait = self._step(deadline)
            if wait and not mark.wait(0):
                time.sleep(min(wait, left))

    # --- the sending thread ---

    def _run(self) -> None:
        while not self._is_stopped:
            try:
                if (wait := self._step()) != 0:
                    self._queue.wait(wait if wait != _FOREVER else None)
            except Exception:
                log.debug("the sending thread went wrong", exc_info=True)
                time.sleep(_AFTER_A_FAULT)
        self._connection.close()

    def _step(self, deadline: float | None = None) -> float:
        """Do what can be done now; the seconds until there is more to do, 0 for at once."""
        with self._work:
            if self._is_stopped:
                return _FOREVER
            has_more = self._gather(_AT_A_TIME)
            self._close_if_due()
            now = time.monotonic()
            self._pass_marks()
            is_found = now >= self._not_before and self._next()
        if is_found:
            self._send(deadline)
        return 0 if is_found or has_more else self._wait(now)

    def _wait(self, now: float) -> float:
        due = [self._open.since + self.settings.flush_interval - now] if len(self._open) else []
        if self._pending or self._has_more():
            due.append(self._not_before - now)
        return max(min(due), 0.001) if due else _FOREVER

    def _gather(self, limit: int) -> bool:
        """Take what callers have put, as JSON, into the open batch; close that as often as it is full.

        At most `limit`; True when there may be more.
        """
        for _ in range(limit):
            record = self._queue.take()
            if record is None:
                return False
            if isinstance(record, Mark):
                self._mark(record)
            else:
                self._add(record)
        return True

    def _mark(self, mark: Mark) -> None:
        """Somebody waits: what was gathered goes out now, and a wait that the server did not ask for ends."""
        self._close()
        self._pending.append(mark)
        if not self._told_to_wait:
            self._not_before = 0.0

    def _add(self, record: Record) -> None:
        event = self._encode(record)
        if event is None:
            self._queue.settle(1)
            return
        if not self._open.has_room_for(event):
            self._close()
        self._open.add(event)

    def _encode(self, record: Record) -> bytes | None:
        try:
            event = encoded(self._read(record) if isinstance(record, Unread) else unpacked(record))
        except Exception:
            log.debug("an event could not be written as JSON", exc_info=True)
            self.drops.add("not_encodable")
            return None
        if len(event) < batches.MAX_BYTES:
            return event
        self.drops.add("too_large")
        return None

    def _read(self, record: Unread) -> Event:
        try:
            return record.read()
        except Exception:
            log.debug("a response was not understood", exc_info=True)
            self.drops.add("reader_failed")
            return record.event

    def _close_if_due(self) -> None:
        if len(self._open) and time.monotonic() >= self._open.since + self.settings.flush_interval:
            self._close()

    def _close(self) -> None:
        if not len(self._open):
            return
        batch = self._open.close(self._sender())
        self._queue.grow(len(batch.body))
        if self._failures and self._spool is not None and time.monotonic() < self._not_before:
            self._settle(batch)
            self._keep(batch, "queue_full")
        else:
            self._pending.append(batch)

    def _sender(self) -> dict[str, Any]:
        return {"id": self.sender_id, "name": _NAME, "dropped": self.drops.told()}

    def _pass_marks(self) -> None:
        """Tell who waits for what was before the head of the line; drops that nothing told of are told first."""
        while self._pending and isinstance(mark := self._pending[0], Mark):
            if self.drops.told() != self._reported and not self._failures:
                self._reported = self.drops.told()
                self._pending.appendleft(batches.closed([], self._sender()))
                self._queue.grow(len(self._pending[0].body))  # type: ignore[union-attr]
                return
            self._pending.popleft()
            mark.pass_by()

    def _next(self) -> bool:
        """Choose what to send."""
        if self._pending and not isinstance(self._pending[0], Mark):
            self._sending = self._pending.popleft()  # type: ignore[assignment]
            return True
        return self._has_more()

    def _has_more(self) -> bool:
        return self._spool is not None and self._looks_in_spool

    def _send(self, deadline: float | None) -> None:
        batch = self._sending
        if batch is None:
            self._send_spooled(deadline)
            return
        verdict = self._post(batch, deadline)
        with self._work:
            if self._is_stopped:  # who stopped it has taken the batch over
                return
            self._sending = None
            self._judged(batch, verdict)

    def _send_spooled(self, deadline: float | None) -> None:
        found = self._from_spool()
        if found is None:
            self._looks_in_spool = False
            return
        path, batch = found
        verdict = self._post(batch, deadline)
        if verdict.fate is Fate.AGAIN:
            self._put_off(verdict)
            return
        self._drop_spooled(path)
        with self._work:
            self._queue.settle(-batch.events, -len(batch.body))  # as if it came out of the queue
            self._judged(batch, verdict)

    def _from_spool(self) -> tuple[Path, Batch] | None:
        try:
            return self._spool.oldest() if self._spool is not None else None
        except OSError as error:
            log.debug("the spool cannot be read: %s", error)
            return None

    def _drop_spooled(self, path: Path) -> None:
        try:
            if self._spool is not None:
                self._spool.drop(path)
        except OSError as error:
            log.debug("the spool cannot be emptied: %s", error)
            self._looks_in_spool = False

    def _post(self, batch: Batch, deadline: float | None) -> Verdict:
        try:
            left = None if deadline is None else max(deadline - time.monotonic(), 0.05)
            answer = self._connection.post(batch.body, left)
        except (OSError, HTTPException, ValueError) as error:
            log.debug("TokenBoard was not reached: %s", type(error).__name__)
            return Verdict(Fate.AGAIN, "unreachable")
        verdict = answers.judge(answer.status, answer.headers, answer.body)
        log.debug("%d events sent: HTTP %d", batch.events, answer.status)
        return verdict

    def _judged(self, batch: Batch, verdict: Verdict) -> None:
        """Do with a batch what its answer says."""
        if verdict.fate is Fate.AGAIN:
            self._put_off(verdict)
            if self._spool is None:
                self._pending.appendleft(batch)
            else:
                self._spool_all(batch)
            return
        self._settle(batch)
        self._failures, self._not_before, self._told_to_wait = 0, 0.0, False
        if verdict.fate is Fate.TAKEN:
            self._taken(batch, verdict)
        elif verdict.fate is Fate.SPLIT and (parts := batches.halves(batch)):
            self._queue.settle(-batch.events, -sum(len(part.body) for part in parts))
            self._pending.extendleft(reversed(parts))
        else:
            self._lost(batch, verdict)

    def _taken(self, batch: Batch, verdict: Verdict) -> None:
        self._reported = dict(batch.told) or self._reported
        self._looks_in_spool = self._spool is not None
        for code, count in verdict.rejected.items():
            self.drops.add(f"rejected_{code}", count)
            log.debug("%d events were rejected: %s", count, code)

    def _lost(self, batch: Batch, verdict: Verdict) -> None:
        if verdict.fate is Fate.PAUSED:
            self._not_before, self._told_to_wait = time.monotonic() + answers.PAUSE, True
        self._count(batch, verdict.reason)
        if verdict.fate is Fate.PAUSED:
            log.warning("TokenBoard refuses the API key; nothing is sent for %d s", answers.PAUSE)

    def _put_off(self, verdict: Verdict) -> None:
        self._failures += 1
        wait = answers.back_off(self._failures, verdict.wait)
        self._told_to_wait = verdict.wait is not None
        self._not_before = time.monotonic() + wait
        if self._failures == 1:
            log.debug("sending again in %.1f s: %s", wait, verdict.reason)

    # --- what cannot be sent ---

    def _spool_all(self, batch: Batch) -> None:
        waiting = [batch, *(item for item in self._pending if isinstance(item, Batch))]
        marks = [item for item in self._pending if isinstance(item, Mark)]
        self._pending = deque(marks)
        for item in waiting:
            self._settle(item)
            self._keep(item, "queue_full")

    def _settle(self, batch: Batch) -> None:
        self._queue.settle(batch.events, len(batch.body))

    def _give_up(self, batch: Batch, reason: str) -> None:
        self._settle(batch)
        self._keep(batch, reason)

    def _keep(self, batch: Batch, reason: str) -> None:
        """Put a batch into the spool, else count it as lost."""
        if not batch.events:
            return
        try:
            if self._spool is not None:
                if self._spool.put(batch):
                    self._looks_in_spool = True
                    return
                reason = "spool_full"
        except OSError as error:
            log.debug("the spool cannot be written: %s", error)
        self._count(batch, reason)

    def _count(self, batch: Batch, reason: str) -> None:
        if batch.events:
            self.drops.add(reason, batch.events)
            log.debug("%d events were lost: %s", batch.events, reason)

    def _left_over(self) -> list[Batch]:
        """Everything not sent, wherever it is. What is being sent may arrive; then the repeat is a duplicate."""
        left = [self._sending] if self._sending is not None else []
        self._sending = None
        while self._gather(_AT_A_TIME):
            continue
        self._close()
        for item in self._pending:
            if isinstance(item, Mark):
                item.pass_by()
            else:
                left.append(item)
        self._pending.clear()
        return left
