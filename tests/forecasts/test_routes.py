"""Forecasts of a workspace: asked for, kept once a day, and held against what came."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.ids import new_id
from app.core.periods import month_period
from app.forecasts import routes, service
from app.forecasts.models import KeptForecast
from app.usage import billing
from app.usage.rules.spending import EVERYTHING, Ledger
from app.usage.service import record
from app.workspaces.models import Workspace
from app.workspaces.rules import Scope
from tests.factories.analytics import make_call
from tests.factories.billing import billed_line
from tests.factories.workspaces import make_api_key, make_workspace

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)
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
async def ask(client: httpx.AsyncClient, session: AsyncSession, workspace: Workspace) -> Ask:
    _, key = await make_api_key(session, workspace, Scope.READ)
    await session.commit()

    async def asked(question: str, expected: int = 200, /, **query: Any) -> Any:
        path = f"/api/v1/workspaces/{workspace.id}/{question}"
        answer = await client.get(path, params=query, headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == expected, answer.text
        return answer.json()

    return asked


@pytest.fixture
def spend(sessionmaker: async_sessionmaker[AsyncSession], workspace: Workspace) -> Callable[..., Awaitable[None]]:
    """So much at noon of each of the last days, and of today until now."""

    async def spent(count: int, cost: str | None = "10", *, workspace_id: UUID | None = None) -> None:
        owner = workspace_id or workspace.id
        await record(sessionmaker, [make_call(owner, NOW - number * DAY, cost) for number in range(count)])

    return spent


async def test_without_data_it_says_that_it_cannot_yet(ask: Ask) -> None:
    said = await ask("forecast")
    assert (said["expected"], said["low"], said["high"], said["points"]) == (None, None, None, [])
    assert (said["spent"], said["days_known"], said["days_needed"]) == ("0", 0, 5)


async def test_a_month_leads_where_its_days_lead(ask: Ask, spend: Callable[..., Awaitable[None]]) -> None:
    await spend(43)
    said = await ask("forecast")
    assert (said["ledger"], said["currency"], said["interval_percent"]) == ("tracked", "USD", 80)
    assert (said["start"], said["end"]) == ("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")
    assert (said["spent"], said["days_known"]) == ("210", 42)
    # half of today and nine more days
    assert Decimal(said["expected"]).quantize(Decimal(1)) == 305
    assert Decimal(said["low"]) < 305 < Decimal(said["high"])
    assert [point["day"] for point in said["points"]] == [f"2026-11-{day}" for day in range(21, 31)]


async def test_a_month_in_which_only_single_days_cost_anything_is_forecast_too(
    ask: Ask, sessionmaker: async_sessionmaker[AsyncSession], workspace: Workspace
) -> None:
    await record(sessionmaker, [make_call(workspace.id, NOW - days * DAY, "3") for days in (2, 12, 22, 32, 42)])
    said = await ask("forecast")
    assert (said["spent"], said["days_known"]) == ("6", 42)
    assert Decimal(said["expected"]) > 6
    assert (await ask("forecasts", month="2026-11"))["items"]


async def test_what_has_no_price_is_told_and_not_forecast(ask: Ask, spend: Callable[..., Awaitable[None]]) -> None:
    await spend(30)
    known = await ask("forecast")
    await spend(2, None)
    said = await ask("forecast")
    assert (known["unpriced_calls"], said["unpriced_calls"]) == (0, 2)
    assert said["expected"] == known["expected"]


async def test_a_bill_goes_on_from_where_it_ends(
    ask: Ask, session: AsyncSession, workspace: Workspace, spend: Callable[..., Awaitable[None]]
) -> None:
    await spend(2)
    first = datetime(2026, 10, 10, tzinfo=UTC)
    lines = [billed_line(first + number * DAY, "5") for number in range(40)]  # up to and with 18 November
    await billing.upsert_billed(session, workspace.id, new_id(), "openai", lines, NOW)
    await session.commit()
    said = await ask("forecast", ledger="billed")
    assert (said["ledger"], said["unpriced_calls"]) == ("billed", None)
    # what the last day says is not whole yet: it is said, and expected to be a day like the others
    assert said["spent"] == "90"
    assert Decimal(said["expected"]).quantize(Decimal(1)) == 150
    assert said["points"][0]["day"] == "2026-11-18"


async def test_each_day_says_its_word_once(
    sessionmaker: async_sessionmaker[AsyncSession],
    session: AsyncSession,
    workspace: Workspace,
    spend: Callable[..., Awaitable[None]],
) -> None:
    await spend(40)
    assert await service.do_due(sessionmaker, NOW, 10) == 1
    first = (await kept(session, workspace.id))[0]
    await spend(1, "500")
    assert await service.do_due(sessionmaker, NOW + timedelta(hours=5), 10) == 0
    assert [row.expected for row in await kept(session, workspace.id)] == [first.expected]
    assert await service.do_due(sessionmaker, NOW + DAY, 10) == 1
    assert [row.made_on for row in await kept(session, workspace.id)] == [date(2026, 11, 21), date(2026, 11, 22)]


async def test_a_workspace_of_which_nothing_can_be_said_keeps_nobody_waiting(
    sessionmaker: async_sessionmaker[AsyncSession], session: AsyncSession, spend: Callable[..., Awaitable[None]]
) -> None:
    young, old = await make_workspace(session, name="Young"), await make_workspace(session, name="Old")
    await session.commit()
    await spend(2, workspace_id=young.id)
    await spend(20, workspace_id=old.id)
    await service.do_due(sessionmaker, NOW, 10)
    assert (len(await kept(session, young.id)), len(await kept(session, old.id))) == (0, 1)


async def test_a_workspace_whose_forecast_fails_leaves_the_others_theirs(
    sessionmaker: async_sessionmaker[AsyncSession],
    session: AsyncSession,
    spend: Callable[..., Awaitable[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = [await make_workspace(session, name=name) for name in ("One", "Two", "Three")]
    await session.commit()
    for each in made:
        await spend(20, workspace_id=each.id)
    worked_out = service.outlook
    asked: list[UUID] = []

    async def once_wrong(session: AsyncSession, workspace_id: UUID, *rest: Any) -> Any:
        asked.append(workspace_id)
        if len(asked) == 1:
            raise ArithmeticError
        return await worked_out(session, workspace_id, *rest)

    monkeypatch.setattr(service, "outlook", once_wrong)
    assert await service.do_due(sessionmaker, NOW, 10) == 2
    assert [len(await kept(session, each)) for each in asked] == [0, 1, 1]


async def test_a_month_that_is_over_shows_what_was_said_against_what_came(
    ask: Ask, session: AsyncSession, workspace: Workspace, spend: Callable[..., Awaitable[None]]
) -> None:
    await spend(80)
    async with session.begin_nested():
        then = datetime(2026, 10, 3, 9, tzinfo=UTC)
        said = await service.outlook(session, workspace.id, Ledger.TRACKED, EVERYTHING, month_period("2026-10"), then)
        await service.keep(session, workspace.id, service.WORKSPACE, said, then.date())
    await session.commit()
    told = await ask("forecasts", month="2026-10")
    assert (told["month"], told["came"]) == ("2026-10", "310")
    assert [item["made_on"] for item in told["items"]] == [f"2026-10-{day:02}" for day in range(1, 32)]
    assert [item["made_on"] for item in told["items"] if item["is_kept"]] == ["2026-10-03"]
    assert all(item["is_inside"] for item in told["items"])
    assert told["coverage"] == "1"
    assert Decimal(told["error"]) < Decimal("0.01")


async def test_of_a_month_at_hand_nothing_is_judged_yet(ask: Ask, spend: Callable[..., Awaitable[None]]) -> None:
    await spend(40)
    told = await ask("forecasts")
    assert (told["month"], told["came"], told["error"], told["coverage"]) == ("2026-11", None, None, None)
    assert [item["made_on"] for item in told["items"]][-1] == "2026-11-20"
    assert {item["is_inside"] for item in told["items"]} == {None}


async def test_a_month_is_asked_for_as_a_month(ask: Ask) -> None:
    problem = await ask("forecasts", 422, month="November")
    assert problem["errors"][0]["field"] == "month"


async def kept(session: AsyncSession, workspace_id: UUID) -> list[KeptForecast]:
    statement = select(KeptForecast).where(KeptForecast.workspace_id == workspace_id).order_by(KeptForecast.made_on)
    return list(await session.scalars(statement))
