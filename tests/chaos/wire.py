"""A small HTTP client that can misbehave: cut the connection at any byte, or send slowly."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final

ANSWER_SECONDS: Final = 20


class Unsent(Exception):
    """The body did not leave whole: the service cannot have taken it."""


class Unanswered(Exception):
    """The body may have been taken, and no answer came."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Wire:
    """One connection to one service, made again when it is gone."""

    def __init__(self, port: int, random: Random) -> None:
        self.port = port
        self.random = random
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, headers: Mapping[str, str], body: bytes, behaviour: str) -> Answer:
        """Raises Unsent and Unanswered."""
        reader, writer = await self._connect()
        lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
        head = "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items()), "", ""]).encode()
        try:
            await self._send(writer, head, body, behaviour)
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._read(reader)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError) as error:
            self.drop()
            raise Unanswered from error
        except BaseException:
            self.drop()
            raise

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    self._streams = await asyncio.open_connection("127.0.0.1", self.port)
            except (OSError, TimeoutError) as error:
                raise Unsent from error
        return self._streams

    async def _send(self, writer: asyncio.StreamWriter, head: bytes, body: bytes, behaviour: str) -> None:
        if behaviour == "cut_sending":
            writer.write(head + body[: self.random.randrange(len(body))])
            await asyncio.sleep(self.random.uniform(0, 0.05))
            raise Unsent
        if behaviour == "slow":
            await self._send_slowly(writer, head + body)
            return
        writer.write(head + body)
        await writer.drain()
        if behaviour == "cut_waiting":
            await asyncio.sleep(self.random.uniform(0, 0.03))
            raise Unanswered

    async def _send_slowly(self, writer: asyncio.StreamWriter, whole: bytes) -> None:
        step = len(whole) // 5 + 1
        for start in range(0, len(whole), step):
            writer.write(whole[start : start + step])
            await writer.drain()
            await asyncio.sleep(self.random.uniform(0, 0.2))

    async def _read(self, reader: asyncio.StreamReader) -> Answer:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection") == "close":
            self.drop()
        return Answer(int(head[0].split()[1]), headers, body)

    def drop(self) -> None:
        """Cut the connection without a word."""
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None
