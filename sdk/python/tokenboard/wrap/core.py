"""The one choke point: a call is made as the program wants it, and what it used is written down beside it.

The program's call comes first and is never spoiled: whatever is read, is read under `Call`'s guard; what fails there is
counted (`reader_failed`), and the program gets what the vendor's client gave.
"""

import functools
import inspect
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tokenboard.client import Client, client
from tokenboard.events import Event
from tokenboard.ids import new_id
from tokenboard.log import log
from tokenboard.scope import current

Fields = Mapping[str, Any]
ORIGINAL: Final = "__tokenboard_original__"


class StreamReader:
    """Reads one stream as it goes by; an operation names a subclass. Chunks are a client's objects, or plain JSON."""

    has_answer = False
    """Set with the first chunk that holds something of the answer: that is when the first token came."""

    def see(self, chunk: Any) -> bool:
        """Look at a chunk. True hides it from the program, which did not ask for it."""
        raise NotImplementedError

    def fields(self, *, is_whole: bool) -> Fields | None:
        """What the stream said, as fields of an event; None when it is no event.

        `is_whole` is False when it was left, or broke, before its end. Then say `raw_usage` as `{"chunks": [...]}`,
        from which the server reads how much of it counts.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class Operation:
    """One kind of call, and how it is read. All a vendor's file has to say."""

    api: str
    """The API's name as the server knows it (app/usage/rules/dialects/apis.py)."""
    operation: str
    """OpenTelemetry's word for it: `chat`, `embeddings`, ..."""
    read: Callable[[Any], Fields | None]
    """A whole response (the client's object, or plain JSON) as fields of an event; None when it is no event.

    `model`, `raw_usage`, `provider_response_id`, `service_tier`; any other field of an event too.
    """
    stream: Callable[[], StreamReader] | None = None
    each: Callable[[Any], Fields | None] | None = None
    """Reads one item of an answer that holds many calls, as a batch's results do: each is an event of its own."""
    items: Callable[[Any], Iterable[Fields]] | None = None
    """The same of an answer in one piece: what each of the calls in it says."""
    unread: Fields = field(default_factory=dict)
    """What is said of a call whose answer cannot be read, because the program reads it, or it is no JSON."""
    is_silent_failing: bool = False
    """Whether a call that fails is no event: looking up what was answered before costs nothing."""

    def reader(self, call: "Call") -> StreamReader | None:
        """What reads a stream of this call; None where nothing does."""
        if self.each is not None:
            return _Each(call, self.each)
        return None if self.stream is None else self.stream()


class Call:
    """A call that is being made. Nothing in here raises."""

    __slots__ = (
        "at",
        "client",
        "fields",
        "first_token",
        "http_status",
        "is_done",
        "operation",
        "response",
        "retries",
        "started",
        "within",
    )

    def __init__(self, here: Client, operation: Operation, fields: Event) -> None:
        self.client = here
        self.operation = operation
        self.fields = fields
        self.within = current()
        self.first_token: float | None = None
        self.http_status: int | None = None
        self.retries = 0
        self.response: Any = None
        self.is_done = False
        self.at = time.time()
        self.started = time.perf_counter()

    def token_came(self) -> None:
        if self.first_token is None:
            self.first_token = time.perf_counter()

    def returned(self, response: Any) -> None:
        """The call succeeded, with this as its whole response."""
        self._end(lambda: self._items(response) if self.operation.items else self.operation.read(response))

    def _items(self, response: Any) -> None:
        try:
            for said in self.operation.items(response) if self.operation.items else ():
                self.item(said)
        except Exception:
            self._lose()

    def streamed(self, reader: StreamReader, *, is_whole: bool, error: BaseException | None = None) -> None:
        """The call's stream ended, broke or was left."""
        self._end(lambda: reader.fields(is_whole=is_whole), error)

    def failed(self, error: BaseException, billed: Any = None) -> None:
        """The call raised. `billed`: the response of a call that the vendor answered and its client refused."""
        if not self.operation.is_silent_failing:
            self._end(lambda: self.operation.read(billed) if billed is not None else {}, error)

    def refused(self, status: int) -> None:
        """The vendor answered with an error, which its client raises out of sight."""
        self.http_status = status
        if not self.operation.is_silent_failing:
            self._end(lambda: {"status": "error", "error_type": f"http_{status}"})

    def item(self, said: Fields) -> None:
        """One call of several that this one looks up; how long it took is not known."""
        if not self.client.is_of_parent:
            self.client.record({**self._event({}, None), "latency_ms": None, **said}, self.within)

    def nothing_read(self) -> None:
        """The call succeeded, and its response says nothing that could be read."""
        self._end(lambda: self.operation.unread)

    def unread(self, body: bytes) -> None:
        """The call succeeded; its response's body is read later, where nobody waits for it."""
        try:
            if not self._is_last():
                self.client.record_unread(self._event({}, None), self.within, body, self._read_later)
        except Exception:
            self._lose()

    def _read_later(self, response: Any) -> Fields:
        return self.operation.read(response) or {}

    def _end(self, read: Callable[[], Fields | None], error: BaseException | None = None) -> None:
        try:
            if self._is_last():
                return
            ended = time.perf_counter()
            try:
                said = read()
            except Exception:
                self._lose()
                said = {}
            if said is not None:
                self.client.record(self._event(said, error, ended), self.within)
        except Exception:
            self._lose()

    def _is_last(self) -> bool:
        """Whether this call was recorded already, or is one that the parent of a forked process was making."""
        was_done, self.is_done = self.is_done, True
        return was_done or self.client.is_of_parent

    def _event(self, said: Fields, error: BaseException | None, ended: float | None = None) -> Event:
        event: Event = {
            **self.fields,
            "event_id": new_id(),
            "occurred_at": self.at,
            "api": self.operation.api,
            "operation": self.operation.operation,
            "status": "ok",
            "latency_ms": _ms((ended or time.perf_counter()) - self.started),
        }
        event.update(said)
        if not event.get("model"):
            event["model"] = event.get("requested_model") or "unknown"
        if self.first_token is not None:
            event["time_to_first_token_ms"] = _ms(self.first_token - self.started)
        if self.http_status is not None:
            event["http_status"] = self.http_status
        if error is not None:
            event.update(about(error))
        if self.retries:
            event["tags"] = {"retries": str(self.retries), **self.within.get("tags", {})}
        return event

    def _lose(self) -> None:
        log.debug("a call was not read", exc_info=True)
        self.client.lost("reader_failed")


def begin(operation: Operation, fields: Event) -> Call | None:
    """Start the clock of a call. None when nothing is tracked."""
    here = client()
    return None if here.transport is None else Call(here, operation, fields)


def guarded(describe: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What `describe` answers; None, counted and logged, when it goes wrong."""
    try:
        return describe(*args, **kwargs)
    except Exception:
        log.debug("a call was not read", exc_info=True)
        client().lost("reader_failed")
        return None


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)


def about(error: BaseException) -> Event:
    said: Event = {"status": "error", "error_type": type(error).__name__}
    for name in ("status_code", "code"):  # Google's errors have a `code`
        status = getattr(error, name, None)
        if isinstance(status, int) and 100 <= status <= 599:
            said["http_status"] = status
            return said
    answer = getattr(error, "response", None)  # AWS's errors have what was answered
    if isinstance(answer, dict):
        said["http_status"] = (answer.get("ResponseMetadata") or {}).get("HTTPStatusCode")
        said["error_type"] = (answer.get("Error") or {}).get("Code") or said["error_type"]
    return said


# --- streams ---


class _Each(StreamReader):
    """Records every item as it goes by; those that the program does not look at are not recorded."""

    def __init__(self, call: Call, read: Callable[[Any], Fields | None]) -> None:
        self._call = call
        self._read = read

    def see(self, chunk: Any) -> bool:
        said = self._read(chunk)
        if said is not None:
            self._call.item(said)
        return False

    def fields(self, *, is_whole: bool) -> None:
        return None


class _Watching:
    """What both kinds of streams that are looked at have in common."""

    def __init__(self, source: Any, call: Call, reader: StreamReader) -> None:
        self._source = source
        self._call = call
        self._reader = reader
        self.is_stepping = False
        call.client.streams.add(self)

    def left(self) -> None:
        """The program is done with the stream, whether or not that was its end."""
        if not self.is_stepping:
            self.abandoned()

    def abandoned(self) -> None:
        """Nobody will go on with it."""
        self._call.streamed(self._reader, is_whole=False)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_source"], name)

    def __del__(self) -> None:
        _dropped(self)


class Watched(_Watching, Iterator[Any]):
    """An iterator that looks at what goes by. What it gives, raises and returns is the source's."""

    def __next__(self) -> Any:
        while True:
            self.is_stepping = True
            try:
                chunk = next(self._source)
            except StopIteration:
                self._call.streamed(self._reader, is_whole=True)
                raise
            except BaseException as error:
                self._call.streamed(self._reader, is_whole=False, error=error)
                raise
            finally:
                self.is_stepping = False
            if not _seen(chunk, self._call, self._reader):
                return chunk

    def close(self) -> None:
        self.left()
        close = getattr(self._source, "close", None)
        if close is not None:
            close()


class WatchedAsync(_Watching, AsyncIterator[Any]):
    """The same, asynchronous. A step that is cancelled ends it."""

    async def __anext__(self) -> Any:
        while True:
            self.is_stepping = True
            try:
                chunk = await self._source.__anext__()
            except StopAsyncIteration:
                self._call.streamed(self._reader, is_whole=True)
                raise
            except BaseException as error:
                self._call.streamed(self._reader, is_whole=False, error=error)
                raise
            finally:
                self.is_stepping = False
            if not _seen(chunk, self._call, self._reader):
                return chunk

    async def aclose(self) -> None:
        self.left()
        close = getattr(self._source, "aclose", None)
        if close is not None:
            await close()


def _dropped(watched: Any) -> None:
    """A stream that nobody holds any more; at the end of the interpreter nothing may be left to record it with."""
    try:
        call = watched.__dict__.get("_call")
        if call is not None and not call.is_done:
            call.streamed(watched.__dict__["_reader"], is_whole=False)
    except Exception:
        return


def _seen(chunk: Any, call: Call, reader: StreamReader) -> bool:
    """Let the reader see a chunk; whether it is to be hidden."""
    try:
        hides = reader.see(chunk)
        if reader.has_answer and call.first_token is None:
            call.token_came()
    except Exception:
        log.debug("a chunk was not read", exc_info=True)
        call.client.lost("reader_failed")
        return False
    return hides


# --- methods, for clients that have no choke point of their own ---

Start = Callable[[tuple[Any, ...], dict[str, Any]], Call | None]
Finish = Callable[[Call, Any], Any]


def patch(owner: Any, name: str, start: Start, finish: Finish | None = None) -> bool:
    """Put a measured function in the place of the owner's method. False when it is there already, or no method.

    `start` gets the arguments and answers the call (`begin`), or None to leave this one alone. `finish` gets the call
    and the result, and answers what the program gets in its place: for streams, the same with its iterator `Watched`.
    Without it the result is the whole response.
    """
    original = getattr(owner, name, None)
    if original is None or hasattr(original, ORIGINAL):
        return False
    measured = (_measured_async if inspect.iscoroutinefunction(original) else _measured)(original, start, finish)
    setattr(measured, ORIGINAL, original)
    setattr(owner, name, measured)
    return True


def unpatch(owner: Any, name: str) -> None:
    """Take the measured function away again."""
    if hasattr(vars(owner).get(name), ORIGINAL):
        delattr(owner, name)


def finished(call: Call, result: Any, finish: Finish | None) -> Any:
    """Record the result, and answer what the program gets: the result itself, whatever goes wrong here."""
    if finish is None:
        call.returned(result)
        return result
    try:
        return finish(call, result)
    except Exception:
        log.debug("a response was not read", exc_info=True)
        call.client.lost("reader_failed")
        call.nothing_read()
        return result


def _measured(original: Callable[..., Any], start: Start, finish: Finish | None) -> Callable[..., Any]:
    @functools.wraps(original)
    def run(*args: Any, **kwargs: Any) -> Any:
        call = guarded(start, args, kwargs)
        if call is None:
            return original(*args, **kwargs)
        try:
            result = original(*args, **kwargs)
        except BaseException as error:
            call.failed(error)
            raise
        return finished(call, result, finish)

    return run


def _measured_async(original: Callable[..., Any], start: Start, finish: Finish | None) -> Callable[..., Any]:
    @functools.wraps(original)
    async def run(*args: Any, **kwargs: Any) -> Any:
        call = guarded(start, args, kwargs)
        if call is None:
            return await original(*args, **kwargs)
        try:
            result = await original(*args, **kwargs)
        except BaseException as error:
            call.failed(error)
            raise
        return finished(call, result, finish)

    return run
