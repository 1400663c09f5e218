"""Taking what OpenTelemetry exports: calls go the way of every event, the rest is left out."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.core.database import AsyncSession
from app.core.periods import utc_now
from app.ingest import queries, service
from app.ingest.rules import limits
from app.ingest.rules.decoding import Decoded
from app.ingest.rules.otel import metrics, to_events, wire
from app.ingest.rules.otel.logs import to_log_events
from app.ingest.rules.otel.metrics import Point
from app.ingest.rules.preparing import Sender
from app.ingest.service import Rejected
from app.ingest.writer import GroupWriter
from app.pricing.shelf import PriceShelf
from app.usage import service as ledger

MAX_NAMED = 5


class Taken(NamedTuple):
    """How many were rejected, and why; empty when none was."""

    rejected: int = 0
    message: str = ""


async def take_traces(writer: GroupWriter, shelf: PriceShelf, sender: Sender, body: bytes, kind: str) -> Taken:
    """Raises BodyInvalid, LedgerUnavailable and BacklogFull; sent again, what was stored before is a repeat."""
    request = wire.parse(body, kind, wire.new_request("traces"))
    return await _take(writer, shelf, sender, to_events(list(wire.spans(request))), len(body))


async def take_logs(writer: GroupWriter, shelf: PriceShelf, sender: Sender, body: bytes, kind: str) -> Taken:
    """Raises what `take_traces` raises."""
    request = wire.parse(body, kind, wire.new_request("logs"))
    return await _take(writer, shelf, sender, to_log_events(wire.records(request)), len(body))


async def take_metrics(writer: GroupWriter, shelf: PriceShelf, sender: Sender, body: bytes, kind: str) -> Taken:
    """Metrics are sums of calls that come as spans too: none becomes a call, and none is priced.

    Raises BodyInvalid and LedgerUnavailable.
    """
    request = wire.parse(body, kind, wire.new_request("metrics"))
    now = utc_now()
    points = list(metrics.points(request, sender.workspace_id, now))
    if points:
        with ledger.named_failures():
            async with writer.sessions() as session, session.begin():
                await _count(session, sender.workspace_id, points, now)
    return Taken()


async def _count(session: AsyncSession, workspace_id: UUID, points: Sequence[Point], now: datetime) -> None:
    seen = await queries.hold_series(session, workspace_id, list({point.series for point in points}), now)
    tokens, known = metrics.add_up(points, seen)
    await queries.add_metrics(session, workspace_id, tokens, known, now)


async def _take(writer: GroupWriter, shelf: PriceShelf, sender: Sender, events: Decoded, size: int) -> Taken:
    rejected: list[Rejected] = []
    for start in range(0, len(events), limits.MAX_EVENTS):
        some = events[start : start + limits.MAX_EVENTS]
        receipt = await service.take(writer, shelf, sender, some, size=size * len(some) // len(events))
        rejected.extend(receipt.rejected)
    return Taken(len(rejected), _told(rejected, len(events)))


def _told(rejected: Sequence[Rejected], calls: int) -> str:
    if not rejected:
        return ""
    named = dict.fromkeys(f"{refusal.code}: {refusal.detail}" for refusal in rejected)
    reasons = "; ".join(list(named)[:MAX_NAMED])
    return f"{len(rejected)} of {calls} calls were not taken. {reasons}"
