"""Figures of the running service for Prometheus: where packages put theirs, and how they are written out.

Several processes of one service share a folder: each counts in files of its own, and whichever is asked adds them
up. Nothing here is per event; what is counted is counted per request or per group.
"""

import os
import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, values
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import InfoMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import Pool, event
from starlette.types import Scope

from app import __version__

ALONE: Final = 1
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# What no route answered, so that made-up addresses and methods make no series of their own.
OTHER: Final = "(other)"
SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Shared:
    """The folder the processes of a service count in, and which of them this is.

    A number and no process id: who takes the place of a dead one goes on counting in its files, so that sums never
    fall and files never pile up.
    """

    folder: Path
    number: int

    def join(self) -> None:
        """From now on count there. Call it before any metric is made."""
        # the one way the library knows to be told; read by it each time it opens a file
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(self.folder)
        values.ValueClass = values.MultiProcessValue(lambda: self.number)
        (self.folder / f"{self.number}.pid").write_text(str(os.getpid()))

    def bury(self) -> None:
        """Forget what only a living process has: connections, a backlog. What it counted stays."""
        mark_process_dead(self.number, str(self.folder))
        (self.folder / f"{self.number}.pid").unlink(missing_ok=True)


class Metrics:
    """The figures of one application."""

    def __init__(self, shared: Shared | None = None) -> None:
        disable_created_metrics()
        if shared is not None:
            shared.join()
        self._shared = shared
        self.registry = CollectorRegistry()

    def render(self, accept: str, further: Sequence[Metric] = ()) -> tuple[bytes, str]:
        """All figures in the format that is asked for, with its media type; `further` were made for this answer.

        It reads files: call it in a thread.
        """
        whole = CollectorRegistry()
        whole.register(_Processes(self._processes))
        whole.register(_Made([_build(), *further]))
        if self._shared is None:
            whole.register(self.registry)
        else:
            MultiProcessCollector(whole, str(self._shared.folder))
        encode, media_type = choose_encoder(accept)
        return encode(whole), media_type

    def _processes(self) -> dict[int, str]:
        """Worker number -> process id."""
        if self._shared is None:
            return {ALONE: "self"}
        return {int(file.stem): file.read_text() for file in sorted(self._shared.folder.glob("*.pid"))}


class _Made(Collector):
    def __init__(self, made: Sequence[Metric]) -> None:
        self._made = made

    def collect(self) -> Iterable[Metric]:
        return self._made


class _Processes(Collector):
    """The usual `process_*` figures, with the number of the worker: the library's own know one process only."""

    def __init__(self, processes: Callable[[], dict[int, str]]) -> None:
        self._processes = processes

    def collect(self) -> Iterable[Metric]:
        families: dict[str, Metric] = {}
        for number, process in self._processes().items():
            for found in ProcessCollector(pid=lambda process=process: process, registry=None).collect():  # type: ignore[misc]
                family = families.setdefault(found.name, Metric(found.name, found.documentation, found.type))
                for sample in found.samples:
                    family.add_sample(sample.name, {"worker": str(number)}, sample.value)
        return families.values()


def _build() -> Metric:
    facts = {"version": __version__, "python": platform.python_version()}
    return InfoMetricFamily("tokenboard_build", "What runs here.", value=facts)


class HttpMetrics:
    """Requests by the template of their route, never by their address."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "tokenboard_http_requests", "Requests answered.", ["method", "route", "status"], registry=registry
        )
        self._seconds = Histogram(
            "tokenboard_http_request_duration_seconds",
            "From the first byte of a request to the last of its answer.",
            ["method", "route"],
            buckets=SECONDS,
            registry=registry,
        )
        self._found: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def answered(self, scope: Scope, status: int, seconds: float) -> None:
        """Count a request. `scope` as the router left it."""
        key = scope["method"], getattr(scope.get("route"), "path", OTHER), status
        # looked up here and not in the library, which takes longer for it than for counting
        found = self._found.get(key) or self._find(key)
        found[0].inc()
        found[1].observe(seconds)

    def _find(self, key: tuple[str, str, int]) -> tuple[Counter, Histogram]:
        method, route, status = key
        if method not in METHODS:
            method = OTHER
        found = self._requests.labels(method, route, str(status)), self._seconds.labels(method, route)
        if method != OTHER:
            self._found[key] = found
        return found


def watch_pool(pool: Pool, registry: CollectorRegistry, limit: int | None) -> None:
    """Count the pool's connections as they come and go; `limit` is how many there may be, None where nothing limits."""
    connections = Gauge(
        "tokenboard_database_connections",
        "Connections to the database, by state.",
        ["state"],
        registry=registry,
        multiprocess_mode="livesum",
    )
    is_open, in_use = connections.labels("open"), connections.labels("in_use")
    for happening, gauge, change in (
        ("connect", is_open, 1),
        ("close", is_open, -1),
        ("checkout", in_use, 1),
        ("checkin", in_use, -1),
    ):
        event.listen(pool, happening, _adding(gauge, change))
    if limit is not None:
        Gauge(
            "tokenboard_database_connections_limit",
            "Connections that all processes may open together.",
            registry=registry,
            multiprocess_mode="livesum",
        ).set(limit)


def _adding(gauge: Gauge, change: int) -> Callable[..., None]:
    return lambda *_: gauge.inc(change)
