"""The one choke point: a call is made as the program wants it, and what it used is written down beside it.

The program's call comes first and is never spoiled: whatever is read, is read under `Call`'s guard; what fails there is
counted (`reader_failed`), and the program gets what the vendor's client gave.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tokenboard.client import Client, client
from tokenboard.events import Event
from tokenboard.ids import new_id
from tokenboard.leases import Hold
from tokenboard.log import log
from tokenboard.scope import current

Fields = Mapping[str, Any]


class Wishes(NamedTuple):
    """What the program says of a client that it wraps; None where it says nothing."""

    provider: str | None = None
    stream_usage: bool | None = None
    enforce_budgets: bool | None = None


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
        "body",
        "client",
        "fields",
        "first_token",
        "hold",
        "http_status",
        "is_done",
        "is_held",
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
        self.is_held = False
        """Whether it must not be made before it is within its budgets (reserving.py)."""
        self.body: Any = None
        """Its request, as long as it is needed for that."""
        self.hold: Hold | None = None
        self.at = time.time()
        self.started = time.perf_counter()

    def reserved(self, hold: Hold | None) -> None:
        """It may be made, and holds this. Only now it begins."""
        self.hold, self.body = hold, None
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
        if self.hold is not None:
            self._settle(self.hold, event)
        return event

    def _settle(self, hold: Hold, event: Event) -> None:
        """What it held ends with the event that is stored, or, where it cost nothing, at once."""
        if event["status"] == "error" and not (event.get("raw_usage") or event.get("usage")):
            self.client.gate.leases.release(hold)
        else:
            event["reservation_id"] = hold.id
            hold.is_over = True

    def _lose(self) -> None:
        log.debug("a call was not read", exc_info=True)
        self.client.lost("reader_failed")


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


def begin(operation: Operation, fields: Event, wishes: Wishes | None = None, body: Any = None) -> Call | None:
    """Start the clock of a call. None when nothing is tracked.

    `body` is its request, for calls that can be held to budgets, where `wishes` or the settings want that.
    """
    here = client()
    if here.transport is None:
        return None
    call = Call(here, operation, fields)
    if wishes is not None and _is_enforced(here, wishes) and not operation.is_silent_failing:
        call.is_held, call.body = True, body
    return call


def _is_enforced(here: Client, wishes: Wishes) -> bool:
    return here.settings.enforce_budgets if wishes.enforce_budgets is None else wishes.enforce_budgets


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
