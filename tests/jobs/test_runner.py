"""Jobs over one and several processes: each key once, failures later again, nobody in the way of anybody."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from pgqueuer.adapters.persistence.queries import Queries
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.database import make_engine
from app.jobs import backlog
from app.jobs.driver import EngineDriver
from app.jobs.registry import JOBS
from app.jobs.runner import NAMES, Runner
from app.jobs.work import HOURLY, Hands, Job, Turn
from app.usage.errors import LedgerUnavailable
from scripts.machine import ROOT
from tests.jobs.conftest import MakeHands


@dataclass
class Pile:
    """Keys that are due until they are done."""

    due: list[str]
    done: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def find(self, _hands: Hands) -> Sequence[str]:
        return list(self.due)

    async def do(self, turn: Turn) -> bool:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self.gate.wait()
        self.at_once -= 1
        if turn.key in self.due:
            self.due.remove(turn.key)
        self.done.append(turn.key)
        return True


@asynccontextmanager
async def running(*runners: Runner) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(runner.run()) for runner in runners]
    try:
        yield
    finally:
        for runner in runners:
            runner.stop()
        async with asyncio.timeout(200):
            await asyncio.gather(*tasks)


async def until(is_so: Callable[[], bool] | Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(200):
        while True:
            found = is_so()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.02)


async def test_every_key_is_done_once_by_several_processes(engine_of_jobs: AsyncEngine, make_hands: MakeHands) -> None:
    pile = Pile([f"key-{n}" for n in range(30)])
    pile.gate.set()
    job = Job("pile", HOURLY, pile.do, find=pile.find, at_once=5)
    runners = [Runner(engine_of_jobs, make_hands(engine_of_jobs), [job]) for _ in range(3)]
    async with running(*runners):
        await until(lambda: not pile.due)
    assert sorted(pile.done) == sorted(f"key-{n}" for n in range(30))


async def test_no_more_runs_at_once_than_are_allowed(engine_of_jobs: AsyncEngine, make_hands: MakeHands) -> None:
    pile = Pile([f"key-{n}" for n in range(10)])
    job = Job("pile", HOURLY, pile.do, find=pile.find, at_once=2)
    runners = [Runner(engine_of_jobs, make_hands(engine_of_jobs), [job]) for _ in range(2)]
    async with running(*runners):
        await until(lambda: pile.at_once == 2)
        pile.gate.set()
        await until(lambda: not pile.due)
    assert pile.most_at_once == 2


async def test_what_fails_or_is_not_done_is_queued_for_later_and_stops_nobody(
    engine_of_jobs: AsyncEngine, make_hands: MakeHands
) -> None:
    tried: list[str] = []

    def ending(name: str, end: bool | Exception) -> Job:
        async def do(_turn: Turn) -> bool:
            tried.append(name)
            if isinstance(end, Exception):
                raise end
            return end

        return Job(name, HOURLY, do)

    async def unable(_hands: Hands) -> Sequence[str]:
        raise RuntimeError("a secret")

    jobs = [
        ending("fails", RuntimeError("a secret")),
        ending("waits", LedgerUnavailable()),
        ending("goes on", False),
        ending("is done", True),
        Job("cannot look", HOURLY, ending("never", True).do, find=unable),
    ]
    async with running(Runner(engine_of_jobs, make_hands(engine_of_jobs), jobs)):
        await until(lambda: len(tried) == 4)
    async with engine_of_jobs.connect() as connection:
        found = await connection.execute(
            text("SELECT entrypoint, attempts, execute_after - now() FROM pgqueuer WHERE status = 'queued'")
        )
        left = {name: (attempts, wait) for name, attempts, wait in found}
        told = (await connection.execute(text("SELECT string_agg(l::text, ' ') FROM pgqueuer_log l"))).scalar_one()
    assert left.keys() == {"fails", "waits", "goes on"}
    assert all(attempts == 1 and timedelta(seconds=20) < wait for attempts, wait in left.values())
    assert "secret" not in told


async def test_told_to_stop_a_run_ends_its_step_and_nothing_is_begun(
    engine_of_jobs: AsyncEngine, make_hands: MakeHands
) -> None:
    begun = asyncio.Event()
    ended: list[str] = []

    async def do(turn: Turn) -> bool:
        begun.set()
        while not turn.is_stopped():  # noqa: ASYNC110 - as long work does
            await asyncio.sleep(0.01)
        ended.append(turn.key)
        return True

    async def find(_hands: Hands) -> Sequence[str]:
        return ["a", "b"]

    runner = Runner(engine_of_jobs, make_hands(engine_of_jobs), [Job("long", HOURLY, do, find=find)])
    async with running(runner):
        await begun.wait()
    assert len(ended) == 1


async def test_what_is_woken_is_looked_for_at_once(engine_of_jobs: AsyncEngine, make_hands: MakeHands) -> None:
    pile = Pile([])
    pile.gate.set()
    runner = Runner(engine_of_jobs, make_hands(engine_of_jobs), [Job("pile", HOURLY, pile.do, find=pile.find)])
    async with running(runner):
        for n in range(3):
            pile.due.append(f"key-{n}")
            runner.wake("pile")
            await until(lambda: not pile.due)
    assert set(pile.done) == {"key-0", "key-1", "key-2"}


async def test_the_clock_looks_without_being_woken(engine_of_jobs: AsyncEngine, make_hands: MakeHands) -> None:
    pile = Pile([])
    pile.gate.set()
    job = Job("pile", "* * * * * *", pile.do, find=pile.find)
    async with running(Runner(engine_of_jobs, make_hands(engine_of_jobs), [job])):
        await until(_has_schedule(engine_of_jobs))
        pile.due.append("late")
        await until(lambda: not pile.due)
    assert pile.done == ["late"]


def _has_schedule(engine: AsyncEngine) -> Callable[[], Awaitable[bool]]:
    async def ask() -> bool:
        async with engine.connect() as connection:
            found = await connection.execute(text("SELECT count(*) FROM pgqueuer_schedules"))
            return bool(found.scalar_one())

    return ask


async def test_a_database_that_goes_away_is_waited_for(
    engine_of_jobs: AsyncEngine, make_hands: MakeHands, fresh_database: str
) -> None:
    pile = Pile([f"key-{n}" for n in range(12)])
    job = Job("pile", HOURLY, pile.do, find=pile.find, at_once=2)
    other = make_engine(fresh_database, pooled=True)
    async with running(Runner(engine_of_jobs, make_hands(engine_of_jobs), [job])):
        await until(lambda: pile.at_once == 2)
        pile.gate.set()
        for _ in range(3):
            async with other.begin() as connection:
                await connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
            await asyncio.sleep(0.3)
        await until(lambda: not pile.due)
    await other.dispose()
    assert set(pile.done) == {f"key-{n}" for n in range(12)}


async def test_the_jobs_of_a_killed_process_are_taken_by_another(
    engine_of_jobs: AsyncEngine, make_hands: MakeHands, fresh_database: str
) -> None:
    program = [sys.executable, "-m", "tests.jobs.hanging", fresh_database]
    process = await asyncio.create_subprocess_exec(*program, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"begun\n"
    process.kill()
    await process.wait()
    pile = Pile(["one"])
    pile.gate.set()
    job = Job("hangs", HOURLY, pile.do, find=pile.find)
    async with running(Runner(engine_of_jobs, make_hands(engine_of_jobs), [job])):
        await until(lambda: not pile.due)
    assert pile.done == ["one"]


async def test_the_migration_makes_what_the_library_wants(fresh_database: str) -> None:
    engine = make_engine(fresh_database)
    plan = await Queries(EngineDriver(engine, lambda: True), QueryBuilderEnvironment(settings=NAMES)).plan_upgrade()
    await engine.dispose()
    assert [*plan.statements, *plan.notes] == []


def test_names_come_from_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FUNCTION", "CHANNEL", "TRIGGER", "PGQUEUER_PREFIX", "QUEUE_TABLE"):
        monkeypatch.setenv(name, "elsewhere")
    again = type(NAMES)(**{name: getattr(NAMES, name) for name in type(NAMES).model_fields})
    assert again == NAMES
    assert "elsewhere" not in repr(again)


def test_jobs_have_names_of_their_own() -> None:
    assert len({job.name for job in JOBS}) == len(JOBS)


async def test_the_backlog_says_what_waits(fresh_database: str) -> None:
    engine = make_engine(fresh_database)
    async with engine.begin() as connection:
        assert await backlog.read(connection) == backlog.Backlog(0, 0, 0.0, None, 0, 0.0, 0, 0)
        await connection.execute(
            text(
                "INSERT INTO pgqueuer (priority, status, entrypoint, execute_after) VALUES "
                "(0, 'queued', 'a', now() - interval '90 seconds'), (0, 'queued', 'b', now() + interval '1 hour'), "
                "(0, 'picked', 'c', now())"
            )
        )
        found = await backlog.read(connection)
    await engine.dispose()
    assert (found.jobs_waiting, found.jobs_running, found.jobs_oldest) == (1, 1, 90.0)
