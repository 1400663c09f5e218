"""Every event is accounted: the sums of what senders were answered are the sums that the workspace is shown."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from app.core.config import Settings
from app.main import create_app
from app.usage.models import Event
from app.workspaces.models import ApiKey
from tests.factories.ingest import bearer, make_body
from tests.factories.workspaces import make_api_key, make_workspace

SENDERS, REQUESTS, IDS = 6, 12, 150
BROKEN: tuple[Any, ...] = (
    {"provider": "openai", "event_id": "no model"},
    {"model": "gpt-4o"},
    7,
    make_body(prompt="never"),
    make_body(occurred_at="2023-11-16"),
    make_body(occurred_at="9999-01-01T00:00:00Z"),
    make_body(tags={str(n): "" for n in range(21)}),
    make_body(user="nul\0"),
)


@pytest.fixture
async def processes(fresh_database: str, settings: Settings) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Two applications, each with its own writer, on one database."""
    own = settings.model_copy(update={"database_url": SecretStr(fresh_database)})
    apps = [create_app(own), create_app(own)]
    yield [httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8000") for app in apps]
    for app in apps:
        await app.state.engine.dispose()


@pytest.fixture
async def key(processes: list[httpx.AsyncClient]) -> tuple[ApiKey, str]:
    async with sessions_of(processes)() as session, session.begin():
        return await make_api_key(session, await make_workspace(session))


def sessions_of(processes: list[httpx.AsyncClient]) -> Any:
    transport: Any = processes[0]._transport
    return transport.app.state.sessionmaker


def bodies(seed: int) -> list[bytes]:
    """Good events, repeats of one's own and of others', broken ones and whole broken bodies, some of them twice."""
    dice = Random(seed)  # noqa: S311 - a test's dice
    made: list[bytes] = []
    for _ in range(REQUESTS):
        events = [
            dice.choice(BROKEN) if dice.random() < 0.2 else make_body(event_id=f"e{dice.randrange(IDS)}")
            for _ in range(dice.randrange(0, 25))
        ]
        sender = {"id": f"s{seed}", "dropped": {"queue_full": len(made)}}
        body = json.dumps({"events": events, "sender": sender} if dice.random() < 0.5 else events).encode()
        made += [body] * dice.choice((1, 1, 1, 2))
        if dice.random() < 0.1:
            made.append(body + b"]")
    return made


async def test_the_answers_add_up_to_what_is_shown(processes: list[httpx.AsyncClient], key: tuple[ApiKey, str]) -> None:
    answered: Counter[str] = Counter()
    codes: Counter[str] = Counter()

    async def send_all(seed: int) -> None:
        for number, body in enumerate(bodies(seed)):
            answer = await processes[(seed + number) % 2].post("/api/v1/events", content=body, headers=bearer(key[1]))
            if answer.status_code == 400:
                answered["refused_requests"] += 1
                continue
            said = answer.json()
            assert said["received"] == said["accepted"] + said["duplicates"] + len(said["rejected"])
            answered.update(
                received=said["received"],
                stored=said["accepted"],
                duplicates=said["duplicates"],
                rejected=len(said["rejected"]),
            )
            codes.update(event["code"] for event in said["rejected"])

    await asyncio.gather(*(send_all(seed) for seed in range(SENDERS)))
    for process in processes:
        transport: Any = process._transport
        await transport.app.state.refusals.write(sessions_of(processes))

    stats = await ask(processes[1], key)
    assert stats["totals"] == dict(answered)
    assert {code["code"]: code["events"] for code in stats["rejected_by_code"]} == codes
    assert {name: sum(point[name] for point in stats["points"]) for name in answered} == answered
    assert [key_["received"] for key_ in stats["api_keys"]] == [answered["received"]]
    assert min(answered.values()) > 0
    async with sessions_of(processes)() as session:
        assert (await session.execute(select(func.count()).select_from(Event))).scalar_one() == answered["stored"]


async def ask(process: httpx.AsyncClient, key: tuple[ApiKey, str]) -> Any:
    address = f"/api/v1/workspaces/{key[0].workspace_id}/ingest-stats"
    return (await process.get(address, headers=bearer(key[1]))).json()
