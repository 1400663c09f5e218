"""The queue through a real PgBouncer in transaction mode, where nothing can be listened to."""

from app.core.database import make_engine
from app.jobs.runner import Runner
from app.jobs.work import HOURLY, Job
from tests.jobs.conftest import MakeHands
from tests.jobs.test_runner import Pile, running, until
from tests.test_pooler import pooled_url

__all__ = ["pooled_url"]


async def test_jobs_of_two_processes_are_done_once_each_through_a_pooler(
    pooled_url: str, make_hands: MakeHands
) -> None:
    pile = Pile([f"key-{n}" for n in range(20)])
    pile.gate.set()
    job = Job("pile", HOURLY, pile.do, find=pile.find, at_once=4)
    engines = [make_engine(pooled_url, pooled=True) for _ in range(2)]
    async with running(*(Runner(engine, make_hands(engine), [job]) for engine in engines)):
        await until(lambda: not pile.due)
    for engine in engines:
        await engine.dispose()
    assert sorted(pile.done) == sorted(f"key-{n}" for n in range(20))
