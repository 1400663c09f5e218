"""Whoever hands calls over is written, also in the moment in which the group before has just ended."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.periods import utc_now
from app.ingest.rules.accounting import Origin
from app.ingest.writer import GroupWriter, Part
from tests.factories.ingest import make_event
from tests.factories.workspaces import make_workspace


async def test_a_part_right_after_the_answer_to_another_is_written(
    session: AsyncSession, sessionmaker: async_sessionmaker[AsyncSession]
) -> None:
    workspace = await make_workspace(session)
    await session.commit()
    writer = GroupWriter(sessionmaker)

    async def write_one() -> list[object]:
        part = Part(Origin(workspace.id, None, utc_now()), [make_event(workspace.id)])
        return list(await writer.write(part))

    async with asyncio.timeout(60), writer.running():
        assert [await write_one() for _ in range(3)] == [[True]] * 3
