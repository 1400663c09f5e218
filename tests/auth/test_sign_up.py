"""Making an account."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.models import User
from tests.factories.auth import make_user

URL = "/api/v1/auth/register"
BODY = {"email": "Ada@Example.com", "password": "correct horse battery", "name": "Ada Lovelace"}


async def test_a_newcomer_gets_an_account_and_is_signed_in(client: httpx.AsyncClient) -> None:
    answer = await client.post(URL, json=BODY)
    assert answer.status_code == 201
    user = answer.json()["user"]
    assert (user["email"], user["name"]) == ("ada@example.com", "Ada Lovelace")
    assert set(user) == {"id", "email", "name", "created_at", "email_verified"}
    me = await client.get("/api/v1/me")
    assert me.json() == {"user": user, "workspaces": []}


async def test_without_a_name_one_is_called_by_the_email(client: httpx.AsyncClient) -> None:
    answer = await client.post(URL, json={key: BODY[key] for key in ("email", "password")})
    assert answer.json()["user"]["name"] == "ada"


async def test_the_password_is_kept_as_argon2id_only(client: httpx.AsyncClient, session: AsyncSession) -> None:
    await client.post(URL, json=BODY)
    row = (await session.execute(select(User))).scalar_one()
    assert row.password_hash.startswith("$argon2id$")
    assert BODY["password"] not in str(vars(row))


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@EXAMPLE.COM", " ada@example.com "])
async def test_an_email_belongs_to_one_account(client: httpx.AsyncClient, session: AsyncSession, email: str) -> None:
    await make_user(session, "ada@example.com")
    answer = await client.post(URL, json={**BODY, "email": email})
    assert answer.status_code == 409
    assert answer.json()["code"] == "email_taken"
    assert [error["field"] for error in answer.json()["errors"]] == ["email"]
    assert "set-cookie" not in answer.headers
    assert (await session.execute(select(func.count()).select_from(User))).scalar() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"email": ""}, "email"),
        ({"email": "a@b\u0000.com"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "ada@example.com"}, "password"),
        ({"password": "password123"}, "password"),
        ({"password": "x" * 2000}, "password"),
        ({"password": 12345678}, "password"),
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "a\u0000b"}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"isAdmin": True}, "isAdmin"),
    ],
)
async def test_what_cannot_be_is_named(client: httpx.AsyncClient, change: dict[str, Any], field: str) -> None:
    answer = await client.post(URL, json={**BODY, **change})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert "x" * 2000 not in answer.text


async def test_spaces_around_a_password_are_part_of_it(client: httpx.AsyncClient) -> None:
    await client.post(URL, json={**BODY, "password": " correct horse "})
    login = {"email": "ada@example.com", "password": "correct horse"}
    assert (await client.post("/api/v1/auth/login", json=login)).status_code == 401
    login["password"] = " correct horse "
    assert (await client.post("/api/v1/auth/login", json=login)).status_code == 200


@pytest.mark.parametrize("text", ["\\ud800 half a pair", "\\u0000 NUL and more"])
@pytest.mark.parametrize("field", ["password", "name", "email"])
async def test_what_is_no_text_is_refused(client: httpx.AsyncClient, field: str, text: str) -> None:
    body = json.dumps({**BODY, field: "TEXT"}).replace("TEXT", text)
    answer = await client.post(URL, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_body_without_length_is_cut_off_while_it_is_read(client: httpx.AsyncClient) -> None:
    sent: list[int] = []

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(1000):
            sent.append(10_000)
            yield b" " * 10_000

    answer = await client.post(URL, content=endless(), headers={"content-type": "application/json"})
    assert answer.status_code == 413
    assert sum(sent) < 200_000


async def test_a_closed_server_takes_nobody_in(app: FastAPI, client: httpx.AsyncClient) -> None:
    app.state.settings = app.state.settings.model_copy(update={"sign_up_open": False})
    answer = await client.post(URL, json=BODY)
    assert answer.status_code == 403
    assert answer.json()["code"] == "sign_up_closed"


async def test_one_address_cannot_make_accounts_without_end(app: FastAPI, client: httpx.AsyncClient) -> None:
    app.state.settings = app.state.settings.model_copy(update={"sign_ups_per_address": "2/hour"})
    answers = [await client.post(URL, json={**BODY, "email": f"ada{number}@example.com"}) for number in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert 0 < int(answers[2].headers["retry-after"]) <= 3600


async def test_a_mistyped_form_does_not_use_up_the_attempts(app: FastAPI, client: httpx.AsyncClient) -> None:
    app.state.settings = app.state.settings.model_copy(update={"sign_ups_per_address": "1/hour"})
    assert (await client.post(URL, json={**BODY, "password": "short"})).status_code == 422
    assert (await client.post(URL, json=BODY)).status_code == 201


async def test_a_body_without_end_is_cut_off(client: httpx.AsyncClient) -> None:
    answer = await client.post(URL, json={**BODY, "name": "x" * 100_000})
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_form_of_another_site_is_not_json(client: httpx.AsyncClient) -> None:
    """Other sites can make a browser send text without asking first; JSON they cannot."""
    body = b'{"email": "ada@example.com", "password": "correct horse battery"}'
    answer = await client.post(URL, content=body, headers={"content-type": "text/plain"})
    assert answer.status_code == 422
