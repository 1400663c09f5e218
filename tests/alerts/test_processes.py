"""Several processes tell the same and announce it, and some are killed: everything is told once."""

import asyncio
import sys
from collections import Counter
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.alerts.models import Alert
from app.core.database import make_engine, make_sessionmaker
from app.delivery.models import Delivery
from tests.alerts.telling import COUNT
from tests.factories.auth import make_user
from tests.factories.workspaces import make_workspace

ROOT = Path(__file__).parents[2]
Sessions = async_sessionmaker[AsyncSession]


async def _count(sessions: Sessions) -> int:
    async with sessions() as session:
        return (await session.execute(select(func.count()).select_from(Alert))).scalar_one()


async def test_what_many_processes_tell_is_announced_once_whoever_is_killed(fresh_database: str) -> None:
    engine = make_engine(fresh_database)
    sessions = make_sessionmaker(engine)
    async with sessions() as session, session.begin():
        workspace = await make_workspace(session, await make_user(session))
    program = [sys.executable, "-m", "tests.alerts.telling", fresh_database, str(workspace.id)]
    processes = [await asyncio.create_subprocess_exec(*program, cwd=ROOT) for _ in range(4)]
    try:
        async with asyncio.timeout(250):
            for place, enough in enumerate((COUNT // 5, COUNT // 2)):
                while await _count(sessions) < enough:  # noqa: ASYNC110 - it is other processes that work
                    await asyncio.sleep(0.01)
                processes[place].kill()
            assert [await process.wait() for process in processes[2:]] == [0, 0]
    finally:
        for process in processes:
            if process.returncode is None:
                process.kill()
            await process.wait()
    async with sessions() as session:
        keys = (await session.execute(select(Alert.key, Alert.fired_due))).all()
        sent = [notice for (notice,) in await session.execute(select(Delivery.notice))]
    await engine.dispose()
    assert len(keys) == COUNT
    assert not any(is_due for _, is_due in keys)
    assert len(sent) == COUNT
    assert set(Counter(sent).values()) == {1}
