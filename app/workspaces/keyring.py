"""API keys that were checked a moment ago, so that a busy sender does not cost a query per request."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from app.workspaces.rules import Machine

# a key revoked in this process is refused at once, one revoked in another process after this long
REMEMBERED_SECONDS = 5.0
MAX_KEYS = 10_000


@dataclass(slots=True)
class KeyRing:
    """Fingerprint of a key -> what it may do. Unknown keys are not remembered: anybody can make those up."""

    clock: Callable[[], float] = time.monotonic
    _known: dict[bytes, tuple[Machine, float]] = field(default_factory=dict)
    _refused: dict[UUID, float] = field(default_factory=dict)

    def find(self, fingerprint: bytes) -> Machine | None:
        machine, until = self._known.get(fingerprint, (None, 0.0))
        if machine is None or until <= self.clock() or self.is_refused(machine.key_id):
            return None
        return machine

    def keep(self, fingerprint: bytes, machine: Machine) -> None:
        if len(self._known) >= MAX_KEYS:
            self._known.clear()
        self._known[fingerprint] = (machine, self.clock() + REMEMBERED_SECONDS)

    def refuse(self, key_id: UUID) -> None:
        """Refuse a key that is just being revoked, until every memory of it has run out."""
        now = self.clock()
        self._refused = {key: until for key, until in self._refused.items() if until > now}
        self._refused[key_id] = now + 2 * REMEMBERED_SECONDS

    def is_refused(self, key_id: UUID) -> bool:
        return self._refused.get(key_id, 0.0) > self.clock()
