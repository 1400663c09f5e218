from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.config import Settings
from app.core.database import make_engine, make_sessionmaker
from app.jobs.work import Hands
from app.pricing import service as pricing
from app.pricing.shelf import PriceShelf
from tests.delivery.parcels import SEALER
from tests.delivery.sending import transports

MakeHands = Callable[[AsyncEngine], Hands]


@pytest.fixture(params=[False, True], ids=["own connections", "pooler"])
async def engine_of_jobs(fresh_database: str, request: pytest.FixtureRequest) -> AsyncIterator[AsyncEngine]:
    """As in a service of its own, and as behind a pooler in transaction mode."""
    engine = make_engine(fresh_database, pooled=request.param)
    yield engine
    await engine.dispose()


@pytest.fixture
def make_hands(settings: Settings) -> MakeHands:
    def make(engine: AsyncEngine) -> Hands:
        sessions = make_sessionmaker(engine, SEALER)
        return Hands(sessions, settings, transports(settings.data), PriceShelf(pricing.load_default()), None)

    return make
