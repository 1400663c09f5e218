"""The predecessors' published routes, in their own parameter names and casing."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.config import Settings
from app.core.errors import Forbidden
from app.core.ids import new_id
from app.core.periods import month_of, utc_now
from app.usage import service as usage
from app.workspaces import service as workspaces
from app.workspaces.models import Workspace
from app.workspaces.rules import Role, Scope
from tests.factories.analytics import make_call
from tests.factories.auth import make_user, signed_in
from tests.factories.workspaces import add_member, make_api_key, make_workspace

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Published:
    """A route as its clients call it, and what they find in the answer."""

    call: str
    answers: tuple[str, ...]
    status: int = 200
    body: dict[str, Any] = field(default_factory=dict)


NEW = {"email": "new@example.com", "password": PASSWORD, "workspaceName": "New Co", "acceptTerms": True}
ACCOUNTS = (
    Published("POST /api/auth/register", ("user", "workspace"), 201, NEW),
    Published("POST /api/auth/signup", ("user", "workspace"), 201, NEW),
    Published("POST /api/v1/onboard", ("user", "workspace", "key"), 201, {**NEW, "keyName": "laptop"}),
)
SIGNED_IN = (
    Published("POST /api/auth/logout", ("ok",)),
    Published("POST /api/auth/signout", ("ok",)),
    Published("GET /api/me", ("user", "workspaces")),
    Published("GET /api/workspaces", ("workspaces", "items")),
    Published("POST /api/v1/onboard", ("user", "workspace", "key"), 201, {"workspaceName": "Another"}),
)
IN_A_WORKSPACE = (
    Published("GET /api/summary?workspaceId={w}&month={month}", ("month", "total", "previous", "latency_ms")),
    Published("GET /api/trend?workspaceId={w}&from={day}T00:00:00.000Z&to={day}T23:59:59.999Z", ("points",)),
    Published("GET /api/breakdown?workspaceId={w}&month={month}&by=project", ("rows", "by")),
    Published("GET /api/breakdown?workspaceId={w}&month={month}&by=line_item", ("rows", "by")),
    Published("GET /api/breakdown?workspaceId={w}&month={month}&by=model", ("rows", "by")),
    Published("GET /api/v1/usage?workspaceId={w}", ("total",)),
    Published("GET /api/v1/usage?workspaceId={w}&view=overview", ("total",)),
    Published("GET /api/v1/usage?workspaceId={w}&view=providers", ("rows",)),
    Published("GET /api/v1/usage?workspaceId={w}&view=models", ("rows",)),
    Published("GET /api/v1/usage?workspaceId={w}&view=queries", ("items", "next_cursor")),
    Published("GET /api/v1/keys?workspaceId={w}", ("items",)),
    Published(
        "POST /api/v1/keys", ("id", "name", "prefix", "scopes", "key"), 201, {"workspaceId": "{w}", "name": "ci"}
    ),
    Published("DELETE /api/v1/keys?workspaceId={w}&id={key}", ("ok",)),
    Published("DELETE /api/v1/keys", ("ok",), body={"workspaceId": "{w}", "keyId": "{key}"}),
    Published(
        "POST /api/budgets",
        ("ok", "budget"),
        body={"workspaceId": "{w}", "month": "{month}", "amount": 500, "currency": "usd"},
    ),
    Published("GET /api/v1/budgets?workspaceId={w}", ("items", "budgets", "next_cursor")),
    Published("POST /api/v1/budgets", ("id", "name", "amount", "current"), 201, {"workspaceId": "{w}", "amount": "20"}),
)


@dataclass(frozen=True)
class Owner:
    """Somebody with one workspace, one key and one call in it."""

    workspace: Workspace
    headers: dict[str, str]
    words: dict[str, str]


@pytest.fixture
async def owner(session: AsyncSession, settings: Settings, sessionmaker: async_sessionmaker[AsyncSession]) -> Owner:
    user = await make_user(session)
    workspace = await make_workspace(session, user)
    row, _ = await make_api_key(session, workspace)
    headers = await signed_in(session, settings, user)
    await session.commit()
    await usage.record(sessionmaker, [make_call(workspace.id, utc_now(), "1.5", project="site")])
    now = utc_now()
    words = {"w": str(workspace.id), "key": str(row.id), "month": month_of(now), "day": f"{now:%Y-%m-%d}"}
    return Owner(workspace, headers, words)


async def send(client: httpx.AsyncClient, route: Published, headers: dict[str, str], **words: str) -> httpx.Response:
    method, path = route.call.split(" ")
    body = {name: value.format(**words) if isinstance(value, str) else value for name, value in route.body.items()}
    return await client.request(method, path.format(**words), json=body or None, headers=headers)


@pytest.mark.parametrize("route", ACCOUNTS, ids=lambda route: route.call)
async def test_accounts_are_made_as_before(client: httpx.AsyncClient, route: Published) -> None:
    answer = await send(client, route, {})
    assert answer.status_code == route.status, answer.text
    assert answer.json().keys() >= set(route.answers)
    assert answer.json()["user"]["email"] == "new@example.com"
    assert answer.json()["workspace"]["displayName"] == "New Co"
    assert (await client.get("/api/me")).json()["workspaces"] == [answer.json()["workspace"]]


@pytest.mark.parametrize("route", SIGNED_IN, ids=lambda route: route.call)
async def test_what_is_asked_with_a_session_answers_as_before(
    client: httpx.AsyncClient, owner: Owner, route: Published
) -> None:
    answer = await send(client, route, owner.headers)
    assert answer.status_code == route.status, answer.text
    assert answer.json().keys() >= set(route.answers)


@pytest.mark.parametrize("route", IN_A_WORKSPACE, ids=lambda route: route.call)
async def test_what_is_asked_of_a_workspace_answers_as_before(
    client: httpx.AsyncClient, owner: Owner, route: Published
) -> None:
    answer = await send(client, route, owner.headers, **owner.words)
    assert answer.status_code == route.status, answer.text
    assert answer.json().keys() >= set(route.answers)


@pytest.mark.parametrize("route", IN_A_WORKSPACE, ids=lambda route: route.call)
async def test_strangers_and_neighbours_are_refused_as_everywhere(
    client: httpx.AsyncClient, owner: Owner, route: Published, session: AsyncSession, settings: Settings
) -> None:
    neighbour = await signed_in(session, settings, await make_user(session))
    await session.commit()
    for headers, status in (({}, 401), (neighbour, 404)):
        answer = await send(client, route, headers, **owner.words)
        assert answer.status_code == status, answer.text
        assert answer.json()["error"] == answer.json()["detail"]


async def test_calls_are_sent_and_health_is_asked_where_they_always_were(
    client: httpx.AsyncClient, session: AsyncSession, owner: Owner
) -> None:
    _, key = await make_api_key(session, owner.workspace, Scope.INGEST)
    await session.commit()
    event = {"provider": "openai", "model": "gpt-4o", "usage": {"input_tokens": 10, "output_tokens": 1}}
    sent = await client.post("/api/v1/events", json=event, headers={"Authorization": f"Bearer {key}"})
    assert (sent.status_code, sent.json()["accepted"]) == (200, 1)
    health = await client.get("/api/health")
    assert (health.status_code, health.json()["status"]) == (200, "ok")


async def test_the_figures_are_those_of_the_real_routes(client: httpx.AsyncClient, owner: Owner) -> None:
    base, words = f"/api/v1/workspaces/{owner.workspace.id}", f"workspaceId={owner.workspace.id}"
    for old, new in {
        f"/api/summary?{words}": f"{base}/summary",
        f"/api/trend?{words}": f"{base}/trend",
        f"/api/breakdown?{words}": f"{base}/breakdown?by=project",
        f"/api/v1/usage?view=providers&{words}": f"{base}/breakdown?by=provider",
        f"/api/v1/usage?view=queries&{words}": f"{base}/calls",
        f"/api/v1/keys?{words}": f"{base}/api-keys",
    }.items():
        before, after = await client.get(old, headers=owner.headers), await client.get(new, headers=owner.headers)
        assert before.json() == after.json(), old


async def test_instants_without_a_zone_are_utc(client: httpx.AsyncClient, owner: Owner) -> None:
    answers = [
        await client.get(
            "/api/trend",
            params={"workspaceId": str(owner.workspace.id), "from": f"2026-11-01T00:00:00{zone}", "to": "2026-11-03"},
            headers=owner.headers,
        )
        for zone in ("", "Z")
    ]
    assert answers[0].status_code == 200
    assert answers[0].json() == answers[1].json()


async def test_queries_can_be_asked_for_one_month(client: httpx.AsyncClient, owner: Owner) -> None:
    for month, count in ((owner.words["month"], 1), ("2020-01", 0)):
        answer = await client.get(f"/api/v1/usage?view=queries&month={month}", headers=owner.headers)
        assert len(answer.json()["items"]) == count


async def test_line_items_belong_to_a_bill_and_there_is_none_yet(client: httpx.AsyncClient, owner: Owner) -> None:
    answer = await client.get("/api/breakdown?month=2026-01&by=line_item", headers=owner.headers)
    assert answer.json() == {
        "month": "2026-01",
        "ledger": "billed",
        "by": "line_item",
        "has_data": False,
        "rows": [],
        "detail": "Line items are parts of a provider's bill; no provider account is connected.",
    }


async def test_a_key_that_reads_asks_without_naming_its_workspace(
    client: httpx.AsyncClient, owner: Owner, session: AsyncSession
) -> None:
    _, key = await make_api_key(session, owner.workspace, Scope.READ)
    await session.commit()
    headers = {"Authorization": f"Bearer {key}"}
    answer = await client.get("/api/v1/usage?view=overview", headers=headers)
    assert answer.json()["total"]["cost"] == "1.5"
    assert (await client.post("/api/v1/keys", json={"name": "more"}, headers=headers)).status_code == 403
    assert (await client.delete(f"/api/v1/keys?id={new_id()}", headers=headers)).status_code == 403


async def test_a_key_that_only_sends_reads_nothing(
    client: httpx.AsyncClient, owner: Owner, session: AsyncSession
) -> None:
    _, key = await make_api_key(session, owner.workspace, Scope.INGEST)
    await session.commit()
    answer = await client.get("/api/v1/usage", headers={"Authorization": f"Bearer {key}"})
    assert (answer.status_code, "scope" in answer.json()["error"]) == (403, True)


async def test_a_viewer_makes_and_revokes_no_keys(
    client: httpx.AsyncClient, owner: Owner, session: AsyncSession, settings: Settings
) -> None:
    viewer = await make_user(session)
    await add_member(session, owner.workspace, viewer, Role.VIEWER)
    headers = await signed_in(session, settings, viewer)
    await session.commit()
    assert (await client.post("/api/v1/keys", json={"name": "mine"}, headers=headers)).status_code == 403
    gone = await client.delete(f"/api/v1/keys?id={owner.words['key']}", headers=headers)
    assert gone.status_code == 403


async def test_who_belongs_to_several_workspaces_is_asked_which(client: httpx.AsyncClient, owner: Owner) -> None:
    await client.post("/api/v1/onboard", json={"workspaceName": "Second"}, headers=owner.headers)
    answer = await client.get("/api/summary", headers=owner.headers)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "workspaceId")
    assert "2 workspaces" in answer.json()["errors"][0]["detail"]


async def test_a_key_from_onboarding_sends_and_reads(client: httpx.AsyncClient) -> None:
    made = (await client.post("/api/v1/onboard", json={"email": "a@example.com", "password": PASSWORD})).json()
    assert made["key"].startswith(made["api_key"]["prefix"])
    assert "key" not in made["api_key"]
    client.cookies.clear()
    headers = {"Authorization": f"Bearer {made['key']}"}
    event = {"provider": "openai", "model": "gpt-4o", "occurred_at": (utc_now() - timedelta(hours=1)).isoformat()}
    assert (await client.post("/api/v1/events", json=event, headers=headers)).status_code == 200
    assert len((await client.get("/api/v1/usage?view=queries", headers=headers)).json()["items"]) == 1


async def test_a_revoked_key_opens_nothing(client: httpx.AsyncClient, owner: Owner) -> None:
    made = (await client.post("/api/v1/keys", json={"name": "short-lived"}, headers=owner.headers)).json()
    key = {"Authorization": f"Bearer {made['key']}"}
    assert (await client.get("/api/v1/usage", headers=key)).status_code == 200
    await client.delete(f"/api/v1/keys?id={made['id']}", headers=owner.headers)
    assert (await client.get("/api/v1/usage", headers=key)).status_code == 401


@pytest.mark.parametrize(
    ("call", "body", "status", "named"),
    [
        ("POST /api/auth/register", {"email": "no-address", "password": PASSWORD}, 422, "email"),
        ("POST /api/auth/signup", {"email": "a@example.com", "password": "short"}, 422, "short"),
        ("POST /api/auth/login", {"email": "nobody@example.com", "password": PASSWORD}, 401, "Check"),
        ("POST /api/v1/onboard", {"email": "a@example.com"}, 422, "password"),
        ("POST /api/v1/onboard", {}, 401, "Sign in"),
        ("GET /api/me", {}, 401, "Sign in"),
    ],
)
async def test_failures_say_what_is_wrong_under_error(
    client: httpx.AsyncClient, call: str, body: dict[str, str], status: int, named: str
) -> None:
    method, path = call.split(" ")
    answer = await client.request(method, path, json=body if method == "POST" else None)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert named in answer.json()["error"]
    assert ("www-authenticate" in answer.headers) == (status == 401)


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/api/summary?month=November", "month"),
        ("/api/trend?from=yesterday", "from"),
        ("/api/breakdown?by=colour", "by"),
        ("/api/v1/usage?view=everything", "view"),
        ("/api/v1/usage?view=queries&limit=1000", "limit"),
        (f"/api/v1/usage?view=queries&cursor={'x' * 300}", "cursor"),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused_by_name(
    client: httpx.AsyncClient, owner: Owner, path: str, named: str
) -> None:
    answer = await client.get(path, headers=owner.headers)
    assert (answer.status_code, answer.json()["error"]) == (422, f"Look at: {named}.")


async def test_a_body_is_read_no_further_than_elsewhere(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/auth/login", json={"email": "x" * 100_000, "password": PASSWORD})
    assert (answer.status_code, answer.json()["error"]) == (413, "The body is larger than 64 KiB.")


async def test_scopes_said_too_often_are_refused_by_name(client: httpx.AsyncClient, owner: Owner) -> None:
    answer = await client.post("/api/v1/keys", json={"name": "x", "scopes": ["read"] * 3}, headers=owner.headers)
    assert (answer.status_code, answer.json()["error"]) == (422, "Look at: scopes.")


async def test_a_sign_up_that_fails_half_way_leaves_nothing(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise Forbidden("No more workspaces.")

    monkeypatch.setattr(workspaces, "create", refuse)
    body = {"email": "half@example.com", "password": PASSWORD}
    assert (await client.post("/api/auth/register", json=body)).json()["error"] == "No more workspaces."
    assert (await client.post("/api/auth/login", json=body)).status_code == 401


async def test_a_login_of_before_still_signs_in_and_out(client: httpx.AsyncClient) -> None:
    body = {"email": "old@example.com", "password": PASSWORD, "rememberMe": True}
    await client.post("/api/auth/signup", json=body)
    await client.post("/api/auth/signout")
    assert (await client.get("/api/me")).status_code == 401
    signed = await client.post("/api/auth/login", json=body)
    assert (signed.status_code, signed.json()["user"]["email"]) == (200, "old@example.com")
    listed = (await client.get("/api/workspaces")).json()["workspaces"]
    assert [(found["displayName"], found["role"]) for found in listed] == [("old's workspace", "owner")]


async def test_an_amount_for_a_month_is_set_and_changed_and_shown_in_the_summary(
    client: httpx.AsyncClient, owner: Owner
) -> None:
    body = {"workspaceId": owner.words["w"], "month": owner.words["month"], "amount": 12.5, "currency": "USD"}
    made = (await client.post("/api/budgets", json=body, headers=owner.headers)).json()["budget"]
    again = (await client.post("/api/budgets", json={**body, "amount": "20"}, headers=owner.headers)).json()["budget"]
    assert (made["amount"], again["amount"], again["id"]) == ("12.5", "20", made["id"])
    other = {**body, "month": "2024-02", "amount": 7}
    await client.post("/api/budgets", json=other, headers=owner.headers)
    found = []
    for month in (owner.words["month"], "2024-02", "2024-03"):
        summary = await client.get(f"/api/summary?workspaceId={owner.words['w']}&month={month}", headers=owner.headers)
        found.append(summary.json()["budget"])
    assert [(budget["amount"], budget["spent"], budget["remaining"]) for budget in found[:2]] == [
        ("20", "1.5", "18.5"),
        ("7", "0", "7"),
    ]
    assert found[2] is None


@pytest.mark.parametrize("body", [{"amount": 0}, {"amount": "much"}, {}, {"amount": 5, "currency": "EUR"}])
async def test_an_amount_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, owner: Owner, body: dict[str, Any]
) -> None:
    for path in ("/api/budgets", "/api/v1/budgets"):
        answer = await client.post(path, json={"workspaceId": owner.words["w"], **body}, headers=owner.headers)
        assert answer.status_code == 422, answer.text
        assert answer.json()["error"]


async def test_a_viewer_sets_no_budget(
    client: httpx.AsyncClient, owner: Owner, session: AsyncSession, settings: Settings
) -> None:
    viewer = await make_user(session)
    await add_member(session, owner.workspace, viewer, Role.VIEWER)
    headers = await signed_in(session, settings, viewer)
    await session.commit()
    for path in ("/api/budgets", "/api/v1/budgets"):
        body = {"workspaceId": owner.words["w"], "amount": 5}
        assert (await client.post(path, json=body, headers=headers)).status_code == 403
