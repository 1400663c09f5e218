"""Telling something in somebody else's transaction."""

import asyncio
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from app.alerts import service
from app.alerts.models import Alert, AlertSetting
from app.alerts.rules import Fact, Kind, Severity, State
from app.core.database import database_url, make_sessionmaker
from app.core.periods import utc_now
from app.workspaces.models import Workspace
from tests.factories.alerts import NOON, new_alert
from tests.factories.workspaces import make_workspace


async def alerts_of(session: AsyncSession, workspace: Workspace) -> list[Alert]:
    mine = select(Alert).where(Alert.workspace_id == workspace.id).order_by(Alert.id)
    return list((await session.execute(mine.execution_options(populate_existing=True))).scalars())


async def test_what_is_told_once_is_not_told_again(session: AsyncSession) -> None:
    workspace = await make_workspace(session)
    assert await service.raise_alert(session, workspace.id, new_alert())
    assert not await service.raise_alert(session, workspace.id, new_alert())
    (alert,) = await alerts_of(session, workspace)
    assert (alert.state, alert.occurrences, alert.fired_due) == (State.OPEN, 1, True)
    assert alert.facts == [["Spent", "$80.00"], ["Limit", "$100.00"]]


async def test_a_key_is_told_once_even_when_it_was_resolved(session: AsyncSession) -> None:
    workspace = await make_workspace(session)
    assert await service.raise_alert(session, workspace.id, new_alert())
    assert await service.resolve(session, workspace.id, new_alert().key)
    assert not await service.raise_alert(session, workspace.id, new_alert())
    (alert,) = await alerts_of(session, workspace)
    assert (alert.state, alert.resolved_due) == (State.RESOLVED, True)


async def test_the_same_key_in_another_workspace_is_another_alert(session: AsyncSession) -> None:
    for _ in range(2):
        assert await service.raise_alert(session, (await make_workspace(session)).id, new_alert())


async def test_a_condition_that_goes_on_is_counted_with_what_drives_it_now(session: AsyncSession) -> None:
    workspace = await make_workspace(session)
    first = new_alert("spike:12", condition="spike")
    later = new_alert(
        "spike:13", condition="spike", occurred_at=NOON + timedelta(hours=1), facts=[Fact("This hour", "$9.00")]
    )
    assert await service.raise_alert(session, workspace.id, first)
    assert not await service.raise_alert(session, workspace.id, later)
    assert not await service.raise_alert(session, workspace.id, later), "the same hour is counted once"
    (alert,) = await alerts_of(session, workspace)
    assert (alert.occurrences, alert.occurred_at, alert.last_occurred_at) == (2, NOON, later.occurred_at)
    assert alert.facts == [["This hour", "$9.00"]]


async def test_a_condition_that_comes_again_is_told_again(session: AsyncSession) -> None:
    workspace = await make_workspace(session)
    assert await service.raise_alert(session, workspace.id, new_alert("spike:12", condition="spike"))
    assert await service.resolve(session, workspace.id, "spike")
    assert not await service.resolve(session, workspace.id, "spike"), "it is over already"
    assert await service.raise_alert(session, workspace.id, new_alert("spike:20", condition="spike"))
    assert [alert.state for alert in await alerts_of(session, workspace)] == [State.RESOLVED, State.OPEN]


async def _set(session: AsyncSession, workspace: Workspace, **changes: object) -> None:
    values: dict[str, object] = {"is_on": True, "severity": None, "resolves_itself": True, "figures": {}}
    row = AlertSetting(
        workspace_id=workspace.id, kind=Kind.BUDGET_THRESHOLD, updated_at=utc_now(), **(values | changes)
    )
    session.add(row)
    await session.flush()


async def test_a_kind_that_is_off_is_not_told(session: AsyncSession) -> None:
    workspace = await make_workspace(session)
    await _set(session, workspace, is_on=False)
    assert not await service.raise_alert(session, workspace.id, new_alert())
    assert await alerts_of(session, workspace) == []


async def test_a_kind_is_as_loud_as_the_workspace_wants_it(session: AsyncSession) -> None:
    workspace = await make_workspace(session)
    await _set(session, workspace, severity=Severity.CRITICAL)
    await service.raise_alert(session, workspace.id, new_alert())
    assert [alert.severity for alert in await alerts_of(session, workspace)] == [Severity.CRITICAL]


async def test_a_kind_that_waits_for_a_person_does_not_resolve_by_itself(session: AsyncSession) -> None:
    workspace = await make_workspace(session)
    await _set(session, workspace, resolves_itself=False)
    await service.raise_alert(session, workspace.id, new_alert())
    assert not await service.resolve(session, workspace.id, new_alert().key)


async def test_of_many_who_tell_the_same_at_once_one_is_first(fresh_database: str) -> None:
    engine = create_async_engine(database_url(fresh_database))
    sessions = make_sessionmaker(engine)
    async with sessions() as session, session.begin():
        workspace = await make_workspace(session)

    async def tell(number: int) -> bool:
        async with sessions() as session, session.begin():
            told = await service.raise_alert(session, workspace.id, new_alert(f"spike:{number}", condition="spike"))
            await asyncio.sleep(0)
            return told

    told = await asyncio.gather(*(tell(number % 2) for number in range(8)))
    async with sessions() as session:
        assert len(await alerts_of(session, workspace)) == 1
    await engine.dispose()
    assert told.count(True) == 1
