"""Taking what OpenTelemetry exports: calls go the way of every event, the rest is left out."""

from collections.abc import Sequence
from typing import NamedTuple

from app.ingest import service
from app.ingest.rules import limits
from app.ingest.rules.decoding import Decoded
from app.ingest.rules.otel import to_events, wire
from app.ingest.rules.otel.logs import to_log_events
from app.ingest.rules.preparing import Sender
from app.ingest.service import Rejected
from app.ingest.writer import GroupWriter
from app.pricing.shelf import PriceShelf

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
    """Metrics are sums of calls that come as spans too: none becomes a call, and none is priced."""
    wire.parse(body, kind, wire.new_request("metrics"))
    return Taken()


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
