"""Events as senders write them, and as the ledger takes them."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.core.ids import new_id
from app.core.periods import utc_now
from app.ingest.rules.incoming import read_event
from app.ingest.rules.preparing import Sender, prepare
from app.pricing import service as pricing
from app.usage.rules.events import NewEvent


def make_body(**fields: Any) -> dict[str, Any]:
    """One event as JSON; a call that the price book knows, unless `fields` say otherwise."""
    return {"provider": "openai", "model": "gpt-4-0613", "occurred_at": "2023-11-16T18:17:03Z", **fields}


def make_event(
    workspace_id: UUID, *, key_id: UUID | None = None, now: datetime | None = None, **fields: Any
) -> NewEvent:
    """One event ready to be written, made by the same code as at ingest."""
    book = pricing.load_default()
    given = {"input_tokens": 1000, "output_tokens": 500, "event_id": str(new_id()), **make_body(**fields)}
    return prepare(read_event(given), Sender(workspace_id, key_id), book.pricing, now or utc_now())


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its decimals as text: equal only when they agree digit for digit, idle zeros too."""
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in row.items()}
