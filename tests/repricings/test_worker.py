"""The worker: stopped half-way, beside others, amid ingest; with real commits."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import make_engine, make_sessionmaker
from app.core.ids import new_id
from app.core.periods import utc_now
from app.repricings import queries, service
from app.repricings.rules import Order, Status
from app.repricings.worker import Worker
from app.usage.rules.changing import Selection
from app.usage.service import record
from app.workspaces.rules import Member, Role, WorkspaceId
from tests.factories.ingest import make_event
from tests.factories.workspaces import make_workspace
from tests.repricings.conftest import ChangingShelf, Sessionmaker, ledger, sums_and_rebuilt

CALLS = 40
Verb = Callable[[AsyncSession], Awaitable[object]]


class Killed(Exception):
    """The process is gone."""


class Shop:
    """A workspace with calls on a database of its own, and what its admin does."""

    def __init__(self, sessions: Sessionmaker, workspace_id: UUID) -> None:
        self.sessions, self.shelf = sessions, ChangingShelf()
        self.member = Member(WorkspaceId(workspace_id), None, Role.ADMIN)

    async def do(self, verb: Verb) -> None:
        async with self.sessions() as session, session.begin():
            await verb(session)

    async def status(self, job_id: UUID) -> tuple[str, int]:
        async with self.sessions() as session:
            job, _ = await service.find(session, self.member, job_id)
        return job.status, job.done

    async def previewed(self) -> UUID:
        async with self.sessions() as session, session.begin():
            order = Order(Selection(None, utc_now()))
            job = await service.preview(session, self.member, order, self.shelf.version)
        await self.work()
        return job.id

    async def applying(self) -> UUID:
        """A job that waits to be applied, at other prices than the calls were taken at."""
        self.shelf.change("other", {"gpt-4-0613": "2", "m": "1"})
        job_id = await self.previewed()
        await self.do(lambda session: service.apply(session, self.member, job_id, "other"))
        return job_id

    async def work(self, worker: Worker | None = None) -> None:
        await (worker or Worker(batch=7)).work_off(self.sessions, self.shelf)

    async def expire_leases(self) -> None:
        past = utc_now() - timedelta(seconds=1)
        statement = text("UPDATE repricings SET lease_expires_at = :past WHERE lease_owner IS NOT NULL")
        await self.do(lambda session: session.execute(statement, {"past": past}))


@pytest.fixture
async def shop(fresh_database: str) -> AsyncIterator[Shop]:
    engine = make_engine(fresh_database, pool_size=8)
    sessions = make_sessionmaker(engine)
    async with sessions() as session, session.begin():
        workspace = await make_workspace(session)
    await record(sessions, [make_event(workspace.id, latency_ms=n, input_tokens=n) for n in range(CALLS)])
    yield Shop(sessions, workspace.id)
    await engine.dispose()


def dying_after(batches: int, monkeypatch: pytest.MonkeyPatch) -> Worker:
    """A worker whose process ends when it takes up the next batch; nobody tidies up after it."""
    worker, hold = Worker(batch=7), queries.hold
    left = batches

    async def dying(*arguments: object) -> object:
        nonlocal left
        if left == 0:
            raise Killed
        left -= 1
        return await hold(*arguments)  # type: ignore[arg-type]

    async def gone(*_: object) -> bool:
        raise Killed

    monkeypatch.setattr(queries, "hold", dying)
    monkeypatch.setattr(worker, "_give_up", gone)
    return worker


@pytest.mark.parametrize("batches", [0, 1, 3, 5])
async def test_another_goes_on_where_one_died_and_does_nothing_twice(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, batches: int
) -> None:
    workspace_id = shop.member.workspace_id
    untouched = await ledger(shop.sessions, workspace_id)
    job_id = await shop.applying()
    with monkeypatch.context() as patch, pytest.raises(Killed):
        await shop.work(dying_after(batches, patch))
    assert await shop.status(job_id) == (Status.APPLYING, batches * 7)
    await shop.work()
    assert await shop.status(job_id) == (Status.APPLYING, batches * 7), "the dead one's lease still holds"
    await shop.expire_leases()
    await shop.work()
    assert await shop.status(job_id) == (Status.APPLIED, CALLS)
    before, rebuilt = await sums_and_rebuilt(shop.sessions, workspace_id)
    assert before == rebuilt
    await shop.do(lambda session: service.undo(session, shop.member, job_id))
    with monkeypatch.context() as patch, pytest.raises(Killed):
        await shop.work(dying_after(batches, patch))
    await shop.expire_leases()
    await shop.work()
    assert await ledger(shop.sessions, workspace_id) == untouched


async def test_a_worker_that_is_stopped_leaves_the_job_to_the_next(shop: Shop) -> None:
    job_id = await shop.applying()
    is_stopped = False
    running = asyncio.create_task(shop.work(Worker(batch=7, is_stopped=lambda: is_stopped)))
    done = 0
    while done == 0:
        done = (await shop.status(job_id))[1]
    is_stopped = True
    await running
    await shop.work()
    assert await shop.status(job_id) == (Status.APPLIED, CALLS)


async def test_workers_side_by_side_do_each_batch_once(shop: Shop) -> None:
    job_id = await shop.applying()
    await asyncio.gather(*(shop.work() for _ in range(3)))
    await shop.work()
    assert await shop.status(job_id) == (Status.APPLIED, CALLS)
    before, rebuilt = await sums_and_rebuilt(shop.sessions, shop.member.workspace_id)
    assert before == rebuilt


async def test_calls_come_in_while_it_is_applied_and_undone(shop: Shop) -> None:
    workspace_id = shop.member.workspace_id
    job_id = await shop.applying()
    taken = 0

    async def keep_sending(until: asyncio.Task[None]) -> None:
        nonlocal taken
        while not until.done() or taken < 20:
            await record(shop.sessions, [make_event(workspace_id, model=model) for model in ("gpt-4-0613", "m")])
            taken += 2

    await keep_sending(asyncio.create_task(shop.work()))
    assert (await shop.status(job_id))[0] == Status.APPLIED
    before, rebuilt = await sums_and_rebuilt(shop.sessions, workspace_id)
    assert before == rebuilt
    await shop.do(lambda session: service.undo(session, shop.member, job_id))
    await keep_sending(asyncio.create_task(shop.work()))
    assert (await shop.status(job_id))[0] == Status.UNDONE
    before, rebuilt = await sums_and_rebuilt(shop.sessions, workspace_id)
    assert before == rebuilt
    assert len((await ledger(shop.sessions, workspace_id))["events"]) == CALLS + taken
    async with shop.sessions() as session:
        found = await session.execute(text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
        assert found.scalar() == 0


async def test_a_writer_does_not_wait_for_calls_that_are_being_changed(shop: Shop) -> None:
    await shop.applying()
    async with shop.sessions() as session, session.begin():
        await session.execute(text("SELECT 1 FROM events FOR UPDATE"))
        written = record(shop.sessions, [make_event(shop.member.workspace_id, event_id=str(new_id()))])
        assert await asyncio.wait_for(written, 200) == [True]


async def test_cancelling_half_way_puts_back_what_was_applied(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    untouched = await ledger(shop.sessions, shop.member.workspace_id)
    job_id = await shop.applying()
    with monkeypatch.context() as patch, pytest.raises(Killed):
        await shop.work(dying_after(2, patch))
    assert await ledger(shop.sessions, shop.member.workspace_id) != untouched
    await shop.do(lambda session: service.cancel(session, shop.member, job_id))
    await shop.work()
    assert await shop.status(job_id) == (Status.CANCELLED, 14)
    assert await ledger(shop.sessions, shop.member.workspace_id) == untouched


async def test_prices_that_change_between_two_workers_put_everything_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    untouched = await ledger(shop.sessions, shop.member.workspace_id)
    job_id = await shop.applying()
    with monkeypatch.context() as patch, pytest.raises(Killed):
        await shop.work(dying_after(2, patch))
    shop.shelf.change("newer", {"gpt-4-0613": "3"})
    await shop.expire_leases()
    await shop.work()
    assert (await shop.status(job_id))[0] == Status.FAILED
    assert await ledger(shop.sessions, shop.member.workspace_id) == untouched


async def test_a_preview_begins_anew_when_the_prices_change_half_way(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shop.sessions() as session, session.begin():
        job = await service.preview(session, shop.member, Order(Selection(None, utc_now())), "book")
    with monkeypatch.context() as patch, pytest.raises(Killed):
        await shop.work(dying_after(2, patch))
    shop.shelf.change("newer", {"gpt-4-0613": "3"})
    await shop.expire_leases()
    await shop.work()
    async with shop.sessions() as session:
        found, summary = await service.find(session, shop.member, job.id)
    assert (found.price_version, summary.total.calls, summary.total.changed) == ("newer", CALLS, CALLS)
