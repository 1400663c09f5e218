"""Connections of the pool: one that the server closed while it lay idle is not handed out."""

from typing import Any

import asyncpg
import pytest
from asyncpg.exceptions import InternalClientError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core import database
from app.core.database import make_engine

END_OTHERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


async def test_a_connection_that_died_while_it_lay_idle_is_replaced(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "TRY_AFTER_SECONDS", 0.0)
    engine, killer = make_engine(fresh_database, pool_size=1), make_engine(fresh_database, pool_size=1)
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
    async with killer.connect() as connection:
        await connection.execute(END_OTHERS)
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT 1"))).scalar() == 1
    await engine.dispose()
    await killer.dispose()


async def test_one_that_died_a_moment_ago_fails_once(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "TRY_AFTER_SECONDS", 3600.0)
    engine, killer = make_engine(fresh_database, pool_size=1), make_engine(fresh_database, pool_size=1)
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
    async with killer.connect() as connection:
        await connection.execute(END_OTHERS)
    with pytest.raises(DBAPIError) as failure:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    assert failure.value.connection_invalidated
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT 1"))).scalar() == 1
    await engine.dispose()
    await killer.dispose()


async def test_one_that_says_it_is_busy_while_it_is_being_closed_is_thrown_away(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "TRY_AFTER_SECONDS", 0.0)
    engine = make_engine(fresh_database, pool_size=1)
    _confuse(await _raw(engine), monkeypatch)
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT 1"))).scalar() == 1
    await engine.dispose()


async def test_one_that_says_so_in_the_middle_of_its_work_is_not_used_again(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "TRY_AFTER_SECONDS", 3600.0)
    engine = make_engine(fresh_database, pool_size=1)
    _confuse(await _raw(engine), monkeypatch)
    with pytest.raises(DBAPIError) as failure:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    assert failure.value.connection_invalidated
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT 1"))).scalar() == 1
    await engine.dispose()


async def _raw(engine: AsyncEngine) -> Any:
    async with engine.connect() as connection:
        return (await connection.get_raw_connection()).driver_connection


def _confuse(raw: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on it says what asyncpg says between the server's goodbye and the end of the stream."""
    execute = asyncpg.Connection.execute

    async def confused(connection: Any, *arguments: Any, **named: Any) -> str:
        if connection is raw:
            raise InternalClientError("cannot switch to state 15; another operation (2) is in progress")
        return await execute(connection, *arguments, **named)

    monkeypatch.setattr(asyncpg.Connection, "execute", confused)
