"""API keys: shown once, kept as a fingerprint, revoked for good."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.crypto import fingerprint
from app.core.ids import new_id
from app.workspaces.models import ApiKey
from app.workspaces.rules import Role, Scope
from tests.factories.workspaces import make_api_key, make_workspace
from tests.workspaces.conftest import House

BODY = {"name": "production", "scopes": ["ingest", "read"]}


async def create(house: House, **change: Any) -> httpx.Response:
    return await house.ask(Role.ADMIN, "POST", "/api-keys", json={**BODY, **change})


async def test_a_key_is_shown_once(house: House) -> None:
    made = await create(house)
    assert made.status_code == 201
    key = made.json()["key"]
    assert key.startswith("tb_")
    assert len(key) == 46
    assert (made.json()["prefix"], made.json()["scopes"]) == (key[:10], ["ingest", "read"])
    listed = await house.ask(Role.VIEWER, "GET", "/api-keys")
    assert listed.json()["items"] == [{name: value for name, value in made.json().items() if name != "key"}]
    assert key not in listed.text


async def test_the_database_holds_the_fingerprint_only(house: House, session: AsyncSession) -> None:
    key = (await create(house)).json()["key"]
    row = (await session.execute(select(ApiKey))).scalar_one()
    assert row.secret_hash == fingerprint(key)
    assert key not in str(vars(row))
    assert row.created_by == house.id_of(Role.ADMIN)


async def test_no_two_keys_are_alike(house: House) -> None:
    assert (await create(house)).json()["key"] != (await create(house)).json()["key"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["admin"]}, "scopes.0"),
        ({"scopes": "read"}, "scopes"),
        ({"scopes": None}, "scopes"),
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"key": "tb_mine"}, "key"),
    ],
)
async def test_what_cannot_be_is_named(house: House, change: dict[str, Any], field: str) -> None:
    answer = await create(house, **change)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_scope_named_twice_counts_once(house: House) -> None:
    assert (await create(house, scopes=["read", "read"])).json()["scopes"] == ["read"]


async def test_a_revoked_key_stays_in_the_list_with_the_time(house: House) -> None:
    made = (await create(house)).json()
    path = f"/api-keys/{made['id']}"
    assert (await house.ask(Role.ADMIN, "DELETE", path)).status_code == 204
    first = (await house.ask(Role.VIEWER, "GET", "/api-keys")).json()["items"][0]["revoked_at"]
    assert first is not None
    assert (await house.ask(Role.ADMIN, "DELETE", path)).status_code == 204
    assert (await house.ask(Role.VIEWER, "GET", "/api-keys")).json()["items"][0]["revoked_at"] == first
    assert await house.actions() == ["api_key.revoked", "api_key.created"]


async def test_a_key_of_another_workspace_cannot_be_revoked_here(house: House, session: AsyncSession) -> None:
    theirs, key = await make_api_key(session, await make_workspace(session), Scope.READ)
    for key_id in (theirs.id, new_id()):
        assert (await house.ask(Role.OWNER, "DELETE", f"/api-keys/{key_id}")).status_code == 404
    url = f"/api/v1/workspaces/{theirs.workspace_id}"
    assert (await house.client.get(url, headers={"authorization": f"Bearer {key}"})).status_code == 200


async def test_newest_keys_come_first(house: House) -> None:
    for name in ("first", "second"):
        await create(house, name=name)
    items = (await house.ask(Role.VIEWER, "GET", "/api-keys")).json()["items"]
    assert [item["name"] for item in items] == ["second", "first"]


async def test_the_audit_log_names_the_key_and_not_the_secret(house: House) -> None:
    key = (await create(house)).json()["key"]
    answer = await house.ask(Role.OWNER, "GET", "/audit-log")
    item = answer.json()["items"][0]
    assert (item["target"], item["detail"]["name"], item["detail"]["scopes"]) == (
        key[:10],
        "production",
        ["ingest", "read"],
    )
    assert key not in answer.text
