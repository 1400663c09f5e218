"""Every route: a stranger gets 401, a neighbour 404, too small a role 403.

A new route fails here until it is placed in one of the lists.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.ids import new_id
from app.workspaces.models import Workspace
from app.workspaces.rules import Role, Scope
from tests.factories.auth import make_user, signed_in
from tests.factories.workspaces import add_member, make_api_key, make_workspace

W = "/api/v1/workspaces/{workspace_id}"

# What answers without a sign-in, each for a reason of its own.
PUBLIC = {
    # how one gets in
    "POST /api/v1/auth/register",
    "POST /api/v1/auth/login",
    "POST /api/auth/register",
    "POST /api/auth/login",
    "POST /api/auth/signup",
    "POST /api/v1/auth/login/second-factor",
    "GET /api/v1/auth/providers",
    "POST /api/v1/auth/providers/{provider}/start",
    "GET /api/v1/auth/providers/{provider}/callback",
    # for who has a link that was mailed, or has none and says so
    "POST /api/v1/auth/verify-email",
    "POST /api/v1/auth/password-reset",
    "POST /api/v1/auth/password-reset/confirm",
    # for who has an invitation
    "POST /api/v1/invitations/look",
    "POST /api/v1/invitations/register",
    "POST /api/v1/invitations/providers/{provider}/start",
    # what tells that we live
    "GET /api/v1/health",
    "GET /api/health",
    # what the API is, and how to use it
    "GET /api/openapi.json",
    "GET /api/docs",
    "GET /api/docs/start.js",
    "GET /api/docs/swagger-ui-bundle.js",
    "GET /api/docs/swagger-ui.css",
}

# The least role that each route of a workspace asks for.
LEAST_ROLE = {
    f"GET {W}": Role.VIEWER,
    f"PATCH {W}": Role.ADMIN,
    f"DELETE {W}": Role.OWNER,
    f"POST {W}/restore": Role.OWNER,
    f"POST {W}/transfer": Role.OWNER,
    f"GET {W}/invitations": Role.ADMIN,
    f"POST {W}/invitations": Role.ADMIN,
    f"DELETE {W}/invitations/{{invitation_id}}": Role.ADMIN,
    f"GET {W}/members": Role.VIEWER,
    f"POST {W}/members": Role.ADMIN,
    f"PATCH {W}/members/{{user_id}}": Role.ADMIN,
    # everybody may leave; whom else one may remove is told by tests/workspaces/test_members.py
    f"DELETE {W}/members/{{user_id}}": Role.VIEWER,
    f"GET {W}/api-keys": Role.VIEWER,
    f"POST {W}/api-keys": Role.ADMIN,
    f"DELETE {W}/api-keys/{{key_id}}": Role.ADMIN,
    f"GET {W}/audit-log": Role.ADMIN,
    f"GET {W}/audit-log.csv": Role.ADMIN,
    f"GET {W}/audit-log.jsonl": Role.ADMIN,
    f"GET {W}/forecast": Role.VIEWER,
    f"GET {W}/forecasts": Role.VIEWER,
    f"GET {W}/repricings": Role.VIEWER,
    f"POST {W}/repricings": Role.ADMIN,
    f"GET {W}/repricings/{{repricing_id}}": Role.VIEWER,
    f"POST {W}/repricings/{{repricing_id}}/apply": Role.ADMIN,
    f"POST {W}/repricings/{{repricing_id}}/undo": Role.ADMIN,
    f"POST {W}/repricings/{{repricing_id}}/cancel": Role.ADMIN,
    f"GET {W}/budgets": Role.VIEWER,
    f"POST {W}/budgets": Role.ADMIN,
    f"GET {W}/budgets/{{budget_id}}": Role.VIEWER,
    f"PATCH {W}/budgets/{{budget_id}}": Role.ADMIN,
    f"DELETE {W}/budgets/{{budget_id}}": Role.ADMIN,
    f"GET {W}/budgets/{{budget_id}}/history": Role.VIEWER,
    f"POST {W}/budgets/{{budget_id}}/restore": Role.ADMIN,
    f"GET {W}/prices": Role.VIEWER,
    f"POST {W}/prices": Role.ADMIN,
    f"GET {W}/prices/{{provider}}/{{model:path}}": Role.VIEWER,
    f"DELETE {W}/prices/{{rule_id}}": Role.ADMIN,
    f"POST {W}/prices/{{rule_id}}/restore": Role.ADMIN,
    f"GET {W}/summary": Role.VIEWER,
    f"GET {W}/trend": Role.VIEWER,
    f"GET {W}/breakdown": Role.VIEWER,
    f"GET {W}/tags": Role.VIEWER,
    f"GET {W}/calls": Role.VIEWER,
    f"GET {W}/calls/{{event_id:path}}": Role.VIEWER,
    f"GET {W}/calls.csv": Role.VIEWER,
    f"GET {W}/breakdown.csv": Role.VIEWER,
    f"GET {W}/unpriced-models": Role.VIEWER,
    f"GET {W}/ingest-stats": Role.VIEWER,
    f"GET {W}/metric-coverage": Role.VIEWER,
    f"GET {W}/reconciliation": Role.VIEWER,
    f"GET {W}/credits": Role.VIEWER,
    f"POST {W}/credits": Role.ADMIN,
    f"DELETE {W}/credits/{{balance_id}}": Role.ADMIN,
    f"GET {W}/exchange-rates": Role.VIEWER,
    f"PUT {W}/exchange-rates": Role.ADMIN,
    f"DELETE {W}/exchange-rates": Role.ADMIN,
    f"GET {W}/known-models": Role.VIEWER,
    f"GET {W}/retention": Role.VIEWER,
    f"PUT {W}/retention": Role.ADMIN,
    f"GET {W}/retention/preview": Role.VIEWER,
    f"GET {W}/providers": Role.VIEWER,
    f"GET {W}/connections": Role.VIEWER,
    f"POST {W}/connections": Role.ADMIN,
    f"GET {W}/connections/{{connection_id}}": Role.VIEWER,
    f"PATCH {W}/connections/{{connection_id}}": Role.ADMIN,
    f"DELETE {W}/connections/{{connection_id}}": Role.ADMIN,
    f"GET {W}/connections/{{connection_id}}/deletion": Role.VIEWER,
    f"POST {W}/connections/{{connection_id}}/verify": Role.ADMIN,
    f"POST {W}/connections/{{connection_id}}/rotate-key": Role.ADMIN,
    f"POST {W}/connections/{{connection_id}}/sync": Role.ADMIN,
    f"GET {W}/connections/{{connection_id}}/sync-runs": Role.VIEWER,
    f"GET {W}/sync-runs/{{run_id}}": Role.VIEWER,
    f"GET {W}/sync-runs/{{run_id}}/events": Role.VIEWER,
    f"GET {W}/alerts": Role.VIEWER,
    f"GET {W}/alerts/unread": Role.VIEWER,
    f"POST {W}/alerts/read": Role.VIEWER,
    f"GET {W}/alerts/{{alert_id}}": Role.VIEWER,
    f"POST {W}/alerts/{{alert_id}}/acknowledge": Role.MEMBER,
    f"POST {W}/alerts/{{alert_id}}/snooze": Role.MEMBER,
    f"POST {W}/alerts/{{alert_id}}/resolve": Role.MEMBER,
    f"POST {W}/alerts/{{alert_id}}/reopen": Role.MEMBER,
    f"GET {W}/alert-settings": Role.VIEWER,
    f"PUT {W}/alert-settings/quiet-hours": Role.ADMIN,
    f"DELETE {W}/alert-settings/quiet-hours": Role.ADMIN,
    f"PATCH {W}/alert-settings/{{kind}}": Role.ADMIN,
    f"DELETE {W}/alert-settings/{{kind}}": Role.ADMIN,
    f"GET {W}/channels": Role.VIEWER,
    f"POST {W}/channels": Role.ADMIN,
    f"GET {W}/channels/{{channel_id}}": Role.VIEWER,
    f"PATCH {W}/channels/{{channel_id}}": Role.ADMIN,
    f"DELETE {W}/channels/{{channel_id}}": Role.ADMIN,
    f"POST {W}/channels/{{channel_id}}/test": Role.ADMIN,
    f"GET {W}/channels/{{channel_id}}/deliveries": Role.VIEWER,
    f"POST {W}/channels/{{channel_id}}/deliveries/{{delivery_id}}/resend": Role.ADMIN,
}

BELOW = {
    Role.VIEWER: (),
    Role.MEMBER: (Role.VIEWER,),
    Role.ADMIN: (Role.VIEWER, Role.MEMBER),
    Role.OWNER: (Role.VIEWER, Role.MEMBER, Role.ADMIN),
}


@dataclass(frozen=True)
class Door:
    """One method of one route."""

    method: str
    path: str

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    def url(self, workspace: Workspace) -> str:
        filled = self.path.replace("{workspace_id}", str(workspace.id))
        return "/".join(str(new_id()) if part.startswith("{") else part for part in filled.split("/"))


def doors(app: FastAPI) -> Iterator[Door]:
    """All of them, but the fallback that serves the dashboard's files, which is no route."""
    for route in iter_route_contexts(app.routes):
        assert route.path, f"{route} has no path: teach this walk to see it"
        assert route.methods, f"{route.path} has no methods: teach this walk to see it"
        for method in sorted(set(route.methods) - {"HEAD"}):
            yield Door(method, route.path)


def workspace_doors(app: FastAPI) -> list[Door]:
    return [door for door in doors(app) if "{workspace_id}" in door.path]


async def knock(client: httpx.AsyncClient, door: Door, url: str, headers: dict[str, str]) -> httpx.Response:
    """With an empty body: who may not come in learns nothing about what he would have to bring."""
    body: dict[str, str] | None = {} if door.method in {"POST", "PUT", "PATCH"} else None
    return await client.request(door.method, url, json=body, headers=headers)


@pytest.fixture
async def workspace(session: AsyncSession) -> Workspace:
    return await make_workspace(session, await make_user(session))


async def test_the_walk_sees_the_whole_house(app: FastAPI) -> None:
    seen = {door.name for door in doors(app)}
    assert {"POST /api/v1/auth/login", "GET /api/v1/me", f"GET {W}/api-keys"} <= seen


async def test_a_stranger_is_asked_to_sign_in_everywhere(
    app: FastAPI, client: httpx.AsyncClient, workspace: Workspace
) -> None:
    answers = {
        door.name: (await knock(client, door, door.url(workspace), {})).status_code
        for door in doors(app)
        if door.name not in PUBLIC
    }
    assert {name: status for name, status in answers.items() if status != 401} == {}


async def test_a_made_up_key_opens_nothing(app: FastAPI, client: httpx.AsyncClient, workspace: Workspace) -> None:
    headers = {"authorization": "Bearer tb_made-up"}
    answers = {
        door.name: (await knock(client, door, door.url(workspace), headers)).status_code
        for door in doors(app)
        if door.name not in PUBLIC
    }
    assert {name: status for name, status in answers.items() if status != 401} == {}


async def test_a_neighbour_finds_nothing(
    app: FastAPI, client: httpx.AsyncClient, session: AsyncSession, settings: Settings, workspace: Workspace
) -> None:
    neighbour = await make_user(session)
    await make_workspace(session, neighbour)
    headers = await signed_in(session, settings, neighbour)
    answers = {
        door.name: (await knock(client, door, door.url(workspace), headers)).status_code
        for door in workspace_doors(app)
    }
    assert answers
    assert {name: status for name, status in answers.items() if status != 404} == {}


async def test_a_key_of_the_neighbour_finds_nothing(
    app: FastAPI, client: httpx.AsyncClient, session: AsyncSession, workspace: Workspace
) -> None:
    _, key = await make_api_key(session, await make_workspace(session), Scope.INGEST, Scope.READ)
    headers = {"authorization": f"Bearer {key}"}
    answers = {
        door.name: (await knock(client, door, door.url(workspace), headers)).status_code
        for door in workspace_doors(app)
    }
    assert {name: status for name, status in answers.items() if status != 404} == {}


async def test_every_workspace_route_has_a_least_role(app: FastAPI) -> None:
    missing = {door.name for door in workspace_doors(app)} - LEAST_ROLE.keys()
    assert missing == set(), "say in LEAST_ROLE who may use these"


async def test_no_list_names_a_route_that_is_gone(app: FastAPI) -> None:
    gone = (PUBLIC | LEAST_ROLE.keys()) - {door.name for door in doors(app)}
    assert gone == set()


async def test_too_small_a_role_is_refused(
    app: FastAPI, client: httpx.AsyncClient, session: AsyncSession, settings: Settings, workspace: Workspace
) -> None:
    headers = {}
    for role in (Role.VIEWER, Role.MEMBER, Role.ADMIN):
        user = await make_user(session)
        await add_member(session, workspace, user, role)
        headers[role] = await signed_in(session, settings, user)
    answers = {
        (door.name, role): (await knock(client, door, door.url(workspace), headers[role])).status_code
        for door in workspace_doors(app)
        for role in BELOW[LEAST_ROLE[door.name]]
    }
    assert answers
    assert {door: status for door, status in answers.items() if status != 403} == {}


async def test_the_least_role_is_let_in(
    app: FastAPI, client: httpx.AsyncClient, session: AsyncSession, settings: Settings, workspace: Workspace
) -> None:
    headers = {}
    for role in Role:
        user = await make_user(session)
        await add_member(session, workspace, user, role)
        headers[role] = await signed_in(session, settings, user)
    answers = {}
    for door in workspace_doors(app):
        answer = await knock(client, door, door.url(workspace), headers[LEAST_ROLE[door.name]])
        answers[door.name] = answer.status_code
    del answers[f"DELETE {W}/members/{{user_id}}"]  # others than oneself: see LEAST_ROLE
    assert {name: status for name, status in answers.items() if status in {401, 403} or status >= 500} == {}


async def test_a_key_that_reads_is_a_viewer(
    app: FastAPI, client: httpx.AsyncClient, session: AsyncSession, workspace: Workspace
) -> None:
    _, key = await make_api_key(session, workspace, Scope.READ)
    headers = {"authorization": f"Bearer {key}"}
    for door in workspace_doors(app):
        status = (await knock(client, door, door.url(workspace), headers)).status_code
        if LEAST_ROLE[door.name] is not Role.VIEWER or door.method != "GET":
            assert status == 403, door.name
        else:
            assert status in {200, 404, 422}, door.name


async def test_a_key_that_only_sends_reads_nothing(
    app: FastAPI, client: httpx.AsyncClient, session: AsyncSession, workspace: Workspace
) -> None:
    _, key = await make_api_key(session, workspace, Scope.INGEST)
    headers = {"authorization": f"Bearer {key}"}
    for door in workspace_doors(app):
        assert (await knock(client, door, door.url(workspace), headers)).status_code == 403, door.name
