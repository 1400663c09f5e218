"""The public face: `init`, `track`, `flush`, `shutdown`, and the one client that they share."""

import atexit
import functools
import inspect
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal, TypeVar, cast

from tokenboard.events import Event, Unread, plain
from tokenboard.gate import Gate
from tokenboard.ids import new_id, written
from tokenboard.log import log, show_debug
from tokenboard.scope import current
from tokenboard.settings import Settings, settled
from tokenboard.transport import Transport

F = TypeVar("F", bound=Callable[..., Any])
_FLUSH: Final = 10.0


class Client:
    """One set of settings and the transport that goes with it."""

    def __init__(self, settings: Settings, known: "Client | None" = None) -> None:
        self.settings = settings
        self.gate: Gate = Gate(settings, known.gate.closed if known is not None else None)
        self.transport = Transport(settings, _flush_at_the_end_of_a_child) if settings.is_on else None
        self.is_of_parent = False
        self.streams: weakref.WeakSet[Any] = weakref.WeakSet()
        """Streams that are not over: at the end of the program each says what it had told by then."""
        self._base = {
            name: value
            for name, value in (("project", settings.project), ("environment", settings.environment))
            if value is not None
        }

    def record(self, event: Event, within: Mapping[str, Any]) -> None:
        """Queue an event of this context; what the event says itself goes first."""
        if self.transport is not None:
            self.transport.record(self._complete(event, within))

    def record_unread(self, event: Event, within: Mapping[str, Any], body: bytes, reader: Callable[[Any], Any]) -> None:
        """Queue an event whose response is yet to be read."""
        if self.transport is not None:
            self.transport.record_unread(Unread(self._complete(event, within), body, reader))

    def about(self, fields: Event, within: Mapping[str, Any]) -> Event:
        """What is known of a call before it is made, in this context."""
        return self._complete(fields, within)

    def flush(self, timeout: float) -> bool:
        ends_at = time.monotonic() + timeout
        is_free = self.gate.flush(timeout)
        return is_free if self.transport is None else self.transport.flush(_left(ends_at)) and is_free

    def stop(self, timeout: float) -> bool:
        ends_at = time.monotonic() + timeout
        is_free = self.gate.stop(timeout)
        return is_free if self.transport is None else self.transport.stop(_left(ends_at)) and is_free

    def lost(self, reason: str) -> None:
        """Count something that should have been recorded and was not."""
        if self.transport is not None:
            self.transport.drops.add(reason)

    def _complete(self, event: Event, within: Mapping[str, Any]) -> Event:
        return {**self._base, **within, **event}


def _left(ends_at: float) -> float:
    return max(ends_at - time.monotonic(), 0.0)


_lock = threading.RLock()
_client: Client | None = None


def client() -> Client:
    """The client of this process; made from the environment where nobody called `init`. It never raises."""
    if _client is not None:
        return _client
    try:
        return _made(None)
    except Exception as error:
        return _made_off(error)


def _made_off(error: Exception) -> Client:
    """One that does nothing, in the place of one that cannot be: an address that is none, say."""
    log.warning("TokenBoard could not be set up (%s); calls are not tracked", type(error).__name__)
    return _made(Settings(disabled=True))


def _made(settings: Settings | None) -> Client:
    global _client
    with _lock:
        if _client is None or settings is not None:
            old, _client = _client, Client(settings or settled({}))
            if old is not None and old.transport is not None:
                threading.Thread(target=old.stop, args=(old.settings.exit_timeout,), daemon=True).start()
            if _client.settings.debug:
                show_debug()
        return _client


def init(
    api_key: str | None = None,
    base_url: str | None = None,
    project: str | None = None,
    environment: str | None = None,
    *,
    disabled: bool | None = None,
    debug: bool | None = None,
    stream_usage: bool | None = None,
    flush_interval: float | None = None,
    exit_timeout: float | None = None,
    timeout: float | None = None,
    max_queue_events: int | None = None,
    max_queue_bytes: int | None = None,
    spool_dir: str | os.PathLike[str] | None = None,
    max_spool_bytes: int | None = None,
    enforce_budgets: bool | None = None,
    budget_timeout: float | None = None,
    budget_unavailable: Literal["open", "closed"] | None = None,
    budget_output_tokens: int | None = None,
    budget_amount: str | Decimal | int | None = None,
    budget_lease: int | None = None,
) -> None:
    """Say where to send, once, at the start of the program. What is not given is taken from `TOKENBOARD_*`.

    Without an API key nothing is tracked and nothing fails. `settings.Settings` says what each setting means.
    Calling it again sends what is queued to where it was meant for, and everything after to the new place.
    """
    given = dict(locals())
    try:
        given["spool_dir"] = None if spool_dir is None else os.fspath(spool_dir)
        made = _made(settled(given))
        if not made.settings.api_key and not made.settings.disabled:
            log.warning("no API key (TOKENBOARD_API_KEY): calls are not tracked")
    except Exception as error:
        _made_off(error)


def track(
    *,
    provider: str,
    model: str,
    usage: Mapping[str, Any] | None = None,
    raw_usage: Mapping[str, Any] | None = None,
    event_id: str | None = None,
    occurred_at: datetime | str | float | None = None,
    tags: Mapping[str, object] | None = None,
    **fields: Any,
) -> str | None:
    """Record one call by hand. Answers the event's id; None when it is not tracked.

    `usage` counts in TokenBoard's words (`input_tokens`, `cache_read_tokens`, ...), `raw_usage` is the vendor's usage
    object; one of them. `occurred_at` must carry a zone; a number is seconds since 1970. `fields` are the other fields
    of an event (docs/ingest.md): `api`, `operation`, `latency_ms`, `status`, `user`, ...
    """
    try:
        here = client()
        if here.transport is None:
            return None
        within = current()
        event = {**fields, "provider": provider, "model": model}
        event["event_id"] = event_id or written(new_id())
        event["occurred_at"] = _instant(occurred_at)
        if usage is not None:
            event["usage"] = dict(usage)
        if raw_usage is not None:
            event["raw_usage"] = dict(raw_usage)
        if tags is not None:
            event["tags"] = {**within.get("tags", {}), **{str(key): str(value) for key, value in tags.items()}}
        here.record(plain(event), within)
        return str(event["event_id"])
    except Exception:
        log.debug("a call was not tracked", exc_info=True)
        _lose("not_encodable")
        return None


def flush(timeout: float = _FLUSH) -> bool:
    """Send what is queued and wait until it is there; False when that was not done within `timeout` seconds."""
    try:
        here = _client
        return True if here is None or here.transport is None else here.flush(timeout)
    except Exception:
        log.debug("flush went wrong", exc_info=True)
        return False


def shutdown(timeout: float | None = None) -> bool:
    """Flush and stop. It runs by itself at the end of the program; calls after it are not tracked."""
    try:
        here = _client
        if here is None or here.transport is None:
            return True
        return here.stop(here.settings.exit_timeout if timeout is None else timeout)
    except Exception:
        log.debug("shutdown went wrong", exc_info=True)
        return False


def dropped() -> dict[str, int]:
    """What was lost since the start, by reason."""
    return _client.transport.drops.counts() if _client is not None and _client.transport is not None else {}


def flushed(function: F) -> F:
    """Flush after each call: for AWS Lambda and the like, which freeze the process once the handler has answered.

    A TokenBoard that is away holds the handler up for `exit_timeout` and no longer.
    """
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def run_async(*args: Any, **kwargs: Any) -> Any:
            try:
                return await function(*args, **kwargs)
            finally:
                import asyncio

                await asyncio.get_running_loop().run_in_executor(None, _flush_in_time)

        return cast("F", run_async)

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        finally:
            _flush_in_time()

    return cast("F", run)


def _flush_in_time() -> None:
    if _client is not None:
        flush(_client.settings.exit_timeout)


def _instant(given: datetime | str | float | None) -> str | float:
    if isinstance(given, datetime):
        return given.isoformat()
    return time.time() if given is None else given if isinstance(given, str) else float(given)


def _lose(reason: str) -> None:
    if _client is not None:
        _client.lost(reason)


def _after_fork() -> None:
    """A child starts with an empty queue and a thread of its own: what is queued is the parent's to send."""
    global _client, _lock
    _lock = threading.RLock()
    if _client is not None:
        _client.is_of_parent = True
        _client = Client(_client.settings, _client)


def _flush_at_the_end_of_a_child() -> None:
    """Children of multiprocessing and of Celery's billiard end without `atexit`, but with finalizers of their own.

    Asked for with the first event, because a child forgets at its start what was asked for before.
    """
    for name in ("multiprocessing.util", "billiard.util"):
        module = sys.modules.get(name)
        if module is not None:
            try:
                module.Finalize(None, _at_the_end, exitpriority=-100)  # after all that may still track
            except Exception:
                log.debug("%s cannot be asked to flush", name, exc_info=True)


def _at_the_end() -> None:
    try:
        for stream in list(_client.streams) if _client is not None else ():
            stream.abandoned()
    except Exception:
        log.debug("open streams were not recorded", exc_info=True)
    shutdown()


atexit.register(_at_the_end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
