"""Reservations at the door: asked before a call, granted or refused with which budget and until when."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.budgets import service
from app.budgets.models import BudgetHold
from app.budgets.rules import Every, Limit, OnUnavailable, reserving
from app.budgets.rules.reserving import Coming, Size, upper_estimate
from app.core.ids import new_id
from app.core.money import to_wire
from app.core.periods import utc_now
from app.pricing import service as pricing
from app.usage.service import record
from app.usage.spending import Filter, TagIs
from app.workspaces.models import Workspace
from app.workspaces.rules import Member, Role, Scope, WorkspaceId
from tests.budgets.setting import terms
from tests.factories.analytics import make_call
from tests.factories.ingest import bearer
from tests.factories.workspaces import make_api_key, make_workspace

Send = Callable[..., Awaitable[Any]]
AT = datetime(2026, 11, 1, tzinfo=utc_now().tzinfo)


@pytest.fixture
async def workspace(session: AsyncSession) -> Workspace:
    return await make_workspace(session)


@pytest.fixture
async def send(client: httpx.AsyncClient, session: AsyncSession, workspace: Workspace) -> Send:
    _, key = await make_api_key(session, workspace, Scope.INGEST)
    await session.commit()

    async def request(path: str, expected: int, /, **body: Any) -> Any:
        answer = await client.post(f"/api/v1/budgets/{path}", json=body, headers=bearer(key))
        assert answer.status_code == expected, answer.text
        return answer.json()

    return request


async def make(session: AsyncSession, workspace: Workspace, amount: str, limit: Limit, **said: Any) -> None:
    member = Member(WorkspaceId(workspace.id), None, Role.ADMIN)
    await service.create(session, member, terms(amount, limit=limit, **said))
    await session.commit()


async def held(session: AsyncSession) -> int:
    return (await session.execute(select(func.count()).select_from(BudgetHold))).scalar_one()


async def test_without_a_budget_that_limits_nothing_is_held(
    send: Send, session: AsyncSession, workspace: Workspace
) -> None:
    await make(session, workspace, "1", Limit.NONE)
    answer = await send("reserve", 200, amount="5")
    assert (answer["amount"], answer["budgets"]) == ("5", [])
    assert await held(session) == 0
    assert await send("release", 200, reservation_id=answer["reservation_id"]) == {"released": False}


async def test_a_grant_tells_what_is_left_and_when_the_budget_begins_anew(
    send: Send, session: AsyncSession, workspace: Workspace, sessionmaker: async_sessionmaker[AsyncSession]
) -> None:
    await record(sessionmaker, [make_call(workspace.id, utc_now(), cost) for cost in ("1.5", None)])
    await make(session, workspace, "10", Limit.STRICT, every=Every.DAY, on_unavailable=OnUnavailable.CLOSED)
    before = utc_now()
    answer = await send("reserve", 200, amount="2.25", lease_seconds=60)
    expires_at = datetime.fromisoformat(answer["expires_at"])
    assert before + timedelta(seconds=60) <= expires_at <= utc_now() + timedelta(seconds=60)
    [left] = answer["budgets"]
    assert datetime.fromisoformat(left.pop("resets_at")) > utc_now()
    del left["id"]
    assert left == {
        "name": "all",
        "limit": "strict",
        "amount": "10",
        "spent": "1.5",
        "reserved": "2.25",
        "remaining": "6.25",
        "unpriced_calls": 1,
        "on_unavailable": "closed",
    }


async def test_strict_admits_up_to_the_cap_and_not_a_cent_more(
    send: Send, session: AsyncSession, workspace: Workspace
) -> None:
    await make(session, workspace, "1", Limit.STRICT)
    await send("reserve", 200, amount="0.6")
    problem = await send("reserve", 402, amount="0.41")
    assert (problem["code"], problem["status"]) == ("budget_exhausted", 402)
    assert [(left["name"], left["remaining"]) for left in problem["budgets"]] == [("all", "0.4")]
    assert "all has $0.4 left of $1, this call may cost $0.41" in problem["detail"]
    await send("reserve", 200, amount="0.4")
    await send("reserve", 402, amount="0.000000000001")
    await send("reserve", 200, amount="0")


async def test_bounded_admits_while_anything_is_left(send: Send, session: AsyncSession, workspace: Workspace) -> None:
    await make(session, workspace, "1", Limit.BOUNDED)
    await send("reserve", 200, amount="0.99")
    answer = await send("reserve", 200, amount="5")
    assert answer["budgets"][0]["remaining"] == "-4.99"
    await send("reserve", 402, amount="0.01")


async def test_of_several_budgets_all_admit_or_none_holds(
    send: Send, session: AsyncSession, workspace: Workspace
) -> None:
    await make(session, workspace, "10", Limit.STRICT, name="a")
    await make(session, workspace, "1", Limit.STRICT, name="b", only=Filter(project=("web",)))
    await make(session, workspace, "1", Limit.STRICT, name="c", only=Filter(tag=TagIs("tag.team", "red")))
    call = {"project": "web", "tags": {"team": "red"}}
    granted = await send("reserve", 200, amount="0.7", **call)
    assert sorted(left["name"] for left in granted["budgets"]) == ["a", "b", "c"]
    assert await held(session) == 3
    refused = await send("reserve", 402, amount="0.7", **call)
    assert sorted(left["name"] for left in refused["budgets"]) == ["b", "c"]
    assert await held(session) == 3
    other = await send("reserve", 200, amount="0.7", project="other")
    assert [left["name"] for left in other["budgets"]] == ["a"]
    assert other["budgets"][0]["reserved"] == "1.4"


async def test_what_is_released_can_be_reserved_again(send: Send, session: AsyncSession, workspace: Workspace) -> None:
    await make(session, workspace, "1", Limit.STRICT)
    first = await send("reserve", 200, amount="1")
    await send("reserve", 402, amount="1")
    assert await send("release", 200, reservation_id=first["reservation_id"]) == {"released": True}
    assert await send("release", 200, reservationId=first["reservation_id"]) == {"released": False}
    await send("reserve", 200, amount="1")


async def test_a_lease_that_runs_out_returns_by_itself_and_cannot_be_extended(
    send: Send, session: AsyncSession, workspace: Workspace, sessionmaker: async_sessionmaker[AsyncSession]
) -> None:
    await make(session, workspace, "1", Limit.STRICT)
    first = await send("reserve", 200, amount="1", lease_seconds=30)
    longer = await send("extend", 200, reservation_id=first["reservation_id"], lease_seconds=3000)
    assert longer["expires_at"] > first["expires_at"]
    await session.execute(text("UPDATE budget_holds SET expires_at = now() - interval '1 second'"))
    await session.commit()
    problem = await send("extend", 409, reservation_id=first["reservation_id"])
    assert problem["code"] == "reservation_ended"
    await send("reserve", 200, amount="1")
    assert await held(session) == 2
    await service.do_due(sessionmaker, 60)
    assert await held(session) == 1


async def test_a_budget_outside_its_period_holds_nothing_back(
    send: Send, session: AsyncSession, workspace: Workspace
) -> None:
    past = {"every": Every.CUSTOM, "start": AT - timedelta(days=9), "end": AT - timedelta(days=8)}
    await make(session, workspace, "1", Limit.STRICT, **past)
    assert (await send("reserve", 200, amount="5"))["budgets"] == []


async def test_a_call_is_priced_at_the_most_it_can_cost(
    send: Send, session: AsyncSession, workspace: Workspace
) -> None:
    await make(session, workspace, "100", Limit.STRICT, only=Filter(provider=("anthropic",)))
    asked = {"provider": "Anthropic", "model": "claude-3-haiku-20240307", "inputTokens": 1000, "maxOutputTokens": 100}
    answer = await send("reserve", 200, **asked)
    # written to the cache for an hour, twice $0.25 a million; and $1.25 a million of output
    assert Decimal(answer["amount"]) >= Decimal("0.0003125") + Decimal("0.000125")
    assert len(answer["budgets"]) == 1
    problem = await send("reserve", 422, **(asked | {"model": "made-up"}))
    assert (problem["code"], problem["errors"][0]["field"]) == ("no_upper_estimate", "amount")
    assert (await send("reserve", 200, provider="anthropic", model="made-up", amount="3"))["amount"] == "3"


def test_an_upper_estimate_takes_the_dearest_way_a_token_can_be_counted() -> None:
    book = pricing.load_default()

    def estimate(provider: str, model: str) -> str | None:
        call = Coming(provider, model, None, None, None, None, None)
        found = upper_estimate(book.pricing.price, call, Size(1_000_000, 1_000_000), AT)
        return None if found is None else to_wire(found)

    assert estimate("openai", "gpt-4o-mini-2024-07-18") == "0.75"
    assert Decimal(estimate("anthropic", "claude-3-haiku-20240307") or 0) >= Decimal("1.5625")
    assert estimate("openai", "made-up") is None


def test_no_way_to_count_a_call_is_dearer_than_its_estimate_for_any_model_of_the_book() -> None:
    book, ways = pricing.load_default(), list(product(reserving.INPUT_WAYS, reserving.OUTPUT_WAYS))
    price = book.pricing.price
    for provider, model in book.models():
        for size in (Size(900, 70), Size(199_999, 1), Size(250_001, 30_000)):
            call = Coming(provider, model, None, None, None, None, None)
            found = [reserving.cost_of(price, provider, model, size, AT, way) for way in ways]
            known = [cost for cost in found if cost is not None]
            assert upper_estimate(price, call, size, AT) == max(known, default=None), (provider, model, size)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "provider"),
        ({"provider": "openai", "model": "gpt-4o", "input_tokens": 5}, "max_output_tokens"),
        ({"provider": "openai", "model": "gpt-4o", "max_output_tokens": 5}, "input_tokens"),
        ({"amount": "much"}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "0.0000000000001"}, "amount"),
        ({"amount": 0.5}, "amount"),
        ({"amount": "1", "lease_seconds": 0}, "lease_seconds"),
        ({"amount": "1", "lease_seconds": 3601}, "lease_seconds"),
        ({"amount": "1", "prompt": "hello"}, "prompt"),
        ({"amount": "1", "tags": {"team": 5}}, "tags"),
        ({"amount": "1", "leaseSeconds": 5, "lease_seconds": 5}, "body"),
        ({"amount": "1", "project": "a\0"}, "body"),
    ],
)
async def test_a_body_that_makes_no_sense_is_refused_by_name(send: Send, body: dict[str, Any], field: str) -> None:
    problem = await send("reserve", 422, **body)
    assert problem["errors"][0]["field"].startswith(field)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"amount": "\xff"}', b'"x"'])
async def test_what_is_no_object_of_json_is_refused(
    client: httpx.AsyncClient, session: AsyncSession, workspace: Workspace, body: bytes
) -> None:
    _, key = await make_api_key(session, workspace, Scope.INGEST)
    await session.commit()
    answer = await client.post("/api/v1/budgets/reserve", content=body, headers=bearer(key))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    large = await client.post("/api/v1/budgets/reserve", content=b" " * 70_000, headers=bearer(key))
    assert large.status_code == 413


async def test_a_key_that_only_reads_may_not_reserve(
    client: httpx.AsyncClient, session: AsyncSession, workspace: Workspace
) -> None:
    _, key = await make_api_key(session, workspace, Scope.READ)
    await session.commit()
    for path in ("reserve", "release", "extend"):
        answer = await client.post(f"/api/v1/budgets/{path}", json={"amount": "1"}, headers=bearer(key))
        assert answer.status_code == 403


async def test_nobody_releases_or_extends_what_another_workspace_holds(
    app: FastAPI, send: Send, client: httpx.AsyncClient, session: AsyncSession, workspace: Workspace
) -> None:
    await make(session, workspace, "1", Limit.STRICT)
    mine = await send("reserve", 200, amount="1")
    _, key = await make_api_key(session, await make_workspace(session), Scope.INGEST)
    await session.commit()
    body = {"reservation_id": mine["reservation_id"]}
    released = await client.post("/api/v1/budgets/release", json=body, headers=bearer(key))
    assert released.json() == {"released": False}
    assert (await client.post("/api/v1/budgets/extend", json=body, headers=bearer(key))).status_code == 409
    assert await held(session) == 1
    assert (await send("extend", 409, reservation_id=str(new_id())))["code"] == "reservation_ended"
