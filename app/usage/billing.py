"""Writing what providers report: billed lines, reported usage, credits and names, in the caller's transaction.

A row is found again by its natural key, so reading a report twice changes nothing, and a restated day takes the place
of what was said before. Nothing here is ever set to zero because it was not seen.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, TypeVar
from uuid import UUID

from app.core.database import AsyncSession
from app.core.ids import new_id
from app.core.money import EXACT
from app.core.periods import Period
from app.usage import queries
from app.usage.models import CreditRow
from app.usage.rules.columns import to_columns
from app.usage.rules.events import as_json
from app.usage.rules.reports import (
    BilledLine,
    Changes,
    CreditSnapshot,
    Holdings,
    Name,
    UsageLine,
    distinct_billed,
    distinct_usage,
)

Item = TypeVar("Item")
ROWS_AT_A_TIME: Final = 5_000
# An unchanged balance says nothing new so soon after the last; later it is a point of the chart.
SAME_CREDIT_WITHIN: Final = timedelta(minutes=50)


async def upsert_billed(
    session: AsyncSession,
    workspace_id: UUID,
    connection_id: UUID,
    provider: str,
    lines: Iterable[BilledLine],
    seen_at: datetime,
) -> Changes:
    """Write billed lines by their natural key; a line that had vanished is back. `seen_at` is when its walk began.

    Lines of one identity in one call are added together. Only one sync of a connection may be at work.
    """
    changes = Changes()
    for batch in _batches(sorted(distinct_billed(lines).items(), key=_key)):
        before = await queries.billed_figures(session, workspace_id, connection_id, [key for key, _ in batch])
        origin = (workspace_id, connection_id)
        rows = [
            (*origin, key, provider, *_bucket(line), *[seen_at] * 3, *_charge(line), line.amount) for key, line in batch
        ]
        await queries.put_billed(session, rows)
        changes += _compare(before, {key: (line.amount, line.quantity) for key, line in batch})
    return changes


async def upsert_reported(
    session: AsyncSession,
    workspace_id: UUID,
    connection_id: UUID,
    provider: str,
    lines: Iterable[UsageLine],
    seen_at: datetime,
) -> Changes:
    """The same of reported usage."""
    changes = Changes()
    for batch in _batches(sorted(distinct_usage(lines).items(), key=_key)):
        before = await queries.usage_figures(session, workspace_id, connection_id, [key for key, _ in batch])
        after = {key: (*to_columns(line.counts), line.requests) for key, line in batch}
        origin = (workspace_id, connection_id)
        rows = [
            (*origin, key, provider, *_bucket(line), *[seen_at] * 3, *_counts(after[key]), line.user, line.is_level)
            for key, line in batch
        ]
        await queries.put_usage(session, rows)
        changes += _compare(before, after)
    return changes


def _batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    return (items[at : at + ROWS_AT_A_TIME] for at in range(0, len(items), ROWS_AT_A_TIME))


def _key(item: tuple[UUID, object]) -> UUID:
    return item[0]


def _bucket(line: BilledLine | UsageLine) -> tuple[Any, ...]:
    asked = ",".join(sorted(set(line.group_by)))
    return (
        line.endpoint,
        line.start,
        line.end,
        asked,
        json.dumps(dict(line.dimensions), ensure_ascii=False),
        line.project,
        line.api_key,
        line.model,
    )


def _charge(line: BilledLine) -> tuple[Any, ...]:
    return line.amount, line.quantity, line.currency, line.line_item, line.quantity_unit, line.is_estimated


def _counts(figures: tuple[Any, ...]) -> tuple[Any, ...]:
    *leaves, meters, requests = figures
    return (*leaves, as_json(meters), requests)


def _compare(before: dict[UUID, tuple[Any, ...]], after: dict[UUID, tuple[Any, ...]]) -> Changes:
    new = len(after.keys() - before.keys())
    changed = sum(before[key] != after[key] for key in after.keys() & before.keys())
    return Changes(new, changed, len(after) - new - changed)


async def flag_vanished(
    session: AsyncSession, workspace_id: UUID, connection_id: UUID, endpoint: str, period: Period, seen_since: datetime
) -> int:
    """After a complete walk: mark the rows of buckets starting in `period` that were not seen since `seen_since`.

    They keep their figures and stay in the totals, flagged, until they are seen again: a row that is missing is no
    zero. But where the same bucket was seen under another set of dimensions, or was billed in another report, the old
    rows count no longer. Returns how many rows were newly marked.
    """
    return await queries.flag_vanished(session, workspace_id, connection_id, endpoint, period, seen_since)


async def add_credit(
    session: AsyncSession, workspace_id: UUID, connection_id: UUID, provider: str, snapshot: CreditSnapshot
) -> bool:
    """Keep a balance; whether it was kept: one that says the same as the last, a moment later, is not."""
    last = await queries.last_credit(session, workspace_id, connection_id, snapshot.account, snapshot.currency)
    row = CreditRow(
        workspace_id=workspace_id,
        id=new_id(),
        connection_id=connection_id,
        provider=provider,
        source="synced",
        at=snapshot.at,
        granted=snapshot.granted,
        used=snapshot.used,
        available=snapshot.available,
        currency=snapshot.currency,
        account=snapshot.account,
        expires_at=snapshot.expires_at,
        note="",
        created_by=None,
        created_at=snapshot.at,
    )
    if last and _says(last) == _says(row) and last.at <= row.at < last.at + SAME_CREDIT_WITHIN:
        return False
    await queries.insert_credit(session, row)
    return True


def _says(row: CreditRow) -> tuple[Any, ...]:
    return row.granted, row.used, row.available, row.expires_at


async def save_names(
    session: AsyncSession, workspace_id: UUID, connection_id: UUID, names: Sequence[Name], seen_at: datetime
) -> None:
    """Keep what ids are called. The newest name is shown, earlier ones are kept; none is ever forgotten."""
    origin = (workspace_id, connection_id)
    distinct = {(name.kind, name.id): name for name in names}
    for batch in _batches(sorted(distinct)):
        found = [distinct[key] for key in batch]
        rows = [
            (*origin, name.kind, name.id, name.name, name.parent, name.is_archived, "", seen_at, seen_at)
            for name in found
        ]
        await queries.put_names(session, rows)


async def what_of(session: AsyncSession, workspace_id: UUID, connection_id: UUID) -> Holdings:
    """What deleting the data of a connection would delete."""
    counts = await queries.counts_of(session, workspace_id, connection_id)
    months = await queries.billed_months(session, workspace_id, connection_id)
    billed: dict[str, Decimal] = {}
    for _, currency, amount in months:
        billed[currency] = EXACT.add(billed.get(currency, Decimal(0)), amount)
    return Holdings(*counts, sorted({month for month, _, _ in months}), billed)


async def delete_of(session: AsyncSession, workspace_id: UUID, connection_id: UUID) -> None:
    """Delete all that came through a connection, and balances that were typed in for it."""
    await queries.delete_of(session, workspace_id, connection_id)
