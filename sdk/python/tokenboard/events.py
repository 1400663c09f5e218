"""An event between the call that made it and the wire.

The caller's thread writes it down as a few hundred bytes (`packed`), which costs about a microsecond, holds on to
nothing of the program's and gives its garbage collector nothing to walk through. All else happens later (`encoded`).
"""

import json
import marshal
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from numbers import Integral, Real
from typing import Any, Final

from tokenboard.ids import response_event_id, written

# The server's limits (docs/ingest.md). An event beyond them would be refused whole, and its cost with it.
_MAX_TEXT: Final = 256
_MAX_TEXT_BYTES: Final = 768
_MAX_PROVIDER: Final = 64
_MAX_ID: Final = 128
_MAX_TAGS: Final = 20
_MAX_TAG_KEY: Final = 64
_OBJECTS: Final = frozenset(("raw_usage", "usage"))
_AS_THEY_ARE: Final = _OBJECTS | {"tags", "occurred_at", "event_id"}

Event = dict[str, Any]
Reader = Callable[[Any], Mapping[str, Any]]


class Unread:
    """An event whose response came as bytes, which are read (`reader`) where nobody waits for it."""

    __slots__ = ("body", "event", "reader")

    def __init__(self, event: Event, body: bytes, reader: Reader) -> None:
        self.event = event
        self.body = body
        self.reader = reader

    def __len__(self) -> int:
        return len(self.body) + 1000

    def read(self) -> Event:
        """The event with what the body says. What is wrong with the body is the caller's to guard."""
        return {**self.event, **self.reader(json.loads(self.body))}


def packed(event: Event) -> bytes:
    """The event as bytes, for the queue."""
    try:
        return marshal.dumps(event)
    except ValueError:  # a value of some type of the program's own
        return marshal.dumps(plain(event))


def unpacked(record: bytes) -> Event:
    event: Event = marshal.loads(record)  # noqa: S302  (made a moment ago, by this process)
    return event


def encoded(event: Event) -> bytes:
    """The event as the server takes it, in JSON. Raises ValueError for what JSON has no number for."""
    event_id, at = event.get("event_id"), event.get("occurred_at")
    if isinstance(event_id, bytes):
        event["event_id"] = response_event_id(event.get("provider_response_id")) or written(event_id)
    elif event_id is not None:
        event["event_id"] = _text(event_id, _MAX_ID)
    if isinstance(at, float):
        event["occurred_at"] = datetime.fromtimestamp(at, timezone.utc).isoformat()
    return json.dumps(within_limits(event), separators=(",", ":"), default=str, allow_nan=False).encode()


def within_limits(event: Event) -> Event:
    """The event as the server takes it: without what is not known, and what is too long cut."""
    kept: Event = {}
    for name, value in event.items():
        if value is None:
            continue
        if isinstance(value, str) and name not in _AS_THEY_ARE:
            kept[name] = _text(value, _MAX_PROVIDER if name == "provider" else _MAX_TEXT)
        elif name == "tags":
            kept[name] = _tags(value)
        elif name in _OBJECTS and not isinstance(value, Mapping):
            continue
        else:
            kept[name] = value
    return kept


def _tags(tags: Mapping[str, Any]) -> dict[str, str]:
    """The first twenty, each as long as it may be; the empty key is none."""
    named = [(_text(str(key), _MAX_TAG_KEY), _text(str(value), _MAX_TEXT)) for key, value in tags.items()]
    return dict([(key, value) for key, value in named if key][:_MAX_TAGS])


def _text(value: Any, limit: int) -> str:
    """Cut to the limit in characters and bytes, without what no database can store."""
    text = str(value)
    if text.isascii() and "\0" not in text:
        return text[:limit]
    clean = text[:limit].replace("\0", "").encode(errors="replace")
    return clean[: limit * _MAX_TEXT_BYTES // _MAX_TEXT].decode(errors="ignore")


def plain(value: Any) -> Any:
    """The same in types that are Python's own. NumPy's would be packed as the bytes that they are made of."""
    if value is None or isinstance(value, (bool, bytes)):
        return value
    if isinstance(value, (str, int, float)):  # also their subclasses: enumerations
        return next(kind(value) for kind in (str, int, float) if isinstance(value, kind))
    if isinstance(value, Real):  # NumPy's
        return int(value) if isinstance(value, Integral) else float(value)
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return str(value)
