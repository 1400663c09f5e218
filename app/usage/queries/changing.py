"""Calls read back in their order, and written again with other figures; sums follow."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, cast, delete, exists, func, literal, null, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.usage.models import DailyUsage, Event, EventPrice, HourlyUsage
from app.usage.queries.arrays import bound, insert_arrays, unnest
from app.usage.queries.kinds import SAID
from app.usage.queries.tagging import event_column
from app.usage.rules.changing import Change, Figures, LedgerCall, Place, Reading, Selection
from app.usage.rules.events import AS_NAMED
from app.usage.rules.packing import usage_object
from app.usage.rules.rollups import UsageKey, UsageSums

Rollup = type[HourlyUsage] | type[DailyUsage]
_PLACE: Final = tuple_(Event.occurred_at, Event.event_key)


def _columns() -> list[ColumnElement[Any]]:
    return [event_column(name) for name in LedgerCall._fields[:-1]]


def _raw_columns(*, with_raw: bool) -> list[ColumnElement[Any]]:
    return [cast(Event.plain_usage, Text), Event.packed_usage.expression] if with_raw else [null(), null()]


def _selected(workspace_id: UUID, wanted: Selection) -> list[ColumnElement[bool]]:
    conditions = [Event.workspace_id == workspace_id, Event.occurred_at < wanted.end]
    if wanted.start is not None:
        conditions.append(Event.occurred_at >= wanted.start)
    if wanted.provider is not None:
        conditions.append(Event.provider == wanted.provider)
    if wanted.model is not None:
        conditions.append(Event.model == wanted.model)
    if wanted.only_unpriced:
        conditions.append(Event.price_state == "unpriced")
    return conditions


async def count_calls(session: AsyncSession, workspace_id: UUID, wanted: Selection) -> int:
    found = await session.execute(select(func.count()).select_from(Event).where(*_selected(workspace_id, wanted)))
    return found.scalar_one()


async def calls_after(
    session: AsyncSession, workspace_id: UUID, wanted: Selection, after: Place | None, limit: int, *, with_raw: bool
) -> list[LedgerCall]:
    """The next calls in the order of their places, at most `limit`."""
    statement = select(*_columns(), *_raw_columns(with_raw=with_raw)).where(*_selected(workspace_id, wanted))
    found = await session.execute(_in_order(statement, after, limit))
    return [_call(row) for row in found]


def _call(row: Sequence[Any]) -> LedgerCall:
    *values, plain, packed = row
    return LedgerCall._make((*values, usage_object(plain, packed, parse_float=Decimal)))


def _in_order(statement: Select[*tuple[Any, ...]], after: Place | None, limit: int) -> Select[*tuple[Any, ...]]:
    if after is not None:
        # the first condition tells which months to look at, the second where to begin
        statement = statement.where(Event.occurred_at >= after.occurred_at, tuple_(*map(literal, after)) < _PLACE)
    return statement.order_by(Event.occurred_at, Event.event_key).limit(limit)


# --- history ---


async def count_kept(session: AsyncSession, workspace_id: UUID, repricing_id: UUID) -> int:
    found = await session.execute(
        select(func.count())
        .select_from(EventPrice)
        .where(EventPrice.workspace_id == workspace_id, EventPrice.repricing_id == repricing_id)
    )
    return found.scalar_one()


async def kept_after(
    session: AsyncSession,
    workspace_id: UUID,
    repricing_id: UUID,
    after: Place | None,
    limit: int,
    since: datetime | None = None,
) -> list[Change]:
    """The next calls that a re-pricing changed, each with what it found: a change back.

    Calls that are gone are left out, and so are all before `since`: others beside them are gone, and their sums stay.
    """
    changes: list[Change] = []
    while len(changes) < limit:
        wanted = limit - len(changes)
        rows = (await session.execute(_kept(workspace_id, repricing_id, after, wanted, since))).all()
        changes += [_change_back(row[2:]) for row in rows if row.provider is not None]
        if len(rows) < wanted:
            break
        after = Place(rows[-1][0], rows[-1][1])
    return changes


def _kept(
    workspace_id: UUID, repricing_id: UUID, after: Place | None, limit: int, since: datetime | None
) -> Select[*tuple[Any, ...]]:
    """History first and its calls by their keys: as one join the planner expects one row and reads all, each time."""
    history = select(EventPrice).where(EventPrice.workspace_id == workspace_id, EventPrice.repricing_id == repricing_id)
    key = (EventPrice.occurred_at, EventPrice.event_key)
    if since is not None:
        history = history.where(EventPrice.occurred_at >= since)
    if after is not None:
        history = history.where(tuple_(*key) > tuple_(*map(literal, after)))
    kept = history.order_by(*key).limit(limit).subquery("kept")
    its_call = (
        (Event.workspace_id == workspace_id)
        & (Event.occurred_at == kept.c.occurred_at)
        & (Event.event_key == kept.c.event_key)
    )
    figures = [kept.c[name] for name in Figures._fields]
    return (
        select(kept.c.occurred_at, kept.c.event_key, *_columns(), *figures, kept.c.usage)
        .select_from(kept)
        .outerjoin(Event, its_call)
        .order_by(kept.c.occurred_at, kept.c.event_key)
    )


def _change_back(row: Sequence[Any]) -> Change:
    split = len(LedgerCall._fields) - 1  # its usage is not read again
    usage: Mapping[str, Any] | None = row[-1]
    return Change(
        LedgerCall._make((*row[:split], None)),
        Figures._make(row[split:-1]),
        None if usage is None else Reading(**usage),
    )


async def changed_again_by(
    session: AsyncSession, workspace_id: UUID, repricing_id: UUID, others: Sequence[UUID]
) -> UUID | None:
    """One of the other re-pricings that changed a call which this one changed, too; the last in `others` order."""
    mine, theirs = aliased(EventPrice), aliased(EventPrice)
    for other in others:
        found = await session.execute(
            select(
                exists().where(
                    mine.workspace_id == workspace_id,
                    mine.repricing_id == repricing_id,
                    theirs.workspace_id == workspace_id,
                    theirs.repricing_id == other,
                    theirs.occurred_at == mine.occurred_at,
                    theirs.event_key == mine.event_key,
                )
            )
        )
        if found.scalar_one():
            return other
    return None


class _Kept(NamedTuple):
    """A row of `event_prices`."""

    workspace_id: UUID
    repricing_id: UUID
    occurred_at: datetime
    event_key: UUID
    figures: Figures
    usage: str | None


_KEPT_COLUMNS: Final = (*_Kept._fields[:4], *Figures._fields, "usage")
_KEEP: Final = text(insert_arrays("event_prices", _KEPT_COLUMNS))


async def keep_history(
    session: AsyncSession, workspace_id: UUID, repricing_id: UUID, changes: Sequence[Change]
) -> None:
    """Write down what the calls say now, before they are changed."""
    rows = [
        (workspace_id, repricing_id, *change.call.place, *change.call.figures, change.reading and _usage(change.call))
        for change in changes
    ]
    await session.execute(_KEEP, bound(_KEPT_COLUMNS, rows))


def _usage(call: LedgerCall) -> str:
    return json.dumps(call.reading._asdict())


# --- changing calls ---


def _update_events(names: Sequence[str]) -> str:
    columns = ("occurred_at", "event_key", *names)
    quoted = ", ".join(f'"{name}"' for name in columns)
    # a call that was changed says all itself
    told = {"kind": "NULL", **SAID, **{name: _value(name) for name in names}}
    changes = ", ".join(f"{name} = {value}" for name, value in told.items())
    return (
        f"UPDATE events SET {changes} FROM {unnest(columns)} AS given ({quoted}) "  # noqa: S608 - names are ours, values are bound
        "WHERE events.workspace_id = :workspace_id "
        # said twice: so the planner sees that the calls are few, finds them by index and joins them by hash
        "AND events.occurred_at = ANY(CAST(:occurred_at AS timestamptz[])) "
        "AND events.occurred_at = given.occurred_at AND events.event_key = given.event_key"
    )


def _value(name: str) -> str:
    if name == "warnings":
        return "CASE WHEN given.warnings IS NOT NULL THEN ARRAY(SELECT jsonb_array_elements_text(given.warnings)) END"
    if name == "priced_as":
        return f"CASE WHEN given.priced_as = provider || '/' || model THEN '{AS_NAMED}' ELSE given.priced_as END"
    return f"given.{name}"


_UPDATE_FIGURES: Final = text(_update_events(Figures._fields) + " RETURNING events.occurred_at, events.event_key")
_UPDATE_READING: Final = text(_update_events(Reading._fields))
_JSON: Final = frozenset(("meters", "parts", "facts", "warnings"))


async def plan_each_time(session: AsyncSession) -> None:
    """To the end of the transaction: a plan for arrays of any length joins row by row, which takes seconds."""
    await session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))


async def write_figures(session: AsyncSession, workspace_id: UUID, changes: Sequence[Change]) -> set[Place]:
    """Give the calls their new figures; returns the calls that are still there."""
    rows = [(*change.call.place, *change.figures) for change in changes]
    found = await session.execute(_UPDATE_FIGURES, _parameters(workspace_id, Figures._fields, rows))
    return {Place._make(row) for row in found}


async def write_readings(session: AsyncSession, workspace_id: UUID, changes: Iterable[Change]) -> None:
    """Give the calls whose usage was read otherwise what was read."""
    rows = [(*change.call.place, *_as_text(change.reading)) for change in changes if change.reading is not None]
    if rows:
        await session.execute(_UPDATE_READING, _parameters(workspace_id, Reading._fields, rows))


def _as_text(reading: Reading) -> list[Any]:
    return [
        json.dumps(value) if name in _JSON and value is not None else value for name, value in reading._asdict().items()
    ]


def _parameters(workspace_id: UUID, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    return {"workspace_id": workspace_id, **bound(("occurred_at", "event_key", *names), rows)}


# --- sums that follow ---


async def nothing_added(
    session: AsyncSession, table: Rollup, workspace_id: UUID, starts: Sequence[datetime]
) -> dict[UsageKey, UsageSums]:
    """Every row of these buckets, with sums that change nothing: adding them holds the rows."""
    columns = (*UsageKey._fields, "cost", "last_event_at", "last_recorded_at")
    found = await session.execute(
        select(*(getattr(table, name) for name in columns)).where(
            table.workspace_id == workspace_id, table.start.in_(starts)
        )
    )
    split = len(UsageKey._fields)
    return {
        UsageKey._make(row[:split]): UsageSums(
            0, 0, 0, 0, 0, 0, None if row.cost is None else row.cost * 0, None, row.last_event_at, row.last_recorded_at
        )
        for row in found
    }


async def delete_empty(session: AsyncSession, table: Rollup, workspace_id: UUID, starts: Sequence[datetime]) -> None:
    """Delete rows of these buckets that no call is left in. They must be held by this transaction."""
    await session.execute(
        delete(table).where(table.workspace_id == workspace_id, table.start.in_(starts), table.calls == 0)
    )


_MONEY: Final = ("cost", "list_cost")
_INSTANTS: Final = ("last_event_at", "last_recorded_at")
_EXACT: Final = (*_MONEY, *_INSTANTS)


def _settle(table: str, source: str) -> str:
    """Only rows that are held: others may be changing just now, and are right by themselves."""
    names = ", ".join(f'"{name}"' for name in UsageKey._fields)
    held = " AND ".join(f"held.{name} = kept.{name}" for name in UsageKey._fields)
    same = " AND ".join(f"exact.{name} = kept.{name}" for name in UsageKey._fields[1:])
    changes = ", ".join(f"{name} = exact.{name}" for name in _EXACT)
    # as text, because 0.10 and 0.100 are equal as numbers; a distributed database takes no instants as text here
    money = (f"CAST(kept.{name} AS text) IS DISTINCT FROM CAST(exact.{name} AS text)" for name in _MONEY)
    instants = (f"kept.{name} IS DISTINCT FROM exact.{name}" for name in _INSTANTS)
    differs = " OR ".join((*money, *instants))
    return (
        f"UPDATE {table} AS kept SET {changes} FROM {unnest(UsageKey._fields)} AS held ({names}), "  # noqa: S608 - names are ours, values are bound
        f"({source}) AS exact WHERE kept.workspace_id = :of AND {held} AND {same} AND ({differs})"
    )


_OF_EVENTS: Final = f"""
SELECT bucket.start, provider, model, coalesce(project, '') AS project, coalesce(environment, '') AS environment,
    coalesce(api_key_id, '00000000-0000-0000-0000-000000000000') AS api_key_id, status, price_state,
    coalesce(unpriced_reason, '') AS unpriced_reason, coalesce(capacity, '') AS capacity,
    sum(cost) AS cost, sum({SAID["list_cost"]}) AS list_cost,
    max(occurred_at) AS last_event_at, max(recorded_at) AS last_recorded_at
FROM unnest(CAST(:buckets AS timestamptz[])) AS bucket (start)
JOIN events ON events.workspace_id = :of AND occurred_at >= :first AND occurred_at < :last
    AND occurred_at >= bucket.start AND occurred_at < bucket.start + interval '1 hour'
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
"""  # noqa: S608 - constants
_OF_HOURS: Final = """
SELECT bucket.start, provider, model, project, environment, api_key_id, status, price_state, unpriced_reason, capacity,
    sum(cost) AS cost, sum(list_cost) AS list_cost,
    max(last_event_at) AS last_event_at, max(last_recorded_at) AS last_recorded_at
FROM unnest(CAST(:buckets AS timestamptz[])) AS bucket (start)
JOIN usage_hourly ON usage_hourly.workspace_id = :of AND usage_hourly.start >= :first AND usage_hourly.start < :last
    AND usage_hourly.start >= bucket.start AND usage_hourly.start < bucket.start + interval '24 hours'
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
"""
_SETTLE: Final[Mapping[Rollup, Any]] = {
    HourlyUsage: text(_settle("usage_hourly", _OF_EVENTS)),
    DailyUsage: text(_settle("usage_daily", _OF_HOURS)),
}


async def settle(
    session: AsyncSession, table: Rollup, workspace_id: UUID, keys: Sequence[UsageKey], end: datetime
) -> None:
    """Make costs and last instants of these rows exactly what their calls say, to the last digit and idle zero.

    Hours are counted from the events, days from the hours. The rows must be held by this transaction; `end` is the
    end of the last of their buckets.
    """
    starts = sorted({key.start for key in keys})
    parameters = {"of": workspace_id, "buckets": starts, "first": starts[0], "last": end}
    await session.execute(_SETTLE[table], {**bound(UsageKey._fields, keys), **parameters})
