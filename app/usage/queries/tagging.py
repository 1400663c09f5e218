"""Sums by customer and tag: adding to them, and which values have rows of their own."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, delete, event, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.bulk import as_arrays, driver_of
from app.core.periods import Period
from app.usage.models import DailyTagUsage, Event
from app.usage.models import TagDay as TagDayRow
from app.usage.queries.arrays import bound, insert_arrays, numbered, unnest
from app.usage.rules.tags import OTHER, KnownValues, TagDay, TagKey, TagSums

_NAMES: Final = (*TagKey._fields, *TagSums._fields)
_AMOUNTS: Final = ("cost", "list_cost")
_DAY: Final = TagDay._fields
_COLUMNS: Final = ", ".join(f'"{name}"' for name in _NAMES)
_DAY_COLUMNS: Final = ", ".join(f'"{name}"' for name in _DAY)


def event_column(name: str) -> ColumnElement[Any]:
    """A column of `events` as rollups look at it: the customer by its name in the table, tags as text."""
    if name == "user_ref":
        return Event.user.expression
    return cast(Event.tags, Text) if name == "tags" else getattr(Event, name)


def _added(name: str) -> str:
    old, new = f"usage_tags_daily.{name}", f"excluded.{name}"
    if name == "cost":  # null on both sides or on neither: the key holds the price state
        return f"trim_scale({old} + {new})"
    if name == "list_cost":
        none = "usage_tags_daily.listed_calls + excluded.listed_calls = 0"
        return f"CASE WHEN {none} THEN NULL ELSE trim_scale(COALESCE({old}, 0) + COALESCE({new}, 0)) END"
    return f"{old} + {new}"


_ADD: Final = numbered(
    f"INSERT INTO usage_tags_daily ({_COLUMNS}) "  # noqa: S608 - names are ours, values are bound
    f"SELECT {', '.join(f'trim_scale({name})' if name in _AMOUNTS else name for name in _NAMES)} "
    f"FROM {unnest(_NAMES)} AS added ({_COLUMNS}) ON CONFLICT ({', '.join(TagKey._fields)}) "
    f"DO UPDATE SET {', '.join(f'{name} = {_added(name)}' for name in TagSums._fields)}",
    _NAMES,
)


async def add_tags(session: AsyncSession, sums: Mapping[TagKey, TagSums]) -> None:
    """Add to the rows in the order of their keys, as every writer does: so none waits for one that waits for it."""
    if sums:
        driver = await driver_of(session)
        await driver.execute(_ADD, *as_arrays((*key, *sums[key]) for key in sorted(sums)))


_KNOWN: Final = numbered(
    f"""
SELECT day.workspace_id, day.start, day.tag, day.is_full, ARRAY(
    SELECT DISTINCT value FROM usage_tags_daily AS held
    WHERE held.workspace_id = day.workspace_id AND held.start = day.start AND held.tag = day.tag AND value <> '{OTHER}'
) FROM {unnest(_DAY)} AS asked ({_DAY_COLUMNS}) JOIN tag_days AS day USING ({_DAY_COLUMNS})
""",  # noqa: S608 - names are ours, values are bound
    _DAY,
)


async def known_values(session: AsyncSession, days: Collection[TagDay]) -> dict[TagDay, KnownValues]:
    """The values that have rows of their own, of each of these tags and days; of nothing, where there are none."""
    known = {day: KnownValues() for day in days}
    if days:
        driver = await driver_of(session)
        for *day, is_full, values in await driver.fetch(_KNOWN, *as_arrays(days)):
            known[TagDay._make(day)] = KnownValues(set(values), is_full)
    return known


_COUNTED: Final = (*_DAY, "counted", "is_full")
_COUNT: Final = numbered(
    insert_arrays("tag_days", _COUNTED)
    + f" ON CONFLICT ({_DAY_COLUMNS}) DO UPDATE SET counted = tag_days.counted + excluded.counted"
    f" RETURNING {_DAY_COLUMNS}, counted, is_full",
    _COUNTED,
)
_PUT: Final = numbered(
    insert_arrays("tag_days", _COUNTED)
    + f" ON CONFLICT ({_DAY_COLUMNS}) DO UPDATE SET counted = excluded.counted, is_full = excluded.is_full",
    _COUNTED,
)


async def count_values(session: AsyncSession, added: Mapping[TagDay, int]) -> dict[TagDay, tuple[int, bool]]:
    """Count so many values more, and hold the rows: nobody else adds any until this is committed.

    Returns how many that makes, and whether the day is full.
    """
    rows = [(*day, added[day], False) for day in sorted(added)]
    found = await (await driver_of(session)).fetch(_COUNT, *as_arrays(rows))
    return {TagDay._make(day): (counted, is_full) for *day, counted, is_full in found}


async def put_known(session: AsyncSession, known: Mapping[TagDay, KnownValues]) -> None:
    """Say how many values there are. The rows must be held, or new."""
    if known:
        rows = [(*day, len(known[day].values), known[day].is_full) for day in sorted(known)]
        await (await driver_of(session)).execute(_PUT, *as_arrays(rows))


_VALUE: Final = (*_DAY, "value")
_OWN: Final = text(
    f"SELECT DISTINCT {_DAY_COLUMNS}, value FROM {unnest(_VALUE)} AS asked ({_DAY_COLUMNS}, value) "  # noqa: S608 - names are ours, values are bound
    f"JOIN usage_tags_daily USING ({_DAY_COLUMNS}, value)"
)


async def hidden_values(session: AsyncSession, wanted: Mapping[TagDay, set[str]]) -> dict[TagDay, set[str]]:
    """Those of the values that have no row of their own."""
    hidden = {day: set(values) for day, values in wanted.items()}
    rows = [(*day, value) for day in sorted(wanted) for value in sorted(wanted[day])]
    for *day, value in await session.execute(_OWN, bound(_VALUE, rows)):
        hidden[TagDay._make(day)].discard(value)
    return hidden


async def delete_empty_tags(session: AsyncSession, workspace_id: UUID, starts: Iterable[datetime]) -> None:
    """Delete rows of these days that no call is left in."""
    rows = DailyTagUsage
    await session.execute(
        delete(rows).where(rows.workspace_id == workspace_id, rows.start.in_(starts), rows.calls == 0)
    )


async def tag_days(session: AsyncSession, workspace_id: UUID, period: Period) -> Sequence[TagDay]:
    """Every tag and day of the period that has rows."""
    found = await session.execute(_DAYS, {"workspace_id": workspace_id, "start": period.start, "end": period.end})
    return [TagDay._make(row) for row in found]


_DAYS: Final = text(
    f"SELECT {_DAY_COLUMNS} FROM tag_days WHERE workspace_id = :workspace_id AND start >= :start AND start < :end"  # noqa: S608 - names are ours, values are bound
)


async def delete_tags(session: AsyncSession, workspace_id: UUID, period: Period) -> None:
    for table in (DailyTagUsage, TagDayRow):
        await session.execute(
            delete(table).where(
                table.workspace_id == workspace_id, table.start >= period.start, table.start < period.end
            )
        )


def when_committed(session: AsyncSession, action: Callable[[], None]) -> None:
    """Do it once the session's transaction is committed, and not at all when it is rolled back."""
    event.listen(session.sync_session, "after_commit", lambda _: action(), once=True)
