"""Whether the service tells truly that it can do its work."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app import __version__, health
from app.core.database import make_engine, make_sessionmaker

PATHS = ("/api/v1/health", "/api/health")


@pytest.mark.parametrize("path", PATHS)
async def test_a_service_that_can_work_says_so_to_everybody(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "version": __version__, "database": "ok", "migrations": "ok"}
    assert answer.headers["cache-control"] == "no-store"
    assert (await client.head(path)).status_code == 200


async def test_a_database_at_an_older_schema_is_not_ready(client: httpx.AsyncClient, session: AsyncSession) -> None:
    await session.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    await session.commit()
    answer = await client.get(PATHS[0])
    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
    assert (answer.json()["database"], answer.json()["migrations"]) == ("ok", "behind")


async def test_a_database_that_was_never_migrated_is_not_ready(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    await session.execute(text("ALTER TABLE alembic_version RENAME TO elsewhere"))
    await session.commit()
    answer = await client.get(PATHS[0])
    assert (answer.status_code, answer.json()["migrations"]) == (503, "behind")


async def test_a_database_that_is_away_is_said_without_naming_it(app: FastAPI, client: httpx.AsyncClient) -> None:
    engine = make_engine("postgresql://somebody:hunter2@localhost:1/nowhere")
    app.state.sessionmaker = make_sessionmaker(engine)
    answer = await client.get(PATHS[0])
    assert answer.status_code == 503
    assert (answer.json()["database"], answer.json()["migrations"]) == ("unavailable", "unknown")
    assert "hunter2" not in answer.text
    await engine.dispose()


async def test_a_database_that_hangs_is_not_waited_for(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hanging:
        async def __aenter__(self) -> None:
            await asyncio.sleep(60)

        async def __aexit__(self, *_: object) -> None: ...

    monkeypatch.setattr(health, "TIMEOUT_SECONDS", 0.05)
    app.state.sessionmaker = Hanging
    answer = await client.get(PATHS[0])
    assert (answer.status_code, answer.json()["database"]) == (503, "unavailable")
