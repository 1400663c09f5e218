"""Events on their way: gathered, closed at a limit and compressed, so that a long queue stays small."""

import gzip
import json
import time
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

MAX_EVENTS: Final = 1000
# The server takes 4 MiB compressed. Held to before compression, so that no body, however it compresses, is too large.
MAX_BYTES: Final = 3_500_000
_LEVEL: Final = 4


class Batch(NamedTuple):
    """One request's body, closed."""

    body: bytes
    events: int
    """How many."""
    told: Mapping[str, int] = {}
    """The sender's drops that it tells of."""


class Open:
    """The batch that events are being added to."""

    def __init__(self) -> None:
        self._events: list[bytes] = []
        self._size = 0
        self.since = 0.0

    def __len__(self) -> int:
        return len(self._events)

    def has_room_for(self, event: bytes) -> bool:
        return len(self._events) < MAX_EVENTS and self._size + len(event) < MAX_BYTES

    def add(self, event: bytes) -> None:
        if not self._events:
            self.since = time.monotonic()
        self._events.append(event)
        self._size += len(event) + 1

    def close(self, sender: Mapping[str, Any]) -> Batch:
        """The request that carries what was gathered; this batch is empty again."""
        batch = closed(self._events, sender)
        self.__init__()  # type: ignore[misc]
        return batch


def closed(events: list[bytes], sender: Mapping[str, Any]) -> Batch:
    """The events (JSON each) in one envelope with who sends them."""
    # the events first: that is the order in which the server reads an envelope fastest
    envelope = b'{"events":[%s],"sender":%s}' % (b",".join(events), json.dumps(sender).encode())
    return Batch(gzip.compress(envelope, _LEVEL, mtime=0), len(events), sender["dropped"])


def halves(batch: Batch) -> list[Batch]:
    """The batch as two smaller ones; none for a single event, which cannot be made smaller."""
    envelope = json.loads(gzip.decompress(batch.body))
    events = [json.dumps(event, separators=(",", ":")).encode() for event in envelope["events"]]
    if len(events) < 2:
        return []
    middle = len(events) // 2
    return [closed(part, envelope["sender"]) for part in (events[:middle], events[middle:])]
