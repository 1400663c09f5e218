"""A process that begins a job and never ends it."""

import asyncio
import sys
from collections.abc import Sequence
from typing import cast

from app.core.database import make_engine
from app.jobs.runner import Runner
from app.jobs.work import HOURLY, Hands, Job, Turn


async def find(_hands: Hands) -> Sequence[str]:
    return ["one"]


async def hang(_turn: Turn) -> bool:
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    await asyncio.sleep(3600)
    return True


if __name__ == "__main__":
    runner = Runner(make_engine(sys.argv[1]), cast("Hands", None), [Job("hangs", HOURLY, hang, find=find)])
    asyncio.run(runner.run())
