"""Single calls, read from the events."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.analytics.rules import Call, CallFilter, EarlierPrice
from app.repricings.models import Repricing
from app.usage.models import Event, EventKey, EventPrice, text_mark
from app.usage.rules.columns import LeafColumns, from_columns
from app.usage.rules.events import event_key
from app.usage.rules.packing import usage_object
from app.usage.rules.tags import OWN
from app.workspaces.rules import WorkspaceId

# what the question calls otherwise than the table
_COLUMN_OF: Final = {"api_key": "api_key_id"}
# found by their marks, which are in an index
_MARKED: Final = frozenset({"session_id", "trace_id"})
_LEAVES: Final = LeafColumns._fields
# read for one call only: large, or of no use in a list
_DETAILS: Final = ("plain_usage", "packed_usage", "convention", "facts")
_UNSHOWN: Final = frozenset({"workspace_id", "kind", *_DETAILS, *_LEAVES})
# attribute names, not column names: `user` is kept in another column
_SHOWN: Final = tuple(
    name
    for name in Event.__mapper__.columns.keys()  # noqa: SIM118 - no dict
    if name not in _UNSHOWN and not name.startswith("kept_")
)
_PRICES: Final = (
    "price_state",
    "unpriced_reason",
    "cost",
    "list_cost",
    "contracted_cost",
    "priced_as",
    "price_version",
)
_COLUMNS: Final = tuple(getattr(Event, name).label(name) for name in (*_SHOWN, *_LEAVES))


async def calls(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    wanted: CallFilter,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Call]:
    """Newest first, those that come after the call with the sort key `after`."""
    statement = (
        select(*_COLUMNS)
        .where(Event.workspace_id == workspace_id, *_conditions(workspace_id, wanted), *_later_pages(after))
        .order_by(Event.occurred_at.desc(), Event.event_key.desc())
        .limit(limit)
    )
    return [_call(row) for row in await session.execute(statement)]


async def call(session: AsyncSession, workspace_id: WorkspaceId, event_id: str) -> Call | None:
    """The call with this event id. Its key tells when it was, and so in which partition it lies."""
    same = and_(
        Event.workspace_id == EventKey.workspace_id,
        Event.occurred_at == EventKey.occurred_at,
        Event.event_key == EventKey.event_key,
    )
    statement: Select[Any] = (
        select(*_COLUMNS, *(getattr(Event, name) for name in _DETAILS))
        .join_from(EventKey, Event, same)
        .where(
            EventKey.workspace_id == workspace_id,
            EventKey.event_key == event_key(event_id),
            Event.event_id == event_id,
        )
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else _with_usage(_call(row))


def _with_usage(call: Call) -> Call:
    fields = dict(call.fields)
    raw_usage = usage_object(fields.pop("plain_usage"), fields.pop("packed_usage"))
    return replace(call, fields={**fields, "raw_usage": raw_usage})


async def earlier_prices(session: AsyncSession, workspace_id: WorkspaceId, call: Call) -> list[EarlierPrice]:
    """What re-pricings found at the call when they changed it, the latest first."""
    same = and_(
        EventPrice.workspace_id == Repricing.workspace_id,
        EventPrice.repricing_id == Repricing.id,
        EventPrice.occurred_at == call.occurred_at,
        EventPrice.event_key == call.event_key,
    )
    columns: list[Any] = [
        Repricing.id.label("repricing_id"),
        Repricing.applied_at.label("changed_at"),
        Repricing.undone_at,
        *(getattr(EventPrice, name) for name in _PRICES),
    ]
    statement: Select[Any] = (
        select(*columns)
        .join_from(Repricing, EventPrice, same)
        .where(Repricing.workspace_id == workspace_id)
        .order_by(Repricing.id.desc())
    )
    return [EarlierPrice(*row) for row in await session.execute(statement)]


def _conditions(workspace_id: WorkspaceId, wanted: CallFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.start:
        conditions.append(Event.occurred_at >= wanted.start)
    if wanted.end:
        conditions.append(Event.occurred_at < wanted.end)
    for name, value in wanted.equal.items():
        if name.startswith(OWN):
            # a tag without a value is as good as none
            conditions.append(func.coalesce(Event.tags.op("->>")(name.removeprefix(OWN)), "") == value)
            continue
        column = getattr(Event, _COLUMN_OF.get(name, name))
        conditions.append(column == value if value else column.is_(None))
        if value and name in _MARKED:
            conditions.append(text_mark(Event.workspace_id, column) == text_mark(workspace_id, value))
    return conditions


def _later_pages(after: tuple[datetime, UUID] | None) -> list[ColumnElement[bool]]:
    if after is None:
        return []
    # the plain bound says nothing new, but it is the one by which later months are left unread
    return [Event.occurred_at <= after[0], tuple_(Event.occurred_at, Event.event_key) < after]


def _call(row: Row[Any]) -> Call:
    fields = dict(row._mapping)  # noqa: SLF001 - the public name of SQLAlchemy's mapping begins with an underscore
    leaves = LeafColumns(**{name: fields.pop(name) for name in _LEAVES})
    key = fields.pop("event_key")
    return Call(event_key=key, occurred_at=row.occurred_at, counts=from_columns(leaves), fields=fields)
