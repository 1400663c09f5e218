"""What goes wrong on the way: scripted answers for the next requests to a path, then the real app again."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Fault:
    """One bad answer. `status` None lets the app answer, but slowly or broken off."""

    status: int | None = None
    body: Mapping[str, object] = field(default_factory=dict)
    headers: Headers = field(default_factory=dict)
    delay_seconds: float = 0
    is_cut: bool = False


def too_many(retry_after: int | None = 0) -> Fault:
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    return Fault(429, _error("rate_limit_error", "Slow down"), headers)


def broken(status: int = 500) -> Fault:
    return Fault(status, _error("server_error", "The server had an error"))


def overloaded() -> Fault:
    return Fault(529, _error("overloaded_error", "Overloaded"))


def refused(status: int, message: str = "You may not") -> Fault:
    return Fault(status, _error("invalid_request_error", message))


def slow(seconds: float) -> Fault:
    """The headers come at once, the body later."""
    return Fault(delay_seconds=seconds)


def cut() -> Fault:
    """The connection breaks in the middle of the body."""
    return Fault(is_cut=True)


def _error(kind: str, message: str) -> dict[str, object]:
    return {"type": "error", "error": {"type": kind, "message": message, "param": None, "code": None}}


@dataclass(slots=True)
class Faults:
    """Faults by a part of the path; `every` repeats one on each n-th request. Counts what was asked."""

    script: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    every: dict[int, Fault] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def next(self, path_part: str, *faults: Fault) -> None:
        """The next requests whose path holds `path_part` get these, one each."""
        self.script[path_part].extend(faults)

    def take(self, path: str, query: str) -> Fault | None:
        self.asked.append((path, query))
        for part, waiting in self.script.items():
            if part in path and waiting:
                return waiting.popleft()
        return next((fault for n, fault in self.every.items() if len(self.asked) % n == 0), None)

    def count(self, path_part: str) -> int:
        """How many requests went to paths with this part."""
        return sum(path_part in path for path, _ in self.asked)


def with_faults(app: ASGIApp, faults: Faults) -> ASGIApp:
    """The app, behind its faults."""

    async def faulty(scope: Scope, receive: Receive, send: Send) -> None:
        fault = faults.take(scope["path"], scope["query_string"].decode()) if scope["type"] == "http" else None
        if fault is None:
            await app(scope, receive, send)
        elif fault.status is not None:
            await _answer(fault, send)
        else:
            await app(scope, receive, _spoiled(fault, send))

    return faulty


async def _answer(fault: Fault, send: Send) -> None:
    headers = {"content-type": "application/json", **fault.headers}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": fault.status, "headers": raw})
    await send({"type": "http.response.body", "body": msgspec.json.encode(fault.body)})


def _spoiled(fault: Fault, send: Send) -> Callable[[MutableMapping[str, Any]], Any]:
    async def spoiled(message: Message) -> None:
        if message["type"] == "http.response.body":
            await asyncio.sleep(fault.delay_seconds)
            if fault.is_cut:
                half = message["body"][: len(message["body"]) // 2]
                await send({"type": "http.response.body", "body": half, "more_body": True})
                raise httpx.ReadError("the connection was cut")  # what a client in the same process sees
        await send(message)

    return spoiled
