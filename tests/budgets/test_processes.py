"""Processes side by side that are killed with kill -9: thresholds fire once, and no limit is passed."""

import asyncio
import os
import random
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from sqlalchemy import text

from app.budgets import service
from app.budgets.errors import BudgetExhausted
from app.budgets.gate import Gate
from app.budgets.rules import Limit, Standing
from app.budgets.rules.reserving import Ask, Coming
from app.core.ids import new_id
from app.core.money import to_wire
from app.usage.spending import Filter
from app.workspaces.models import Workspace
from app.workspaces.rules import Scope
from scripts.machine import ROOT
from scripts.serving import Service, fresh_process
from tests.budgets import program
from tests.budgets.setting import Firm, Sessionmaker, terms
from tests.factories.workspaces import make_api_key

PROCESSES = 3
CALLS = 60
COST = "0.01"
CLIENT_PROCESSES = 4
CLIENTS_EACH = 50
MOST_TRIES = 1_000
CAPS = {"a": Decimal(6), "b": Decimal(3), "all": Decimal(8)}


@asynccontextmanager
async def running(module: str, *arguments: object) -> AsyncIterator[Process]:
    """A program of the tests; killed at the end if it runs then."""
    command = ["-m", f"tests.budgets.{module}", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=ROOT, env=environment, stdout=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def words(process: Process, most: int | None = None) -> int:
    """Read so many words, or all there are; how many there were."""
    assert process.stdout is not None
    read = 0
    while read != most and await process.stdout.readline():
        read += 1
    return read


async def test_thresholds_fire_once_whoever_writes_and_whoever_is_killed(firm: Firm, fresh_database: str) -> None:
    percents = range(5, 101, 5)
    await firm.make(terms("1.8", *percents))
    dice = random.Random(7)  # noqa: S311 - the same in every run

    async def go_on(name: str) -> None:
        asked = (fresh_database, firm.id, name, CALLS, COST)
        for _ in range(2):
            async with running("spender", *asked) as process:
                await words(process, dice.randrange(5, 50))
                process.kill()
        async with running("spender", *asked) as process:
            assert await words(process) == CALLS
            assert await process.wait() == 0

    await asyncio.gather(*(go_on(f"process {number}") for number in range(PROCESSES)))
    fired = await firm.fired()
    assert [(percent, of) for _, percent, of, _ in fired] == [(percent, "actual") for percent in percents]
    assert [told for _, _, told in await firm.alerts()] == [1] * len(percents)
    figures = [Decimal(figure) for _, _, _, figure in fired]
    assert all(figure * 100 >= percent * Decimal("1.8") for figure, percent in zip(figures, percents, strict=True))
    async with firm.sessions() as session:
        [standing] = await service.listed(session, firm.id)
    assert (to_wire(standing.spent.cost), standing.spent.calls) == ("1.8", PROCESSES * CALLS)


@contextmanager
def served(url: str) -> Iterator[Service]:
    """Two processes of one service."""
    command = [sys.executable, "-m", "app.cli", "serve", "--workers", "2"]
    settings = {"PYTHONPATH": str(ROOT), "DATABASE_URL": url, "TOKENBOARD_LOG_LEVEL": "error"}
    with fresh_process(command, TOKENBOARD_INGEST_REQUESTS_PER_KEY="10000000/minute", **settings) as found:
        yield found


def worker_of(service_pid: int) -> int:
    """One of the processes of a service."""
    return int(Path(f"/proc/{service_pid}/task/{service_pid}/children").read_text().split()[-1])


async def taken(firm: Firm) -> dict[str, Decimal]:
    """Spent and reserved of each budget together, in one look."""
    async with firm.sessions() as session:
        rows = await session.execute(text(TAKEN), {"of": firm.id})
        return {name: sum((part or Decimal(0) for part in parts), Decimal(0)) for name, *parts in rows}


TAKEN = """
SELECT name, (
    SELECT sum(cost) FROM usage_daily AS used
    WHERE used.workspace_id = :of AND (budgets.name = 'all' OR used.project = budgets.name)
), (
    SELECT sum(amount) FROM budget_holds AS held
    WHERE held.workspace_id = :of AND held.budget_id = budgets.id AND held.expires_at > clock_timestamp()
) FROM budgets WHERE workspace_id = :of
"""


def check(found: dict[str, Decimal]) -> None:
    """No cap is passed, that of the bounded one by less than one call."""
    assert found["a"] <= CAPS["a"]
    assert found["all"] <= CAPS["all"]
    assert found["b"] < CAPS["b"] + program.MOST


async def test_two_hundred_programs_that_are_killed_at_random_never_pass_the_bound(
    firm: Firm, fresh_database: str, sessions: Sessionmaker
) -> None:
    limits = {"a": Limit.STRICT, "b": Limit.BOUNDED, "all": Limit.STRICT}
    for name, limit in limits.items():
        only = Filter() if name == "all" else Filter(project=(name,))
        await firm.make(terms(str(CAPS[name]), name=name, limit=limit, only=only))
    key = await _key(firm.id, sessions)
    dice = random.Random(11)  # noqa: S311 - the same in every run

    async def go_on(address: str, number: int) -> None:
        asked = (address, key, number, CLIENTS_EACH)
        async with running("program", *asked) as process:
            await words(process, dice.randrange(20, 80))
            process.kill()
        async with running("program", *asked) as process:
            await words(process)
            assert await process.wait() == 0

    with served(fresh_database) as found:
        everybody = asyncio.gather(*(go_on(found.address, number) for number in range(CLIENT_PROCESSES)))
        killed = False
        while not everybody.done():
            now = await taken(firm)
            check(now)
            if not killed and now["all"] > CAPS["all"] / 4:
                os.kill(worker_of(found.pid), signal.SIGKILL)
                killed = True
            await asyncio.wait([everybody], timeout=0.1)
        await everybody
        assert killed
        check(await taken(firm))
        await _return_leases(firm)
        before = {name: standing.spent.cost for name, standing in (await _standing(firm)).items()}
        assert max(before["a"], before["b"], before["all"]) > 0
        async with running("program", found.address, key, 99, CLIENTS_EACH) as process:
            await words(process)
            assert await process.wait() == 0
        check(await taken(firm))
    standing = await _standing(firm)
    assert all(each.reserved == 0 for each in standing.values())
    assert any(cap - standing[name].spent.cost < program.MOST for name, cap in CAPS.items())


async def _return_leases(firm: Firm) -> None:
    """As if the hour were over for what those who were killed had reserved: it is there again."""
    async with firm.sessions() as session, session.begin():
        await session.execute(text("UPDATE budget_holds SET expires_at = clock_timestamp()"))
    assert all(each.reserved == 0 for each in (await _standing(firm)).values())


async def _standing(firm: Firm) -> dict[str, Standing]:
    async with firm.sessions() as session:
        return {each.budget.terms.name: each for each in await service.listed(session, firm.id)}


async def _key(workspace_id: UUID, sessions: Sessionmaker) -> str:
    async with sessions() as session, session.begin():
        workspace = await session.get_one(Workspace, workspace_id)
        _, key = await make_api_key(session, workspace, Scope.INGEST)
    return key


async def test_a_lease_returns_within_its_lifetime(firm: Firm, sessions: Sessionmaker) -> None:
    """By the database's own clock: who asks again and again has the same amount once the second is over."""
    await firm.make(terms("1", limit=Limit.STRICT))
    gate = Gate(sessions)
    nothing = Coming("", "", None, None, None, None, None)

    def ask() -> Ask:
        return Ask(firm.id, new_id(), nothing, Decimal(1), 1)

    first = await gate.reserve(ask())
    for _ in range(MOST_TRIES):
        with suppress(BudgetExhausted):
            second = await gate.reserve(ask())
            break
        await asyncio.sleep(0.05)
    assert second.expires_at >= first.expires_at + timedelta(seconds=1)
