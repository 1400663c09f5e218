"""Signing in, and what guessing meets."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from unittest.mock import AsyncMock

import httpx
import pytest
import time_machine
from fastapi import FastAPI
from passlib.hash import argon2
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth import entering, passwords, service
from app.auth.errors import InvalidCredentials
from app.auth.models import Session, User
from app.auth.rules import Device
from app.auth.service import Entrance
from app.core.errors import TooManyRequests
from tests.auth.conftest import PASSWORD, Ada
from tests.factories.auth import make_user


async def test_the_right_password_signs_in(ada: Ada, session: AsyncSession) -> None:
    answer = await ada.login()
    assert answer.status_code == 200
    assert answer.json()["user"]["email"] == "ada@example.com"
    row = (await session.execute(select(Session))).scalar_one()
    assert (row.user_id, row.ip_address) == (ada.user.id, "127.0.0.1")
    assert row.user_agent.startswith("python-httpx")
    assert row.expires_at - row.created_at == timedelta(days=30)


@pytest.mark.parametrize("email", ["ADA@example.com", " ada@Example.com"])
async def test_an_email_is_known_in_any_spelling(ada: Ada, email: str) -> None:
    assert (await ada.login(email=email)).status_code == 200


async def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(ada: Ada) -> None:
    cookie = (await ada.login()).headers["set-cookie"]
    name, *flags = [part.strip() for part in cookie.split(";")]
    assert name.startswith("tb_session=ey")
    assert {flag.lower() for flag in flags} == {"httponly", "samesite=lax", "path=/", f"max-age={30 * 24 * 3600}"}


async def test_the_cookie_stays_on_https_where_we_are_on_https(app: FastAPI, ada: Ada) -> None:
    app.state.settings = app.state.settings.model_copy(update={"app_url": "https://tokens.example.com"})
    cookie = (await ada.login()).headers["set-cookie"]
    assert "; secure" in cookie.lower()


async def test_the_cookie_stays_on_https_where_the_request_came_by_it(app: FastAPI, ada: Ada) -> None:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="https://tokens.example.com") as client:
        answer = await client.post("/api/v1/auth/login", json={"email": ada.user.email, "password": PASSWORD})
    assert "; secure" in answer.headers["set-cookie"].lower()


async def test_the_database_does_not_hold_what_the_cookie_holds(ada: Ada, session: AsyncSession) -> None:
    token = (await ada.login()).cookies["tb_session"]
    row = (await session.execute(select(Session))).scalar_one()
    assert len(row.secret_hash) == 32
    assert token not in str(vars(row))


async def test_an_unknown_email_and_a_wrong_password_get_the_same_answer(ada: Ada) -> None:
    wrong = await ada.login(password="wrong horse battery")
    unknown = await ada.login(email="nobody@example.com")
    noise = await ada.login(email="no address at all")
    assert wrong.status_code == unknown.status_code == noise.status_code == 401
    without_id = [{**answer.json(), "request_id": None} for answer in (wrong, unknown, noise)]
    assert without_id[0] == without_id[1] == without_id[2]
    assert without_id[0]["code"] == "invalid_credentials"
    assert not {"set-cookie"} & set(wrong.headers) | {"set-cookie"} & set(unknown.headers)


async def test_an_unknown_email_costs_one_hash_as_a_wrong_password_does(
    ada: Ada, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []
    verify = passwords._verify

    def count(password: str, kept: str) -> bool:
        verified.append(kept)
        return verify(password, kept)

    monkeypatch.setattr(passwords, "_verify", count)
    await ada.login(password="wrong horse battery")
    await ada.login(email="nobody@example.com")
    assert verified == [ada.user.password_hash, passwords._NOBODY]


async def test_an_email_with_a_nul_is_no_fault_of_ours(ada: Ada) -> None:
    assert (await ada.login(email="a\0b@example.com")).status_code == 422


@pytest.mark.usefixtures("real_hashes")
async def test_a_hash_of_yesterday_is_renewed_at_sign_in(session: AsyncSession, client: httpx.AsyncClient) -> None:
    weaker = argon2.using(type="ID", memory_cost=19456, rounds=2, parallelism=1).hash(PASSWORD)
    bob = Ada(await make_user(session, "bob@example.com", weaker), client)
    assert (await bob.login()).status_code == 200
    kept = (await session.execute(select(User.password_hash))).scalar_one()
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert (await bob.login()).status_code == 200


async def test_signing_in_sweeps_away_what_has_run_out(ada: Ada, session: AsyncSession) -> None:
    with time_machine.travel(datetime(2026, 1, 1, tzinfo=UTC), tick=True):
        await ada.login()
    await ada.login()
    assert len((await session.execute(select(Session.id))).all()) == 1


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[AsyncMock]:
    """Guesses without the work of hashing; only PASSWORD is right."""

    async def compare(password: str, kept: str | None) -> bool:
        await asyncio.sleep(0)
        return kept is not None and password == PASSWORD

    mock = AsyncMock(side_effect=compare)
    monkeypatch.setattr(passwords, "matches", mock)
    return mock


def limit(app: FastAPI, **rules: str) -> None:
    app.state.settings = app.state.settings.model_copy(update=rules)


async def test_an_account_is_closed_to_guessers_for_a_while(app: FastAPI, ada: Ada, quick: AsyncMock) -> None:
    limit(app, sign_in_failures_per_account="3/15minutes")
    assert [(await ada.login(password="wrong")).status_code for _ in range(4)] == [401, 401, 401, 429]
    refused = await ada.login()
    assert refused.status_code == 429
    assert refused.json()["code"] == "rate_limited"
    assert 0 < int(refused.headers["retry-after"]) <= 900
    assert quick.await_count == 3
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=16), tick=True):
        assert (await ada.login()).status_code == 200


async def test_an_unknown_account_is_closed_in_the_same_way(app: FastAPI, ada: Ada, quick: AsyncMock) -> None:
    limit(app, sign_in_failures_per_account="3/15minutes")
    statuses = [(await ada.login(email="nobody@example.com")).status_code for _ in range(4)]
    assert statuses == [401, 401, 401, 429]
    assert (await ada.login()).status_code == 200


async def test_success_forgives_the_account_its_failures(app: FastAPI, ada: Ada, quick: AsyncMock) -> None:
    limit(app, sign_in_failures_per_account="3/15minutes")
    for password in ("wrong", "wrong", PASSWORD, "wrong", "wrong", PASSWORD):
        assert (await ada.login(password=password)).status_code in {200, 401}


async def test_signing_in_often_is_no_failure(app: FastAPI, ada: Ada, quick: AsyncMock) -> None:
    limit(app, sign_in_failures_per_account="2/15minutes", sign_in_failures_per_address="2/15minutes")
    assert {(await ada.login()).status_code for _ in range(6)} == {200}


async def test_one_address_cannot_try_one_password_on_everybody(app: FastAPI, ada: Ada, quick: AsyncMock) -> None:
    limit(app, sign_in_failures_per_address="3/15minutes")
    statuses = [(await ada.login(email=f"user{number}@example.com")).status_code for number in range(5)]
    assert statuses == [401, 401, 401, 429, 429]
    assert quick.await_count == 3


@pytest.mark.parametrize("right", [False, True])
async def test_many_guesses_at_once_learn_no_more_than_one_after_another(
    app: FastAPI, ada: Ada, quick: AsyncMock, right: bool
) -> None:
    limit(app, sign_in_failures_per_account="3/15minutes")
    entrance = Entrance(app.state.settings, app.state.rate_limiter, Device("203.0.113.7", "a guesser"))
    guesses = ["wrong"] * 20 + [PASSWORD] * right
    tries = [entering.prove(entrance, ada.user.email, guess, ada.user) for guess in guesses]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert quick.await_count == 3
    assert [type(result) for result in results[:3]] == [InvalidCredentials] * 3
    assert {type(result) for result in results[3:]} == {TooManyRequests}


async def test_a_lucky_guess_in_a_flood_from_one_address_is_not_told(app: FastAPI, ada: Ada, quick: AsyncMock) -> None:
    limit(app, sign_in_failures_per_address="3/15minutes")
    entrance = Entrance(app.state.settings, app.state.rate_limiter, Device("203.0.113.7", "a guesser"))
    emails = [f"user{number}@example.com" for number in range(20)]
    tries = [entering.prove(entrance, email, "wrong", None) for email in emails]
    lucky = entering.prove(entrance, ada.user.email, PASSWORD, ada.user)
    results = await asyncio.gather(*tries, lucky, return_exceptions=True)
    assert [type(result) for result in results].count(InvalidCredentials) == 3
    assert type(results[-1]) is TooManyRequests


async def test_a_flood_of_sign_ins_leaves_connections_for_the_others(
    ada: Ada, quick: AsyncMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "SIGN_INS", passwords.Turnstile(places=1, patience_seconds=0.05))
    async with service.SIGN_INS.enter():
        refused = await ada.login()
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert [(await ada.login(password)).status_code for password in ("wrong", PASSWORD)] == [401, 200]


async def test_many_who_sign_in_at_once_all_get_in(ada: Ada, quick: AsyncMock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "SIGN_INS", passwords.Turnstile(places=1))
    async with service.SIGN_INS.enter():
        waiting = asyncio.create_task(ada.login())
        await asyncio.sleep(0.05)
        assert not waiting.done()
    assert (await waiting).status_code == 200
