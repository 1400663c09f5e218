"""A workspace with one member of each role, and their browsers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.models import User
from app.core.config import Settings
from app.core.ids import new_id
from app.workspaces.models import Workspace
from app.workspaces.rules import Machine, Role, Scope, WorkspaceId
from tests.factories.auth import make_user, signed_in
from tests.factories.workspaces import add_member, make_workspace


@dataclass(frozen=True)
class House:
    """A workspace, who belongs to it, and a way to ask as one of them."""

    workspace: Workspace
    people: Mapping[Role, User]
    headers: Mapping[Role, dict[str, str]]
    client: httpx.AsyncClient

    @property
    def url(self) -> str:
        return f"/api/v1/workspaces/{self.workspace.id}"

    def id_of(self, role: Role) -> UUID:
        return self.people[role].id

    async def ask(self, role: Role, method: str, path: str = "", **arguments: Any) -> httpx.Response:
        return await self.client.request(method, self.url + path, headers=self.headers[role], **arguments)

    async def actions(self) -> list[str]:
        """What the audit log says was done, newest first."""
        answer = await self.ask(Role.OWNER, "GET", "/audit-log")
        return [item["action"] for item in answer.json()["items"]]


@pytest.fixture
async def house(session: AsyncSession, settings: Settings, client: httpx.AsyncClient) -> House:
    workspace = await make_workspace(session)
    people, headers = {}, {}
    for role in Role:
        people[role] = await make_user(session, f"{role.value}@example.com")
        await add_member(session, workspace, people[role], role)
        headers[role] = await signed_in(session, settings, people[role])
    return House(workspace, people, headers, client)


@pytest.fixture
def machine() -> Machine:
    """A key that may do everything, of a workspace that is not there."""
    return Machine(WorkspaceId(new_id()), new_id(), frozenset(Scope))
