"""Taking events: each is checked and priced for itself, all good ones are written in one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from app.core.database import AsyncSession
from app.core.periods import utc_now
from app.ingest import queries
from app.ingest.errors import EventRefused
from app.ingest.rules.accounting import Origin, SenderReport
from app.ingest.rules.decoding import Decoded, decode
from app.ingest.rules.incoming import IncomingEvent
from app.ingest.rules.preparing import Sender, prepare
from app.ingest.rules.settling import settlement
from app.ingest.writer import GroupWriter, Part, not_storable
from app.pricing.rules.call import Pricing
from app.pricing.service import PriceBook
from app.pricing.shelf import PriceShelf
from app.usage import service as ledger
from app.usage.rules.events import NewEvent
from app.usage.service import Refusal


@dataclass(frozen=True, slots=True)
class Rejected:
    """One event that was not taken: where it stood, and what its sender should mend."""

    index: int
    event_id: str | None
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of every event: `received` is the sum of the other three."""

    received: int
    accepted: int
    duplicates: int
    rejected: Sequence[Rejected]
    warnings: Sequence[str] = ()


async def take_body(writer: GroupWriter, shelf: PriceShelf, sender: Sender, body: bytes) -> Receipt:
    """Take the events in a JSON body, decompressed already.

    Raises what `rules.decoding` raises for the body as a whole, LedgerUnavailable and BacklogFull; then nothing is
    written.
    """
    events, report, warnings = decode(body)
    return replace(await take(writer, shelf, sender, events, report=report, size=len(body)), warnings=warnings)


async def take(
    writer: GroupWriter,
    shelf: PriceShelf,
    sender: Sender,
    events: Decoded,
    now: datetime | None = None,
    report: SenderReport | None = None,
    *,
    size: int = 0,
) -> Receipt:
    """Take events that were decoded, from any door; those that could not be are refusals. Committed on return.

    `report` is what the sending process says of itself, `size` what the events took as text.

    Raises LedgerUnavailable and BacklogFull; then nothing is written.
    """
    with ledger.named_failures():
        pricing = await shelf.of(writer.sessions, sender.workspace_id)
    now = now or utc_now()
    good, rejected = _prepare_all(events, sender, pricing, now)
    if not events and report is None:
        return Receipt(0, 0, 0, ())
    origin = Origin(sender.workspace_id, sender.key_id, now)
    settled = _settled(events, good)
    outcomes = await writer.write(Part(origin, list(good.values()), tuple(rejected), report, size, settled))
    for index, outcome in zip(good, outcomes, strict=True):
        if isinstance(outcome, Refusal):
            refused = not_storable(_readable(events[index]).event_id, outcome)
            rejected.append(Rejected(index, refused.event_id, refused.code, refused.detail))
    rejected.sort(key=lambda refused: refused.index)
    return Receipt(len(events), outcomes.count(True), outcomes.count(False), rejected)


def _settled(events: Decoded, good: Iterable[int]) -> list[UUID]:
    """The reservations that end with the events that are ready."""
    return [reserved for index in good if (reserved := _readable(events[index]).reservation_id)]


async def settle(writer: GroupWriter, shelf: PriceShelf, sender: Sender, body: bytes) -> Receipt:
    """Take the one event in a JSON body, and end the reservation that the body names beside it.

    Raises what `take_body` raises.
    """
    return await take(writer, shelf, sender, [settlement(body)], size=len(body))


async def forget(session: AsyncSession, workspace_id: UUID) -> None:
    """Delete every call of a workspace, and the account of what became of them."""
    await ledger.forget(session, workspace_id)
    await queries.delete_accounts(session, workspace_id)


def examine(book: PriceBook, sender: Sender, events: Decoded, now: datetime | None = None) -> Receipt:
    """What `take` would refuse, without storing anything; whether an event was taken before is not looked up."""
    good, rejected = _prepare_all(events, sender, book.pricing, now or utc_now())
    return Receipt(len(events), len(good), 0, rejected)


def _prepare_all(
    events: Decoded, sender: Sender, pricing: Pricing, now: datetime
) -> tuple[dict[int, NewEvent], list[Rejected]]:
    """The events that are ready, by their place, and the others."""
    good: dict[int, NewEvent] = {}
    rejected: list[Rejected] = []
    for index, event in enumerate(events):
        try:
            good[index] = prepare(_readable(event), sender, pricing, now)
        except EventRefused as refusal:
            rejected.append(Rejected(index, refusal.event_id, refusal.code, refusal.detail))
    return good, rejected


def _readable(event: IncomingEvent | EventRefused) -> IncomingEvent:
    if isinstance(event, EventRefused):
        raise event
    return event
