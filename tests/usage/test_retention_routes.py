"""How long a workspace keeps its calls, as people say it."""

from datetime import timedelta

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.config import Settings
from app.core.periods import utc_now
from app.usage import retaining
from app.usage.service import record
from app.workspaces.rules import Role
from tests.factories.analytics import make_call
from tests.workspaces.conftest import House, house

__all__ = ["house"]
Sessionmaker = async_sessionmaker[AsyncSession]


async def with_calls(sessions: Sessionmaker, house: House) -> None:
    now = utc_now()
    for days in (0, 50, 100, 200):
        await record(sessions, [make_call(house.workspace.id, now - timedelta(days=days))])


async def test_a_wish_is_kept_told_and_audited(house: House, sessionmaker: Sessionmaker) -> None:
    await with_calls(sessionmaker, house)
    before = await house.ask(Role.VIEWER, "GET", "/retention")
    assert before.json() == {"days": None, "default_days": None, "complete_since": None}
    preview = await house.ask(Role.VIEWER, "GET", "/retention/preview", params={"days": 60})
    assert preview.json()["calls"] == 2
    answer = await house.ask(Role.ADMIN, "PUT", "/retention", json={"days": 60})
    assert answer.json()["days"] == 60
    assert (await house.actions())[0] == "retention.changed"
    await house.ask(Role.ADMIN, "PUT", "/retention", json={"days": 60})
    assert (await house.actions()).count("retention.changed") == 1
    assert (await retaining.retain(sessionmaker, None, utc_now())).calls == 2
    after = (await house.ask(Role.VIEWER, "GET", "/retention")).json()
    assert "2020" < after["complete_since"] <= preview.json()["before"]
    assert (await house.ask(Role.VIEWER, "GET", "/retention/preview", params={"days": 60})).json()["calls"] == 0
    back = await house.ask(Role.OWNER, "PUT", "/retention", json={"days": None})
    assert back.json()["days"] is None


async def test_less_than_35_days_and_no_answer_at_all_are_refused(house: House) -> None:
    for body in ({"days": 34}, {"days": 36_501}, {"days": "soon"}, {}):
        assert (await house.ask(Role.OWNER, "PUT", "/retention", json=body)).status_code == 422
    assert (await house.ask(Role.MEMBER, "PUT", "/retention", json={"days": 40})).status_code == 403


async def test_the_installations_days_are_told(house: House, app: FastAPI, settings: Settings) -> None:
    app.state.settings = settings.model_copy(update={"retention_days": 400})
    assert (await house.ask(Role.VIEWER, "GET", "/retention")).json()["default_days"] == 400


async def test_calls_that_are_gone_cannot_be_priced_again(house: House, sessionmaker: Sessionmaker) -> None:
    await with_calls(sessionmaker, house)
    await house.ask(Role.OWNER, "PUT", "/retention", json={"days": 60})
    await retaining.retain(sessionmaker, None, utc_now())
    since = (await house.ask(Role.VIEWER, "GET", "/retention")).json()["complete_since"]

    async def ask(body: dict[str, str]) -> httpx.Response:
        return await house.ask(Role.OWNER, "POST", "/repricings", json=body)

    refused = await ask({"from": "2020-01-01T00:00:00Z"})
    assert refused.status_code == 422
    assert "no longer kept" in refused.json()["errors"][0]["detail"]
    whole = (await ask({})).json()
    assert whole["filter"]["from"] == since
    assert (await ask({"from": since})).status_code == 202
