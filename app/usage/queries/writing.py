"""Taking calls: identities, rows, sums; and making the sums anew."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from operator import attrgetter, itemgetter
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import delete, null, or_, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.bulk import as_arrays, driver_of
from app.core.periods import Period
from app.usage.errors import EventNotStorable, NotBegun
from app.usage.models import (
    DailyLatency,
    DailyTagTotal,
    DailyTagUsage,
    DailyUsage,
    Event,
    EventKey,
    EventPrice,
    HourlyUsage,
    MonthlyTagUsage,
    ReopenedMonth,
    Retention,
    RollupRebuild,
    TagDay,
    TagMonth,
    TagSumsDue,
)
from app.usage.queries.arrays import insert_arrays, numbered
from app.usage.queries.kinds import SAID
from app.usage.queries.tagging import event_column
from app.usage.rules import events as event_rules
from app.usage.rules.columns import LeafColumns, TokenSums, from_columns, token_sums
from app.usage.rules.events import NewEvent
from app.usage.rules.facts import parts_of
from app.usage.rules.kinds import Numbers
from app.usage.rules.rollups import LatencyKey, UsageKey, UsageSums

ROWS_AT_A_TIME: Final = 2_000

Identity = tuple[UUID, UUID]


class KeyRow(NamedTuple):
    """A row of `event_keys`. `owner_key` is None for the identity of the call itself."""

    workspace_id: UUID
    event_key: UUID
    occurred_at: datetime
    owner_key: UUID | None

    def identity(self) -> Identity:
        return self.workspace_id, self.event_key


class Holder(NamedTuple):
    """What is stored under an identity; `is_second` when it names the call by its response."""

    is_second: bool
    usage_status: str
    tokens: TokenSums


async def begin(session: AsyncSession, seconds: float) -> None:
    """Begin the transaction of a write; none of its statements may take longer than so many seconds.

    Raises NotBegun when the connection was dead.
    """
    try:
        # as the driver takes it: SQLAlchemy would look at it for longer than the database does
        await (await session.connection()).exec_driver_sql(f"SET LOCAL statement_timeout = {int(seconds * 1000)}")
    except DBAPIError as error:
        if error.connection_invalidated:
            raise NotBegun from error
        raise


# all of a `KeyRow` but the owner
_own_key: Final = attrgetter(*KeyRow._fields[:-1])


async def copy_keys(session: AsyncSession, events: Iterable[NewEvent]) -> None:
    """Take the identities of events that nobody took before, in the order of their keys. Raises IdTaken if one was.

    `events` in the order of their own keys; the second ones that some have are put among them.
    """
    keys: list[tuple[Any, ...]] = list(map(_own_key, events))
    seconds = [
        (event.workspace_id, event.response_key, event.occurred_at, event.event_key)
        for event in events
        if event.response_key is not None
    ]
    columns = KeyRow._fields[: len(keys[0])]
    if seconds:
        keys = sorted([(*key, None) for key in keys] + seconds, key=itemgetter(0, 1))
        columns = KeyRow._fields
    driver = await driver_of(session)
    await driver.copy_records_to_table("event_keys", records=keys, columns=columns)


async def claim_keys(session: AsyncSession, keys: Sequence[KeyRow]) -> set[Identity]:
    """Take the identities that nobody took before; returns those.

    They are taken in the order of their keys, so that two writers of the same ids wait for one another in one
    direction only. A repeat waits until the transaction of the first is decided.
    """
    driver = await driver_of(session)
    in_order = sorted(keys, key=KeyRow.identity)
    owners = [row.owner_key for row in in_order]  # all of them may be None, which says nothing of their type
    taken = await driver.fetch(_CLAIM, *as_arrays(row[:-1] for row in in_order), owners)
    return {(workspace_id, key) for workspace_id, key in taken}


async def release_keys(session: AsyncSession, keys: Sequence[Identity]) -> None:
    """Give back identities that were taken in this transaction."""
    driver = await driver_of(session)
    await driver.execute(_RELEASE, [workspace_id for workspace_id, _ in keys], [key for _, key in keys])


async def holders(session: AsyncSession, keys: Sequence[Identity]) -> dict[Identity, Holder]:
    """The calls that these identities name; those whose call is gone are left out."""
    if not keys:
        return {}
    driver = await driver_of(session)
    found = await driver.fetch(_HOLDERS, [workspace_id for workspace_id, _ in keys], [key for _, key in keys])
    return {(row["workspace_id"], row["named"]): _holder(row) for row in found}


def _holder(row: Mapping[str, Any]) -> Holder:
    counts = from_columns(LeafColumns._make(row[name] for name in LeafColumns._fields))
    in_parts = (part.counts for part in parts_of(row["parts"]))
    return Holder(row["owner_key"] is not None, row["usage_status"], token_sums(counts, *in_parts))


async def copy_events(session: AsyncSession, events: Iterable[NewEvent], numbers: Numbers) -> None:
    """Write the rows. Their keys must have been claimed in this transaction. Raises EventNotStorable.

    In the order of their time: so the index by time grows at its end, and its pages fill.
    """
    driver = await driver_of(session)
    rows = [event_rules.row(event, numbers) for event in sorted(events, key=attrgetter("occurred_at"))]
    try:
        await driver.copy_records_to_table("events", records=rows, columns=event_rules.COLUMNS)
    except (ValueError, TypeError, ArithmeticError) as error:  # the driver itself could not write a value
        raise EventNotStorable(str(error)) from error


async def add_hourly(session: AsyncSession, sums: Mapping[UsageKey, UsageSums]) -> None:
    await _add(session, _ADD_HOURLY, sums)


async def add_daily(session: AsyncSession, sums: Mapping[UsageKey, UsageSums]) -> None:
    await _add(session, _ADD_DAILY, sums)


async def add_latency(session: AsyncSession, calls: Mapping[LatencyKey, int]) -> None:
    await _add(session, _ADD_LATENCY, {key: (n,) for key, n in calls.items()})


async def _add(session: AsyncSession, statement: str, sums: Mapping[Any, tuple[Any, ...]]) -> None:
    """Add to the rows in the order of their keys, as every writer does: so none waits for one that waits for it."""
    if sums:
        driver = await driver_of(session)
        await driver.execute(statement, *as_arrays((*key, *sums[key]) for key in sorted(sums)))


async def lock_rollups(session: AsyncSession) -> None:
    """Keep writers out of the rollups until the end of the transaction; readers go on."""
    tables = "usage_hourly, usage_daily, latency_daily, tag_days, usage_tags_daily"
    await session.execute(text(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE"))


async def delete_rollups(session: AsyncSession, workspace_id: UUID, period: Period) -> None:
    for table in (HourlyUsage, DailyUsage, DailyLatency):
        await session.execute(
            delete(table).where(
                table.workspace_id == workspace_id, table.start >= period.start, table.start < period.end
            )
        )


async def has_key(session: AsyncSession, workspace_id: UUID, event_key: UUID | None = None) -> bool:
    """Whether this event was taken; without a key, whether any was."""
    wanted = select(EventKey.event_key).where(EventKey.workspace_id == workspace_id).limit(1)
    if event_key is not None:
        wanted = wanted.where(EventKey.event_key == event_key)
    return (await session.execute(wanted)).first() is not None


async def delete_everything(session: AsyncSession, workspace_id: UUID) -> None:
    sums = (HourlyUsage, DailyUsage, DailyLatency, TagDay, DailyTagUsage, TagSumsDue, RollupRebuild)
    closed = (
        TagMonth,
        ReopenedMonth,
        MonthlyTagUsage,
        DailyTagTotal,
    )  # the first keeps out who would close days meanwhile
    for table in (Event, EventKey, EventPrice, *sums, *closed):
        await session.execute(delete(table).where(table.workspace_id == workspace_id))
    # with the sums gone, too, they agree with the calls again
    await session.execute(
        update(Retention)
        .where(Retention.workspace_id == workspace_id)
        .values(complete_since=None, keys_until=None, keys_after=None)
    )


class KeptEvent(NamedTuple):
    """What rollups look at in an event, read back."""

    workspace_id: UUID
    occurred_at: datetime
    recorded_at: datetime
    api_key_id: UUID | None
    provider: str
    model: str
    project: str | None
    environment: str | None
    status: str
    latency_ms: float | None
    price_state: str
    unpriced_reason: str | None
    capacity: str | None
    cost: Decimal | None
    list_cost: Decimal | None
    user_ref: str | None
    tags: str | None
    tokens: TokenSums


async def kept_events(session: AsyncSession, workspace_id: UUID, period: Period) -> AsyncIterator[KeptEvent]:
    """The events of the period whose tokens do not all stand in columns, in no order, a few thousand at a time."""
    wanted = [event_column(name) for name in (*KeptEvent._fields[:-1], *LeafColumns._fields, "parts")]
    found = await session.stream(
        select(*wanted)
        .where(Event.workspace_id == workspace_id, Event.occurred_at >= period.start, Event.occurred_at < period.end)
        .where(or_(Event.meters.is_not(null()), Event.parts.is_not(null())))
        .execution_options(yield_per=ROWS_AT_A_TIME)
    )
    split = len(KeptEvent._fields) - 1
    async for row in found:
        counts = from_columns(LeafColumns(*row[split:-1]))
        in_parts = (part.counts for part in parts_of(row.parts))
        yield KeptEvent._make((*row[:split], token_sums(counts, *in_parts)))


def _upsert(table: str, key: Sequence[str], sums: Sequence[str]) -> str:
    changes = ", ".join(f"{name} = {_sum(table, name)}" for name in sums)
    conflict = ", ".join(f'"{name}"' for name in key)
    columns = (*key, *sums)
    return f"{numbered(insert_arrays(table, columns), columns)} ON CONFLICT ({conflict}) DO UPDATE SET {changes}"


def _sum(table: str, name: str) -> str:
    old, new = f"{table}.{name}", f"excluded.{name}"
    if name.startswith("last_"):
        return f"GREATEST({old}, {new})"
    if name == "list_cost":
        return f"COALESCE({old} + {new}, {old}, {new})"
    return f"{old} + {new}"  # `cost` is null on both sides or on neither: the key holds the price state


_CLAIM: Final = (
    numbered(insert_arrays("event_keys", KeyRow._fields), KeyRow._fields)
    + " ORDER BY workspace_id, event_key ON CONFLICT DO NOTHING RETURNING workspace_id, event_key"
)
# each list by itself: no key of one workspace is that of another by chance
_THESE: Final = "workspace_id = ANY(CAST($1 AS uuid[])) AND event_key = ANY(CAST($2 AS uuid[]))"
_RELEASE: Final = f"DELETE FROM event_keys WHERE {_THESE} AND owner_key IS NULL"  # noqa: S608 - constants
_HOLDERS: Final = (
    "SELECT named.workspace_id, named.event_key AS named, named.owner_key, "  # noqa: S608 - constants
    f"{SAID['usage_status']} AS usage_status, "
    + ", ".join(f"events.{name}" for name in (*LeafColumns._fields, "parts"))
    + f" FROM (SELECT * FROM event_keys WHERE {_THESE}) AS named JOIN events "  # noqa: S608 - constants
    "ON events.workspace_id = named.workspace_id AND events.occurred_at = named.occurred_at "
    "AND events.event_key = COALESCE(named.owner_key, named.event_key)"
)
_ADD_HOURLY: Final = _upsert("usage_hourly", UsageKey._fields, UsageSums._fields)
_ADD_DAILY: Final = _upsert("usage_daily", UsageKey._fields, UsageSums._fields)
_ADD_LATENCY: Final = _upsert("latency_daily", LatencyKey._fields, ("calls",))
