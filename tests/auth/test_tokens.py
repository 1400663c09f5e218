"""The sign-in token: only what we signed, and only while it lasts."""

from datetime import timedelta

import jwt
import pytest
from pydantic import SecretStr

from app.auth import tokens
from app.core.ids import new_id
from app.core.periods import utc_now

KEY = SecretStr("k" * 16 + "9876543210abcdef")
SESSION = new_id()


def issue(key: SecretStr = KEY, lifetime: timedelta = timedelta(days=1)) -> str:
    now = utc_now()
    return tokens.issue(key, SESSION, "the secret", now, now + lifetime)


def test_what_goes_in_comes_out() -> None:
    assert tokens.read(KEY, issue()) == tokens.Claims(SESSION, "the secret")


def test_another_key_opens_nothing() -> None:
    assert tokens.read(SecretStr("z" * 32), issue()) is None


def test_a_token_that_has_run_out_is_none() -> None:
    assert tokens.read(KEY, issue(lifetime=timedelta(seconds=-1))) is None


def test_no_algorithm_but_ours_is_believed() -> None:
    claims = jwt.decode(issue(), options={"verify_signature": False})
    assert tokens.read(KEY, jwt.encode(claims, "", algorithm="none")) is None
    assert tokens.read(KEY, jwt.encode(claims, KEY.get_secret_value() * 2, algorithm="HS512")) is None


@pytest.mark.parametrize("name", ["sid", "secret", "exp", "iat"])
def test_a_token_that_lacks_a_claim_is_none(name: str) -> None:
    claims = jwt.decode(issue(), options={"verify_signature": False})
    del claims[name]
    assert tokens.read(KEY, jwt.encode(claims, KEY.get_secret_value(), algorithm="HS256")) is None


@pytest.mark.parametrize("sid", ["not a uuid", "", 7, None])
def test_a_session_id_that_is_none_is_refused(sid: object) -> None:
    claims = {**jwt.decode(issue(), options={"verify_signature": False}), "sid": sid}
    assert tokens.read(KEY, jwt.encode(claims, KEY.get_secret_value(), algorithm="HS256")) is None


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "....", "é" * 40])
def test_noise_is_none(token: str) -> None:
    assert tokens.read(KEY, token) is None
