"""Log records that tell of calls: the conventions' own event, and what programs log that speak other words."""

from collections.abc import Iterable

from app.ingest.rules.decoding import Decoded
from app.ingest.rules.otel import about, claude_code, codex, gemini_cli, read_call, to_events
from app.ingest.rules.otel.wire import DETAILS, Record


def to_log_events(records: Iterable[Record]) -> Decoded:
    """The calls in the records of one export; records of anything else are left out."""
    return to_events([record.span for record in records if _is_agents(record) or _is_report(record)])


def _is_agents(record: Record) -> bool:
    """Whether a coding agent tells of one call."""
    return any(agent.reads_record(record.span) for agent in (claude_code, codex, gemini_cli))


def _is_report(record: Record) -> bool:
    """Whether it is the conventions' own, and tells whose model it was, and what was used or how it failed.

    What does not (OpenLIT's records name no provider) would take the place of the span that does and comes later.
    """
    call = read_call(record.span) if record.name == DETAILS else None
    if call is None or call.provider is None:
        return False
    return bool(call.usage) or about.failure(record.span)[0] == "error"
