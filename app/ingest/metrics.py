"""What taking events is measured by. Called per request and per group, never per event."""

from collections.abc import Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

GROUP_EVENTS: Final = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000)
WRITE_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class IngestMetrics:
    """Events by what became of them, groups by size and time, and what waits."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._events = Counter(
            "tokenboard_events", "Events received, by what became of them.", ["outcome", "code"], registry=registry
        )
        # shown from the start, as 0
        self._stored, self._duplicate = self._events.labels("stored", ""), self._events.labels("duplicate", "")
        self._size = Histogram(
            "tokenboard_ingest_group_events",
            "Events written in one transaction.",
            buckets=GROUP_EVENTS,
            registry=registry,
        )
        self._seconds = Histogram(
            "tokenboard_ingest_group_write_seconds",
            "How long the transaction of a group took.",
            buckets=WRITE_SECONDS,
            registry=registry,
        )
        self._failed = Counter(
            "tokenboard_ingest_groups_failed",
            "Groups that could not be written; their senders were told to come again.",
            registry=registry,
        )
        self._turned_away = Counter(
            "tokenboard_ingest_requests_turned_away",
            "Requests answered 503 because too much waited already.",
            registry=registry,
        )
        self._waiting_events = Gauge(
            "tokenboard_ingest_backlog_events",
            "Events that wait to be written.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._waiting_bytes = Gauge(
            "tokenboard_ingest_backlog_bytes", "What they take.", registry=registry, multiprocess_mode="livesum"
        )

    def settled(self, stored: int, duplicates: int, rejected: Mapping[str, int]) -> None:
        """What became of the events of a group or a request; `rejected` by code."""
        if stored:
            self._stored.inc(stored)
        if duplicates:
            self._duplicate.inc(duplicates)
        for code, count in rejected.items():
            self._events.labels("rejected", code).inc(count)

    def wrote(self, events: int, seconds: float) -> None:
        """A group was committed."""
        self._size.observe(events)
        self._seconds.observe(seconds)

    def failed(self) -> None:
        """A group was given up."""
        self._failed.inc()

    def turned_away(self) -> None:
        """A request found the backlog full."""
        self._turned_away.inc()

    def waiting(self, events: int, size_bytes: int) -> None:
        """What waits just now."""
        self._waiting_events.set(events)
        self._waiting_bytes.set(size_bytes)
