"""`/metrics`: what Prometheus reads. Off until a token is set; names of workspaces only where that is asked for."""

import asyncio
import hmac
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Request, Response, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from app.analytics import queries
from app.auth.dependencies import SettingsDep
from app.core.errors import NotAuthenticated
from app.core.log import get_logger
from app.core.periods import utc_now
from app.usage.errors import LedgerUnavailable
from app.usage.service import Sessions, named_failures

log = get_logger(__name__)
router = APIRouter(include_in_schema=False)
# several Prometheus servers and an impatient one cost one query
SPENDING_SECONDS: Final = 30.0


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
    further = await spending.read(state.sessionmaker) if settings.metrics_spend else ()
    body, media_type = await asyncio.to_thread(state.metrics.render, accept, further)
    return Response(body, headers={"Content-Type": media_type, "Cache-Control": "no-store"})


class Spending:
    """What was spent, read from the rollups and kept a moment.

    A scrape goes on without it when the database is away: that is when the other figures are wanted most.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = asyncio.Lock()
        self._kept: Sequence[Metric] = ()
        self._until = 0.0

    async def read(self, sessions: Sessions) -> Sequence[Metric]:
        async with self._lock:
            if self._clock() >= self._until:
                self._kept = await _spending_if_reachable(sessions)
                self._until = self._clock() + SPENDING_SECONDS
            return self._kept


async def _spending_if_reachable(sessions: Sessions) -> Sequence[Metric]:
    try:
        return await _spending(sessions)
    except LedgerUnavailable:
        log.warning("metrics go without the spend: the database is not reachable")
        return ()


async def _spending(sessions: Sessions) -> Sequence[Metric]:
    with named_failures():
        async with sessions() as session:
            spent = await queries.spent(session, utc_now())
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
