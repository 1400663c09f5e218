"""A workspace with an admin at its connections, and providers that follow a script."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.config import Settings
from app.core.http import HttpClient
from app.providers.lease import Lease
from app.providers.rules.connections import RunStatus, Trigger
from app.providers.sync import Syncer
from app.providers.vault import make_sealer
from app.workspaces.models import Workspace
from app.workspaces.rules import Role
from tests.factories.auth import make_user, signed_in
from tests.factories.workspaces import add_member, make_workspace
from tests.providers.script import KEY, Script

Sessionmaker = async_sessionmaker[AsyncSession]
BUDGET = 60.0


@pytest.fixture
def script(app: FastAPI) -> Script:
    """The provider `scripted`; there is no other."""
    script = Script()
    app.state.sources = {("scripted", "organization"): script.make, ("scripted", "personal"): script.make}
    return script


@dataclass
class Office:
    """Somebody at the routes of a workspace."""

    client: httpx.AsyncClient
    workspace_id: UUID
    headers: dict[str, str]
    syncer: Syncer

    async def ask(self, method: str, path: str, expected: int = 200, /, **asked: Any) -> Any:
        answer = await self.client.request(
            method, f"/api/v1/workspaces/{self.workspace_id}{path}", headers=self.headers, **asked
        )
        assert answer.status_code == expected, answer.text
        return answer.json() if answer.content else None

    async def connect(self, expected: int = 201, /, **body: Any) -> Any:
        whole = {"provider": "scripted", "mode": "organization", "api_key": KEY, **body}
        return await self.ask("POST", "/connections", expected, json=whole)

    async def read(self, connection_id: str) -> Any:
        return await self.ask("GET", f"/connections/{connection_id}")

    async def sync(self, connection_id: str, trigger: Trigger = Trigger.MANUAL, budget: float = BUDGET) -> RunStatus:
        status = await self.syncer.sync(self.workspace_id, UUID(connection_id), trigger, budget)
        assert status is not None, "another holds the connection, or it is not due"
        return status

    async def last_run(self, connection_id: str) -> Any:
        return (await self.ask("GET", f"/connections/{connection_id}/sync-runs"))["items"][0]


@pytest.fixture(autouse=True)
def no_renewing_beside(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the one connection of a test two sessions at a time would tear each other's savepoints.

    Each write renews the lease as well; the tests of leases have a database of their own and renew as it is.
    """
    if "connection" in request.fixturenames:
        monkeypatch.setattr(Lease, "_renew", _nothing)


async def _nothing(_: Lease) -> None:
    pass


@pytest.fixture
async def workspace(session: AsyncSession) -> Workspace:
    made = await make_workspace(session)
    await session.commit()
    return made


@pytest.fixture
async def syncer(settings: Settings, sessionmaker: Sessionmaker, app: FastAPI, script: Script) -> Syncer:
    assert script
    return Syncer(sessionmaker, HttpClient(), make_sealer(settings), app.state.sources)


@pytest.fixture
async def office(
    client: httpx.AsyncClient, session: AsyncSession, settings: Settings, workspace: Workspace, syncer: Syncer
) -> Office:
    admin = await make_user(session)
    await add_member(session, workspace, admin, Role.ADMIN)
    headers = await signed_in(session, settings, admin)
    await session.commit()
    return Office(client, workspace.id, headers, syncer)


async def billed(sessions: Sessionmaker, workspace_id: UUID) -> dict[tuple[datetime, str], str]:
    """Every billed amount by day and line item."""
    return {
        (row["start"], row["line_item"]): str(row["amount"])
        for row in await rows(sessions, "billed_lines", workspace_id)
    }


async def rows(sessions: Sessionmaker, table: str, workspace_id: UUID) -> list[Mapping[str, Any]]:
    async with sessions() as session:
        found = await session.execute(
            text(f"SELECT * FROM {table} WHERE workspace_id = :workspace_id"),  # noqa: S608 - names of ours
            {"workspace_id": workspace_id},
        )
        return [dict(row) for row in found.mappings()]
