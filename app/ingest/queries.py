"""SQL of the accounts of what arrived."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Table, delete, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.bulk import as_arrays, driver_of, placed
from app.core.database import Base
from app.ingest.models import DailyMetricTokens, HourlyIngest, HourlyLag, MetricSeries, SenderDrops
from app.ingest.rules.accounting import Account
from app.ingest.rules.otel.metrics import Place, Seen

_DIALECT: Final[Any] = postgresql.asyncpg.dialect()  # type: ignore[no-untyped-call]


async def add_account(session: AsyncSession, account: Account) -> None:
    """Add the counts, each table in the order of its key as every writer does, so that writers never dead-lock.

    The last statements of the transaction that stores the events: these rows are shared by all writers of a workspace.
    """
    await _upsert(session, _ADD_COUNTS, account.counts)
    await _upsert(session, _ADD_LAGS, {key: (events,) for key, events in account.lags.items()})
    await _upsert(session, _ADD_DROPS, account.drops)


async def hold_series(
    session: AsyncSession, workspace_id: UUID, series: Sequence[UUID], now: datetime
) -> dict[UUID, Seen]:
    """What is known of these series, held until the end of the transaction; those that are new are made, and those
    that nobody told of for long are forgotten."""
    values = {"of": workspace_id, "series": sorted(series), "now": now}
    made = await session.execute(_MAKE_SERIES, values)
    if made.first():
        await session.execute(_FORGET_SERIES, {"of": workspace_id, "before": now - SERIES_KEPT})
    held = await session.execute(_HOLD_SERIES, values)
    return {row.series: Seen(row.value, row.at_ns) for row in held}


async def add_metrics(
    session: AsyncSession, workspace_id: UUID, tokens: Mapping[Place, int], known: Mapping[UUID, Seen], now: datetime
) -> None:
    """Add the tokens to their days, and keep where each series is now. The series must be held."""
    rows = {(workspace_id, series): (*seen, now) for series, seen in known.items()}
    await _upsert(session, _KEEP_SERIES, rows)
    await _upsert(session, _ADD_TOKENS, {place: (count,) for place, count in tokens.items()})


async def delete_accounts(session: AsyncSession, workspace_id: UUID) -> None:
    for table in (HourlyIngest, HourlyLag, SenderDrops, MetricSeries, DailyMetricTokens):
        await session.execute(delete(table).where(table.workspace_id == workspace_id))


async def _upsert(session: AsyncSession, statement: str, rows: Mapping[Any, tuple[Any, ...]]) -> None:
    if rows:
        driver = await driver_of(session)
        await driver.execute(statement, *as_arrays((*key, *rows[key]) for key in sorted(rows)))


def _adding(table: type[Base], changes: Sequence[str]) -> str:
    """An upsert of many rows, an array for each column, in the order of the model's columns."""
    model = table.__table__
    assert isinstance(model, Table)  # noqa: S101 - every model here is a table
    names = ", ".join(f'"{column.name}"' for column in model.columns)
    key = ", ".join(f'"{column.name}"' for column in model.primary_key)
    arrays = ", ".join(_array(number, column.type) for number, column in enumerate(model.columns, 1))
    return (
        f"INSERT INTO {model.name} ({names}) SELECT * FROM unnest({arrays}) AS added ({names}) "  # noqa: S608 - names are ours, values are bound
        f"ON CONFLICT ({key}) DO UPDATE SET {', '.join(changes)}"
    )


def _array(number: int, kind: Any) -> str:
    return placed(number, kind.compile(dialect=_DIALECT).lower())


_ADD_COUNTS: Final = _adding(
    HourlyIngest,
    (
        "events = ingest_hourly.events + excluded.events",
        "last_at = GREATEST(ingest_hourly.last_at, excluded.last_at)",
        "example = COALESCE(excluded.example, ingest_hourly.example)",
    ),
)
_KEEP_SERIES: Final = _adding(
    MetricSeries, ("value = excluded.value", "at_ns = excluded.at_ns", "recorded_at = excluded.recorded_at")
)
_ADD_TOKENS: Final = _adding(DailyMetricTokens, ("tokens = metric_tokens_daily.tokens + excluded.tokens",))
SERIES_KEPT: Final = timedelta(days=35)
_MAKE_SERIES: Final = text(
    "INSERT INTO metric_series (workspace_id, series, value, at_ns, recorded_at) "
    "SELECT :of, series, 0, 0, :now FROM unnest(CAST(:series AS uuid[])) AS added (series) ORDER BY series "
    "ON CONFLICT (workspace_id, series) DO NOTHING RETURNING series"
)
_HOLD_SERIES: Final = text(
    "SELECT series, value, at_ns FROM metric_series WHERE workspace_id = :of AND series = ANY(CAST(:series AS uuid[])) "
    "ORDER BY series FOR UPDATE"
)
_FORGET_SERIES: Final = text("DELETE FROM metric_series WHERE workspace_id = :of AND recorded_at < :before")
_ADD_LAGS: Final = _adding(HourlyLag, ("events = arrival_lag_hourly.events + excluded.events",))
_ADD_DROPS: Final = _adding(
    SenderDrops,
    (
        "name = excluded.name",
        "api_key_id = excluded.api_key_id",
        "dropped = GREATEST(senders.dropped, excluded.dropped)",
        "first_seen_at = LEAST(senders.first_seen_at, excluded.first_seen_at)",
        "last_seen_at = GREATEST(senders.last_seen_at, excluded.last_seen_at)",
    ),
)
