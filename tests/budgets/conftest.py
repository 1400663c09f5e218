from collections.abc import AsyncIterator

import pytest

from app.core.database import make_engine, make_sessionmaker
from tests.budgets.setting import Firm, Sessionmaker


@pytest.fixture
async def sessions(fresh_database: str) -> AsyncIterator[Sessionmaker]:
    engine = make_engine(fresh_database, pool_size=8)
    yield make_sessionmaker(engine)
    await engine.dispose()


@pytest.fixture
async def firm(sessions: Sessionmaker) -> Firm:
    return await Firm.found(sessions)
