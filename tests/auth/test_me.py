"""What people change about themselves."""

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from tests.auth.conftest import PASSWORD, Ada
from tests.factories.auth import signed_in
from tests.factories.workspaces import make_workspace

ME = "/api/v1/me"
NEW = "another horse battery"


async def test_me_tells_who_and_where(
    ada: Ada, client: httpx.AsyncClient, session: AsyncSession, settings: Settings
) -> None:
    workspace = await make_workspace(session, ada.user, "Acme")
    await make_workspace(session, name="Of others")
    answer = (await client.get(ME, headers=await signed_in(session, settings, ada.user))).json()
    assert answer["user"]["email"] == "ada@example.com"
    assert [(item["id"], item["role"]) for item in answer["workspaces"]] == [(str(workspace.id), "owner")]


async def test_a_name_can_be_changed(ada: Ada) -> None:
    await ada.login()
    answer = await ada.client.patch(ME, json={"name": " Countess of Lovelace "})
    assert answer.json()["user"]["name"] == "Countess of Lovelace"
    assert (await ada.client.get(ME)).json()["user"]["name"] == "Countess of Lovelace"


async def test_an_email_cannot_be_changed_on_the_quiet(ada: Ada) -> None:
    await ada.login()
    assert (await ada.client.patch(ME, json={"name": "Ada", "email": "eve@example.com"})).status_code == 422


async def change(ada: Ada, current: str = PASSWORD, new: str = NEW) -> httpx.Response:
    return await ada.client.post(f"{ME}/password", json={"currentPassword": current, "newPassword": new})


async def test_a_new_password_replaces_the_old_one_and_ends_the_other_sessions(
    ada: Ada, session: AsyncSession, settings: Settings
) -> None:
    elsewhere = await signed_in(session, settings, ada.user)
    await ada.login()
    assert (await change(ada)).status_code == 204
    assert (await ada.client.get(ME)).status_code == 200
    ada.client.cookies.clear()
    assert (await ada.client.get(ME, headers=elsewhere)).status_code == 401
    assert (await ada.login()).status_code == 401
    assert (await ada.login(NEW)).status_code == 200


async def test_the_current_password_must_be_known(ada: Ada) -> None:
    await ada.login()
    answer = await change(ada, current="wrong horse battery")
    assert answer.status_code == 422
    assert answer.json()["code"] == "wrong_password"
    assert [error["field"] for error in answer.json()["errors"]] == ["current_password"]
    assert (await ada.login()).status_code == 200


async def test_the_new_password_follows_the_rules(ada: Ada) -> None:
    await ada.login()
    answer = await change(ada, new="short")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["new_password"]


async def test_a_stolen_session_cannot_guess_the_password_without_end(app: FastAPI, ada: Ada) -> None:
    await ada.login()
    app.state.settings = app.state.settings.model_copy(update={"sign_in_failures_per_account": "2/15minutes"})
    assert [(await change(ada, current="wrong")).status_code for _ in range(3)] == [422, 422, 429]
