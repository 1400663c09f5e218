"""A workspace with a month behind it, and somebody who looks at it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.alerts.models import Alert
from app.detection import service
from app.detection.models import Look
from app.detection.service import Looked
from app.usage import service as usage
from app.workspaces.models import Workspace
from tests.factories.analytics import make_call
from tests.factories.workspaces import make_workspace

# in the middle of an hour, a day and a month
NOW = datetime(2026, 11, 21, 14, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
Sessions = async_sessionmaker[AsyncSession]
Record = Callable[..., Awaitable[None]]


@dataclass
class Watch:
    """Looks at the workspace, and reads what was told."""

    sessions: Sessions
    session: AsyncSession
    workspace: Workspace

    async def look(self, now: datetime = NOW) -> Looked:
        done = await service.do_due(self.sessions, now, 60)
        await self.session.commit()
        return done

    async def alerts(self, *kinds: str) -> Sequence[Alert]:
        mine = select(Alert).where(Alert.workspace_id == self.workspace.id).order_by(Alert.id)
        if kinds:
            mine = mine.where(Alert.kind.in_(kinds))
        return (await self.session.execute(mine.execution_options(populate_existing=True))).scalars().all()

    async def told(self, *kinds: str) -> list[tuple[str, str]]:
        """(condition, state) of each."""
        return [(alert.condition, alert.state) for alert in await self.alerts(*kinds)]


@pytest.fixture
async def workspace(session: AsyncSession) -> Workspace:
    """One that is known since long ago."""
    made = await make_workspace(session)
    look = Look(workspace_id=made.id, next_at=NOW - DAY, looked_at=None, failures=0, learning_until=NOW - 30 * DAY)
    session.add(look)
    await session.commit()
    return made


@pytest.fixture
def watch(sessionmaker: Sessions, session: AsyncSession, workspace: Workspace) -> Watch:
    return Watch(sessionmaker, session, workspace)


@pytest.fixture
def record(sessionmaker: Sessions, workspace: Workspace) -> Record:
    """Record calls: one that cost so much at each of these times."""

    async def record_calls(times: datetime | Sequence[datetime], cost: str | None = "1", **fields: Any) -> None:
        every = [times] if isinstance(times, datetime) else times
        calls = [make_call(workspace.id, at, cost, **fields) for at in every]
        for first in range(0, len(calls), 1000):
            await usage.record(sessionmaker, calls[first : first + 1000])

    return record_calls


def hours(days: int, until: datetime = NOW) -> list[datetime]:
    """Each hour of so many days, up to an hour ago."""
    return [until - number * HOUR for number in range(1, days * 24 + 1)]


@pytest.fixture
async def month(record: Record) -> None:
    """Five dollars each hour for thirty days."""
    await record(hours(30), "5", project="search")
