"""The sender, a process of its own: `python -m benchmarks._sender`, told what to do by a line of JSON.

It finds out with a warm-up how much fits into the time, prepares all bodies, says `ready` with what they will come to,
waits for a line, sends them on kept connections as fast as they are answered, and says what came of it.
"""

import asyncio
import gc
import itertools
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, cast
from urllib.parse import urlsplit

import msgspec
import uvloop

from app.core.periods import utc_now
from scripts import load
from scripts.load import Totals

END_OF_HEAD: Final = b"\r\n\r\n"
LENGTH: Final = b"content-length:"
RETRY_AFTER: Final = b"retry-after:"
BUSY: Final = b" 503 "
# the share that is prepared beyond what the warm-up promises
MARGIN: Final = 1.15
REUSED_BODIES: Final = 64
MOST_PREPARED_BYTES: Final = 1_500_000_000


class Job(msgspec.Struct, kw_only=True):
    """What to send, and where."""

    address: str
    key: str = ""
    batch: int
    connections: int
    seed: int
    seconds: float
    warm_up_seconds: float = 1.0
    spread_seconds: float = 60.0
    """Over how long before now the calls were made, in each body anew."""
    is_reusing: bool = False
    """Send a few bodies over and over: for a receiver that keeps nothing."""


class Outcome(msgspec.Struct, kw_only=True):
    """What came of it; `totals` are those of every call that was ever acknowledged to this sender."""

    seconds: float
    requests: int
    accepted: int
    turned_away: int
    """How often a request was answered 503, and came again after `Retry-After`; its time runs from the first try."""
    p50: float
    p95: float
    p99: float
    totals: Totals


Body = tuple[bytes, Totals]


@dataclass
class Tally:
    """What was answered, and how long each answer took, in milliseconds."""

    seconds: float = 0.0
    milliseconds: list[float] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    turned_away: int = 0


class Connection(asyncio.Protocol):
    """One kept connection: it sends the next request when the last one is answered."""

    def __init__(self, source: Iterator[bytes], tally: Tally) -> None:
        self._source, self._tally = source, tally
        self._buffer, self._wanted, self._since, self._request = b"", 0, 0.0, b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's own descend from no such class
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._wanted and (end := self._buffer.find(END_OF_HEAD)) >= 0:
            self._wanted = end + len(END_OF_HEAD) + _number(self._buffer[:end], LENGTH)
        if self._wanted and len(self._buffer) >= self._wanted:
            answer, self._buffer, self._wanted = self._buffer, b"", 0
            self._note(answer)

    def _note(self, answer: bytes) -> None:
        if BUSY in answer[:16]:
            self._tally.turned_away += 1
            wait = _number(answer.partition(END_OF_HEAD)[0], RETRY_AFTER)
            asyncio.get_running_loop().call_later(wait, self._transport.write, self._request)
            return
        self._tally.milliseconds.append((time.perf_counter() - self._since) * 1000)
        self._tally.answers.append(answer)
        self._send()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(ConnectionError("the receiver closed the connection"))

    def _send(self) -> None:
        request = next(self._source, None)
        if request is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._request, self._since = request, time.perf_counter()
        self._transport.write(request)


def _number(head: bytes, name: bytes) -> int:
    """The value of a header that is a number."""
    return int(head.lower().partition(name)[2].split(b"\r\n", 1)[0])


class Bodies:
    """Makes the requests, each with new ids."""

    def __init__(self, job: Job) -> None:
        self._job, self._maker = job, load.Maker(job.seed)
        host = urlsplit(job.address).netloc
        self._head = (
            f"POST /api/v1/events HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {job.key}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()

    def make(self, count: int) -> list[Body]:
        return [self._make() for _ in range(count)]

    def _make(self) -> Body:
        batch = self._job.batch
        calls = list(self._maker.calls(load.spread(utc_now(), self._job.spread_seconds, batch)))
        sent = [call.sent for call in calls]
        body = msgspec.json.encode(sent if batch > 1 else sent[0])
        return b"%b%d%b%b" % (self._head, len(body), END_OF_HEAD, body), load.totals(calls)


async def send(job: Job, requests: Iterator[bytes]) -> Tally:
    """Send them all on the job's connections."""
    tally, loop = Tally(), asyncio.get_running_loop()
    host, _, port = urlsplit(job.address).netloc.partition(":")
    started = time.perf_counter()
    opened = [
        await loop.create_connection(lambda: Connection(requests, tally), host, int(port))
        for _ in range(job.connections)
    ]
    await asyncio.gather(*(connection.done for _, connection in opened))
    tally.seconds = time.perf_counter() - started
    return tally


async def warm_up(job: Job, make: Callable[[int], list[Body]]) -> tuple[float, Totals]:
    """Requests a second, and what the warm-up came to. The first round is not timed."""
    sums, seconds, requests, count = Totals(), 0.0, 0, job.connections
    while seconds < job.warm_up_seconds:
        bodies = make(count)
        tally = await send(job, iter([body for body, _ in bodies]))
        check(tally, job, count)
        sums = sums.plus(_sum(bodies))
        if count > job.connections:
            seconds += tally.seconds
            requests += count
        count = max(count + 1, int(count / tally.seconds * job.warm_up_seconds / 2))
    return requests / seconds, sums


def check(tally: Tally, job: Job, requests: int) -> int:
    """How many calls were accepted; ends the program when one was not."""
    accepted = 0
    for answer in tally.answers:
        head, _, body = answer.partition(END_OF_HEAD)
        found: dict[str, Any] = msgspec.json.decode(body) if b" 200 " in head[:16] else {}
        if found.get("accepted") != job.batch:
            raise SystemExit(f"{head.splitlines()[0]!r}: {body[:500]!r}")
        accepted += job.batch
    if len(tally.answers) != requests:
        raise SystemExit(f"{requests} requests were sent, {len(tally.answers)} answered")
    return accepted


def _sum(bodies: list[Body]) -> Totals:
    sums = Totals()
    for _, totals in bodies:
        sums = sums.plus(totals)
    return sums


def prepare(job: Job, make: Callable[[int], list[Body]], rate: float) -> list[Body]:
    """About as many as fit into the time."""
    wanted = int(rate * job.seconds * MARGIN) + job.connections
    if job.is_reusing:
        made = make(min(wanted, max(REUSED_BODIES, job.connections)))
        return list(itertools.islice(itertools.cycle(made), wanted))
    first = make(1)
    return first + make(min(wanted, MOST_PREPARED_BYTES // len(first[0][0])) - 1)


def main() -> None:
    job = msgspec.json.decode(sys.stdin.readline(), type=Job)
    make = Bodies(job).make
    rate, sums = uvloop.run(warm_up(job, make))
    bodies = prepare(job, make, rate)
    gc.collect()
    gc.disable()
    print("ready", flush=True)
    sys.stdin.readline()
    tally = uvloop.run(send(job, iter([body for body, _ in bodies])))
    accepted, times = check(tally, job, len(bodies)), sorted(tally.milliseconds)
    outcome = Outcome(
        seconds=tally.seconds,
        requests=len(times),
        accepted=accepted,
        turned_away=tally.turned_away,
        p50=quantile(times, 0.5),
        p95=quantile(times, 0.95),
        p99=quantile(times, 0.99),
        totals=sums if job.is_reusing else sums.plus(_sum(bodies)),
    )
    sys.stdout.buffer.write(msgspec.json.encode(outcome) + b"\n")


def quantile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


if __name__ == "__main__":
    main()
