"""Settling: the reservation ends in the transaction that stores its call."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.budgets import service
from app.budgets.models import BudgetFiring, BudgetHold
from app.budgets.rules import Limit
from app.core.money import to_wire
from app.core.periods import utc_now
from app.workspaces.models import Workspace
from app.workspaces.rules import Member, Role, Scope, WorkspaceId
from tests.budgets.setting import terms
from tests.factories.ingest import bearer, make_body
from tests.factories.workspaces import make_api_key, make_workspace

Post = Callable[..., Awaitable[Any]]


@pytest.fixture
async def workspace(session: AsyncSession) -> Workspace:
    made = await make_workspace(session)
    member = Member(WorkspaceId(made.id), None, Role.ADMIN)
    await service.create(session, member, terms("1", 50, limit=Limit.STRICT))
    await session.commit()
    return made


@pytest.fixture
async def post(client: httpx.AsyncClient, session: AsyncSession, workspace: Workspace) -> Post:
    _, key = await make_api_key(session, workspace, Scope.INGEST)
    await session.commit()

    async def posted(path: str, body: Any, expected: int = 200) -> Any:
        answer = await client.post(f"/api/v1/{path}", json=body, headers=bearer(key))
        assert answer.status_code == expected, answer.text
        return answer.json()

    return posted


@pytest.fixture
async def reserved(post: Post) -> str:
    answer = await post("budgets/reserve", {"amount": "1"})
    return str(answer["reservation_id"])


def event(cost: str, **fields: Any) -> dict[str, Any]:
    return make_body(occurred_at=utc_now().isoformat(), reported_cost=cost, input_tokens=1, **fields)


async def stands(session: AsyncSession, workspace: Workspace) -> tuple[str, str, int]:
    """What is spent, what is reserved, and how many rows hold something."""
    [standing] = await service.listed(session, workspace.id)
    rows = (await session.execute(select(func.count()).select_from(BudgetHold))).scalar_one()
    return to_wire(standing.spent.cost), to_wire(standing.reserved), rows


async def test_a_call_with_its_reservation_ends_it(
    post: Post, reserved: str, session: AsyncSession, workspace: Workspace
) -> None:
    assert await stands(session, workspace) == ("0", "1", 1)
    receipt = await post("events", {"events": [event("0.3", reservation_id=reserved), event("0.1")]})
    assert receipt["accepted"] == 2
    assert await stands(session, workspace) == ("0.4", "0", 0)
    await post("budgets/reserve", {"amount": "0.7"}, 402)
    await post("budgets/reserve", {"amount": "0.6"})


@pytest.mark.parametrize("name", ["reservation_id", "reservationId"])
async def test_settling_stores_the_call_and_ends_the_reservation_once(
    post: Post, reserved: str, session: AsyncSession, workspace: Workspace, name: str
) -> None:
    body = {name: reserved, "event": event("0.3", event_id="a call")}
    assert (await post("budgets/settle", body))["accepted"] == 1
    again = await post("budgets/settle", body)
    assert (again["accepted"], again["duplicates"]) == (0, 1)
    assert await stands(session, workspace) == ("0.3", "0", 0)


async def test_a_call_that_is_refused_leaves_its_reservation(
    post: Post, reserved: str, session: AsyncSession, workspace: Workspace
) -> None:
    refused = await post("budgets/settle", {"reservation_id": reserved, "event": event("0.3", prompt="hello")})
    assert [problem["code"] for problem in refused["rejected"]] == ["unknown_field"]
    bad = await post("events", event("0.3", reservation_id="mine"))
    assert bad["rejected"][0]["detail"].startswith("reservation_id")
    assert await stands(session, workspace) == ("0", "1", 1)


async def test_nobody_settles_what_another_workspace_holds(
    client: httpx.AsyncClient, post: Post, reserved: str, session: AsyncSession, workspace: Workspace
) -> None:
    _, key = await make_api_key(session, await make_workspace(session), Scope.INGEST)
    await session.commit()
    body = {"reservation_id": reserved, "event": event("0.3")}
    answer = await client.post("/api/v1/budgets/settle", json=body, headers=bearer(key))
    assert answer.json()["accepted"] == 1
    assert await stands(session, workspace) == ("0", "1", 1)


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"reservation_id": "x", "event": {}},
        {"event": {"provider": "openai", "model": "m"}},
        {"reservation_id": "019ab7e0-0000-7000-8000-000000000000", "event": []},
        {"reservation_id": "019ab7e0-0000-7000-8000-000000000000", "event": {"events": []}},
        {"reservation_id": "019ab7e0-0000-7000-8000-000000000000", "event": {}, "more": 1},
    ],
)
async def test_a_body_of_another_shape_is_refused(post: Post, body: Any) -> None:
    assert (await post("budgets/settle", body, 400))["code"] == "not_json"


async def test_what_arrives_fires_thresholds(
    post: Post, session: AsyncSession, sessionmaker: async_sessionmaker[AsyncSession]
) -> None:
    await post("events", event("0.49"))
    assert (await session.execute(select(BudgetFiring.percent))).scalars().all() == []
    await post("events", [event("0.01"), event("0.2")])
    assert (await session.execute(select(BudgetFiring.percent))).scalars().all() == [50]
