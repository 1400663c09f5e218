"""Streams that are looked at as they go by: what the program gets of them is the source's."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from tokenboard.log import log
from tokenboard.wrap.core import Call, StreamReader


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
