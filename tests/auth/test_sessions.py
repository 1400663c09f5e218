"""Sessions: listed, ended one by one or all at once, and over when they are over."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
import time_machine
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth import tokens
from app.auth.models import Session
from app.core.config import Settings
from app.core.crypto import fingerprint
from app.core.ids import new_id
from app.core.periods import utc_now
from tests.auth.conftest import Ada
from tests.factories.auth import make_user, signed_in

URL = "/api/v1/auth/sessions"
ME = "/api/v1/me"


async def test_logout_ends_the_session_and_clears_the_cookie(ada: Ada, session: AsyncSession) -> None:
    token = (await ada.login()).cookies["tb_session"]
    answer = await ada.client.post("/api/v1/auth/logout")
    assert answer.status_code == 204
    assert 'tb_session=""' in answer.headers["set-cookie"]
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert (await session.execute(select(Session.id))).all() == []
    kept_by_a_thief = await ada.client.get(ME, headers={"cookie": f"tb_session={token}"})
    assert kept_by_a_thief.status_code == 401


async def test_one_sees_ones_own_sessions_only(
    ada: Ada, client: httpx.AsyncClient, session: AsyncSession, settings: Settings
) -> None:
    first = await signed_in(session, settings, ada.user)
    await signed_in(session, settings, ada.user)
    await signed_in(session, settings, await make_user(session))
    page = (await client.get(URL, headers=first)).json()
    assert page["next_cursor"] is None
    assert [item["is_current"] for item in page["items"]] in ([True, False], [False, True])
    assert set(page["items"][0]) == {
        "id",
        "created_at",
        "last_seen_at",
        "expires_at",
        "user_agent",
        "ip_address",
        "is_current",
    }


async def test_one_session_is_ended_and_the_others_live(
    ada: Ada, client: httpx.AsyncClient, session: AsyncSession, settings: Settings
) -> None:
    here, elsewhere = await signed_in(session, settings, ada.user), await signed_in(session, settings, ada.user)
    items = (await client.get(URL, headers=here)).json()["items"]
    other = next(item["id"] for item in items if not item["is_current"])
    answer = await client.delete(f"{URL}/{other}", headers=here)
    assert answer.status_code == 204
    assert "set-cookie" not in answer.headers
    assert (await client.get(ME, headers=elsewhere)).status_code == 401
    assert (await client.get(ME, headers=here)).status_code == 200


async def test_ending_the_session_that_asks_signs_out(
    ada: Ada, client: httpx.AsyncClient, session: AsyncSession, settings: Settings
) -> None:
    here = await signed_in(session, settings, ada.user)
    own = (await client.get(URL, headers=here)).json()["items"][0]["id"]
    answer = await client.delete(f"{URL}/{own}", headers=here)
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert (await client.get(ME, headers=here)).status_code == 401


async def test_the_session_of_another_person_cannot_be_ended(
    ada: Ada, client: httpx.AsyncClient, session: AsyncSession, settings: Settings
) -> None:
    here = await signed_in(session, settings, ada.user)
    neighbour = await signed_in(session, settings, await make_user(session))
    theirs = (await client.get(URL, headers=neighbour)).json()["items"][0]["id"]
    assert (await client.delete(f"{URL}/{theirs}", headers=here)).status_code == 404
    assert (await client.delete(f"{URL}/{new_id()}", headers=here)).status_code == 404
    assert (await client.get(ME, headers=neighbour)).status_code == 200


async def test_all_others_are_ended_at_once(
    ada: Ada, client: httpx.AsyncClient, session: AsyncSession, settings: Settings
) -> None:
    here = await signed_in(session, settings, ada.user)
    others = [await signed_in(session, settings, ada.user) for _ in range(2)]
    neighbour = await signed_in(session, settings, await make_user(session))
    assert (await client.delete(URL, headers=here)).json() == {"revoked": 2}
    assert [(await client.get(ME, headers=headers)).status_code for headers in others] == [401, 401]
    assert (await client.get(ME, headers=neighbour)).status_code == 200
    assert (await client.delete(URL, headers=here)).json() == {"revoked": 0}


async def test_a_session_is_over_after_thirty_days(ada: Ada) -> None:
    start = datetime(2026, 11, 1, 12, tzinfo=UTC)
    with time_machine.travel(start, tick=False):
        token = (await ada.login()).cookies["tb_session"]
    headers = {"cookie": f"tb_session={token}"}
    ada.client.cookies.clear()
    with time_machine.travel(start + timedelta(days=30, seconds=-1), tick=False):
        assert (await ada.client.get(ME, headers=headers)).status_code == 200
    with time_machine.travel(start + timedelta(days=30), tick=False):
        assert (await ada.client.get(ME, headers=headers)).status_code == 401


async def test_a_session_that_ran_out_in_the_database_is_over_whatever_its_token_says(
    ada: Ada, client: httpx.AsyncClient, session: AsyncSession, settings: Settings
) -> None:
    headers = await signed_in(session, settings, ada.user)
    await session.execute(update(Session).values(expires_at=utc_now()))
    assert (await client.get(ME, headers=headers)).status_code == 401


async def test_a_right_session_with_a_wrong_secret_opens_nothing(
    ada: Ada, client: httpx.AsyncClient, session: AsyncSession, settings: Settings
) -> None:
    headers = await signed_in(session, settings, ada.user)
    await session.execute(update(Session).values(secret_hash=fingerprint("another")))
    assert (await client.get(ME, headers=headers)).status_code == 401


async def test_a_token_of_a_session_that_never_was_opens_nothing(client: httpx.AsyncClient, settings: Settings) -> None:
    assert settings.jwt_secret is not None
    now = utc_now()
    token = tokens.issue(settings.jwt_secret, new_id(), "secret", now, now + timedelta(days=1))
    answer = await client.get(ME, headers={"cookie": f"tb_session={token}"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["code"] == "not_authenticated"


@pytest.mark.parametrize(
    ("idle", "is_touched"), [(timedelta(minutes=4, seconds=59), False), (timedelta(minutes=5), True)]
)
async def test_last_seen_is_exact_to_five_minutes(
    ada: Ada, client: httpx.AsyncClient, session: AsyncSession, settings: Settings, idle: timedelta, is_touched: bool
) -> None:
    start = datetime(2026, 11, 1, 12, tzinfo=UTC)
    with time_machine.travel(start, tick=False):
        headers = await signed_in(session, settings, ada.user)
    with time_machine.travel(start + idle, tick=False):
        assert (await client.get(ME, headers=headers)).status_code == 200
    seen = (await session.execute(select(Session.last_seen_at))).scalar_one()
    assert seen == (start + idle if is_touched else start)
