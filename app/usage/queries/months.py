"""The month partitions of `events`."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.periods import Granularity, step
from app.usage.models import PARTITION_PATTERN

# any number: every TokenBoard on one database takes the same lock to make a month
MONTH_LOCK: Final = 7_236_014_422
LOCK_TIMEOUT: Final = "5s"
_PARTITION: Final = re.compile(PARTITION_PATTERN)


def name_of(month: datetime) -> str:
    """The partition of the month that starts then; its name is in `PARTITION_PATTERN`, whatever the year."""
    return f"events_{month.year:04}_{month.month:02}"


async def make_month(session: AsyncSession, month: datetime) -> None:
    """Make the partition of the month that starts at `month`, if need be. Safe from several processes.

    A table of its own that is then attached: `PARTITION OF` would lock all of `events` against readers and writers,
    and would wait for every long question first. Attaching lets both go on.
    """
    await session.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MONTH_LOCK})
    name, end = name_of(month), step(month, Granularity.MONTH)
    found = await session.execute(text("SELECT to_regclass(:name) IS NOT NULL"), {"name": name})
    if found.scalar():
        return
    await session.execute(text(f"CREATE TABLE {name} (LIKE events INCLUDING ALL EXCLUDING INDEXES)"))
    await session.execute(
        text(
            f"ALTER TABLE events ATTACH PARTITION {name} "
            f"FOR VALUES FROM ('{month.date().isoformat()} 00:00:00+00') TO ('{end.date().isoformat()} 00:00:00+00')"
        )
    )


async def months(session: AsyncSession) -> Sequence[datetime]:
    """The months that have a partition, by their starts, the oldest first."""
    found = await session.execute(
        text(
            "SELECT part.relname FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid "
            "WHERE inhparent = to_regclass('events')"
        )
    )
    return sorted(_month(name) for name in found.scalars() if _PARTITION.fullmatch(name))


def _month(name: str) -> datetime:
    _, year, month = name.split("_")
    return datetime(int(year), int(month), 1, tzinfo=UTC)
