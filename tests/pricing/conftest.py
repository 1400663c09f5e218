"""A workspace, and its own prices through the API."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.workspaces.models import Workspace
from app.workspaces.rules import Role, Scope
from tests.factories.auth import make_user, signed_in
from tests.factories.ingest import bearer
from tests.factories.workspaces import add_member, make_api_key, make_workspace


@dataclass(frozen=True)
class Office:
    """A workspace with an owner, an admin and a member, and a key that sends its calls."""

    workspace: Workspace
    headers: Mapping[Role, dict[str, str]]
    key: str
    client: httpx.AsyncClient

    @property
    def url(self) -> str:
        return f"/api/v1/workspaces/{self.workspace.id}"

    async def ask(self, method: str, path: str, role: Role = Role.ADMIN, **arguments: Any) -> httpx.Response:
        return await self.client.request(method, self.url + path, headers=self.headers[role], **arguments)

    async def add(self, **rule: Any) -> dict[str, Any]:
        """Make a rule; the answer."""
        answer = await self.ask("POST", "/prices", json={"provider": "openai", **rule})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def call(self, event_id: str, **fields: Any) -> dict[str, Any]:
        """Send a call of a million input tokens to gpt-4-0613, unless `fields` say otherwise; it, as it was taken."""
        given: dict[str, Any] = {"event_id": event_id, "provider": "openai", "model": "gpt-4-0613"}
        given |= {"input_tokens": 1_000_000, **fields}
        given = {name: value for name, value in given.items() if value is not None}
        sent = await self.client.post("/api/v1/events", headers=bearer(self.key), json=given)
        assert sent.json()["accepted"] == 1, sent.text
        return dict((await self.ask("GET", f"/calls/{event_id}")).json())


@pytest.fixture
async def office(session: AsyncSession, settings: Settings, client: httpx.AsyncClient) -> Office:
    workspace = await make_workspace(session)
    headers = {}
    for role in (Role.OWNER, Role.ADMIN, Role.MEMBER):
        user = await make_user(session, f"{role.value}@example.com")
        await add_member(session, workspace, user, role)
        headers[role] = await signed_in(session, settings, user)
    _, key = await make_api_key(session, workspace, Scope.INGEST)
    await session.commit()
    return Office(workspace, headers, key, client)
