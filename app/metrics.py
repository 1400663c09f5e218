"""`/metrics`: what Prometheus reads. Off until a token is set; names of workspaces only where that is asked for."""

import asyncio
import hmac
import time
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Annotated, ClassVar, Final

from fastapi import APIRouter, Depends, Header, Request, Response, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from app.analytics import queries
from app.auth.dependencies import SettingsDep
from app.budgets import service as budgets
from app.core.database import AsyncSession
from app.core.errors import NotAuthenticated
from app.core.log import get_logger
from app.core.periods import utc_now
from app.jobs import backlog
from app.jobs.backlog import Backlog
from app.usage.errors import LedgerUnavailable
from app.usage.service import Sessions, named_failures

log = get_logger(__name__)
router = APIRouter(include_in_schema=False)
# several Prometheus servers and an impatient one cost one query
SPENDING_SECONDS: Final = 30.0
WAITING_SECONDS: Final = 5.0


_bearer = HTTPBearer(scheme_name="metrics_token", auto_error=False)


def prometheus(settings: SettingsDep, shown: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]) -> None:
    """Raises NotAuthenticated unless the token is set and shown."""
    if settings.metrics_token is None:
        raise NotAuthenticated("Metrics are off. To turn them on, set TOKENBOARD_METRICS_TOKEN: openssl rand -hex 32")
    expected = settings.metrics_token.get_secret_value()
    # in a time that tells nothing of how much of it was right
    if shown is None or not hmac.compare_digest(shown.credentials.encode(), expected.encode()):
        raise NotAuthenticated("Send the token: Authorization: Bearer $TOKENBOARD_METRICS_TOKEN")


@router.get("/metrics", dependencies=[Depends(prometheus)])
async def read_metrics(request: Request, settings: SettingsDep, accept: Annotated[str, Header()] = "") -> Response:
    """All figures of this service, of all its processes."""
    state = request.app.state
    spending: Spending = state.spending
    waiting: Waiting = state.waiting
    further = [*await waiting.read(state.sessionmaker)]
    if settings.metrics_spend:
        further += await spending.read(state.sessionmaker)
    body, media_type = await asyncio.to_thread(state.metrics.render, accept, further)
    return Response(body, headers={"Content-Type": media_type, "Cache-Control": "no-store"})


class _Kept:
    """What is read from the database and kept a moment.

    A scrape goes on without it when the database is away: that is when the other figures are wanted most.
    """

    seconds: ClassVar[float]

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = asyncio.Lock()
        self._kept: Sequence[Metric] = ()
        self._until = 0.0

    async def read(self, sessions: Sessions) -> Sequence[Metric]:
        async with self._lock:
            if self._clock() >= self._until:
                self._kept = await self._ask_if_reachable(sessions)
                self._until = self._clock() + self.seconds
            return self._kept

    async def _ask_if_reachable(self, sessions: Sessions) -> Sequence[Metric]:
        try:
            with named_failures():
                async with sessions() as session:
                    return await self._ask(session)
        except LedgerUnavailable:
            log.warning("metrics go without what the database knows: it is not reachable")
            return ()

    async def _ask(self, session: AsyncSession) -> Sequence[Metric]:
        raise NotImplementedError


class Spending(_Kept):
    """What was spent, from the rollups."""

    seconds = SPENDING_SECONDS

    async def _ask(self, session: AsyncSession) -> Sequence[Metric]:
        return _spending(await queries.spent(session, utc_now()))


class Waiting(_Kept):
    """What waits in the queue of jobs and in the outbox, and reservations of budgets."""

    seconds = WAITING_SECONDS

    async def _ask(self, session: AsyncSession) -> Sequence[Metric]:
        return [*_waiting(await backlog.read(session)), _held(await budgets.count_leases(session))]


def _waiting(found: Backlog) -> Iterator[Metric]:
    queue = GaugeMetricFamily("tokenboard_jobs", "Jobs in the queue, by state.", labels=["state"])
    queue.add_metric(["due"], found.jobs_waiting)
    queue.add_metric(["running"], found.jobs_running)
    yield queue
    outbox = GaugeMetricFamily("tokenboard_deliveries", "Deliveries that are not sent, by state.", labels=["state"])
    outbox.add_metric(["waiting"], found.letters_waiting)
    outbox.add_metric(["dead"], found.letters_dead)
    yield outbox
    yield GaugeMetricFamily(
        "tokenboard_mails_dead", "Of the dead, mails to people, which no channel lists.", value=found.mails_dead
    )
    oldest = GaugeMetricFamily(
        "tokenboard_oldest_due_seconds", "For how long the oldest of it could have been done.", labels=["of"]
    )
    oldest.add_metric(["jobs"], found.jobs_oldest)
    oldest.add_metric(["deliveries"], found.letters_oldest)
    yield oldest
    if found.looked is not None:
        yield GaugeMetricFamily(
            "tokenboard_jobs_looked_seconds", "Since somebody last looked for work.", value=found.looked
        )


def _held(leases: int) -> Metric:
    return GaugeMetricFamily("tokenboard_reservations", "Reservations of budgets whose lease runs.", value=leases)


def _spending(spent: Sequence[queries.Spent]) -> Sequence[Metric]:
    labels = ["workspace", "provider", "model", "period"]
    usd = GaugeMetricFamily(
        "tokenboard_spend_usd", "Tracked spend since midnight or the first (UTC). For display.", labels=labels
    )
    unpriced = GaugeMetricFamily(
        "tokenboard_unpriced_calls", "Calls that are not in it: no price known.", labels=labels
    )
    for row in spent:
        for period, cost, calls in (("month", row.month, row.unpriced_month), ("today", row.today, row.unpriced_today)):
            place = [row.workspace, row.provider, row.model, period]
            if cost is not None:  # unknown is never zero
                usd.add_metric(place, _shown(cost))
            unpriced.add_metric(place, calls)
    return usd, unpriced


def _shown(cost: Decimal) -> float:
    """Prometheus knows floats only. Nothing is computed from this; the sum itself was exact."""
    return float(cost)
