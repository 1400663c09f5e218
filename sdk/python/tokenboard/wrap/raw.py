"""Responses that the program reads as bytes itself (`with_raw_response`, `with_streaming_response`).

What was read already is in the response; the rest is looked at as it goes by, in front of whatever the program reads it
with. The bytes are not touched, and nothing is asked for that the program did not ask for.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Final

from tokenboard.wrap.core import Call, StreamReader, guarded

_LONGEST_BODY: Final = 64 * 1024 * 1024
_EVENTS: Final = "text/event-stream"
# JSON values, one a line.
_LINES: Final = ("jsonl", "ndjson", "stream+json")


def watch_response(call: Call, http: Any) -> None:
    """Read an HTTP response (httpx) of the call, now or as it is read by the program."""
    kind = str(http.headers.get("content-type", "")).lower()
    if _EVENTS not in kind and "json" not in kind and call.operation.each is None:
        call.nothing_read()
    elif http.is_stream_consumed or hasattr(http, "_content"):
        _read_whole(call, http.content, kind)
    else:
        _Tee(call, http, kind).attach()


def _read_whole(call: Call, body: bytes, kind: str) -> None:
    sink = _sink(call, kind)
    if isinstance(sink, _Body):
        call.unread(body)
        return
    sink.feed(body)
    sink.end(is_whole=True)


def _sink(call: Call, kind: str) -> "_Body | _Events":
    """What a response of this content type is given to."""
    if call.operation.each is not None or any(name in kind for name in _LINES):
        return _Events(call, b"")
    return _Events(call, b"data:") if _EVENTS in kind else _Body(call)


class _Body:
    """A JSON body, put together again."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._parts: list[bytes] = []
        self._size = 0

    def feed(self, part: bytes) -> None:
        self._size += len(part)
        if self._size <= _LONGEST_BODY:
            self._parts.append(part)

    def end(self, *, is_whole: bool, error: BaseException | None = None) -> None:
        if error is not None:
            self._call.failed(error)
        elif is_whole and self._size <= _LONGEST_BODY:
            self._call.unread(b"".join(self._parts))
        else:
            self._call.nothing_read()


class _Events:
    """A stream of server-sent events, or of lines, given to the operation's reader."""

    def __init__(self, call: Call, before: bytes) -> None:
        self._call = call
        self._reader = call.operation.reader(call) or _Silent()
        self._before = before
        self._rest = b""

    def feed(self, part: bytes) -> None:
        *lines, self._rest = (self._rest + part).split(b"\n")
        for line in lines:
            self._see(line)

    def _see(self, line: bytes) -> None:
        data = line[len(self._before) :].strip() if line.startswith(self._before) else b""
        if data.startswith(b"{"):
            self._reader.see(json.loads(data))
            if self._reader.has_answer:
                self._call.token_came()
        elif data == b"[DONE]":  # clients stop reading here, and some leave the stream to the garbage collector
            self._call.streamed(self._reader, is_whole=True)

    def end(self, *, is_whole: bool, error: BaseException | None = None) -> None:
        if is_whole and self._rest:
            guarded(self._see, self._rest)
        self._call.streamed(self._reader, is_whole=is_whole, error=error)


class _Silent(StreamReader):
    def see(self, chunk: Any) -> bool:
        return False

    def fields(self, *, is_whole: bool) -> dict[str, Any]:
        return {}


class _Tee:
    """Stands before `iter_bytes`, through which all other ways of reading an httpx response go."""

    def __init__(self, call: Call, http: Any, kind: str) -> None:
        self._http = http
        self._call = call
        self._sink = _sink(call, kind)
        self._is_reading = False

    def attach(self) -> None:
        http = self._http
        self._call.client.streams.add(self)
        self._replace("iter_bytes", self._sync(http.iter_bytes))
        self._replace("aiter_bytes", self._async(http.aiter_bytes))
        self._replace("close", self._before(http.close))
        self._replace("aclose", self._before(http.aclose))

    def _replace(self, name: str, function: Callable[..., Any]) -> None:
        self._http.__dict__[name] = function

    def _detach(self) -> None:
        for name in ("iter_bytes", "aiter_bytes", "close", "aclose"):
            self._http.__dict__.pop(name, None)

    def _sync(self, original: Callable[..., Iterator[bytes]]) -> Callable[..., Iterator[bytes]]:
        def iter_bytes(*args: Any, **kwargs: Any) -> Iterator[bytes]:
            self._is_reading = True
            try:
                for part in original(*args, **kwargs):
                    self._is_reading = False
                    guarded(self._sink.feed, part)
                    yield part
                    self._is_reading = True
            except BaseException as error:
                self._ended(None if isinstance(error, GeneratorExit) else error, is_whole=False)
                raise
            self._ended(None, is_whole=True)

        return iter_bytes

    def _async(self, original: Callable[..., AsyncIterator[bytes]]) -> Callable[..., AsyncIterator[bytes]]:
        async def aiter_bytes(*args: Any, **kwargs: Any) -> AsyncIterator[bytes]:
            self._is_reading = True
            try:
                async for part in original(*args, **kwargs):
                    self._is_reading = False
                    guarded(self._sink.feed, part)
                    yield part
                    self._is_reading = True
            except BaseException as error:
                self._ended(None if isinstance(error, GeneratorExit) else error, is_whole=False)
                raise
            self._ended(None, is_whole=True)

        return aiter_bytes

    def _before(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """A response that is closed before its end was read; reading that comes to an end closes it too."""

        def close(*args: Any, **kwargs: Any) -> Any:
            if not self._is_reading:
                self.abandoned()
            return original(*args, **kwargs)

        return close

    def abandoned(self) -> None:
        """Nobody will read the rest."""
        self._ended(None, is_whole=False)

    def _ended(self, error: BaseException | None, *, is_whole: bool) -> None:
        guarded(self._sink.end, is_whole=is_whole, error=error)
        guarded(self._detach)
