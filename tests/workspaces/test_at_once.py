"""What happens at the same instant: owners who lower each other, workspaces of one name."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.database import make_engine, make_sessionmaker
from app.core.errors import AppError
from app.workspaces import queries, service
from app.workspaces.errors import LastOwner
from app.workspaces.rules import Member, Role, WorkspaceId
from tests.factories.workspaces import add_member, make_user, make_workspace


async def lower(sessionmaker: async_sessionmaker[AsyncSession], actor: Member, ready: asyncio.Barrier) -> str:
    assert actor.user_id is not None
    try:
        async with sessionmaker() as session, session.begin():
            await ready.wait()
            await service.change_role(session, actor, actor.user_id, Role.VIEWER)
    except LastOwner:
        return "kept"
    return "lowered"


async def test_owners_who_leave_together_leave_one_behind(fresh_database: str) -> None:
    engine = make_engine(fresh_database)
    sessionmaker = make_sessionmaker(engine)
    async with sessionmaker() as session, session.begin():
        users = [await make_user(session) for _ in range(4)]
        workspace = await make_workspace(session)
        for user in users:
            await add_member(session, workspace, user, Role.OWNER)
    workspace_id = WorkspaceId(workspace.id)
    ready = asyncio.Barrier(len(users))
    members = [Member(workspace_id, user.id, Role.OWNER) for user in users]
    outcomes = await asyncio.gather(*(lower(sessionmaker, member, ready) for member in members))
    assert sorted(outcomes) == ["kept", "lowered", "lowered", "lowered"]
    async with sessionmaker() as session:
        roles = list((await queries.roles(session, workspace_id)).values())
    assert roles.count(Role.OWNER) == 1
    await engine.dispose()


async def test_an_owner_who_was_lowered_meanwhile_decides_nothing(fresh_database: str) -> None:
    engine = make_engine(fresh_database)
    sessionmaker = make_sessionmaker(engine)
    async with sessionmaker() as session, session.begin():
        first, second = [await make_user(session) for _ in range(2)]
        workspace = await make_workspace(session, first)
        await add_member(session, workspace, second, Role.OWNER)
    workspace_id = WorkspaceId(workspace.id)
    ready = asyncio.Barrier(2)

    async def oust(actor: Member, target: Member) -> str:
        assert target.user_id is not None
        try:
            async with sessionmaker() as session, session.begin():
                await ready.wait()
                await service.change_role(session, actor, target.user_id, Role.VIEWER)
        except AppError as error:
            return error.code
        return "ousted"

    one, two = (Member(workspace_id, user.id, Role.OWNER) for user in (first, second))
    assert sorted(await asyncio.gather(oust(one, two), oust(two, one))) == ["forbidden", "ousted"]
    await engine.dispose()


async def test_one_slug_asked_for_twice_at_once_is_numbered(fresh_database: str) -> None:
    engine = make_engine(fresh_database)
    sessionmaker = make_sessionmaker(engine)
    async with sessionmaker() as session, session.begin():
        owner = await make_user(session)
    ready = asyncio.Barrier(5)

    async def create() -> str:
        async with sessionmaker() as session, session.begin():
            await ready.wait()
            return (await service.create(session, owner.id, name="Acme")).slug

    slugs = await asyncio.gather(*(create() for _ in range(5)))
    assert sorted(slugs) == ["acme", "acme-2", "acme-3", "acme-4", "acme-5"]
    await engine.dispose()
