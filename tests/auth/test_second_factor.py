"""The second factor: turned on with a first code, asked for at sign-in, each code taken once."""

import asyncio
import base64
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest
import time_machine
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth import passwords
from app.auth.models import RecoveryCode, SecondFactor, Session, User
from app.auth.rules import second_factor as rules
from app.core.config import Settings
from app.core.database import make_engine, make_sessionmaker
from app.core.periods import utc_now
from app.main import create_app
from tests.auth.conftest import PASSWORD, Ada
from tests.factories.auth import make_user, signed_in
from tests.factories.mail import last_token, mails

ME = "/api/v1/me/second-factor"
LOGIN = "/api/v1/auth/login/second-factor"


@dataclass
class Phone:
    """An authenticator app, and the account it is of."""

    ada: Ada
    cookie: dict[str, str]
    secret: str
    codes: list[str]
    travel: time_machine.Traveller

    def code(self) -> str:
        padded = self.secret + "=" * (-len(self.secret) % 8)
        totp = TOTP(base64.b32decode(padded), 6, SHA1(), 30)  # noqa: S303 - as every app does
        return totp.generate(datetime.now(UTC).timestamp()).decode()

    def next_code(self) -> str:
        self.travel.shift(30)
        return self.code()

    async def post(self, path: str, body: dict[str, str]) -> httpx.Response:
        return await self.ada.client.post(f"{ME}{path}", json=body, headers=self.cookie)

    async def half_way(self) -> httpx.AsyncClient:
        """A browser in which the password was right."""
        browser = httpx.AsyncClient(transport=self.ada.client._transport, base_url=self.ada.client.base_url)
        answer = await browser.post("/api/v1/auth/login", json={"email": "ada@example.com", "password": PASSWORD})
        assert answer.json()["second_factor"] is True
        return browser


@pytest.fixture
async def travel() -> AsyncIterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 11, 1, 12, 0, 5, tzinfo=UTC), tick=False) as coordinates:
        yield coordinates


@pytest.fixture
async def phone(travel: time_machine.Traveller, ada: Ada, session: AsyncSession, settings: Settings) -> Phone:
    """Set up and turned on."""
    await session.execute(update(User).values(email_verified_at=utc_now()))
    phone = Phone(ada, await signed_in(session, settings, ada.user), "", [], travel)
    made = await phone.post("", {"password": PASSWORD})
    assert made.status_code == 201, made.text
    phone.secret = made.json()["secret"]
    done = await phone.post("/confirm", {"code": phone.code()})
    assert done.status_code == 200, done.text
    phone.codes = done.json()["codes"]
    return phone


async def test_setting_it_up_shows_a_secret_to_scan_and_ten_recovery_codes(
    ada: Ada, session: AsyncSession, settings: Settings
) -> None:
    await session.execute(update(User).values(email_verified_at=utc_now()))
    cookie = await signed_in(session, settings, ada.user)
    made = (await ada.client.post(ME, json={"password": PASSWORD}, headers=cookie)).json()
    asked = urlsplit(made["uri"])
    assert (asked.scheme, asked.netloc, unquote(asked.path)) == ("otpauth", "totp", "/TokenBoard:ada@example.com")
    assert parse_qs(asked.query)["secret"] == [made["secret"]]
    assert made["qr"].startswith("data:image/svg+xml;charset=utf-8,%3Csvg")
    assert (await ada.client.get(ME, headers=cookie)).json()["enabled"] is False
    assert (await ada.login()).json()["second_factor"] is False, "it counts once a code was shown"


async def test_recovery_codes_are_shown_once_and_kept_as_hashes(phone: Phone, session: AsyncSession) -> None:
    assert len(set(phone.codes)) == 10
    assert all(re.fullmatch(r"([a-z2-9]{4}-){3}[a-z2-9]{4}", code) for code in phone.codes)
    hashes = (await session.execute(select(RecoveryCode.code_hash))).scalars().all()
    assert len(hashes) == 10
    assert {len(each) for each in hashes} == {32}
    state = (await phone.ada.client.get(ME, headers=phone.cookie)).json()
    assert (state["enabled"], state["recovery_codes_left"]) == (True, 10)


async def test_the_secret_is_sealed(phone: Phone, session: AsyncSession) -> None:
    row = (await session.execute(select(SecondFactor))).scalar_one()
    assert phone.secret.encode() not in row.sealed_secret
    assert base64.b32decode(phone.secret + "=" * (-len(phone.secret) % 8)) not in row.sealed_secret


async def test_signing_in_takes_two_steps(phone: Phone, session: AsyncSession) -> None:
    before = len((await session.execute(select(Session.id))).all())
    first = await phone.ada.login()
    assert first.status_code == 200
    assert (first.json()["user"], first.json()["second_factor"]) == (None, True)
    assert "tb_session" not in first.cookies
    assert len((await session.execute(select(Session.id))).all()) == before, "nobody is signed in yet"
    assert (await phone.ada.client.get("/api/v1/me")).status_code == 401
    flags = {part.strip().lower() for part in first.headers["set-cookie"].split(";")[1:]}
    assert flags == {"httponly", "samesite=lax", "path=/", "max-age=600"}
    second = await phone.ada.client.post(LOGIN, json={"code": phone.next_code()})
    assert second.status_code == 200
    assert second.json()["user"]["email"] == "ada@example.com"
    assert (await phone.ada.client.get("/api/v1/me")).status_code == 200
    assert "tb_pending" not in phone.ada.client.cookies


async def test_what_is_carried_between_the_steps_is_no_sign_in(phone: Phone) -> None:
    pending = (await phone.ada.login()).cookies["tb_pending"]
    phone.ada.client.cookies.clear()
    answer = await phone.ada.client.get("/api/v1/me", headers={"cookie": f"tb_session={pending}"})
    assert answer.status_code == 401
    token = phone.cookie["cookie"].partition("=")[2]
    swapped = {"cookie": f"tb_pending={token}"}
    answer = await phone.ada.client.post(LOGIN, json={"code": phone.next_code()}, headers=swapped)
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_again")


async def test_a_code_is_taken_once(phone: Phone) -> None:
    code = phone.next_code()
    first, second = await phone.half_way(), await phone.half_way()
    assert (await first.post(LOGIN, json={"code": code})).status_code == 200
    again = await second.post(LOGIN, json={"code": code})
    assert (again.status_code, again.json()["code"]) == (422, "wrong_code")
    older = await phone.half_way()
    phone.travel.shift(30)
    late, newest = phone.code(), phone.next_code()
    assert (await older.post(LOGIN, json={"code": newest})).status_code == 200
    assert (await (await phone.half_way()).post(LOGIN, json={"code": late})).status_code == 422, "nor one before it"


@pytest.mark.parametrize(("seconds", "status"), [(-60, 422), (-30, 200), (30, 200), (60, 422)])
async def test_clocks_may_differ_by_one_code(phone: Phone, seconds: int, status: int) -> None:
    phone.travel.shift(300)
    browser = await phone.half_way()
    phone.travel.shift(seconds)
    code = phone.code()
    phone.travel.shift(-seconds)
    assert (await browser.post(LOGIN, json={"code": code})).status_code == status


async def test_another_site_cannot_take_the_second_step(phone: Phone) -> None:
    browser = await phone.half_way()
    foreign = {"origin": "https://evil.example.com"}
    assert (await browser.post(LOGIN, json={"code": phone.next_code()}, headers=foreign)).status_code == 403
    assert (await browser.post(LOGIN, json={"code": phone.code()})).status_code == 200


async def test_the_first_step_is_over_after_ten_minutes_or_a_new_password(phone: Phone, session: AsyncSession) -> None:
    browser = await phone.half_way()
    phone.travel.shift(601)
    answer = await browser.post(LOGIN, json={"code": phone.code()})
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_again")
    browser = await phone.half_way()
    await session.execute(update(User).values(password_hash=await passwords.make_hash("another horse battery")))
    session.expire_all()
    assert (await browser.post(LOGIN, json={"code": phone.next_code()})).status_code == 401


async def test_a_recovery_code_opens_once(phone: Phone) -> None:
    shown = phone.codes[3].upper().replace("-", " ")
    assert (await (await phone.half_way()).post(LOGIN, json={"code": shown})).status_code == 200
    assert (await (await phone.half_way()).post(LOGIN, json={"code": shown})).status_code == 422
    state = (await phone.ada.client.get(ME, headers=phone.cookie)).json()
    assert state["recovery_codes_left"] == 9


async def test_guessing_is_stopped_for_a_while_for_every_process(
    phone: Phone, app: FastAPI, session: AsyncSession
) -> None:
    browser = await phone.half_way()
    statuses = []
    for _ in range(5):
        app.state.rate_limiter.__init__()  # as another process would have it
        statuses.append((await browser.post(LOGIN, json={"code": "000000"})).status_code)
    assert statuses == [422] * 5
    refused = await browser.post(LOGIN, json={"code": phone.next_code()})
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 900
    assert (await browser.post(LOGIN, json={"code": phone.codes[0]})).status_code == 429
    phone.travel.shift(901)
    assert (await (await phone.half_way()).post(LOGIN, json={"code": phone.code()})).status_code == 200


async def test_turning_it_off_takes_the_password_and_a_code(phone: Phone, session: AsyncSession) -> None:
    wrong = await phone.post("/disable", {"password": "wrong horse", "code": phone.next_code()})
    assert wrong.json()["code"] == "wrong_password"
    wrong = await phone.post("/disable", {"password": PASSWORD, "code": "000000"})
    assert wrong.json()["code"] == "wrong_code"
    assert (await phone.post("/disable", {"code": phone.code()})).status_code == 422
    assert (await phone.post("/disable", {"password": PASSWORD, "code": phone.code()})).status_code == 204
    assert (await session.execute(select(RecoveryCode))).all() == []
    assert (await phone.ada.login()).json()["second_factor"] is False
    again = await phone.post("/disable", {"password": PASSWORD, "code": phone.next_code()})
    assert again.json()["code"] == "second_factor_off"


async def test_recovery_codes_are_made_anew(phone: Phone) -> None:
    answer = await phone.post("/recovery-codes", {"code": phone.next_code()})
    fresh = answer.json()["codes"]
    assert len(fresh) == 10
    assert not set(fresh) & set(phone.codes)
    assert (await (await phone.half_way()).post(LOGIN, json={"code": phone.codes[0]})).status_code == 422
    assert (await (await phone.half_way()).post(LOGIN, json={"code": fresh[0]})).status_code == 200


async def test_it_is_set_up_once_and_with_the_password(phone: Phone) -> None:
    again = await phone.post("", {"password": PASSWORD})
    assert (again.status_code, again.json()["code"]) == (409, "second_factor_on")
    again = await phone.post("/confirm", {"code": phone.next_code()})
    assert again.json()["code"] == "second_factor_on"


async def test_it_needs_the_password_and_a_confirmed_address(
    ada: Ada, session: AsyncSession, settings: Settings
) -> None:
    cookie = await signed_in(session, settings, ada.user)
    refused = await ada.client.post(ME, json={"password": PASSWORD}, headers=cookie)
    assert (refused.status_code, refused.json()["code"]) == (403, "email_not_verified")
    await session.execute(update(User).values(email_verified_at=utc_now()))
    refused = await ada.client.post(ME, json={"password": "wrong horse"}, headers=cookie)
    assert refused.json()["code"] == "wrong_password"
    refused = await ada.client.post(f"{ME}/confirm", json={"code": "123456"}, headers=cookie)
    assert refused.json()["code"] == "second_factor_off"


async def test_a_new_password_by_mail_does_not_open_the_second_factor(
    phone: Phone, session: AsyncSession, settings: Settings
) -> None:
    await phone.ada.client.post("/api/v1/auth/password-reset", json={"email": phone.ada.user.email})
    token = await last_token(session, settings, "reset-password")
    body = {"token": token, "new_password": "another horse battery"}
    assert (await phone.ada.client.post("/api/v1/auth/password-reset/confirm", json=body)).status_code == 204
    assert (await phone.ada.login("another horse battery")).json()["second_factor"] is True


async def test_the_predecessors_sign_in_refuses_it_clearly(phone: Phone) -> None:
    credentials = {"email": phone.ada.user.email, "password": PASSWORD}
    refused = await phone.ada.client.post("/api/auth/login", json=credentials)
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_required")
    assert "own page" in refused.json()["error"]
    assert "set-cookie" not in refused.headers
    wrong = await phone.ada.client.post("/api/auth/login", json={**credentials, "password": "wrong"})
    assert wrong.status_code == 401, "who does not know the password learns nothing of it"


async def test_changes_are_told_by_mail(phone: Phone, session: AsyncSession, settings: Settings) -> None:
    await phone.post("/disable", {"password": PASSWORD, "code": phone.next_code()})
    subjects = [mail.subject for mail in await mails(session, settings)]
    assert subjects == ["TokenBoard: a second factor was added", "TokenBoard: the second factor was turned off"]


async def test_a_secret_under_an_older_key_moves_to_the_newest_when_it_is_used(
    phone: Phone, app: FastAPI, session: AsyncSession
) -> None:
    old = (await session.execute(select(SecondFactor.key_id))).scalar_one()
    newest = base64.b64encode(b"another key of thirty-two bytes!").decode()
    both = f"{newest},{app.state.settings.encryption_key.get_secret_value()}"
    app.state.settings = app.state.settings.model_copy(update={"encryption_key": SecretStr(both)})
    assert (await (await phone.half_way()).post(LOGIN, json={"code": phone.next_code()})).status_code == 200
    session.expire_all()
    assert (await session.execute(select(SecondFactor.key_id))).scalar_one() != old
    app.state.settings = app.state.settings.model_copy(update={"encryption_key": SecretStr(newest)})
    assert (await (await phone.half_way()).post(LOGIN, json={"code": phone.next_code()})).status_code == 200


async def test_of_two_that_show_one_code_at_once_one_comes_in(fresh_database: str, settings: Settings) -> None:
    settings = settings.model_copy(update={"database_url": SecretStr(fresh_database)})
    app = create_app(settings)
    engine = make_engine(fresh_database)
    sessions = make_sessionmaker(engine)
    secret = rules.new_secret()
    async with sessions() as session, session.begin():
        user = await make_user(session, "ada@example.com", await passwords.make_hash(PASSWORD))
        await _turn_on(session, settings, user, secret)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as browser:
        await browser.post("/api/v1/auth/login", json={"email": "ada@example.com", "password": PASSWORD})
        totp = TOTP(secret, 6, SHA1(), 30)  # noqa: S303 - as every app does
        code = totp.generate(datetime.now(UTC).timestamp()).decode()
        answers = await asyncio.gather(*(browser.post(LOGIN, json={"code": code}) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 422, 422, 422]
    await app.state.engine.dispose()
    await engine.dispose()


async def _turn_on(session: AsyncSession, settings: Settings, user: User, secret: bytes) -> None:
    from app.auth.second_factor import _place, _sealer

    sealed = _sealer(settings).seal(rules.in_words(secret), _place(user.id))
    now = utc_now()
    session.add(
        SecondFactor(
            user_id=user.id,
            sealed_secret=sealed.data,
            key_id=sealed.key_id,
            created_at=now,
            confirmed_at=now - timedelta(days=1),
            last_step=0,
            failures=0,
            locked_until=None,
        )
    )


def test_the_codes_are_those_of_the_standard() -> None:
    """RFC 6238, appendix B, cut to six digits."""
    secret = b"12345678901234567890"
    for at, code in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        assert rules.step_of(secret, code, datetime.fromtimestamp(at, UTC), 0) == at // 30
    assert rules.from_words(rules.in_words(secret)) == secret
