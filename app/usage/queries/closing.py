"""Closed days: what their tags add up to by month and value, and by day, until when that holds, and what was reopened.

Who changes a day that may be closed holds `tag_months` by his DELETE to the end of his transaction, whether he finds a
row or not; who closes days keeps all of these out, so what he adds up is what stands when he says so.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, TextClause, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.periods import Period
from app.usage.models import DailyTagTotal, MonthlyTagUsage, ReopenedMonth, TagMonth
from app.usage.rules.closing import Month
from app.usage.rules.rebuilding import Rows
from app.usage.rules.tags import TagKey, TagSums

# So long who closes days waits for writers, and lets others wait behind him.
WAIT: Final = "1s"

_COUNTS: Final = tuple(name for name in TagSums._fields if name not in {"listed_calls", "cost", "list_cost"})
_PARTS: Final = {
    "errors": "status = 'error'",
    "priced_calls": "price_state = 'priced'",
    "free_calls": "price_state = 'free'",
}
_MONEY: Final = ("cost", "list_cost")
_TOTAL_KEY: Final = tuple(name for name in TagKey._fields if name != "value")
_CLOSING: Final = "FROM usage_tags_daily WHERE workspace_id = :of AND start >= :since AND start < :until"


def _sum(name: str, part: str | None = None) -> str:
    if name in _MONEY:
        return f"trim_scale(sum({name}))"
    return f"coalesce(sum({name}){f' FILTER (WHERE {part})' if part else ''}, 0)::bigint"


def _added(name: str) -> str:
    old, new = f"usage_tags_monthly.{name}", f"excluded.{name}"
    # null where no call has one
    return f"trim_scale(COALESCE({old} + {new}, {old}, {new}))" if name in _MONEY else f"{old} + {new}"


_MONTHLY: Final = (*_COUNTS, *_PARTS, *_MONEY)
_MONTH_SUMS: Final = ", ".join(_sum("calls", _PARTS[name]) if name in _PARTS else _sum(name) for name in _MONTHLY)
_ADD_MONTH: Final = text(
    f"INSERT INTO usage_tags_monthly (workspace_id, start, tag, value, {', '.join(_MONTHLY)}) "
    f"SELECT workspace_id, CAST(:month AS timestamptz), tag, value, {_MONTH_SUMS} "
    f"{_CLOSING} GROUP BY workspace_id, tag, value ON CONFLICT (workspace_id, start, tag, value) "
    f"DO UPDATE SET {', '.join(f'{name} = {_added(name)}' for name in _MONTHLY)}"
)
_TOTAL_SUMS: Final = ", ".join(_sum(name) for name in TagSums._fields)
_ADD_TOTALS: Final = text(
    f"INSERT INTO usage_tag_totals ({', '.join((*_TOTAL_KEY, *TagSums._fields))}) "
    f"SELECT {', '.join(_TOTAL_KEY)}, {_TOTAL_SUMS} {_CLOSING} GROUP BY {', '.join(_TOTAL_KEY)}"
)


def _stored(table: str, *columns: str) -> TextClause:
    held = f"{table} WHERE workspace_id = :of AND start >= :month AND start < :next"
    return text(f"SELECT {', '.join(columns)} FROM {held}")  # noqa: S608 - names are ours


def _wanted(sums: str, *key: str) -> TextClause:
    return text(f"SELECT {', '.join(key)}, {sums} {_CLOSING} GROUP BY {', '.join(key)}")


# of each table: how many columns tell its rows apart, what is there, and what the days add up to
_CLOSED: Final = (
    (2, _stored("usage_tags_monthly", "tag", "value", *_MONTHLY), _wanted(_MONTH_SUMS, "tag", "value")),
    (
        len(_TOTAL_KEY),
        _stored("usage_tag_totals", *_TOTAL_KEY, *TagSums._fields),
        _wanted(_TOTAL_SUMS, *_TOTAL_KEY),
    ),
)
_OPEN: Final = text("""
SELECT DISTINCT workspace_id, date_trunc('month', start, 'UTC') FROM tag_days AS day
WHERE start < :before AND NOT EXISTS (
    SELECT FROM tag_months AS held
    WHERE held.workspace_id = day.workspace_id AND held.start <= day.start AND held.until > day.start
) ORDER BY 1, 2
""")


async def open_months(session: AsyncSession, before: datetime) -> Sequence[Month]:
    """The months with tags on days before that instant that are not closed."""
    return [Month._make(row) for row in await session.execute(_OPEN, {"before": before})]


async def keep_reopening_out(session: AsyncSession) -> None:
    """Nobody changes days that may be closed, to the end of the transaction."""
    await session.execute(text(f"SET LOCAL lock_timeout = '{WAIT}'"))
    await session.execute(text("LOCK TABLE tag_months IN SHARE ROW EXCLUSIVE MODE"))


async def closed_until(session: AsyncSession, month: Month) -> datetime | None:
    """None where nothing of the month is closed."""
    held = TagMonth.workspace_id == month.workspace_id, TagMonth.start == month.start
    return (await session.execute(select(TagMonth.until).where(*held))).scalar()


async def forget_closed(session: AsyncSession, month: Month) -> None:
    """Take away the sums of the month, which hold no more."""
    for table in (MonthlyTagUsage, DailyTagTotal):
        held = table.workspace_id == month.workspace_id, table.start >= month.period.start
        await session.execute(delete(table).where(*held, table.start < month.period.end))


async def add_closed(session: AsyncSession, month: Month, days: Period) -> None:
    """Add the days, which follow those that are closed, and say so. Reopening must be kept out."""
    bounds: dict[str, Any] = {"of": month.workspace_id, "since": days.start, "until": days.end}
    await session.execute(_ADD_MONTH, {**bounds, "month": month.start})
    await session.execute(_ADD_TOTALS, bounds)
    row = insert(TagMonth).values(workspace_id=month.workspace_id, start=month.start, until=days.end)
    key = [TagMonth.workspace_id, TagMonth.start]
    await session.execute(row.on_conflict_do_update(index_elements=key, set_={"until": days.end}))
    held = ReopenedMonth.workspace_id == month.workspace_id, ReopenedMonth.start == month.start
    await session.execute(delete(ReopenedMonth).where(*held))


async def closed_months(session: AsyncSession, workspace_id: UUID, days: Period) -> Sequence[Month]:
    """The months that are closed up to any of these days."""
    wanted = select(TagMonth.workspace_id, TagMonth.start).where(*_closed_within(workspace_id, days))
    return [Month._make(row) for row in await session.execute(wanted.order_by(TagMonth.start))]


async def closed_sums(session: AsyncSession, month: Month, until: datetime) -> Sequence[tuple[Rows, Rows]]:
    """By table: the sums of the month that are there, and what its days up to then add up to."""
    values = {"of": month.workspace_id, "month": month.start, "next": month.period.end}
    days = {"of": month.workspace_id, "since": month.start, "until": until}
    found = []
    for width, stored, wanted in _CLOSED:
        pair = (await session.execute(stored, values)).all(), (await session.execute(wanted, days)).all()
        there, added = ({tuple(row[:width]): tuple(row[width:]) for row in rows} for rows in pair)
        found.append((there, added))
    return found


# --- reopening ---


async def reopen(
    session: AsyncSession, workspaces: Collection[UUID], months: Collection[datetime], since: datetime
) -> None:
    """Say of these months that nothing of them is closed, as far as they are closed beyond `since`."""
    await _reopen(session, TagMonth.workspace_id.in_(workspaces), TagMonth.start.in_(months), TagMonth.until > since)


async def reopen_period(session: AsyncSession, workspace_id: UUID, days: Period) -> None:
    """The same of the months that are closed up to any of these days."""
    await _reopen(session, *_closed_within(workspace_id, days))


def _closed_within(workspace_id: UUID, days: Period) -> tuple[ColumnElement[bool], ...]:
    return TagMonth.workspace_id == workspace_id, TagMonth.start < days.end, TagMonth.until > days.start


async def _reopen(session: AsyncSession, *held: ColumnElement[bool]) -> None:
    gone = await session.execute(delete(TagMonth).where(*held).returning(TagMonth.workspace_id, TagMonth.start))
    # whoever took the row away holds it, so no two write this down
    months = [{"workspace_id": of, "start": start, "reopened_at": func.now()} for of, start in gone]
    if months:
        await session.execute(insert(ReopenedMonth).values(months).on_conflict_do_nothing())


async def reopened_months(session: AsyncSession, rest: timedelta) -> Sequence[Month]:
    """The months that were reopened so long ago, and are not closed again; those of the longest wait first."""
    is_due = ReopenedMonth.reopened_at <= func.now() - rest
    wanted = select(ReopenedMonth.workspace_id, ReopenedMonth.start).where(is_due)
    return [Month._make(row) for row in await session.execute(wanted.order_by(ReopenedMonth.reopened_at))]
