"""The command line as people run it: a process of its own on a database of its own."""

import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from app.core.config import Settings
from app.main import create_app
from tests.cli.serving import ROOT, Service, clean_environment
from tests.factories.workspaces import make_api_key, make_workspace

__all__ = ["ROOT", "Command", "clean_environment"]

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def tokenboard(fresh_database: str, tmp_path: Path) -> Command:
    """Run a command on the fresh database; its answer is one line per line, however wide."""

    def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        environment = clean_environment(tmp_path / "data", **{"DATABASE_URL": fresh_database, **settings})
        return subprocess.run(
            [sys.executable, "-m", "app.cli", *arguments],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )

    return run


@pytest.fixture
async def reader(fresh_database: str, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """An API key's holder in the workspace `trace`, whose questions stand below `base_url`."""
    app = create_app(settings.model_copy(update={"database_url": SecretStr(fresh_database)}))
    async with app.state.sessionmaker() as session, session.begin():
        workspace = await make_workspace(session)
        workspace.slug = "trace"
        _, key = await make_api_key(session, workspace)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url=f"http://localhost:8000/api/v1/workspaces/{workspace.id}/",
        headers={"Authorization": f"Bearer {key}"},
    ) as client:
        yield client
    await app.state.engine.dispose()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = Service(tmp_path / "data")
    yield service
    if service.process and service.process.poll() is None:
        service.stop(signal.SIGTERM)
