"""What was lost, and why: counts that only grow, told to the server with what does arrive."""

import threading


class Drops:
    """Counts by reason since this process started sending."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # an object that is collected while it is held may count a drop too
        self._counts: dict[str, int] = {}

    def add(self, reason: str, count: int = 1) -> None:
        with self._lock:
            self._counts[reason] = self._counts.get(reason, 0) + count

    def counts(self) -> dict[str, int]:
        """All reasons, also what the server refused event by event (`rejected_...`)."""
        with self._lock:
            return dict(self._counts)

    def told(self) -> dict[str, int]:
        """What the server cannot know by itself: it counts what it rejected."""
        return {reason: count for reason, count in self.counts().items() if not reason.startswith("rejected_")}
