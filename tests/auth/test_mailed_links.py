"""Links that are mailed: confirming an address, choosing a new password."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
import time_machine
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.models import Link, Session, User
from app.core.config import AppEnv, Settings
from app.core.crypto import fingerprint
from tests.auth.conftest import PASSWORD, Ada
from tests.factories.auth import make_user, signed_in
from tests.factories.mail import last_token, mails

NEW = "another horse battery"
RESET = "/api/v1/auth/password-reset"


@pytest.fixture
async def cookie(ada: Ada, session: AsyncSession, settings: Settings) -> dict[str, str]:
    return await signed_in(session, settings, ada.user)


async def confirm(client: httpx.AsyncClient, token: str, password: str = NEW) -> httpx.Response:
    return await client.post(f"{RESET}/confirm", json={"token": token, "new_password": password})


async def verified(session: AsyncSession) -> bool:
    return (await session.execute(select(User.email_verified_at))).scalar_one() is not None


# --- confirming an address ---


async def test_a_new_account_is_mailed_a_link_that_confirms_it_once(
    client: httpx.AsyncClient, session: AsyncSession, settings: Settings
) -> None:
    made = await client.post("/api/v1/auth/register", json={"email": "bob@example.com", "password": PASSWORD})
    assert made.json()["user"]["email_verified"] is False
    [mail] = await mails(session, settings)
    assert mail.to == "bob@example.com"
    assert "http://localhost:8000/verify-email#token=" in mail.text
    token = await last_token(session, settings, "verify-email")
    answer = await client.post("/api/v1/auth/verify-email", json={"token": token})
    assert answer.status_code == 200
    assert answer.json()["user"]["email_verified"] is True
    assert (await client.get("/api/v1/me")).json()["user"]["email_verified"] is True
    again = await client.post("/api/v1/auth/verify-email", json={"token": token})
    assert (again.status_code, again.json()["code"]) == (410, "link_not_valid")


async def test_the_click_alone_confirms_no_account_that_somebody_else_made(
    ada: Ada, cookie: dict[str, str], session: AsyncSession, settings: Settings
) -> None:
    """Mail servers that look into links click them all, and so do people who never made an account."""
    await ada.client.post("/api/v1/me/email/verification", headers=cookie)
    body = {"token": await last_token(session, settings, "verify-email")}
    ada.client.cookies.clear()
    eve = await signed_in(session, settings, await make_user(session, "eve@example.com"))
    for headers in (None, eve):
        answer = await ada.client.post("/api/v1/auth/verify-email", json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "sign_in_first")
    mine = await ada.client.post("/api/v1/auth/verify-email", json=body, headers=cookie)
    assert (mine.status_code, mine.json()["user"]["email_verified"]) == (200, True)


async def test_where_no_mail_can_be_sent_nobody_is_told_to_wait_for_one(
    app: FastAPI, ada: Ada, cookie: dict[str, str]
) -> None:
    app.state.settings = app.state.settings.model_copy(update={"app_env": AppEnv.PRODUCTION})
    for path, body in ((RESET, {"email": ada.user.email}), (RESET, {"email": "nobody@example.com"})):
        answer = await ada.client.post(path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (503, "mail_not_possible")
    answer = await ada.client.post("/api/v1/me/email/verification", headers=cookie)
    assert (answer.status_code, answer.json()["code"]) == (503, "mail_not_possible")


async def test_the_link_can_be_sent_again_and_then_the_newest_counts(
    ada: Ada, cookie: dict[str, str], session: AsyncSession, settings: Settings
) -> None:
    for _ in range(2):
        assert (await ada.client.post("/api/v1/me/email/verification", headers=cookie)).status_code == 202
    first, second = [mail.text.partition("#token=")[2].split()[0] for mail in await mails(session, settings)]
    assert (await ada.client.post("/api/v1/auth/verify-email", json={"token": first})).status_code == 410
    assert (
        await ada.client.post("/api/v1/auth/verify-email", json={"token": second}, headers=cookie)
    ).status_code == 200
    await ada.client.post("/api/v1/me/email/verification", headers=cookie)
    assert len(await mails(session, settings)) == 2, "nothing to confirm any more"


async def test_only_its_hash_is_kept(
    ada: Ada, cookie: dict[str, str], session: AsyncSession, settings: Settings
) -> None:
    await ada.client.post("/api/v1/me/email/verification", headers=cookie)
    token = await last_token(session, settings, "verify-email")
    row = (await session.execute(select(Link))).scalar_one()
    assert row.secret_hash == fingerprint(token)
    assert token not in str(vars(row))


async def test_a_link_runs_out(ada: Ada, cookie: dict[str, str], session: AsyncSession, settings: Settings) -> None:
    await ada.client.post("/api/v1/me/email/verification", headers=cookie)
    token = await last_token(session, settings, "verify-email")
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=48, seconds=1), tick=True):
        assert (await ada.client.post("/api/v1/auth/verify-email", json={"token": token})).status_code == 410


async def test_a_link_for_one_thing_does_no_other(
    ada: Ada, cookie: dict[str, str], session: AsyncSession, settings: Settings
) -> None:
    await ada.client.post("/api/v1/me/email/verification", headers=cookie)
    await ada.client.post(RESET, json={"email": ada.user.email})
    verify = await last_token(session, settings, "verify-email")
    reset = await last_token(session, settings, "reset-password")
    assert (await confirm(ada.client, verify)).status_code == 410
    assert (await ada.client.post("/api/v1/auth/verify-email", json={"token": reset})).status_code == 410


@pytest.mark.parametrize("token", ["", "made-up", "x" * 400, "a\0b"])
async def test_a_made_up_link_opens_nothing(client: httpx.AsyncClient, token: str) -> None:
    assert (await client.post("/api/v1/auth/verify-email", json={"token": token})).status_code in {410, 422}
    assert (await confirm(client, token)).status_code in {410, 422}


# --- a new password ---


async def test_a_forgotten_password_is_chosen_anew_and_every_session_ends(
    ada: Ada, cookie: dict[str, str], session: AsyncSession, settings: Settings
) -> None:
    assert (await ada.client.post(RESET, json={"email": " ADA@example.com"})).status_code == 202
    token = await last_token(session, settings, "reset-password")
    assert (await confirm(ada.client, token)).status_code == 204
    assert (await session.execute(select(Session.id))).all() == []
    assert (await ada.client.get("/api/v1/me", headers=cookie)).status_code == 401
    assert (await ada.login()).status_code == 401
    assert (await ada.login(NEW)).status_code == 200
    assert await verified(session), "who has the link reads the mail"
    assert (await mails(session, settings))[-1].subject == "TokenBoard: your password was changed"
    assert (await confirm(ada.client, token)).status_code == 410


async def test_the_answer_is_the_same_whether_or_not_there_is_an_account(
    ada: Ada, session: AsyncSession, settings: Settings
) -> None:
    answers = [
        await ada.client.post(RESET, json={"email": email})
        for email in (ada.user.email, "nobody@example.com", "no address at all")
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {(202, answers[0].content)}
    assert [mail.to for mail in await mails(session, settings)] == [ada.user.email]


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
async def test_asking_often_is_refused_whether_or_not_there_is_an_account(app: FastAPI, ada: Ada, email: str) -> None:
    app.state.settings = app.state.settings.model_copy(update={"mails_per_account": "2/hour"})
    statuses = [(await ada.client.post(RESET, json={"email": email})).status_code for _ in range(3)]
    assert statuses == [202, 202, 429]


async def test_one_address_cannot_have_mails_sent_to_everybody(app: FastAPI, client: httpx.AsyncClient) -> None:
    app.state.settings = app.state.settings.model_copy(update={"mails_per_address": "2/hour"})
    statuses = [
        (await client.post(RESET, json={"email": f"user{number}@example.com"})).status_code for number in range(3)
    ]
    assert statuses == [202, 202, 429]


async def test_a_reset_link_works_for_an_hour(ada: Ada, session: AsyncSession, settings: Settings) -> None:
    await ada.client.post(RESET, json={"email": ada.user.email})
    token = await last_token(session, settings, "reset-password")
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=1, seconds=1), tick=True):
        assert (await confirm(ada.client, token)).status_code == 410


async def test_a_bad_password_does_not_use_the_link_up(ada: Ada, session: AsyncSession, settings: Settings) -> None:
    await ada.client.post(RESET, json={"email": ada.user.email})
    token = await last_token(session, settings, "reset-password")
    refused = await confirm(ada.client, token, "short")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "new_password")
    assert (await confirm(ada.client, token)).status_code == 204


async def test_who_was_locked_out_by_failures_may_sign_in_with_the_new_one(
    app: FastAPI, ada: Ada, session: AsyncSession, settings: Settings
) -> None:
    app.state.settings = app.state.settings.model_copy(update={"sign_in_failures_per_account": "2/15minutes"})
    assert [(await ada.login("wrong")).status_code for _ in range(3)] == [401, 401, 429]
    await ada.client.post(RESET, json={"email": ada.user.email})
    await confirm(ada.client, await last_token(session, settings, "reset-password"))
    assert (await ada.login(NEW)).status_code == 200


async def test_a_changed_password_ends_links_that_were_asked_for_before(
    ada: Ada, cookie: dict[str, str], session: AsyncSession, settings: Settings
) -> None:
    await ada.client.post(RESET, json={"email": ada.user.email})
    token = await last_token(session, settings, "reset-password")
    body = {"current_password": PASSWORD, "new_password": NEW}
    assert (await ada.client.post("/api/v1/me/password", json=body, headers=cookie)).status_code == 204
    assert (await confirm(ada.client, token, "third horse battery")).status_code == 410
