"""Whether this service can do its work. Public: it says nothing that a stranger may not know."""

import asyncio
import functools
from enum import StrEnum
from typing import Final

import asyncpg
from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import SQLAlchemyError

from app import __version__
from app.core import migrations
from app.core import schemas as core
from app.core.log import get_logger

log = get_logger(__name__)
router = APIRouter(tags=["health"])
# a load balancer asks every few seconds and wants an answer, also when the database hangs
TIMEOUT_SECONDS: Final = 3
# SQLAlchemy passes on as they are the errors that asyncpg raises while connecting
AWAY: Final = (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
# what this version needs does not change while it runs
_newest_revision = functools.cache(migrations.newest_revision)


class Health(StrEnum):
    """`behind`: reachable, but at an older schema than this version needs."""

    OK = "ok"
    BEHIND = "behind"
    UNKNOWN = "unknown"
    UNAVAILABLE = "unavailable"


class HealthOut(core.Response):
    """`status` is ok exactly when the service is ready."""

    status: Health
    version: str
    database: Health
    migrations: Health


@router.head("/api/v1/health", include_in_schema=False)
@router.head("/api/health", include_in_schema=False)
@router.get("/api/v1/health", responses={503: {"model": HealthOut}})
@router.get("/api/health", include_in_schema=False)
async def read_health(request: Request, response: Response) -> HealthOut:
    """Ready (200) when the database answers and is at the newest schema, else 503 and what is missing."""
    database, schema = await _check(request)
    is_ready = database is Health.OK and schema is Health.OK
    if not is_ready:
        response.status_code = 503
    response.headers["Cache-Control"] = "no-store"
    return HealthOut(
        status=Health.OK if is_ready else Health.UNAVAILABLE, version=__version__, database=database, migrations=schema
    )


async def _check(request: Request) -> tuple[Health, Health]:
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS), request.app.state.sessionmaker() as session:
            revision = await migrations.current_revision(await session.connection())
    except AWAY as error:
        log.warning("the database is not reachable", error=type(error).__name__)
        return Health.UNAVAILABLE, Health.UNKNOWN
    return Health.OK, Health.OK if revision == _newest_revision() else Health.BEHIND
