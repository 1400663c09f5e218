"""Log records that tell of calls: the conventions' own event, and what programs log that speak other words."""

from collections.abc import Iterable

from app.ingest.rules.decoding import Decoded
from app.ingest.rules.otel import to_events
from app.ingest.rules.otel.wire import DETAILS, Record


def to_log_events(records: Iterable[Record]) -> Decoded:
    """The calls in the records of one export; records of anything else are left out."""
    return to_events([record.span for record in records if record.name == DETAILS])
