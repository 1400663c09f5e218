"""Who may let in, raise, lower and remove whom."""

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.workspaces.rules import Role
from tests.factories.auth import make_user
from tests.factories.workspaces import add_member, make_workspace
from tests.workspaces.conftest import House


async def change(house: House, by: Role, whom: Role, to: Role) -> httpx.Response:
    return await house.ask(by, "PATCH", f"/members/{house.id_of(whom)}", json={"role": to})


async def remove(house: House, by: Role, whom: Role) -> httpx.Response:
    return await house.ask(by, "DELETE", f"/members/{house.id_of(whom)}")


async def test_everybody_sees_the_members(house: House) -> None:
    answer = await house.ask(Role.VIEWER, "GET", "/members")
    items = answer.json()["items"]
    assert [(item["email"], item["role"]) for item in items] == [(f"{role}@example.com", role) for role in Role]
    assert set(items[0]) == {"user_id", "email", "name", "role", "created_at"}


async def test_an_admin_lets_an_existing_account_in(house: House, session: AsyncSession) -> None:
    newcomer = await make_user(session, "bob@example.com")
    answer = await house.ask(Role.ADMIN, "POST", "/members", json={"email": " BOB@example.com", "role": "member"})
    assert answer.status_code == 201
    assert (answer.json()["user_id"], answer.json()["role"]) == (str(newcomer.id), "member")
    assert await house.actions() == ["member.added"]


async def test_an_email_without_an_account_is_told(house: House) -> None:
    answer = await house.ask(Role.ADMIN, "POST", "/members", json={"email": "no@example.com", "role": "member"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "no_such_account"
    assert [error["field"] for error in answer.json()["errors"]] == ["email"]


async def test_nobody_is_a_member_twice(house: House) -> None:
    answer = await house.ask(Role.ADMIN, "POST", "/members", json={"email": "viewer@example.com", "role": "admin"})
    assert answer.status_code == 409
    assert answer.json()["code"] == "already_member"


@pytest.mark.parametrize("role", ["boss", "", None, "OWNER"])
async def test_a_role_is_one_of_four(house: House, role: str | None) -> None:
    body = {"email": "viewer@example.com", "role": role}
    assert (await house.ask(Role.OWNER, "POST", "/members", json=body)).status_code == 422


@pytest.mark.parametrize(
    ("by", "whom", "to", "status"),
    [
        (Role.ADMIN, Role.VIEWER, Role.MEMBER, 200),
        (Role.ADMIN, Role.VIEWER, Role.ADMIN, 200),
        (Role.ADMIN, Role.ADMIN, Role.VIEWER, 200),  # oneself
        (Role.ADMIN, Role.VIEWER, Role.OWNER, 403),
        (Role.ADMIN, Role.ADMIN, Role.OWNER, 403),
        (Role.ADMIN, Role.OWNER, Role.MEMBER, 403),
        (Role.ADMIN, Role.OWNER, Role.OWNER, 403),
        (Role.OWNER, Role.VIEWER, Role.OWNER, 200),
        (Role.OWNER, Role.ADMIN, Role.VIEWER, 200),
        (Role.OWNER, Role.OWNER, Role.ADMIN, 409),
        (Role.OWNER, Role.OWNER, Role.OWNER, 200),
        (Role.MEMBER, Role.MEMBER, Role.ADMIN, 403),
        (Role.VIEWER, Role.VIEWER, Role.OWNER, 403),
    ],
)
async def test_who_may_change_whom(house: House, by: Role, whom: Role, to: Role, status: int) -> None:
    answer = await change(house, by, whom, to)
    assert answer.status_code == status, answer.text
    members = (await house.ask(Role.VIEWER, "GET", "/members")).json()["items"]
    now = next(item["role"] for item in members if item["user_id"] == str(house.id_of(whom)))
    assert now == (to if status == 200 else whom)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.OWNER])
async def test_only_an_owner_makes_an_owner(house: House, session: AsyncSession, role: Role) -> None:
    await make_user(session, "bob@example.com")
    answer = await house.ask(role, "POST", "/members", json={"email": "bob@example.com", "role": "owner"})
    assert answer.status_code == (201 if role is Role.OWNER else 403)


@pytest.mark.parametrize(
    ("by", "whom", "status"),
    [
        (Role.OWNER, Role.ADMIN, 204),
        (Role.ADMIN, Role.MEMBER, 204),
        (Role.ADMIN, Role.OWNER, 403),
        (Role.MEMBER, Role.VIEWER, 403),
        (Role.VIEWER, Role.MEMBER, 403),
        (Role.VIEWER, Role.VIEWER, 204),  # leaving
        (Role.MEMBER, Role.MEMBER, 204),
        (Role.ADMIN, Role.ADMIN, 204),
        (Role.OWNER, Role.OWNER, 409),  # the last one cannot
    ],
)
async def test_who_may_remove_whom(house: House, by: Role, whom: Role, status: int) -> None:
    answer = await remove(house, by, whom)
    assert answer.status_code == status, answer.text
    seen = await house.client.get(house.url, headers=house.headers[whom])
    assert seen.status_code == (404 if status == 204 else 200)


async def test_the_last_owner_stays_until_there_is_another(house: House) -> None:
    refused = await remove(house, Role.OWNER, Role.OWNER)
    assert refused.json()["code"] == "last_owner"
    await change(house, Role.OWNER, Role.ADMIN, Role.OWNER)
    assert (await remove(house, Role.OWNER, Role.OWNER)).status_code == 204
    assert (await house.ask(Role.ADMIN, "DELETE", f"/members/{house.id_of(Role.ADMIN)}")).status_code == 409


async def test_a_member_of_another_workspace_is_not_found_here(house: House, session: AsyncSession) -> None:
    stranger = await make_user(session)
    await add_member(session, await make_workspace(session), stranger, Role.MEMBER)
    for user_id in (stranger.id, new_id()):
        path = f"/members/{user_id}"
        assert (await house.ask(Role.OWNER, "PATCH", path, json={"role": "viewer"})).status_code == 404
        assert (await house.ask(Role.OWNER, "DELETE", path)).status_code == 404


async def test_a_viewer_cannot_find_out_who_is_no_member(house: House) -> None:
    assert (await house.ask(Role.VIEWER, "DELETE", f"/members/{new_id()}")).status_code == 403


async def test_every_change_is_in_the_audit_log(house: House) -> None:
    await change(house, Role.OWNER, Role.VIEWER, Role.MEMBER)
    await change(house, Role.OWNER, Role.VIEWER, Role.MEMBER)  # changes nothing
    await remove(house, Role.OWNER, Role.VIEWER)
    await remove(house, Role.MEMBER, Role.MEMBER)
    await remove(house, Role.ADMIN, Role.OWNER)  # refused
    assert await house.actions() == ["member.left", "member.removed", "member.role_changed"]
