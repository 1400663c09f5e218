"""API keys that were checked a moment ago, so that a busy sender does not cost a query per request."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from app.workspaces.rules import Machine

# a key revoked in this process is refused at once, one revoked in another process after this long, and a second more
# while one request asks for all
REMEMBERED_SECONDS = 5.0
ASKING_SECONDS = 1.0
MAX_KEYS = 10_000


@dataclass(slots=True)
class KeyRing:
    """Fingerprint of a key -> what it may do. Unknown keys are not remembered: anybody can make those up."""

    clock: Callable[[], float] = time.monotonic
    _known: dict[bytes, tuple[Machine, float]] = field(default_factory=dict)
    _asked: set[bytes] = field(default_factory=set)
    _refused: dict[UUID, float] = field(default_factory=dict)

    def find(self, fingerprint: bytes) -> Machine | None:
        """Whose key this is; None to the one that has to ask. The others go by what was known until it knows better."""
        machine, until = self._known.get(fingerprint, (None, 0.0))
        if machine is None or (self._refused and self.is_refused(machine.key_id)):
            return None
        now = self.clock()
        if until > now:
            return machine
        if until + ASKING_SECONDS > now and fingerprint in self._asked:
            return machine
        self._asked.add(fingerprint)
        return None

    def keep(self, fingerprint: bytes, machine: Machine) -> None:
        if len(self._known) >= MAX_KEYS:
            self._known.clear()
            self._asked.clear()
        self._asked.discard(fingerprint)
        self._known[fingerprint] = (machine, self.clock() + REMEMBERED_SECONDS)

    def drop(self, fingerprint: bytes) -> None:
        """Forget a key that was asked for and is not known any more."""
        self._known.pop(fingerprint, None)
        self._asked.discard(fingerprint)

    def refuse(self, key_id: UUID) -> None:
        """Refuse a key that is just being revoked, until every memory of it has run out."""
        now = self.clock()
        self._refused = {key: until for key, until in self._refused.items() if until > now}
        self._refused[key_id] = now + 2 * REMEMBERED_SECONDS

    def is_refused(self, key_id: UUID) -> bool:
        return self._refused.get(key_id, 0.0) > self.clock()
