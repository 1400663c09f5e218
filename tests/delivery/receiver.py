"""Somebody else's HTTP server, which takes, refuses, stalls or breaks off as it is told to."""

import asyncio
from dataclasses import dataclass, field
from typing import Self

STALL = "stall"
BREAK_OFF = "break off"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"

    def encoded(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} X", f"content-length: {len(self.body)}", "connection: close"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Answers in the order it was told to, the last one again and again; `received` is what came."""

    def __init__(self) -> None:
        self.answers: list[Answer | str] = [Answer(200)]
        self.received: list[Received] = []
        self._came = asyncio.Condition()
        self._connections: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._begin, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    def ids(self) -> list[str]:
        return [each.headers["idempotency-key"] for each in self.received]

    async def saw(self, count: int) -> None:
        async with self._came, asyncio.timeout(200):
            await self._came.wait_for(lambda: len(self.received) >= count)

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.received.append(await _read(reader))
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            async with self._came:
                self._came.notify_all()
            if answer == STALL:
                await reader.read()  # until the other side has had enough
            elif answer == BREAK_OFF:
                writer.write(b"HTTP/1.1 200 X\r\ncontent-length: 100\r\n\r\nhalf")
            elif isinstance(answer, Answer):
                writer.write(answer.encoded())
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    return Received(head[0].split(" ")[1], headers, await reader.readexactly(int(headers["content-length"])))
