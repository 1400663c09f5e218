"""Logs: readable or JSON, an id on every line, and nothing that opens a door."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth import passwords
from app.auth.models import User
from app.core import log
from app.core.periods import utc_now
from app.workspaces.rules import Scope
from tests.factories.auth import make_user, signed_in
from tests.factories.mail import last_token
from tests.factories.workspaces import make_api_key, make_workspace

PASSWORD = "correct horse battery"


@pytest.fixture(params=[True, False], ids=["json", "terminal"])
def lines(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the service writes, in both of its ways; the loggers are put back afterwards."""
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    root = logging.getLogger()
    before, level, config = root.handlers, root.level, structlog.get_config()
    log.configure(json_lines=request.param, level="debug")
    structlog.configure(cache_logger_on_first_use=False)
    yield written
    structlog.configure(**config)
    root.handlers, root.level = before, level


async def use_links(app: FastAPI, client: httpx.AsyncClient, session: AsyncSession) -> dict[str, str]:
    """Mails with links, an invitation, a second factor, a journey to a provider; returns what they carry."""
    settings = app.state.settings
    ada = (await session.execute(select(User).where(User.email == "ada@example.com"))).scalar_one()
    await session.execute(update(User).values(email_verified_at=utc_now()))
    headers = await signed_in(session, settings, ada)
    await client.post("/api/v1/auth/password-reset", json={"email": ada.email})
    reset = await last_token(session, settings, "reset-password")
    body = {"token": reset, "new_password": "short"}
    await client.post("/api/v1/auth/password-reset/confirm", json=body)
    made = await client.post("/api/v1/workspaces", json={"name": "Beta"}, headers=headers)
    url = f"/api/v1/workspaces/{made.json()['id']}/invitations"
    link = (await client.post(url, json={"role": "viewer"}, headers=headers)).json()["link"].partition("#token=")[2]
    await client.post("/api/v1/invitations/look", json={"token": link})
    factor = await client.post("/api/v1/me/second-factor", json={"password": PASSWORD}, headers=headers)
    await client.post("/api/v1/me/second-factor/confirm", json={"code": "12-34-56-78-90"}, headers=headers)
    await client.get("/api/v1/auth/providers/none/callback?code=the-code-of-a-journey&state=the-state-of-a-journey")
    return {
        "reset link": reset,
        "invitation": link,
        "authenticator": factor.json()["secret"],
        "code that was typed": "12-34-56-78-90",
        "code of a journey": "the-code-of-a-journey",
        "state of a journey": "the-state-of-a-journey",
    }


async def live_a_little(app: FastAPI, client: httpx.AsyncClient, session: AsyncSession) -> dict[str, str]:
    """Sign up, sign in, fail, use keys, break; returns everything that must not be in the log."""

    @app.post("/break")
    async def break_(body: dict[str, Any]) -> None:
        local_secret = body["password"]
        raise RuntimeError(f"something broke near {len(local_secret)}")

    credentials = {"email": "ada@example.com", "password": PASSWORD}
    await make_user(session, credentials["email"], await passwords.make_hash(PASSWORD))
    token = (await client.post("/api/v1/auth/login", json=credentials)).cookies["tb_session"]
    await client.post("/api/v1/auth/login", json={**credentials, "password": "hunter2 hunter2"})
    await client.post("/api/v1/auth/register", json={**credentials, "password": "hunter3 hunter3"})
    await client.post("/break", json={"password": "hunter4 hunter4"})
    await client.get("/api/v1/me?api_key=tb_in_the_query")
    workspace = await make_workspace(session)
    _, key = await make_api_key(session, workspace, Scope.READ)
    headers = {"authorization": f"Bearer {key}"}
    await client.get(f"/api/v1/workspaces/{workspace.id}", headers=headers)
    await client.get(f"/api/v1/workspaces/{workspace.id}", headers={"authorization": "Bearer tb_unknown_key"})
    secret = app.state.settings.jwt_secret.get_secret_value()
    told = await use_links(app, client, session)
    return {
        **told,
        "password": PASSWORD,
        "wrong password": "hunter2",
        "new password": "hunter3",
        "password in a fault": "hunter4",
        "session token": token,
        "key": key,
        "unknown key": "tb_unknown_key",
        "key in a query": "tb_in_the_query",
        "signing key": secret,
    }


async def test_no_secret_reaches_the_log(
    app: FastAPI, client: httpx.AsyncClient, session: AsyncSession, lines: io.StringIO
) -> None:
    secrets = await live_a_little(app, client, session)
    written = lines.getvalue()
    assert "something broke" in written
    assert written.count("request_id") >= 7
    assert {name for name, secret in secrets.items() if secret in written} == set()


@pytest.mark.parametrize("lines", [True], indirect=True)
async def test_in_production_every_line_is_json_with_the_id_of_its_request(
    client: httpx.AsyncClient, lines: io.StringIO
) -> None:
    await client.get("/api/v1/me", headers={"x-request-id": "mine"})
    entries = [json.loads(line) for line in lines.getvalue().splitlines()]
    own = [entry for entry in entries if entry["event"] == "request"]
    assert [(entry["request_id"], entry["path"], entry["status"]) for entry in own] == [("mine", "/api/v1/me", 401)]
    assert own[0]["level"] == "info"
    assert own[0]["timestamp"].endswith("Z")


async def test_a_path_cannot_write_into_the_terminal(client: httpx.AsyncClient, lines: io.StringIO) -> None:
    await client.get("/api/%1b%5b31mred%0aforged%00")
    assert "/api/%1B%5B31mred%0Aforged%00" in lines.getvalue()
    assert not set("\x1b\0") & set(lines.getvalue())


@pytest.mark.parametrize("lines", [True], indirect=True)
def test_lines_of_other_libraries_go_the_same_way(lines: io.StringIO) -> None:
    logging.getLogger("some.library").warning("careful: %s", "edge")
    logging.getLogger("httpx").info("GET https://host/?key=secret")
    entries = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [(entry["event"], entry["level"]) for entry in entries] == [("careful: edge", "warning")]
