"""Programs that ask before they call, a process of its own: `python -m benchmarks._reserver`, told by a line of JSON.

Each connection reserves what a call may cost, then settles it with the call, and begins anew until the time is over.
"""

import asyncio
import itertools
import sys
import time
from dataclasses import dataclass, field
from typing import Final, cast
from urllib.parse import urlsplit

import msgspec
import uvloop

from app.core.periods import utc_now
from benchmarks._sender import END_OF_HEAD, quantile

LENGTH: Final = b"content-length:"
COST: Final = "0.000105"
PROJECTS: Final = 8
USERS: Final = 100


class Job(msgspec.Struct, kw_only=True):
    """Whom to ask, and for how long."""

    address: str
    key: str
    connections: int
    seconds: float
    warm_up_seconds: float = 1.0


class Outcome(msgspec.Struct, kw_only=True):
    """What came of it; times in milliseconds. `settled` are all that were ever acknowledged, the warm-up too."""

    seconds: float
    pairs: int
    settled: int
    reserve_p50: float
    reserve_p99: float
    settle_p50: float
    settle_p99: float


class Reserved(msgspec.Struct):
    """What is read of the answer."""

    reservation_id: str


_ANSWER: Final = msgspec.json.Decoder(Reserved)


@dataclass
class Tally:
    """How long each answer took, of those since the clock was started."""

    reserve: list[float] = field(default_factory=list)
    settle: list[float] = field(default_factory=list)
    settled: int = 0


class Program(asyncio.Protocol):
    """One kept connection: a reservation, then its call."""

    def __init__(self, job: Job, number: int, tally: Tally, ends_at: float) -> None:
        self._tally, self._ends_at = tally, ends_at
        host = urlsplit(job.address).netloc
        self._head = (
            f" HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {job.key}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()
        self._who = f'"project":"project-{number % PROJECTS}","user":"customer-{number % USERS}"'
        self._numbers = itertools.count()
        self._buffer, self._wanted, self._since, self._reserved = b"", 0, 0.0, ""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)
        self._reserve()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._wanted and (end := self._buffer.find(END_OF_HEAD)) >= 0:
            head = self._buffer[:end].lower()
            self._wanted = end + len(END_OF_HEAD) + int(head.partition(LENGTH)[2].split(b"\r\n", 1)[0])
        if self._wanted and len(self._buffer) >= self._wanted:
            answer, self._buffer, self._wanted = self._buffer, b"", 0
            self._note(answer)

    def _note(self, answer: bytes) -> None:
        took = (time.perf_counter() - self._since) * 1000
        head, _, body = answer.partition(END_OF_HEAD)
        if b" 200 " not in head[:16]:
            self.done.set_exception(RuntimeError(f"{head[:100]!r} {body[:300]!r}"))
            self._transport.close()
            return
        if not self._reserved:
            self._tally.reserve.append(took)
            self._settle(_ANSWER.decode(body).reservation_id)
            return
        self._tally.settle.append(took)
        self._tally.settled += body.startswith(b'{"received":1,"accepted":1,')
        self._reserved = ""
        if time.perf_counter() < self._ends_at:
            self._reserve()
        else:
            self.done.set_result(None)
            self._transport.close()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(ConnectionError("the service closed the connection"))

    def _reserve(self) -> None:
        self._send(
            "/api/v1/budgets/reserve",
            f'{{"provider":"openai","model":"gpt-4o-mini","input_tokens":1000,"max_output_tokens":200,{self._who}}}',
        )

    def _settle(self, reservation_id: str) -> None:
        self._reserved = reservation_id
        call = (
            f'{{"provider":"openai","model":"gpt-4o-mini","occurred_at":"{utc_now().isoformat()}",'
            f'"input_tokens":300,"output_tokens":100,{self._who}}}'
        )
        self._send("/api/v1/budgets/settle", f'{{"reservation_id":"{reservation_id}","event":{call}}}')

    def _send(self, path: str, text: str) -> None:
        body = text.encode()
        self._since = time.perf_counter()
        self._transport.write(b"POST %b%b%d%b%b" % (path.encode(), self._head, len(body), END_OF_HEAD, body))


async def ask(job: Job, seconds: float) -> tuple[float, Tally]:
    tally, loop = Tally(), asyncio.get_running_loop()
    host, _, port = urlsplit(job.address).netloc.partition(":")
    started = time.perf_counter()
    opened = [
        await loop.create_connection(
            lambda number=number: Program(job, number, tally, started + seconds),  # type: ignore[misc]
            host,
            int(port),
        )
        for number in range(job.connections)
    ]
    await asyncio.gather(*(program.done for _, program in opened))
    return time.perf_counter() - started, tally


async def measure(job: Job) -> Outcome:
    _, warm = await ask(job, job.warm_up_seconds)
    seconds, tally = await ask(job, job.seconds)
    reserve, settle = sorted(tally.reserve), sorted(tally.settle)
    return Outcome(
        seconds=seconds,
        pairs=tally.settled,
        settled=warm.settled + tally.settled,
        reserve_p50=quantile(reserve, 0.5),
        reserve_p99=quantile(reserve, 0.99),
        settle_p50=quantile(settle, 0.5),
        settle_p99=quantile(settle, 0.99),
    )


def main() -> None:
    job = msgspec.json.decode(sys.stdin.readline(), type=Job)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(measure(job))) + b"\n")


if __name__ == "__main__":
    main()
