"""`tokenboard forecast backtest`: the method judged by a workspace's own months."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import make_engine, make_sessionmaker
from app.core.periods import utc_now
from app.usage.service import record
from tests.cli.conftest import Command
from tests.factories.analytics import make_call
from tests.factories.workspaces import make_workspace


@pytest.fixture
async def slug(fresh_database: str) -> str:
    """Of a workspace that spent ten dollars on each of the last eighty days."""
    engine = make_engine(fresh_database)
    sessions = make_sessionmaker(engine)
    async with sessions() as session, session.begin():
        workspace = await make_workspace(session)
        found, workspace_id = workspace.slug, workspace.id
    now = utc_now()
    await record(sessions, [make_call(workspace_id, now - timedelta(days=number), "10") for number in range(80)])
    await engine.dispose()
    return found


def test_a_workspaces_own_months_are_judged(tokenboard: Command, slug: str) -> None:
    done = tokenboard("forecast", "backtest", "--workspace", slug)
    assert done.returncode == 0, done.stderr
    assert "79 days from" in done.stdout
    assert "100.0 %" in done.stdout.splitlines()[-2]
    assert "0.0 %" in done.stdout.splitlines()[-2]


async def test_without_a_whole_month_there_is_nothing_to_judge(tokenboard: Command, fresh_database: str) -> None:
    engine = make_engine(fresh_database)
    async with AsyncSession(engine) as session, session.begin():
        slug = (await make_workspace(session)).slug
    await engine.dispose()
    done = tokenboard("forecast", "backtest", "--workspace", slug)
    assert done.returncode == 2
    assert "no whole month" in done.stderr


def test_there_are_two_ledgers(tokenboard: Command) -> None:
    done = tokenboard("forecast", "backtest", "--ledger", "both")
    assert done.returncode == 2
    assert "tracked or billed" in done.stderr
