"""What is left of a workspace whose time is over: nothing, of any table; and all of its neighbour."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.database import make_engine, make_sessionmaker
from app.core.periods import utc_now
from app.jobs import purge_queries, purging
from app.metadata import metadata
from app.usage import months
from app.workspaces.models import Workspace
from app.workspaces.rules import Role
from tests.factories.anything import THEN, make_any
from tests.factories.auth import make_user
from tests.factories.workspaces import add_member, make_workspace

OF_WORKSPACES = [table for table in metadata.sorted_tables if "workspace_id" in table.columns]
Sessions = async_sessionmaker[AsyncSession]


async def counts(session: AsyncSession, workspace: Workspace) -> dict[str, int]:
    found = {}
    for table in OF_WORKSPACES:
        rows = await session.execute(select(func.count()).where(table.c.workspace_id == workspace.id))
        found[table.name] = rows.scalar_one()
    return found


async def fill(session: AsyncSession, workspace: Workspace, rows: int = 1) -> None:
    """Rows in every table there is."""
    await session.execute(text("SET LOCAL session_replication_role = replica"))  # foreign keys are not looked at
    for table in OF_WORKSPACES:
        for _ in range(rows):
            await make_any(session, table, workspace.id)
    await session.execute(text("SET LOCAL session_replication_role = origin"))


async def end(session: AsyncSession, workspace: Workspace, ago: timedelta = timedelta(seconds=1)) -> None:
    await session.execute(update(Workspace).where(Workspace.id == workspace.id).values(deletes_at=utc_now() - ago))


def test_every_table_of_a_workspace_is_purged_and_by_its_key() -> None:
    assert {table.name for table in purge_queries.TABLES} == {table.name for table in OF_WORKSPACES}
    assert len(OF_WORKSPACES) > 20
    for table in metadata.sorted_tables:
        belongs = any(
            key.referred_table.name == "workspaces" or "workspace_id" in key.referred_table.columns
            for key in table.foreign_key_constraints
        )
        assert not belongs or "workspace_id" in table.columns, f"{table.name} would be forgotten"


@pytest.fixture
async def month(sessionmaker: Sessions, session: AsyncSession) -> None:
    """A place for events at `THEN`."""
    await months.make_ahead(sessionmaker, THEN)


@pytest.mark.usefixtures("month")
async def test_nothing_is_left_of_it_in_any_table_and_all_of_its_neighbour(
    sessionmaker: Sessions, session: AsyncSession
) -> None:
    gone, neighbour = await make_workspace(session), await make_workspace(session)
    for workspace in (gone, neighbour):
        await fill(session, workspace)
    await end(session, gone)
    await session.commit()
    before = await counts(session, neighbour)
    assert all(before.values()), "a table that is empty proves nothing"
    done = await purging.do_due(sessionmaker, 60)
    assert (done.workspaces, done.is_done) == (1, True)
    assert done.rows == len(OF_WORKSPACES)
    assert {name: rows for name, rows in (await counts(session, gone)).items() if rows} == {}
    assert await counts(session, neighbour) == before
    left = (await session.execute(select(Workspace.id))).scalars().all()
    assert left == [neighbour.id]


async def test_a_workspace_whose_time_is_not_over_stays(sessionmaker: Sessions, session: AsyncSession) -> None:
    workspace = await make_workspace(session)
    await add_member(session, workspace, await make_user(session), Role.OWNER)
    await end(session, workspace, ago=timedelta(seconds=-60))
    await session.commit()
    done = await purging.do_due(sessionmaker, 60)
    assert (done.workspaces, done.rows, done.is_done) == (0, 0, True)
    assert (await purging.do_due(sessionmaker, 60, now=utc_now() + timedelta(seconds=61))).workspaces == 1


@pytest.mark.usefixtures("month")
async def test_it_goes_in_small_steps_and_goes_on_where_it_was_stopped(
    sessionmaker: Sessions, session: AsyncSession
) -> None:
    workspace = await make_workspace(session)
    for _ in range(5):
        await add_member(session, workspace, await make_user(session), Role.VIEWER)
    await end(session, workspace)
    await session.commit()
    steps = iter([False, False, True])
    done = await purging.do_due(sessionmaker, 60, lambda: next(steps), batch=2)
    assert (done.workspaces, done.rows, done.is_done) == (0, 4, False)
    done = await purging.do_due(sessionmaker, 60, batch=2)
    assert (done.workspaces, done.rows, done.is_done) == (1, 1, True)


async def test_what_another_process_purges_just_now_is_left_to_it(fresh_database: str) -> None:
    engine = make_engine(fresh_database)
    sessions = make_sessionmaker(engine)
    async with sessions() as session, session.begin():
        workspace = await make_workspace(session)
        await end(session, workspace)
    async with sessions() as other, other.begin():
        assert await purge_queries.hold(other, workspace.id, utc_now())
        assert (await purging.do_due(sessions, 60)).workspaces == 0
    assert (await purging.do_due(sessions, 60)).workspaces == 1
    await engine.dispose()
