"""A real PostgreSQL, built by the real migrations: a database per worker, a rolled-back transaction per test.

Set TOKENBOARD_TEST_DATABASE_URL to a superuser's address to use that server; else the embedded one is started.
"""

import base64
import fcntl
import gc
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import hypothesis
import pytest
from fastapi import FastAPI
from passlib.hash import argon2
from pydantic import SecretStr
from sqlalchemy import NullPool, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from starlette.routing import BaseRoute

from app.auth import passwords
from app.core import migrations
from app.core.config import Settings
from app.core.crypto import Sealer
from app.core.database import database_url
from app.core.embedded import embedded_server
from app.core.ids import new_id
from app.main import create_app

TEMPLATE = "tokenboard_test_template"
HOUR_SECONDS, LAST_SECONDS = 3600, 15
# nothing here must outlive a crash: no test waits for a disk; as in scripts.external_postgres
SETTINGS = ("fsync = off", "full_page_writes = off")
ENCRYPTION_KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

# The same examples in every run, however slow the machine is; `--hypothesis-profile=default` looks for new ones.
hypothesis.settings.register_profile(
    "repeatable",
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    told = "leave out the tests that ask no database: they are the same on every server"
    parser.addoption("--only-database", action="store_true", help=told)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--only-database"):
        return
    left_out = [item for item in items if "server_url" not in getattr(item, "fixturenames", ())]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if "server_url" in getattr(item, "fixturenames", ())]


def pytest_runtest_setup() -> None:
    """Begin nothing in the last moments of an hour: a test that asks twice what hour or day it is has one answer."""
    left = HOUR_SECONDS - time.time() % HOUR_SECONDS
    if left < LAST_SECONDS:
        time.sleep(left)


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: it is not looked through again and again for garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def hashing() -> Iterator[tuple[object, str]]:
    """A hash of a password takes a tenth of a second, on purpose; here weak ones are made. Yields what was there."""
    real = passwords._HASHER, passwords._NOBODY
    quick = argon2.using(type="ID", memory_cost=64, rounds=1, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", quick)
        patch.setattr(passwords, "_NOBODY", quick.hash("of nobody"))
        yield real


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all workers of this run."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def server_url(shared_folder: Path) -> Iterator[str]:
    """The address of a server on which databases may be made."""
    given = os.environ.get("TOKENBOARD_TEST_DATABASE_URL")
    if given:
        yield given
        return
    # not below pytest's own folder: each new run as root closes that to the server's account
    name = hashlib.sha256(str(shared_folder).encode()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"tokenboard-tests-{name}"
    with embedded_server(folder) as url:
        yield url
    if not (folder / "postgres" / "postmaster.pid").exists():  # the last worker to leave
        shutil.rmtree(folder, ignore_errors=True)


def _in_database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


async def _administer(url: str, *statements: str) -> None:
    engine = create_async_engine(database_url(url), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    async with engine.connect() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await engine.dispose()


async def _template_exists(url: str) -> bool:
    engine = create_async_engine(database_url(url), poolclass=NullPool)
    async with engine.connect() as connection:
        found = await connection.execute(
            text("SELECT datistemplate FROM pg_database WHERE datname = :name"), {"name": TEMPLATE}
        )
    await engine.dispose()
    return bool(found.scalar())


@pytest.fixture(scope="session")
async def template(server_url: str, shared_folder: Path) -> str:
    """The name of a migrated database that others are copied from; made once per run, by the first worker."""
    done = shared_folder / f"template-{migrations.newest_revision()}.done"
    with (shared_folder / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            if "TOKENBOARD_TEST_DATABASE_URL" not in os.environ:
                settings = [f"ALTER SYSTEM SET {each}" for each in SETTINGS]
                await _administer(server_url, *settings, "SELECT pg_reload_conf()")
            await _administer(
                server_url,
                f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)",
                f"CREATE DATABASE {TEMPLATE}",
            )
            await migrations.upgrade_async(_in_database(server_url, TEMPLATE))
            done.touch()
    return TEMPLATE


@pytest.fixture
async def fresh_database(server_url: str, template: str) -> AsyncIterator[str]:
    """The address of a migrated, empty database of this test alone, for tests that must really commit."""
    async with own_database(server_url, template) as url:
        yield url


@pytest.fixture(scope="module")
async def shared_database(server_url: str, template: str) -> AsyncIterator[str]:
    """The same for all tests of a module, where what they share costs too much to start for each."""
    async with own_database(server_url, template) as url:
        yield url


@asynccontextmanager
async def own_database(server_url: str, template: str) -> AsyncIterator[str]:
    """The address of a migrated, empty database, dropped at the end."""
    name = f"tokenboard_{new_id().hex}"
    await _administer(server_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _in_database(server_url, name)
    await _administer(server_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def bare_database(server_url: str) -> AsyncIterator[str]:
    """The address of a database of this test alone, without a table: for tests that migrate it themselves."""
    name = f"tokenboard_{new_id().hex}"
    await _administer(server_url, f"CREATE DATABASE {name}")
    yield _in_database(server_url, name)
    await _administer(server_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
async def engine(server_url: str, template: str) -> AsyncIterator[AsyncEngine]:
    """This worker's database."""
    name = f"tokenboard_{new_id().hex}"
    await _administer(server_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    engine = create_async_engine(database_url(_in_database(server_url, name)))
    yield engine
    await engine.dispose()
    await _administer(server_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One outer transaction, rolled back at the end, whatever the application commits."""
    async with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        await transaction.rollback()


@pytest.fixture
def sessionmaker(connection: AsyncConnection) -> async_sessionmaker[AsyncSession]:
    return async_sessionmaker(
        connection,
        expire_on_commit=False,
        join_transaction_mode="create_savepoint",
        info={"sealer": Sealer([base64.b64decode(ENCRYPTION_KEY)])},
    )


@pytest.fixture
async def session(sessionmaker: async_sessionmaker[AsyncSession]) -> AsyncIterator[AsyncSession]:
    """What the test itself reads and writes; it sees what the application committed."""
    async with sessionmaker() as session:
        yield session


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.model_validate(
        {
            "jwt_secret": SecretStr("a1b2c3d4" * 8),
            "encryption_key": SecretStr(ENCRYPTION_KEY),
            "cron_secret": SecretStr("d4c3b2a1" * 8),
            "data": tmp_path,
            "app_url": "http://localhost:8000",
        }
    )


@pytest.fixture(scope="session")
def routes(tmp_path_factory: pytest.TempPathFactory) -> Sequence[BaseRoute]:
    """The application's, for all tests: FastAPI makes of each, when it is first asked for, what costs milliseconds."""
    return tuple(create_app(Settings(data=tmp_path_factory.mktemp("routes"))).router.routes)


@pytest.fixture
def app(settings: Settings, sessionmaker: async_sessionmaker[AsyncSession], routes: Sequence[BaseRoute]) -> FastAPI:
    """The real application on the test's transaction."""
    app = create_app(settings)
    app.router.routes[:] = routes
    app.state.sessionmaker = sessionmaker
    return app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who is not signed in."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        yield client
