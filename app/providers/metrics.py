"""What syncs are measured by."""

from prometheus_client import CollectorRegistry, Counter

from app.providers.rules.connections import RunStatus


class SyncMetrics:
    """Runs by provider and by how they ended."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._runs = Counter(
            "tokenboard_sync_runs", "Syncs that ended, by how.", ["provider", "outcome"], registry=registry
        )

    def ended(self, provider: str, status: RunStatus) -> None:
        self._runs.labels(provider, status.value).inc()
