"""Every event of the suite, posted once to the real application, on one transaction."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker

from app.core.config import Settings
from app.main import create_app
from app.workspaces.rules import Scope
from tests.conformance import prove
from tests.factories.ingest import bearer
from tests.factories.workspaces import make_api_key, make_workspace

BATCH = 200


@dataclass(frozen=True)
class Posted:
    """Where the calls can be read back, and why some were not taken."""

    client: httpx.AsyncClient
    calls: str
    headers: Mapping[str, str]
    rejected: Mapping[str, str]

    async def call(self, event_id: str) -> dict[str, Any]:
        """The call as the ledger has it."""
        answer = await self.client.get(f"{self.calls}/{event_id}", headers=self.headers)
        assert answer.status_code == 200, self.rejected.get(event_id, answer.text)
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture(scope="module")
async def posted(engine: AsyncEngine, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Posted]:
    """All cases, sent in batches with an API key."""
    settings = Settings.model_validate(
        {
            "jwt_secret": SecretStr("a1b2c3d4" * 8),
            "encryption_key": SecretStr("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="),
            "cron_secret": SecretStr("d4c3b2a1" * 8),
            "data": tmp_path_factory.mktemp("conformance"),
            "app_url": "http://localhost:8000",
        }
    )
    async with engine.connect() as connection, connection.begin() as transaction:
        sessions = async_sessionmaker(connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
        async with sessions() as session:
            workspace = await make_workspace(session)
            _, key = await make_api_key(session, workspace, Scope.INGEST, Scope.READ)
            await session.commit()
        app = create_app(settings)
        app.state.sessionmaker = sessions
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
            rejected = await _send(client, bearer(key))
            yield Posted(client, f"/api/v1/workspaces/{workspace.id}/calls", bearer(key), rejected)
        await transaction.rollback()


async def _send(client: httpx.AsyncClient, headers: Mapping[str, str]) -> dict[str, str]:
    """Post every event; the refusals, by event id."""
    events = [{**case["event"], "event_id": case["id"]} for cases in prove.read().values() for case in cases]
    rejected: dict[str, str] = {}
    for start in range(0, len(events), BATCH):
        answer = await client.post("/api/v1/events", json=events[start : start + BATCH], headers=headers)
        assert answer.status_code == 200, answer.text
        rejected.update((entry["event_id"], f"rejected: {entry['detail']}") for entry in answer.json()["rejected"])
    return rejected
