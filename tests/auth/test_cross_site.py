"""Writes that carry our cookie come from our own pages only."""

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from tests.auth.conftest import Ada
from tests.factories.auth import signed_in

ME = "/api/v1/me"


@pytest.fixture
async def cookie(ada: Ada, session: AsyncSession, settings: Settings) -> dict[str, str]:
    return await signed_in(session, settings, ada.user)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example.com"},
        {"origin": "http://localhost:8000.evil.example.com"},
        {"origin": "http://localhost:9999"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "http://["},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "cross-site", "origin": "http://localhost:8000"},
    ],
)
async def test_another_site_cannot_write_in_our_name(
    client: httpx.AsyncClient, cookie: dict[str, str], headers: dict[str, str]
) -> None:
    answer = await client.patch(ME, json={"name": "Eve"}, headers={**cookie, **headers})
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await client.get(ME, headers=cookie)).json()["user"]["name"] == "Test Person"


@pytest.mark.parametrize(
    "headers",
    [
        {},  # a program
        {"origin": "http://localhost:8000", "sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {"origin": "http://tokens.lan:8000", "host": "tokens.lan:8000"},  # by another of our names
    ],
)
async def test_our_own_pages_and_programs_write(
    client: httpx.AsyncClient, cookie: dict[str, str], headers: dict[str, str]
) -> None:
    answer = await client.patch(ME, json={"name": "Ada"}, headers={**cookie, **headers})
    assert answer.status_code == 200


async def test_a_cookie_that_comes_in_a_header_of_its_own_is_seen(
    client: httpx.AsyncClient, cookie: dict[str, str]
) -> None:
    headers = [("cookie", "theme=dark"), ("cookie", cookie["cookie"]), ("origin", "https://evil.example.com")]
    assert (await client.patch(ME, json={"name": "Eve"}, headers=headers)).status_code == 403


async def test_reading_needs_no_origin_and_tells_other_sites_nothing(
    client: httpx.AsyncClient, cookie: dict[str, str]
) -> None:
    answer = await client.get(ME, headers={**cookie, "origin": "https://evil.example.com"})
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


async def test_a_write_without_our_cookie_is_judged_by_its_own_credentials(client: httpx.AsyncClient) -> None:
    headers = {"origin": "https://app.example.com", "authorization": "Bearer tb_unknown"}
    assert (await client.post("/api/v1/workspaces", json={"name": "x"}, headers=headers)).status_code == 401
