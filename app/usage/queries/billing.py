"""Writing what providers report: rows by natural key, one statement from arrays, in the order of the keys."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    CursorResult,
    TextClause,
    Uuid,
    and_,
    any_,
    delete,
    func,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.periods import Period
from app.usage.models import BilledRow, CreditRow, ProviderName, ReportedRow
from app.usage.queries.arrays import bound, insert_arrays

_IDENTITY: Final = ("workspace_id", "connection_id", "line_key")
_BUCKET: Final = ("provider", "endpoint", "start", "end", "group_by", "dimensions", "project", "api_key", "model")
_SEEN: Final = ("first_seen_at", "last_changed_at", "last_seen_at")
_LEAVES: Final = ("fresh_tokens", "cache_read_tokens", "cache_write_tokens", "visible_tokens", "reasoning_tokens")
# what makes a row another one than it was
BILLED_FIGURES: Final = ("amount", "quantity")
USAGE_FIGURES: Final = (*_LEAVES, "meters", "requests")
BILLED_COLUMNS: Final = (
    *_IDENTITY,
    *_BUCKET,
    *_SEEN,
    *BILLED_FIGURES,
    "currency",
    "line_item",
    "quantity_unit",
    "is_estimated",
    "first_amount",
)
USAGE_COLUMNS: Final = (*_IDENTITY, *_BUCKET, *_SEEN, *USAGE_FIGURES, "user_ref", "is_level")
# what stays as it was first written
_FIRST: Final = frozenset({*_IDENTITY, "first_seen_at", "first_amount", "last_changed_at", "last_seen_at"})

ReportTable = type[BilledRow] | type[ReportedRow]
_REPORTS: Final[tuple[ReportTable, ...]] = (BilledRow, ReportedRow)


async def billed_figures(
    session: AsyncSession, workspace_id: UUID, connection_id: UUID, keys: Sequence[UUID]
) -> dict[UUID, tuple[Any, ...]]:
    """What the ledger holds of these lines, by key: `BILLED_FIGURES`."""
    return await _figures(session, BilledRow, BILLED_FIGURES, (workspace_id, connection_id, keys))


async def usage_figures(
    session: AsyncSession, workspace_id: UUID, connection_id: UUID, keys: Sequence[UUID]
) -> dict[UUID, tuple[Any, ...]]:
    """The same of reported usage: `USAGE_FIGURES`."""
    return await _figures(session, ReportedRow, USAGE_FIGURES, (workspace_id, connection_id, keys))


async def _figures(
    session: AsyncSession, table: ReportTable, names: Sequence[str], wanted: tuple[UUID, UUID, Sequence[UUID]]
) -> dict[UUID, tuple[Any, ...]]:
    workspace_id, connection_id, keys = wanted
    columns = [getattr(table, name) for name in names]
    found = await session.execute(
        select(table.line_key, *columns).where(
            table.workspace_id == workspace_id,
            table.connection_id == connection_id,
            table.line_key == any_(literal(list(keys), ARRAY(Uuid()))),
        )
    )
    return {row[0]: tuple(row[1:]) for row in found}


async def put_billed(session: AsyncSession, rows: Sequence[tuple[Any, ...]]) -> None:
    """Rows of `BILLED_COLUMNS`, in the order of their keys."""
    await session.execute(_PUT_BILLED, bound(BILLED_COLUMNS, rows))


async def put_usage(session: AsyncSession, rows: Sequence[tuple[Any, ...]]) -> None:
    """Rows of `USAGE_COLUMNS`, in the order of their keys."""
    await session.execute(_PUT_USAGE, bound(USAGE_COLUMNS, rows))


def _put(table: str, columns: Sequence[str], figures: Sequence[str]) -> TextClause:
    """A row that is known takes the new figures, and is no longer missed."""
    differs = " OR ".join(f"{table}.{name} IS DISTINCT FROM excluded.{name}" for name in figures)
    taken = ", ".join(f'"{name}" = excluded."{name}"' for name in columns if name not in _FIRST)
    return text(
        f"{insert_arrays(table, columns)} ORDER BY line_key "
        f"ON CONFLICT (workspace_id, connection_id, line_key) DO UPDATE SET {taken}, "
        f"last_changed_at = CASE WHEN {differs} THEN excluded.last_changed_at ELSE {table}.last_changed_at END, "
        f"last_seen_at = GREATEST({table}.last_seen_at, excluded.last_seen_at), "
        "vanished_at = NULL, superseded_at = NULL"
    )


_PUT_BILLED: Final = _put("billed_lines", BILLED_COLUMNS, BILLED_FIGURES)
_PUT_USAGE: Final = _put("reported_usage", USAGE_COLUMNS, USAGE_FIGURES)


async def flag_vanished(
    session: AsyncSession, workspace_id: UUID, connection_id: UUID, endpoint: str, period: Period, seen_since: datetime
) -> int:
    """Mark the rows of buckets that start in the period and were not seen since then; how many were not marked before.

    Rows of a bucket that was seen under another set of dimensions, or billed lines of one that was seen in another
    report, are marked as superseded, too.
    """
    flagged = 0
    for table in _REPORTS:
        of_endpoint = (
            table.workspace_id == workspace_id,
            table.connection_id == connection_id,
            table.endpoint == endpoint,
            table.start >= period.start,
            table.start < period.end,
            table.last_seen_at < seen_since,
        )
        gone = await session.execute(
            update(table)
            .where(*of_endpoint, table.vanished_at.is_(None))
            .values(vanished_at=seen_since)
            .execution_options(synchronize_session=False)
        )
        seen = aliased(table)
        seen_otherwise = (
            select(seen.line_key)
            .where(
                seen.workspace_id == workspace_id,
                seen.connection_id == connection_id,
                seen.start == table.start,
                _is_the_same_told_otherwise(table, seen),
                seen.last_seen_at >= seen_since,
            )
            .exists()
        )
        await session.execute(
            update(table)
            .where(*of_endpoint, table.superseded_at.is_(None), seen_otherwise)
            .values(superseded_at=seen_since)
            .execution_options(synchronize_session=False)
        )
        flagged += _count(gone)
    return flagged


def _is_the_same_told_otherwise(table: ReportTable, seen: Any) -> ColumnElement[bool]:
    """Under another set of dimensions; of a bill also in another report, because a key reads one bill, once."""
    is_split_otherwise = seen.group_by != table.group_by
    if table is BilledRow:
        return or_(is_split_otherwise, seen.endpoint != table.endpoint)
    return and_(is_split_otherwise, seen.endpoint == table.endpoint)


def _count(result: Any) -> int:
    """How many rows a statement changed."""
    changed: CursorResult[Any] = result
    return changed.rowcount


async def last_credit(
    session: AsyncSession, workspace_id: UUID, connection_id: UUID | None, account: str, currency: str
) -> CreditRow | None:
    """The newest snapshot of one account."""
    newest = (
        select(CreditRow)
        .where(
            CreditRow.workspace_id == workspace_id,
            CreditRow.connection_id == connection_id,
            CreditRow.account == account,
            CreditRow.currency == currency,
        )
        .order_by(CreditRow.at.desc(), CreditRow.id.desc())
        .limit(1)
    )
    return (await session.execute(newest)).scalar_one_or_none()


async def insert_credit(session: AsyncSession, row: CreditRow) -> None:
    session.add(row)
    await session.flush()


async def put_names(session: AsyncSession, rows: Sequence[tuple[Any, ...]]) -> None:
    """Rows of `NAME_COLUMNS`, in the order of their keys."""
    await session.execute(_PUT_NAMES, bound(NAME_COLUMNS, rows))


NAME_COLUMNS: Final = (
    "workspace_id",
    "connection_id",
    "kind",
    "id",
    "name",
    "parent",
    "is_archived",
    "former_names",
    "first_seen_at",
    "last_seen_at",
)
_PUT_NAMES: Final = text(
    insert_arrays("provider_names", NAME_COLUMNS).replace(
        # an array of arrays would have to be even; a new name had none before
        "SELECT *",
        "SELECT " + ", ".join("'{}'" if name == "former_names" else name for name in NAME_COLUMNS),
    )
    + " ORDER BY kind, id ON CONFLICT (workspace_id, connection_id, kind, id) DO UPDATE SET "
    "name = excluded.name, parent = COALESCE(excluded.parent, provider_names.parent), "
    "is_archived = excluded.is_archived, last_seen_at = excluded.last_seen_at, "
    "former_names = CASE WHEN provider_names.name = excluded.name THEN provider_names.former_names "
    "ELSE array_append(provider_names.former_names, provider_names.name) END"
)


async def delete_of(session: AsyncSession, workspace_id: UUID, connection_id: UUID) -> None:
    """Everything that came through one connection."""
    for table in (*_REPORTS, CreditRow, ProviderName):
        await session.execute(
            delete(table).where(table.workspace_id == workspace_id, table.connection_id == connection_id)
        )


async def counts_of(session: AsyncSession, workspace_id: UUID, connection_id: UUID) -> tuple[int, int, int, int]:
    """How many billed lines, usage lines, snapshots and names there are of one connection."""
    counts = [
        select(func.count())
        .select_from(table)
        .where(table.workspace_id == workspace_id, table.connection_id == connection_id)
        .scalar_subquery()
        for table in (*_REPORTS, CreditRow, ProviderName)
    ]
    lines, usage, snapshots, names = (await session.execute(select(*counts))).one()
    return lines, usage, snapshots, names


async def billed_months(
    session: AsyncSession, workspace_id: UUID, connection_id: UUID
) -> list[tuple[str, str, Decimal]]:
    """Month, currency and sum of the billed lines that count."""
    month = func.to_char(func.timezone("UTC", BilledRow.start), "YYYY-MM")
    found = await session.execute(
        select(month.label("month"), BilledRow.currency, func.sum(BilledRow.amount))
        .where(
            BilledRow.workspace_id == workspace_id,
            BilledRow.connection_id == connection_id,
            BilledRow.superseded_at.is_(None),
        )
        .group_by("month", BilledRow.currency)
        .order_by("month")
    )
    return [(row[0], row[1], row[2]) for row in found]
