"""The end of a workspace, which can be taken back for fourteen days, and of an account."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
import time_machine
from fastapi import FastAPI
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth import passwords
from app.auth.models import Session, User
from app.core.config import Settings
from app.workspaces.keyring import KeyRing
from app.workspaces.models import Membership, Workspace
from app.workspaces.rules import Role, Scope
from tests.factories.mail import mails
from tests.factories.workspaces import make_api_key
from tests.workspaces.conftest import House

PASSWORD = "correct horse battery"
EVENT = {"provider": "openai", "model": "gpt-4o-mini", "usage": {"input_tokens": 1, "output_tokens": 1}}


async def delete(house: House, confirm: str | None = None, by: Role = Role.OWNER) -> httpx.Response:
    return await house.ask(by, "DELETE", "", params={"confirm": confirm or house.workspace.slug})


async def send(house: House, key: str) -> httpx.Response:
    headers = {"authorization": f"Bearer {key}"}
    return await house.client.post("/api/v1/events", json=EVENT, headers=headers)


async def test_an_owner_who_types_the_slug_deletes_it_in_fourteen_days(
    house: House, session: AsyncSession, settings: Settings
) -> None:
    wrong = await delete(house, "not-the-slug")
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "confirm")
    assert (await house.ask(Role.OWNER, "DELETE", "")).status_code == 422
    answer = await delete(house)
    assert answer.status_code == 200
    at = datetime.fromisoformat(answer.json()["deletes_at"])
    assert abs(at - datetime.now(UTC) - timedelta(days=14)) < timedelta(minutes=1)
    seen = (await house.client.get("/api/v1/workspaces", headers=house.headers[Role.VIEWER])).json()["items"]
    assert seen[0]["deletes_at"] == answer.json()["deletes_at"], "all members see that it is leaving"
    assert (await delete(house)).json()["deletes_at"] == answer.json()["deletes_at"], "asking again changes nothing"
    assert [mail.subject for mail in await mails(session, settings)] == ["Acme is to be deleted"]
    assert await house.actions() == ["workspace.deletion_requested"]


async def test_keys_read_and_send_nothing_while_it_is_leaving(
    app: FastAPI, house: House, session: AsyncSession
) -> None:
    _, key = await make_api_key(session, house.workspace, Scope.INGEST, Scope.READ)
    await delete(house)
    refused = await send(house, key)
    assert (refused.status_code, refused.json()["code"]) == (403, "workspace_leaving")
    assert "restore" in refused.json()["detail"]
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    otlp = await house.client.post("/v1/traces", content=b"{}", headers=headers)
    assert otlp.status_code == 403
    assert (await house.client.get(house.url, headers=headers)).status_code == 200
    await house.ask(Role.OWNER, "POST", "/restore")
    app.state.key_ring = KeyRing()
    assert (await house.client.post("/v1/traces", content=b"{}", headers=headers)).status_code == 200


async def test_an_owner_restores_it(house: House) -> None:
    await delete(house)
    answer = await house.ask(Role.OWNER, "POST", "/restore")
    assert (answer.status_code, answer.json()["deletes_at"]) == (200, None)
    await house.ask(Role.OWNER, "POST", "/restore")
    assert await house.actions() == ["workspace.restored", "workspace.deletion_requested"]


async def test_when_the_time_is_over_it_is_gone_for_everybody(house: House, session: AsyncSession) -> None:
    _, key = await make_api_key(session, house.workspace, Scope.READ)
    await delete(house)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=14, seconds=1), tick=True):
        assert (await house.ask(Role.OWNER, "GET", "")).status_code == 404
        assert (await house.ask(Role.OWNER, "POST", "/restore")).status_code == 404
        assert (await house.client.get("/api/v1/me", headers=house.headers[Role.OWNER])).json()["workspaces"] == []
        answer = await house.client.get(house.url, headers={"authorization": f"Bearer {key}"})
        assert answer.status_code == 401


# --- accounts ---


@pytest.fixture
async def with_password(house: House, session: AsyncSession) -> House:
    await session.execute(update(User).values(password_hash=await passwords.make_hash(PASSWORD)))
    return house


async def end(house: House, role: Role, **body: str) -> httpx.Response:
    whole = {"email": f"{role.value}@example.com", "password": PASSWORD, **body}
    return await house.client.post("/api/v1/me/delete", json=whole, headers=house.headers[role])


async def test_an_account_ends_with_all_that_is_its_own(with_password: House, session: AsyncSession) -> None:
    house, user_id = with_password, with_password.id_of(Role.MEMBER)
    assert (await end(house, Role.MEMBER, email="other@example.com")).status_code == 422
    assert (await end(house, Role.MEMBER, password="wrong horse")).json()["code"] == "wrong_password"
    assert (await end(house, Role.MEMBER)).status_code == 204
    assert (await house.client.get("/api/v1/me", headers=house.headers[Role.MEMBER])).status_code == 401
    for table in (Membership, Session):
        assert (await session.execute(select(table).where(table.user_id == user_id))).all() == []
    items = (await house.ask(Role.OWNER, "GET", "/audit-log")).json()["items"]
    assert (items[0]["action"], items[0]["target"]) == ("member.left", "member@example.com")


async def test_who_alone_owns_a_workspace_hands_it_over_or_deletes_it_first(with_password: House) -> None:
    house = with_password
    refused = await end(house, Role.OWNER)
    assert (refused.status_code, refused.json()["code"]) == (409, "last_owner")
    assert house.workspace.slug in refused.json()["detail"]
    await delete(house)
    assert (await end(house, Role.OWNER)).status_code == 204


async def test_the_workspace_stays_when_another_owns_it_too(with_password: House, session: AsyncSession) -> None:
    house = with_password
    path = f"/members/{house.id_of(Role.ADMIN)}"
    await house.ask(Role.OWNER, "PATCH", path, json={"role": "owner"})
    assert (await end(house, Role.OWNER)).status_code == 204
    assert (await session.execute(select(Workspace.id))).scalar_one() == house.workspace.id
