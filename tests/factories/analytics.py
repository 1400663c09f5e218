"""Calls with given figures, written through the ledger: what was priced is not asked again."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.ids import new_id
from app.usage.rules.columns import to_columns, token_sums
from app.usage.rules.events import FIELDS, NewEvent, as_json, event_key


def make_call(
    workspace_id: UUID,
    at: datetime,
    cost: str | None = "1",
    *,
    event_id: str | None = None,
    counts: dict[str, int | Decimal] | None = None,
    **fields: Any,
) -> NewEvent:
    """A call that cost so much: None is unpriced, "0" is free. Recorded two seconds after it was made."""
    event_id = event_id or str(new_id())
    leaves = to_columns(counts or {})._asdict()
    known: dict[str, Any] = {
        "provider": "openai",
        "model": "gpt-4o",
        "status": "ok",
        "usage_status": "final",
        "price_version": "test",
        "price_state": "unpriced" if cost is None else "priced" if Decimal(cost) else "free",
        "unpriced_reason": "unknown_model" if cost is None else None,
        "cost": None if cost is None else Decimal(cost),
        **leaves,
        "meters": as_json(leaves["meters"]),
        "recorded_at": at + timedelta(seconds=2),
        **fields,
    }
    identity: dict[str, Any] = {
        "workspace_id": workspace_id,
        "event_id": event_id,
        "event_key": event_key(event_id),
        "occurred_at": at,
    }
    return NewEvent(**{**dict.fromkeys(FIELDS), **known, **identity}, tokens=token_sums(counts or {}))


@contextmanager
def selects_on(connection: AsyncConnection) -> Iterator[list[str]]:
    """The questions that are sent to the database while the block runs."""
    seen: list[str] = []

    def note(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            seen.append(statement)

    assert connection.sync_connection is not None
    event.listen(connection.sync_connection, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(connection.sync_connection, "before_cursor_execute", note)
