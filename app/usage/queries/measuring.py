"""How much the ledger's tables hold and how much room they take, month partitions together."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


class Relation(NamedTuple):
    """A table with its TOAST, or an index, of all months together. `rows` is an estimate, None for an index."""

    table: str
    index_name: str | None
    bytes: int
    rows: int | None


class Month(NamedTuple):
    """A month partition, its indexes included."""

    name: str
    bytes: int
    rows: int


# an index of a partition counts as the index of the parent that it belongs to
_RELATIONS: Final = text("""
WITH tables AS (
    SELECT coalesce(inhparent, class.oid) AS parent, class.oid, class.reltuples
    FROM pg_class AS class LEFT JOIN pg_inherits ON inhrelid = class.oid
    WHERE class.relkind IN ('r', 'p') AND class.relnamespace = 'public'::regnamespace
)
SELECT parent::regclass::text, NULL, sum(pg_table_size(oid))::bigint, sum(greatest(reltuples, 0))::bigint
FROM tables GROUP BY 1
UNION ALL
SELECT parent::regclass::text, coalesce(inhparent, indexrelid)::regclass::text,
    sum(pg_relation_size(indexrelid))::bigint, NULL
FROM tables JOIN pg_index ON indrelid = tables.oid LEFT JOIN pg_inherits ON inhrelid = indexrelid
GROUP BY 1, 2 ORDER BY 1, 2 NULLS FIRST
""")
_MONTHS: Final = text("""
SELECT part.relname, pg_total_relation_size(part.oid), greatest(part.reltuples, 0)::bigint
FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid
WHERE inhparent = 'events'::regclass ORDER BY part.relname
""")


async def relations(session: AsyncSession) -> Sequence[Relation]:
    return [Relation._make(row) for row in await session.execute(_RELATIONS)]


async def month_sizes(session: AsyncSession) -> Sequence[Month]:
    return [Month._make(row) for row in await session.execute(_MONTHS)]


async def count_rows(session: AsyncSession, table: str) -> int:
    """Exactly; reads the whole table."""
    return int((await session.execute(text(f'SELECT count(*) FROM "{table}"'))).scalar_one())  # noqa: S608 - a name from the catalogue


async def counted_events(session: AsyncSession) -> int:
    """How many calls the sums tell of: exact but for those that are no longer kept."""
    return int((await session.execute(text("SELECT coalesce(sum(calls), 0) FROM usage_daily"))).scalar_one())


async def ends(session: AsyncSession) -> tuple[datetime | None, datetime | None]:
    """When the oldest and the newest call were made."""
    oldest, newest = (await session.execute(text("SELECT min(occurred_at), max(occurred_at) FROM events"))).one()
    return oldest, newest
