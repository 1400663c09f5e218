import gzip
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.usage.models import Event
from app.workspaces.models import ApiKey
from tests.factories.ingest import bearer
from tests.ingest.otel.exports import as_json

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
Export = Callable[..., Awaitable[httpx.Response]]
Stored = Callable[[], Awaitable[list[Event]]]


@pytest.fixture
def export(client: httpx.AsyncClient, api_key: tuple[ApiKey, str]) -> Export:
    """Send an export with the key, as protobuf unless `kind` says JSON."""

    async def post(
        request: Any, kind: str = PROTOBUF, *, signal: str = "traces", zipped: bool = False
    ) -> httpx.Response:
        body = request.SerializeToString() if kind == PROTOBUF else json.dumps(as_json(request)).encode()
        headers = {**bearer(api_key[1]), "content-type": kind}
        if zipped:
            headers["content-encoding"], body = "gzip", gzip.compress(body)
        return await client.post(f"/v1/{signal}", headers=headers, content=body)

    return post


@pytest.fixture
def stored(session: AsyncSession) -> Stored:
    async def read() -> list[Event]:
        return list((await session.execute(select(Event).order_by(Event.event_id))).scalars())

    return read
