from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.analytics import routes
from app.usage import service as usage
from app.workspaces.models import Workspace
from app.workspaces.rules import Scope
from tests.factories.analytics import make_call
from tests.factories.workspaces import make_api_key, make_workspace

# the clock of these tests: in the middle of an hour, a day and a month
NOW = datetime(2026, 11, 21, 14, 30, tzinfo=UTC)

Record = Callable[..., Awaitable[None]]
Ask = Callable[..., Awaitable[Any]]


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "utc_now", lambda: NOW)


@pytest.fixture
async def workspace(session: AsyncSession) -> Workspace:
    made = await make_workspace(session)
    await session.commit()
    return made


@pytest.fixture
def record(sessionmaker: async_sessionmaker[AsyncSession], workspace: Workspace) -> Record:
    """Record one call: when, what it cost, and whatever else it says."""

    async def record_call(at: datetime, cost: str | None = "1", **fields: Any) -> None:
        await usage.record(sessionmaker, [make_call(workspace.id, at, cost, **fields)])

    return record_call


@pytest.fixture
async def headers(session: AsyncSession, workspace: Workspace) -> dict[str, str]:
    """Of an API key that may read."""
    _, key = await make_api_key(session, workspace, Scope.READ)
    await session.commit()
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture
def ask(client: httpx.AsyncClient, workspace: Workspace, headers: dict[str, str]) -> Ask:
    """Ask a question of the workspace; the answer's body."""

    async def ask_question(question: str, expected: int = 200, /, **query: Any) -> Any:
        path = f"/api/v1/workspaces/{workspace.id}/{question}"
        answer = await client.get(path, params=query, headers=headers)
        assert answer.status_code == expected, answer.text
        return answer.json()

    return ask_question
