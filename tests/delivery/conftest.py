from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.database import make_engine, make_sessionmaker
from tests.delivery.parcels import SEALER
from tests.delivery.receiver import Receiver

Sessions = async_sessionmaker[AsyncSession]


@pytest.fixture
async def sessions(fresh_database: str) -> AsyncIterator[Sessions]:
    """Sessions that really commit, and may be many at once."""
    engine = make_engine(fresh_database)
    yield make_sessionmaker(engine, SEALER)
    await engine.dispose()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as receiver:
        yield receiver
