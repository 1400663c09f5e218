"""Invitations: by email or by link, used once, for seven days, revocable."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import time_machine
from fastapi import FastAPI
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.models import User
from app.core.config import AppEnv, Settings
from app.core.crypto import fingerprint
from app.core.periods import utc_now
from app.workspaces.models import Invitation, Membership
from app.workspaces.rules import Role, Scope
from tests.factories.auth import make_user, signed_in
from tests.factories.mail import last_token, mails
from tests.factories.workspaces import make_api_key
from tests.workspaces.conftest import House

PASSWORD = "correct horse battery"


async def invite(house: House, by: Role = Role.ADMIN, role: str = "member", **body: Any) -> httpx.Response:
    return await house.ask(by, "POST", "/invitations", json={"role": role, **body})


async def link_of(house: House, **body: Any) -> str:
    """What a new link carries."""
    answer = await invite(house, **body)
    assert answer.status_code == 201, answer.text
    page, _, token = answer.json()["link"].partition("#token=")
    assert page == "http://localhost:8000/invitation"
    return str(token)


async def mailed(house: House, session: AsyncSession, settings: Settings, email: str) -> str:
    """What a link that was mailed carries."""
    await session.execute(update(User).where(User.id == house.id_of(Role.ADMIN)).values(email_verified_at=utc_now()))
    answer = await invite(house, email=email)
    assert answer.status_code == 201, answer.text
    assert answer.json()["link"] is None, "it stands in the mail and nowhere else"
    return await last_token(session, settings, "invitation")


async def post(house: House, what: str, token: str, headers: dict[str, str] | None = None, **body: Any) -> Any:
    return await house.client.post(f"/api/v1/invitations/{what}", json={"token": token, **body}, headers=headers)


@pytest.fixture
async def bob(session: AsyncSession, settings: Settings) -> dict[str, str]:
    """Signed in, and in no workspace."""
    return await signed_in(session, settings, await make_user(session, "bob@example.com"))


async def test_who_has_the_link_joins_once(house: House, bob: dict[str, str], session: AsyncSession) -> None:
    token = await link_of(house, role="viewer")
    offer = (await post(house, "look", token)).json()
    assert (offer["workspace"], offer["role"], offer["email"], offer["has_account"]) == ("Acme", "viewer", None, None)
    joined = await post(house, "accept", token, bob)
    assert (joined.status_code, joined.json()["role"]) == (200, "viewer")
    assert (await house.client.get(house.url, headers=bob)).json()["role"] == "viewer"
    eve = await signed_in(session, house_settings(house), await make_user(session))
    again = await post(house, "accept", token, eve)
    assert (again.status_code, again.json()["code"]) == (410, "invitation_not_valid")
    assert (await post(house, "look", token)).status_code == 410
    assert await house.actions() == ["invitation.accepted", "invitation.created"]


def house_settings(house: House) -> Settings:
    settings: Settings = house.client._transport.app.state.settings  # type: ignore[attr-defined]
    return settings


async def test_where_no_mail_can_be_sent_nobody_is_invited_by_mail(
    app: FastAPI, house: House, session: AsyncSession
) -> None:
    await session.execute(update(User).where(User.id == house.id_of(Role.ADMIN)).values(email_verified_at=utc_now()))
    app.state.settings = app.state.settings.model_copy(update={"app_env": AppEnv.PRODUCTION})
    answer = await invite(house, email="bob@example.com")
    assert (answer.status_code, answer.json()["code"]) == (503, "mail_not_possible")
    assert (await house.ask(Role.ADMIN, "GET", "/invitations")).json()["items"] == []
    assert (await invite(house)).status_code == 201, "a link needs no mail"


async def test_only_the_hash_of_a_link_is_kept(house: House, session: AsyncSession) -> None:
    token = await link_of(house)
    row = (await session.execute(select(Invitation))).scalar_one()
    assert row.secret_hash == fingerprint(token)
    listed = await house.ask(Role.OWNER, "GET", "/invitations")
    assert token not in listed.text
    [item] = listed.json()["items"]
    assert set(item) == {"id", "email", "role", "invited_by", "created_at", "expires_at"}
    assert (item["role"], item["invited_by"]) == ("member", "Test Person")


async def test_a_mailed_invitation_is_for_that_address_and_proves_it(
    house: House, bob: dict[str, str], session: AsyncSession, settings: Settings
) -> None:
    token = await mailed(house, session, settings, " BOB@example.com")
    [mail] = await mails(session, settings)
    assert (mail.to, mail.subject) == ("bob@example.com", "Test Person invites you to Acme")
    assert (await post(house, "look", token)).json()["has_account"] is True
    other = await signed_in(session, settings, await make_user(session, "eve@example.com"))
    refused = await post(house, "accept", token, other)
    assert (refused.status_code, refused.json()["code"]) == (403, "invitation_for_another")
    assert (await post(house, "accept", token, bob)).status_code == 200
    assert (await house.client.get("/api/v1/me", headers=bob)).json()["user"]["email_verified"] is True


async def test_a_newcomer_signs_up_with_it_also_where_sign_up_is_closed(
    app: FastAPI, house: House, session: AsyncSession, settings: Settings
) -> None:
    app.state.settings = app.state.settings.model_copy(update={"sign_up_open": False})
    token = await mailed(house, session, settings, "new@example.com")
    assert (await post(house, "look", token)).json()["has_account"] is False
    other = await post(house, "register", token, email="other@example.com", password=PASSWORD)
    assert other.json()["code"] == "invitation_for_another"
    made = await post(house, "register", token, password=PASSWORD, name="Newcomer")
    assert made.status_code == 201, made.text
    assert (made.json()["user"]["email"], made.json()["user"]["email_verified"]) == ("new@example.com", True)
    assert made.json()["workspace"]["role"] == "member"
    assert [each["role"] for each in (await house.client.get("/api/v1/me")).json()["workspaces"]] == ["member"]
    assert (await post(house, "register", token, password=PASSWORD)).status_code == 410


async def test_a_newcomer_with_a_link_names_an_address_that_is_not_proven(
    app: FastAPI, house: House, session: AsyncSession, settings: Settings
) -> None:
    app.state.settings = app.state.settings.model_copy(update={"sign_up_open": False})
    token = await link_of(house)
    nameless = await post(house, "register", token, password=PASSWORD)
    assert [error["field"] for error in nameless.json()["errors"]] == ["email"]
    made = await post(house, "register", token, email="new@example.com", password=PASSWORD)
    assert (made.status_code, made.json()["user"]["email_verified"]) == (201, False)
    assert await last_token(session, settings, "verify-email")
    closed = await house.client.post("/api/v1/auth/register", json={"email": "x@example.com", "password": PASSWORD})
    assert closed.json()["code"] == "sign_up_closed"


async def test_a_failed_sign_up_does_not_use_it_up(house: House) -> None:
    token = await link_of(house)
    taken = await post(house, "register", token, email="viewer@example.com", password=PASSWORD)
    assert taken.json()["code"] == "email_taken"
    assert (await post(house, "register", token, email="n@example.com", password="short")).status_code == 422
    assert (await post(house, "look", token)).status_code == 200


async def test_it_runs_out_after_seven_days(house: House, bob: dict[str, str]) -> None:
    token = await link_of(house)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=7, seconds=1), tick=True):
        assert (await post(house, "accept", token, bob)).status_code == 410
        assert (await house.ask(Role.ADMIN, "GET", "/invitations")).json()["items"] == []


async def test_it_can_be_revoked(house: House, bob: dict[str, str]) -> None:
    token = await link_of(house)
    [item] = (await house.ask(Role.ADMIN, "GET", "/invitations")).json()["items"]
    path = f"/invitations/{item['id']}"
    assert (await house.ask(Role.ADMIN, "DELETE", path)).status_code == 204
    assert (await house.ask(Role.ADMIN, "DELETE", path)).status_code == 404
    assert (await post(house, "accept", token, bob)).status_code == 410
    assert await house.actions() == ["invitation.revoked", "invitation.created"]


async def test_a_second_mail_to_an_address_ends_the_first(
    house: House, bob: dict[str, str], session: AsyncSession, settings: Settings
) -> None:
    first = await mailed(house, session, settings, "bob@example.com")
    second = await mailed(house, session, settings, "bob@example.com")
    assert len((await house.ask(Role.ADMIN, "GET", "/invitations")).json()["items"]) == 1
    assert (await post(house, "accept", first, bob)).status_code == 410
    assert (await post(house, "accept", second, bob)).status_code == 200


@pytest.mark.parametrize(
    ("by", "role", "status"),
    [
        (Role.MEMBER, "viewer", 403),
        (Role.ADMIN, "admin", 201),
        (Role.ADMIN, "owner", 403),
        (Role.OWNER, "owner", 201),
        (Role.OWNER, "boss", 422),
    ],
)
async def test_nobody_offers_more_than_they_may_give(house: House, by: Role, role: str, status: int) -> None:
    assert (await invite(house, by, role)).status_code == status


async def test_what_was_offered_ends_with_the_right_to_offer_it(house: House, bob: dict[str, str]) -> None:
    token = await link_of(house)
    path = f"/members/{house.id_of(Role.ADMIN)}"
    await house.ask(Role.OWNER, "PATCH", path, json={"role": "viewer"})
    refused = await post(house, "accept", token, bob)
    assert (refused.status_code, refused.json()["code"]) == (410, "invitation_not_valid")
    await house.ask(Role.OWNER, "DELETE", path)
    assert (await post(house, "accept", token, bob)).status_code == 410


async def test_who_is_in_already_is_told_and_the_link_stays(house: House, bob: dict[str, str]) -> None:
    token = await link_of(house)
    refused = await post(house, "accept", token, house.headers[Role.VIEWER])
    assert (refused.status_code, refused.json()["code"]) == (409, "already_member")
    assert (await post(house, "accept", token, bob)).status_code == 200


async def test_inviting_by_mail_needs_a_confirmed_address_and_somebody_who_is_not_in(
    house: House, session: AsyncSession, settings: Settings
) -> None:
    refused = await invite(house, email="new@example.com")
    assert (refused.status_code, refused.json()["code"]) == (403, "email_not_verified")
    await mailed(house, session, settings, "new@example.com")
    refused = await invite(house, email="viewer@example.com")
    assert (refused.status_code, refused.json()["code"]) == (409, "already_member")


async def test_one_address_is_not_flooded_with_invitations(
    app: FastAPI, house: House, session: AsyncSession, settings: Settings
) -> None:
    app.state.settings = app.state.settings.model_copy(update={"mails_per_account": "1/hour"})
    await mailed(house, session, settings, "new@example.com")
    assert (await invite(house, email="new@example.com")).status_code == 429


async def test_a_workspace_that_is_leaving_lets_nobody_in(house: House, bob: dict[str, str]) -> None:
    token = await link_of(house)
    await house.ask(Role.OWNER, "DELETE", "", params={"confirm": house.workspace.slug})
    assert (await post(house, "accept", token, bob)).status_code == 410


async def test_a_key_invites_nobody_and_learns_no_addresses(house: House, session: AsyncSession) -> None:
    _, key = await make_api_key(session, house.workspace, Scope.READ, created_by=house.id_of(Role.OWNER))
    headers = {"authorization": f"Bearer {key}"}
    assert (await house.client.get(f"{house.url}/invitations", headers=headers)).status_code == 403
    members = await house.client.get(f"{house.url}/members", headers=headers)
    assert members.status_code == 200
    assert [item["email"] for item in members.json()["items"]] == [None] * 4
    assert "@" not in members.text


async def test_ownership_is_handed_over_in_one_step(house: House, session: AsyncSession) -> None:
    heir = str(house.id_of(Role.MEMBER))
    answer = await house.ask(Role.OWNER, "POST", "/transfer", json={"user_id": heir})
    assert (answer.status_code, answer.json()["role"]) == (200, "owner")
    rows = [(each.user_id, each.role) for each in (await session.execute(select(Membership))).scalars()]
    roles = dict(rows)
    assert (roles[house.id_of(Role.MEMBER)], roles[house.id_of(Role.OWNER)]) == ("owner", "admin")
    again = await house.ask(Role.OWNER, "POST", "/transfer", json={"user_id": heir})
    assert again.status_code == 403
    assert (await house.ask(Role.MEMBER, "GET", "/audit-log")).json()["items"][0]["action"] == "ownership.transferred"


@pytest.mark.parametrize(("whom", "status"), [("stranger", 404), ("self", 422)])
async def test_ownership_goes_to_another_member_only(
    house: House, session: AsyncSession, whom: str, status: int
) -> None:
    user_id = house.id_of(Role.OWNER) if whom == "self" else (await make_user(session)).id
    answer = await house.ask(Role.OWNER, "POST", "/transfer", json={"user_id": str(user_id)})
    assert answer.status_code == status
