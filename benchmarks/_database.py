"""What the database holds and has done, asked of it directly."""

from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from scripts.load import Leaves, Totals

Connection = Any  # asyncpg ships no types

_WAL: Final = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"
# a partition counts as the table it is a part of, and so does its index
_SIZES: Final = """
SELECT coalesce(whole.relname, part.relname), part.relkind = 'i', sum(
    CASE part.relkind WHEN 'i' THEN pg_relation_size(part.oid) ELSE pg_table_size(part.oid) END)::bigint
FROM pg_class part
LEFT JOIN pg_inherits ON inhrelid = part.oid
LEFT JOIN pg_class whole ON whole.oid = inhparent
WHERE part.relkind IN ('r', 'i') AND part.relnamespace = 'public'::regnamespace
GROUP BY 1, 2
"""
_SUMS: Final = ", ".join(f"sum({name})" for name in Leaves._fields)
_IN_EVENTS: Final = (
    "SELECT model, count(*), count(*) FILTER (WHERE status = 'error'), sum(cost) "
    "FROM events WHERE workspace_id = $1 GROUP BY model"
)
_IN_ROLLUP: Final = (
    "SELECT model, sum(calls), coalesce(sum(calls) FILTER (WHERE status = 'error'), 0), sum(cost), {sums} "
    "FROM {table} WHERE workspace_id = $1 GROUP BY model"
)
_COUNTS: Final = (
    "SELECT sum(calls) FROM latency_daily WHERE workspace_id = $1",
    "SELECT sum(calls) FROM usage_tags_daily WHERE workspace_id = $1 AND tag = 'user'",
    "SELECT sum(calls) FROM usage_tags_daily WHERE workspace_id = $1 AND tag <> 'user'",
)
ROLLUPS: Final = ("usage_hourly", "usage_daily")


class Size(NamedTuple):
    """Bytes of a table, or of an index."""

    name: str
    is_index: bool
    bytes: int


async def connect(url: str) -> Connection:
    return await asyncpg.connect(url)


async def version(connection: Connection) -> str:
    return str(await connection.fetchval("SHOW server_version")).split()[0]


async def wal_bytes(connection: Connection) -> int:
    """How much was ever written ahead."""
    return int(await connection.fetchval(_WAL))


async def sizes(connection: Connection) -> list[Size]:
    """Every table and index, the largest first."""
    found = [Size(*row) for row in await connection.fetch(_SIZES)]
    return sorted(found, key=lambda size: -size.bytes)


async def disk_bytes(connection: Connection) -> int:
    return sum(size.bytes for size in await sizes(connection))


async def check(connection: Connection, workspace_id: UUID, expected: Totals) -> None:
    """End the program unless events and rollups hold these totals, to the digit."""
    costs = expected.costs()
    wanted = {model: (of.calls, of.errors, costs[model], *of.leaves) for model, of in expected.models.items()}
    in_events = {row[0]: tuple(row)[1:] for row in await connection.fetch(_IN_EVENTS, workspace_id)}
    _compare("events", in_events, {model: told[:3] for model, told in wanted.items()})
    for table in ROLLUPS:
        question = _IN_ROLLUP.format(table=table, sums=_SUMS)
        _compare(table, {row[0]: tuple(row)[1:] for row in await connection.fetch(question, workspace_id)}, wanted)
    counts = {question: await connection.fetchval(question, workspace_id) for question in _COUNTS}
    _compare(
        "histogram and tags", counts, dict(zip(_COUNTS, (expected.calls, expected.users, expected.tags), strict=True))
    )


def _compare(where: str, found: dict[str, Any], wanted: dict[str, Any]) -> None:
    if found != wanted:
        raise SystemExit(f"{where} hold {found}, sent was {wanted}")
