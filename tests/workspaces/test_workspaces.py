"""Workspaces: made, listed, renamed."""

from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.workspaces.rules import Role
from tests.factories.auth import make_user, signed_in
from tests.workspaces.conftest import House

URL = "/api/v1/workspaces"


@pytest.fixture
async def ada(session: AsyncSession, settings: Settings, client: httpx.AsyncClient) -> httpx.AsyncClient:
    """A browser that is signed in."""
    client.headers.update(await signed_in(session, settings, await make_user(session)))
    return client


async def test_who_makes_a_workspace_owns_it(ada: httpx.AsyncClient) -> None:
    answer = await ada.post(URL, json={"name": " Acme Inc. "})
    assert answer.status_code == 201
    made = answer.json()
    assert set(made) == {"id", "name", "slug", "role", "created_at", "deletes_at"}
    assert (made["name"], made["slug"], made["role"]) == ("Acme Inc.", "acme-inc", "owner")
    assert (await ada.get(f"{URL}/{made['id']}")).json() == made
    assert (await ada.get(URL)).json() == {"items": [made], "next_cursor": None}
    members = (await ada.get(f"{URL}/{made['id']}/members")).json()["items"]
    assert [member["role"] for member in members] == ["owner"]


async def test_workspaces_of_one_name_get_slugs_of_their_own(ada: httpx.AsyncClient) -> None:
    slugs = [(await ada.post(URL, json={"name": "Acme"})).json()["slug"] for _ in range(3)]
    assert slugs == ["acme", "acme-2", "acme-3"]


async def test_a_slug_that_was_asked_for_is_given_or_refused(ada: httpx.AsyncClient) -> None:
    assert (await ada.post(URL, json={"name": "One", "slug": "acme"})).json()["slug"] == "acme"
    refused = await ada.post(URL, json={"name": "Two", "slug": "acme"})
    assert refused.status_code == 409
    assert refused.json()["code"] == "slug_taken"
    assert [error["field"] for error in refused.json()["errors"]] == ["slug"]
    assert len((await ada.get(URL)).json()["items"]) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"name": "Acme", "slug": "Not A Slug"}, "slug"),
        ({"name": "Acme", "slug": "-acme"}, "slug"),
        ({"name": "Acme", "slug": "a--b"}, "slug"),
        ({"name": "Acme", "slug": "x" * 49}, "slug"),
        ({"name": "Acme", "plan": "gold"}, "plan"),
    ],
)
async def test_what_cannot_be_is_named(ada: httpx.AsyncClient, body: dict[str, Any], field: str) -> None:
    answer = await ada.post(URL, json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_list_holds_ones_own_workspaces_with_ones_role(house: House) -> None:
    for role in Role:
        answer = await house.client.get(URL, headers=house.headers[role])
        assert [(item["id"], item["role"]) for item in answer.json()["items"]] == [(str(house.workspace.id), role)]


async def test_an_admin_renames(house: House) -> None:
    answer = await house.ask(Role.ADMIN, "PATCH", json={"name": "New name"})
    assert answer.status_code == 200
    assert (answer.json()["name"], answer.json()["slug"]) == ("New name", house.workspace.slug)
    assert answer.json()["role"] == "admin"
    assert (await house.ask(Role.VIEWER, "GET")).json()["name"] == "New name"
    assert (await house.ask(Role.ADMIN, "PATCH", json={"slug": "new-slug"})).json()["slug"] == "new-slug"


async def test_a_slug_of_another_workspace_cannot_be_taken(house: House) -> None:
    other = await house.client.post(URL, json={"name": "Beta"}, headers=house.headers[Role.OWNER])
    answer = await house.ask(Role.OWNER, "PATCH", json={"name": "Renamed", "slug": other.json()["slug"]})
    assert answer.status_code == 409
    assert (await house.ask(Role.OWNER, "GET")).json()["name"] == "Acme"


@pytest.mark.parametrize("body", [{}, {"name": "Acme"}, {"name": None}])
async def test_a_change_of_nothing_leaves_no_trace(house: House, body: dict[str, Any]) -> None:
    assert (await house.ask(Role.OWNER, "PATCH", json=body)).status_code == 200
    assert await house.actions() == []


@pytest.mark.parametrize("noise", ["not-a-uuid", "0", "%00", "..%2f", "00000000-0000-0000-0000-000000000000"])
async def test_an_id_that_leads_nowhere_is_not_found(ada: httpx.AsyncClient, noise: str) -> None:
    answer = await ada.get(f"{URL}/{noise}/members")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
