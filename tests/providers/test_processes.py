"""Several processes and one database: one reads, a dead one is waited for, nothing is counted twice."""

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pytest
from pydantic import SecretStr
from rich.console import Console
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from app.cli.connections import read
from app.core.config import Settings
from app.core.crypto import Sealer
from app.core.database import make_engine, make_sessionmaker
from app.core.http import HttpClient
from app.core.periods import Granularity, floor, utc_now
from app.core.resealing import Resealed, reseal
from app.providers import service
from app.providers.lease import Lease, LeaseLost
from app.providers.rules.connections import Data, Mode, RunStatus, Trigger
from app.providers.service import Desk, NewConnection
from app.providers.sync import Sources, Syncer
from app.providers.vault import KEYS, make_sealer, take_out
from app.providers.worker import sweep, waiting
from app.workspaces.rules import Member, Role, WorkspaceId
from tests.factories.workspaces import make_workspace
from tests.providers.conftest import billed, rows
from tests.providers.script import DAY, KEY, Script

Sessionmaker = async_sessionmaker[AsyncSession]


@dataclass
class House:
    """A database of its own with one connection, and as many processes as a test likes."""

    sessions: Sessionmaker
    settings: Settings
    script: Script
    member: Member
    connection_id: UUID
    engine: AsyncEngine

    def process(self, **changed: float) -> Syncer:
        sources = {("scripted", "organization"): self.script.make}
        return Syncer(self.sessions, HttpClient(), make_sealer(self.settings), sources, **changed)  # type: ignore[arg-type]

    async def sync(self, syncer: Syncer, trigger: Trigger = Trigger.MANUAL) -> RunStatus | None:
        return await syncer.sync(self.member.workspace_id, self.connection_id, trigger, 60)

    @property
    def expected(self) -> dict[tuple[datetime, str], str]:
        return {(start, item): amount for start, items in self.script.bills.items() for item, amount in items.items()}

    async def statuses(self) -> list[str]:
        return [run["status"] for run in await rows(self.sessions, "sync_runs", self.member.workspace_id)]

    async def stored(self) -> dict[tuple[datetime, str], str]:
        return await billed(self.sessions, self.member.workspace_id)


@pytest.fixture
async def house(fresh_database: str, settings: Settings) -> AsyncIterator[House]:
    engine = make_engine(fresh_database, pooled=True)  # as behind a pooler: nothing in the database session
    sessions = make_sessionmaker(engine)
    today = floor(utc_now(), Granularity.DAY)
    script = Script(bills={today - DAY * n: {"input": f"{n}.25"} for n in range(61)})
    sources: Sources = {("scripted", "organization"): script.make}
    desk = Desk(HttpClient(), sources, make_sealer(settings))
    async with sessions() as session:
        workspace = await make_workspace(session)
        member = Member(WorkspaceId(workspace.id), None, Role.OWNER)
        new = NewConnection("scripted", Mode.ORGANIZATION, SecretStr(KEY))
        row, _, _ = await service.connect(session, member, desk, new)
        await session.commit()
    yield House(sessions, settings, script, member, row.id, engine)
    await engine.dispose()


async def test_of_two_processes_told_to_sync_at_once_one_does_it(house: House) -> None:
    ended = await asyncio.gather(*(house.sync(house.process()) for _ in range(4)))
    assert sorted(str(status) for status in ended) == ["None", "None", "None", "done"]
    assert len(house.script.walked) == 3
    assert await house.stored() == house.expected


@pytest.mark.parametrize("is_stopped", [False, True])
async def test_a_terminal_waits_for_whoever_reads_and_takes_that_run_for_its_own(
    house: House, *, is_stopped: bool
) -> None:
    is_reached, may_go_on = asyncio.Event(), asyncio.Event()

    async def hold(_page: int) -> None:
        is_reached.set()
        await may_go_on.wait()

    house.script.before_page = hold
    first = asyncio.create_task(house.sync(house.process()))
    await is_reached.wait()
    async with house.sessions() as session:
        row, _, _ = await service.find(session, house.member, house.connection_id)
    said = io.StringIO()
    terminal = asyncio.create_task(read(house.process(), row, Console(file=said), pause=0.01))
    async with asyncio.timeout(200):
        while "waiting" not in said.getvalue():  # noqa: ASYNC110 - the terminal tells
            await asyncio.sleep(0.01)
    assert not terminal.done()
    if is_stopped:
        async with house.sessions() as session:
            await service.update(session, house.member, house.connection_id, label=None, paused=True)
            await session.commit()
        assert await terminal is RunStatus.STOPPED
    may_go_on.set()
    assert await first is (RunStatus.STOPPED if is_stopped else RunStatus.DONE)
    assert await terminal is (RunStatus.STOPPED if is_stopped else RunStatus.DONE)
    assert len(await house.statuses()) == 1


async def test_a_run_that_ended_between_the_asking_and_the_taking_is_not_made_again(house: House) -> None:
    asked_at = utc_now()
    assert await house.sync(house.process()) is RunStatus.DONE
    key = (house.member.workspace_id, house.connection_id)
    assert await house.process().sync(*key, Trigger.MANUAL, 60, asked_at) is RunStatus.DONE
    assert len(await house.statuses()) == 1
    assert await house.process().sync(*key, Trigger.MANUAL, 60, utc_now()) is RunStatus.DONE
    assert len(await house.statuses()) == 2


async def test_a_process_that_dies_is_waited_for_and_its_run_is_gone_on_with(house: House) -> None:
    is_reached = asyncio.Event()

    async def hang(page: int) -> None:
        if page == 5:
            is_reached.set()
            await asyncio.Event().wait()

    house.script.before_page = hang
    task = asyncio.create_task(house.sync(house.process()))
    await is_reached.wait()
    house.script.before_page = None
    await _kill(house, task)
    (run,) = await rows(house.sessions, "sync_runs", house.member.workspace_id)
    assert run["status"] == "running"
    assert await house.sync(house.process()) is None
    await _run_out(house)
    assert await house.sync(house.process()) is RunStatus.DONE
    assert await house.stored() == house.expected
    (after,) = await rows(house.sessions, "sync_runs", house.member.workspace_id)
    assert (after["id"], after["status"]) == (run["id"], "done")


async def _kill(house: House, task: "asyncio.Task[RunStatus | None]") -> None:
    """As kill -9 leaves it: the work is gone, and the lease was not given back."""
    async with house.sessions() as session:
        found = await session.execute(text("SELECT owner FROM sync_leases"))
        owner = found.scalar_one()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with house.sessions() as session, session.begin():
        await session.execute(
            text(
                "INSERT INTO sync_leases (workspace_id, connection_id, owner, expires_at) "
                "VALUES (:workspace_id, :connection_id, :owner, now() + interval '1 hour')"
            ),
            {
                "workspace_id": house.member.workspace_id,
                "connection_id": house.connection_id,
                "owner": owner,
            },
        )


async def test_a_lease_runs_out_when_nobody_renews_it_and_its_holder_writes_no_more(house: House) -> None:
    place = (house.sessions, house.member.workspace_id, house.connection_id)
    first, second = Lease(*place, seconds=60), Lease(*place, seconds=60)
    assert await first.take()
    assert not await second.take()
    await _run_out(house)
    assert await second.take()
    with pytest.raises(LeaseLost):
        async with first.writing():
            pass


async def _run_out(house: House) -> None:
    """As if its time had passed."""
    async with house.sessions() as session, session.begin():
        await session.execute(text("UPDATE sync_leases SET expires_at = now() - interval '1 second'"))


async def _expiry(house: House) -> datetime:
    async with house.sessions() as session:
        at: datetime = (await session.execute(text("SELECT expires_at FROM sync_leases"))).scalar_one()
    return at


async def test_a_lease_that_is_renewed_is_kept(house: House) -> None:
    place = (house.sessions, house.member.workspace_id, house.connection_id)
    first, second = Lease(*place, seconds=8), Lease(*place, seconds=60)
    assert await first.take()
    taken_until = await _expiry(house)
    async with first.kept():
        while await _expiry(house) <= taken_until:  # noqa: ASYNC110 - the database tells
            await asyncio.sleep(0.05)
        assert not await second.take()
    assert await second.take()


async def test_a_workspace_that_is_about_to_be_deleted_is_not_read_until_that_is_taken_back(house: House) -> None:
    await house.sync(house.process())
    found = []
    for end in (utc_now(), None):
        async with house.sessions() as session, session.begin():
            await session.execute(text("UPDATE connections SET next_try_at = now() - interval '1 hour'"))
            await session.execute(text("UPDATE workspaces SET deletes_at = :at"), {"at": end})
        found.append(await waiting(house.sessions))
    assert found == [[], [(house.member.workspace_id, house.connection_id)]]


async def test_a_sweep_without_time_leaves_everything(house: House) -> None:
    done = await sweep(house.process(), 0)
    assert (done.ended, list(done.left)) == ({}, [house.connection_id])


async def test_keys_are_sealed_anew_under_the_newest_key_as_often_as_one_likes(house: House) -> None:
    assert house.settings.encryption_key is not None
    old = make_sealer(house.settings)
    both = house.settings.encryption_key.get_secret_value()
    new_settings = house.settings.model_copy(
        update={"encryption_key": SecretStr("bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmU=," + both)}
    )
    sealer = make_sealer(new_settings)
    assert sealer.newest_id != old.newest_id
    assert await reseal(house.sessions, sealer, KEYS) == Resealed(done=1)
    assert await reseal(house.sessions, sealer, KEYS) == Resealed()
    only_new = Sealer([b"newnewnewnewnewnewnewnewnewnewne"])
    async with house.sessions() as session:
        row, _, _ = await service.find(session, house.member, house.connection_id)
    assert take_out(only_new, row).get_secret_value() == KEY


async def test_a_key_that_cannot_be_opened_is_named_and_fails_its_connection_only(house: House) -> None:
    stranger = Sealer([b"another-key-another-key-another!"])
    lost = (await reseal(house.sessions, stranger, KEYS)).lost
    assert [connection_id for connection_id, _ in lost] == [house.connection_id]
    syncer = house.process()
    syncer.sealer = stranger
    assert await house.sync(syncer) is RunStatus.FAILED
    (row,) = await rows(house.sessions, "connections", house.member.workspace_id)
    assert row["error_code"] == "provider_key_lost"
    assert "is not in ENCRYPTION_KEY" in row["error_detail"]


async def test_who_comes_while_a_connection_is_deleted_writes_nothing_of_it(house: House) -> None:
    async with house.sessions() as session:
        await service.delete(session, house.member, house.connection_id, Data.DELETE)
        task = asyncio.create_task(house.sync(house.process()))
        while not task.done() and not await _somebody_waits(house):  # noqa: ASYNC110 - the database tells
            await asyncio.sleep(0.02)
        await session.commit()
    assert await task is None
    assert await house.stored() == {}


async def _somebody_waits(house: House) -> bool:
    async with house.sessions() as session:
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool((await session.execute(text(waiting))).scalar_one())


async def test_no_transaction_is_open_while_the_provider_is_asked_about_a_key(house: House) -> None:
    desk = Desk(HttpClient(), {("scripted", "organization"): house.script.make}, make_sealer(house.settings))
    new = NewConnection("scripted", Mode.ORGANIZATION, SecretStr("sk-admin-the-second-connection-7777"))
    told: list[bool] = []
    async with house.sessions() as session:
        house.script.before_verify = lambda: told.append(session.in_transaction())
        row, _, _ = await service.connect(session, house.member, desk, new)
        await service.verify(session, house.member, desk, row.id)
        await service.rotate_key(session, house.member, desk, row.id, SecretStr("sk-admin-the-third-one-66666"))
        await session.commit()
    assert told == [False, False, False]
