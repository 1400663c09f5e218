"""A process that tells the same alerts as others do, announces what is due, and may be killed at any time."""

import asyncio
import sys
from pathlib import Path
from uuid import UUID

from pydantic import SecretStr

from app.alerts import announcing, service
from app.core.config import Settings
from app.core.database import make_engine, make_sessionmaker
from tests.delivery.parcels import SEALER
from tests.factories.alerts import NOON, new_alert

COUNT = 150


async def tell_all(address: str, workspace_id: UUID) -> None:
    config = Settings.model_validate({"data": Path("/nowhere"), "jwt_secret": SecretStr("a1b2c3d4" * 8)})
    engine = make_engine(address)
    sessions = make_sessionmaker(engine, SEALER)
    for number in range(COUNT):
        async with sessions() as session, session.begin():
            await service.raise_alert(session, workspace_id, new_alert(f"alert:{number:03d}"))
        await announcing.do_due(sessions, config, NOON, 10)
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(tell_all(sys.argv[1], UUID(sys.argv[2])))
