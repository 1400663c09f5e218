"""A process that takes calls as a service does: `python -m tests.budgets.spender DATABASE WORKSPACE NAME CALLS COST`.

It says a word for each call that is committed. Begun anew it sends the same calls: those that were taken are repeats.
"""

import asyncio
import sys
from uuid import UUID

from app.core.database import make_engine, make_sessionmaker
from app.core.periods import utc_now
from app.ingest.rules.accounting import Origin
from app.ingest.writer import GroupWriter, Part
from tests.factories.analytics import make_call


async def spend(url: str, workspace_id: UUID, name: str, calls: int, cost: str) -> None:
    engine = make_engine(url, pool_size=2)
    writer = GroupWriter(make_sessionmaker(engine))
    for number in range(calls):
        call = make_call(workspace_id, utc_now(), cost, event_id=f"{name} {number}", project=name)
        await writer.write(Part(Origin(workspace_id, None, utc_now()), [call]))
        sys.stdout.write("taken\n")
        sys.stdout.flush()
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(spend(sys.argv[1], UUID(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5]))
