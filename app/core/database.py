"""PostgreSQL through async SQLAlchemy and asyncpg; the one place where a request commits."""

import math
import time
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from fastapi import BackgroundTasks, Depends, Request
from sqlalchemy import DateTime, MetaData, NullPool, Text, Uuid, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    async_sessionmaker,
    create_async_engine,
)

# named again, because services take the session from here: they import no SQLAlchemy
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from app.core.config import ConfigurationError
from app.core.crypto import Sealer
from app.core.waking import woken

__all__ = [
    "AsyncSession",
    "Base",
    "SessionDep",
    "database_url",
    "get_session",
    "let_go",
    "make_engine",
    "make_sessionmaker",
    "sealer_of",
]

# Parameters of a libpq or Prisma address that asyncpg does not know and that change nothing here.
IGNORED_PARAMETERS = (
    "channel_binding",
    "pgbouncer",
    "connection_limit",
    "pool_timeout",
    "schema",
    "sslrootcert",
)
CONNECT_TIMEOUT_SECONDS = 10
# A connection that lay idle for so long is tried before it is used: the server may have closed it.
TRY_AFTER_SECONDS = 1.0


class Base(DeclarativeBase):
    """All tables. Constraint names are fixed, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: DateTime(timezone=True), str: Text(), UUID: Uuid()}


def database_url(address: str) -> URL:
    """The address as SQLAlchemy wants it, from any spelling that PostgreSQL hosts hand out.

    Raises ConfigurationError, without repeating the address, which may hold a password.
    """
    try:
        url = make_url(address)
    except Exception:  # noqa: BLE001 - SQLAlchemy raises several kinds, each quoting the address
        raise ConfigurationError("DATABASE_URL is not an address: postgresql://user:password@host/database") from None
    if url.drivername.split("+")[0] not in {"postgresql", "postgres"}:
        raise ConfigurationError(
            "DATABASE_URL must start with postgresql:// (TokenBoard keeps everything in PostgreSQL)"
        )
    query: dict[str, Any] = dict(url.query)
    if "sslmode" in query:
        query["ssl"] = query.pop("sslmode")
    for name in IGNORED_PARAMETERS:
        query.pop(name, None)
    return url.set(drivername="postgresql+asyncpg", query=query)


def make_engine(address: str, *, pooled: bool = False, pool_size: int = 10) -> AsyncEngine:
    """An engine; `pooled` says that a pooler in transaction mode stands between us and the server.

    Parameters stay out of error messages: those are logged, and parameters hold hashes and addresses.
    """
    url = database_url(address)
    if pooled:
        # a pooler may hand each transaction to another server session: nothing prepared may outlive it
        return create_async_engine(
            url,
            hide_parameters=True,
            poolclass=NullPool,
            connect_args={
                "timeout": CONNECT_TIMEOUT_SECONDS,
                "statement_cache_size": 0,
                "prepared_statement_cache_size": 0,
                "prepared_statement_name_func": lambda: "",
            },
        )
    engine = create_async_engine(
        url,
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=pool_size,
        connect_args={
            "timeout": CONNECT_TIMEOUT_SECONDS,
            "server_settings": {"application_name": "tokenboard"},
        },
    )
    _try_idle(engine)
    _throw_away_confused(engine)
    return engine


def _try_idle(engine: AsyncEngine) -> None:
    """Try connections that lay idle when they are asked for. SQLAlchemy's own way tries each, with three questions."""
    dialect = engine.dialect

    def note(_connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        record.info["idle_since"] = time.monotonic()

    def check(connection: DBAPIConnection, record: ConnectionPoolEntry, _: PoolProxiedConnection) -> None:
        # one that is new was never idle
        if time.monotonic() - record.info.get("idle_since", math.inf) < TRY_AFTER_SECONDS:
            return
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            # whatever it says (asyncpg has several words while the server's goodbye is still on its way): the pool
            # throws it away and makes another, and that one tells what is really wrong
            raise DisconnectionError from error

    event.listen(engine.sync_engine.pool, "checkin", note)
    event.listen(engine.sync_engine.pool, "checkout", check)


def _throw_away_confused(engine: AsyncEngine) -> None:
    """A connection whose server is just going may say that it is busy: it is as good as closed, and no other one is."""
    confused = engine.dialect.loaded_dbapi.InternalClientError

    def judge(context: ExceptionContext) -> None:
        if isinstance(context.original_exception, confused):
            context.is_disconnect = True
            context.invalidate_pool_on_disconnect = False

    event.listen(engine.sync_engine, "handle_error", judge)


def make_sessionmaker(engine: AsyncEngine, sealer: Sealer | None = None) -> async_sessionmaker[AsyncSession]:
    """`sealer` is for what is written sealed from anywhere in a transaction (see `sealer_of`)."""
    return async_sessionmaker(engine, expire_on_commit=False, info={"sealer": sealer})


def sealer_of(session: AsyncSession) -> Sealer | None:
    """What seals in this session; None where no key is set."""
    found: Sealer | None = session.info.get("sealer")
    return found


async def get_session(request: Request, then: BackgroundTasks) -> AsyncIterator[AsyncSession]:
    """A transaction for the request: committed when the route is done, before the answer leaves; undone if it fails."""
    async with request.app.state.sessionmaker() as session:
        yield session
        await session.commit()
        for job in woken(session.info):
            then.add_task(request.app.state.wakes.wake_or_do, job)


async def let_go(session: AsyncSession) -> None:
    """Commit what was done so far and give the connection back; what comes next is a transaction of its own.

    For requests that wait for somebody else's server: a few of them would hold every connection there is.
    """
    await session.commit()


# "function": commit before the response is sent, so that a failed commit is an error and not a lie
SessionDep = Annotated[AsyncSession, Depends(get_session, scope="function")]
