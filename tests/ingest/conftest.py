"""A workspace with a key, and a way to send."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.workspaces.models import ApiKey
from app.workspaces.rules import Scope
from tests.factories.ingest import bearer
from tests.factories.workspaces import make_api_key, make_workspace

Send = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def api_key(session: AsyncSession) -> tuple[ApiKey, str]:
    workspace = await make_workspace(session)
    row, key = await make_api_key(session, workspace, Scope.INGEST)
    await session.commit()
    return row, key


@pytest.fixture
def send(client: httpx.AsyncClient, api_key: tuple[ApiKey, str]) -> Send:
    """Post a body, JSON or bytes, with the key."""

    async def post(body: Any = None, *, headers: dict[str, str] | None = None, content: Any = None) -> httpx.Response:
        # the json module writes what httpx would not: half characters, escaped
        sent = json.dumps(body).encode() if content is None else content
        return await client.post("/api/v1/events", headers={**bearer(api_key[1]), **(headers or {})}, content=sent)

    return post
