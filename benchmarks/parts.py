"""What one event costs the service, part by part, in CPU time: `python -m benchmarks.parts`. No database."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from app.core.ids import quick_uuid
from app.ingest.rules.accounting import Account, Origin
from app.ingest.rules.decoding import decode
from app.ingest.rules.incoming import IncomingEvent
from app.ingest.rules.preparing import Sender, prepare
from app.pricing.rules.call import Pricing
from app.pricing.service import PriceBook
from app.usage.rules.events import row
from app.usage.rules.kinds import kinds_of, number_of
from app.usage.rules.rollups import roll_up
from app.usage.rules.tags import tag_up
from benchmarks._report import Report, options
from scripts.load import Maker, spread

EVENTS: Final = 500
ROUNDS: Final = 40
NOW: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)
SENDER: Final = Sender(quick_uuid(b"w" * 16), quick_uuid(b"k" * 16))
KINDS: Final = ("flat", "chat", "messages")


def kind_of(sent: dict[str, Any]) -> str:
    return sent["api"] if "raw_usage" in sent else "flat"


def body(kind: str) -> bytes:
    """A batch of made-up calls within a minute that all count in one way."""
    made = (call.sent for call in Maker(1).calls(spread(NOW, 60, 100 * EVENTS)))
    events = [sent for sent in made if kind_of(sent) == kind][:EVENTS]
    return msgspec.json.encode({"events": events})


def fastest(action: Callable[[], object]) -> float:
    """CPU microseconds an event, the least of many rounds: what others take of the machine is left out."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.thread_time()
        action()
        best = min(best, time.thread_time() - start)
    return best / EVENTS * 1e6


def parts(kind: str, pricing: Pricing) -> dict[str, float]:
    sent = body(kind)
    events = [event for event in decode(sent).events if isinstance(event, IncomingEvent)]
    ready = [prepare(event, SENDER, pricing, NOW) for event in events]
    origin = Origin(SENDER.workspace_id, SENDER.key_id, NOW)
    rollups = roll_up(ready)
    numbers = {kind: number_of(kind) for kind in kinds_of(ready)}
    return {
        "decode": fastest(lambda: decode(sent)),
        "prepare": fastest(lambda: [prepare(event, SENDER, pricing, NOW) for event in events]),
        "sums by hour": fastest(lambda: roll_up(ready).hourly),
        "sums by day": fastest(rollups.daily),
        "sums by tag": fastest(lambda: tag_up(ready).rows()),
        "rows": fastest(lambda: [row(event, numbers) for event in ready]),
        "account": fastest(lambda: Account().add(origin, ready, 0, ())),
    }


def main() -> None:
    report = Report("parts", options(__doc__).parse_args().markdown)
    book = PriceBook.load()
    measured = {kind: parts(kind, book.pricing) for kind in KINDS}
    report.head(f"CPU microseconds an event, batches of {EVENTS}", ("part", *KINDS), first=20)
    for part in measured[KINDS[0]]:
        report.row(part, *(f"{measured[kind][part]:.2f}" for kind in KINDS))
    report.row("together", *(f"{sum(measured[kind].values()):.2f}" for kind in KINDS))
    report.finish()


if __name__ == "__main__":
    main()
