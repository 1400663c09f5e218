"""The routes of connections: keys are tried before they are kept, and never come out."""

import json
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.config import Settings
from app.core.ids import new_id
from app.core.periods import Granularity, floor, utc_now
from app.providers import events
from app.providers.clients import SOURCES
from app.providers.clients.base import RateLimited
from app.providers.rules.guide import GUIDES
from app.providers.rules.reports import KeyClass, KeyReport
from app.workspaces.models import Workspace
from app.workspaces.rules import Role
from tests.factories.auth import make_user, signed_in
from tests.factories.workspaces import add_member
from tests.providers.conftest import Office, billed, rows
from tests.providers.script import DAY, KEY, Script

Sessionmaker = async_sessionmaker[AsyncSession]


@pytest.fixture
def bills(script: Script) -> Script:
    today = floor(utc_now(), Granularity.DAY)
    script.bills = {today - DAY * n: {"input": "1.5"} for n in range(5)}
    return script


async def actions(sessions: Sessionmaker, office: Office) -> list[str]:
    found = await rows(sessions, "audit_log", office.workspace_id)
    return [row["action"] for row in sorted(found, key=lambda row: (row["created_at"], row["id"]))]


async def test_the_answer_says_what_kind_of_key_it_is_and_what_it_can_read(office: Office) -> None:
    made = await office.connect(label="Our bill")
    told = {name: made[name] for name in ("provider", "mode", "label", "key_class", "key_last4", "can", "message")}
    assert told == {
        "provider": "scripted",
        "mode": "organization",
        "label": "Our bill",
        "key_class": "organization",
        "key_last4": "Zq9X",
        "can": ["costs"],
        "message": "It reads costs.",
    }
    assert made["run"]["trigger"] == "connect"


async def test_a_body_in_camel_case_is_the_same(office: Office) -> None:
    body = {"provider": "scripted", "mode": "personal", "apiKey": KEY}
    assert (await office.ask("POST", "/connections", 201, json=body))["mode"] == "personal"


async def test_the_key_comes_out_nowhere(office: Office, sessionmaker: Sessionmaker) -> None:
    made = await office.connect()
    answers = [
        made,
        await office.read(made["id"]),
        await office.ask("GET", "/connections"),
        await office.ask("POST", f"/connections/{made['id']}/verify"),
        await office.ask("GET", "/audit-log"),
    ]
    assert KEY not in json.dumps(answers)
    (row,) = await rows(sessionmaker, "connections", office.workspace_id)
    assert KEY.encode() not in row["sealed_key"]


async def test_a_refused_key_is_answered_with_the_mend_and_nothing_is_stored(
    office: Office, script: Script, sessionmaker: Sessionmaker
) -> None:
    mend = "This is a project key. An admin key is needed: make it in the settings."
    script.report = KeyReport(KeyClass.PROJECT, is_usable=False, message=mend)
    refusal = await office.connect(422)
    assert (refusal["code"], refusal["detail"]) == ("provider_key_refused", mend)
    assert refusal["errors"] == [{"field": "api_key", "detail": mend}]
    assert await rows(sessionmaker, "connections", office.workspace_id) == []
    assert await rows(sessionmaker, "sync_runs", office.workspace_id) == []


async def test_a_provider_that_cannot_be_asked_is_said_so(
    office: Office, script: Script, sessionmaker: Sessionmaker
) -> None:
    script.verify_failure = RateLimited(f"Too many requests with {KEY}.", retry_after_seconds=30)
    refusal = await office.connect(429)
    assert refusal["detail"] == "Too many requests with [key]."
    assert await rows(sessionmaker, "connections", office.workspace_id) == []


async def test_a_key_is_connected_once(office: Office) -> None:
    await office.connect()
    assert (await office.connect(409))["code"] == "already_connected"
    await office.connect(mode="personal")  # another report


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"provider": "nobody"}, "provider"),
        ({"mode": "family"}, "mode"),
        ({"api_key": "  "}, "api_key"),
        ({"base_url": "http://gateway.example.com"}, "base_url"),
        ({"base_url": "https://127.0.0.1:8080/v1"}, "base_url"),
        ({"base_url": "https://169.254.169.254"}, "base_url"),
        ({"base_url": "https://me:secret@gateway.example.com"}, "base_url"),
        ({"base_url": "file:///etc/passwd"}, "base_url"),
        ({"fields": {f"f{n}": "x" for n in range(13)}}, "fields"),
    ],
)
async def test_what_cannot_be_a_connection_is_refused_by_field(
    office: Office, body: dict[str, Any], field: str
) -> None:
    refusal = await office.connect(422, **body)
    assert [fault["field"] for fault in refusal["errors"]] == [field]
    assert KEY not in json.dumps(refusal)


async def test_a_mode_that_the_provider_lacks_is_refused(office: Office, script: Script, app: Any) -> None:
    app.state.sources = {("scripted", "organization"): script.make}
    refusal = await office.connect(422, mode="personal")
    assert refusal["errors"] == [{"field": "mode", "detail": "must be organization here"}]


async def test_what_the_provider_needs_beside_a_key_is_asked_for(office: Office, script: Script, app: Any) -> None:
    app.state.sources = {("xai", "organization"): script.make}
    refusal = await office.connect(422, provider="xai")
    assert [fault["field"] for fault in refusal["errors"]] == ["fields.team_id"]
    await office.connect(provider="xai", fields={"team_id": "team-1"})


async def test_another_key_takes_the_place_of_the_old_one(office: Office, script: Script) -> None:
    made = await office.connect()
    script.keys.clear()
    changed = await office.ask(
        "POST", f"/connections/{made['id']}/rotate-key", json={"api_key": "sk-admin-another-one-entirely-8888"}
    )
    assert changed["key_last4"] == "8888"
    await office.sync(made["id"])
    assert set(script.keys) == {"sk-admin-another-one-entirely-8888"}


async def test_a_key_that_another_connection_uses_is_not_taken_in_place(office: Office) -> None:
    first, second = await office.connect(), await office.connect(api_key="sk-admin-another-one-entirely-8888")
    refusal = await office.ask("POST", f"/connections/{second['id']}/rotate-key", 409, json={"api_key": KEY})
    assert refusal["code"] == "already_connected"
    await office.ask("DELETE", f"/connections/{first['id']}?data=keep", 204)
    await office.ask("POST", f"/connections/{second['id']}/rotate-key", json={"api_key": KEY})
    await office.connect(409)


async def test_a_refused_key_leaves_the_old_one_in_place(office: Office, script: Script) -> None:
    made = await office.connect()
    script.report = KeyReport(KeyClass.PROJECT, is_usable=False, message="A project key.")
    await office.ask("POST", f"/connections/{made['id']}/rotate-key", 422, json={"api_key": "sk-proj-no"})
    assert (await office.read(made["id"]))["key_last4"] == "Zq9X"


async def test_deleting_says_first_what_would_become_of_the_data(office: Office, bills: Script) -> None:
    made = await office.connect()
    told = await office.ask("GET", f"/connections/{made['id']}/deletion")
    assert (told["billed_lines"], told["billed"]) == (5, {"USD": "7.5"})
    assert told["months"]
    assert told["keep"]
    assert told["delete"]


async def test_deleted_data_is_gone_and_kept_data_stays(
    office: Office, bills: Script, sessionmaker: Sessionmaker
) -> None:
    for data, left in (("keep", 5), ("delete", 0)):
        made = await office.connect()
        await office.ask("DELETE", f"/connections/{made['id']}?data={data}", 204)
        assert len(await billed(sessionmaker, office.workspace_id)) == left
        await office.ask("GET", f"/connections/{made['id']}", 404)
    assert (await office.ask("GET", "/connections"))["items"] == []
    assert {row["sealed_key"] for row in await rows(sessionmaker, "connections", office.workspace_id)} == {None}


async def test_the_same_key_connected_again_goes_on_with_the_data_that_was_kept(
    office: Office, bills: Script, sessionmaker: Sessionmaker
) -> None:
    made = await office.connect()
    await office.ask("DELETE", f"/connections/{made['id']}?data=keep", 204)
    again = await office.connect()
    assert again["id"] == made["id"]
    assert len(await rows(sessionmaker, "billed_lines", office.workspace_id)) == 5


async def test_every_change_leaves_an_audit_row(office: Office, sessionmaker: Sessionmaker) -> None:
    made = await office.connect()
    path = f"/connections/{made['id']}"
    await office.ask("PATCH", path, json={"label": "Other"})
    await office.ask("PATCH", path, json={"paused": True})
    await office.ask("PATCH", path, json={"paused": False})
    await office.ask("POST", f"{path}/verify")
    await office.ask("POST", f"{path}/rotate-key", json={"api_key": "sk-admin-another-one-entirely-8888"})
    await office.ask("DELETE", path, 204)
    assert [action for action in await actions(sessionmaker, office) if action.startswith("connection.")] == [
        "connection.created",
        "connection.renamed",
        "connection.paused",
        "connection.resumed",
        "connection.verified",
        "connection.key_rotated",
        "connection.deleted",
    ]


async def test_members_read_but_do_not_connect(
    office: Office, session: AsyncSession, settings: Settings, workspace: Workspace
) -> None:
    made = await office.connect()
    person = await make_user(session)
    await add_member(session, workspace, person, Role.MEMBER)
    office.headers = await signed_in(session, settings, person)
    await session.commit()
    assert (await office.read(made["id"]))["id"] == made["id"]
    await office.connect(403)
    await office.ask("POST", f"/connections/{made['id']}/sync", 403)


async def test_asking_twice_for_a_sync_is_one_run(office: Office, sessionmaker: Sessionmaker, app: Any) -> None:
    made = await office.connect()
    app.state.wakes.listen(lambda _job: None)  # somebody else does it
    first = await office.ask("POST", f"/connections/{made['id']}/sync", 202)
    second = await office.ask("POST", f"/connections/{made['id']}/sync", 202)
    assert (first["id"], first["status"]) == (second["id"], "queued")


async def test_where_no_worker_lives_the_request_does_the_sync(office: Office, bills: Script) -> None:
    made = await office.connect()
    run = await office.ask("POST", f"/connections/{made['id']}/sync", 202)
    assert (await office.ask("GET", f"/sync-runs/{run['id']}"))["status"] == "done"


async def test_the_progress_of_a_run_ends_with_the_run(office: Office, bills: Script) -> None:
    made = await office.connect()
    url = f"/api/v1/workspaces/{office.workspace_id}/sync-runs/{made['run']['id']}/events"
    answer = await office.client.get(url, headers=office.headers)
    assert answer.headers["content-type"].startswith("text/event-stream")
    event, data = answer.text.split("\n\n")[1].split("\n")
    assert event == "event: end"
    assert json.loads(data.removeprefix("data: "))["rows_new"] == 5


async def test_progress_is_told_while_it_is_made(office: Office, sessionmaker: Sessionmaker, app: Any) -> None:
    made = await office.connect()
    app.state.wakes.listen(lambda _job: None)
    run = await office.ask("POST", f"/connections/{made['id']}/sync", 202)
    told = events.follow(sessionmaker, office.workspace_id, UUID(run["id"]))
    assert await anext(told) == "retry: 1000\n\n"
    assert (await anext(told)).startswith("event: progress")
    async with sessionmaker() as session, session.begin():
        await session.execute(text("UPDATE sync_runs SET status = 'done', pages = 7"))
    last = await anext(told)
    assert last.startswith("event: end")
    assert '"pages":7' in last
    assert [rest async for rest in told] == []


async def test_the_form_knows_every_provider(office: Office, app: Any) -> None:
    app.state.sources = SOURCES
    offered = (await office.ask("GET", "/providers"))["items"]
    assert [(item["provider"], item["mode"]) for item in offered] == sorted(SOURCES)
    assert sorted(SOURCES) == sorted(GUIDES)
    assert all(item["key_hint"] and item["make_key_at"].startswith("https://") for item in offered)


async def test_the_scheduler_is_let_in_by_its_secret_and_says_what_is_left(
    client: httpx.AsyncClient, office: Office, bills: Script, settings: Settings, sessionmaker: Sessionmaker, app: Any
) -> None:
    made = await office.connect()
    async with sessionmaker() as session, session.begin():
        await session.execute(text("UPDATE connections SET next_try_at = now() - interval '1 minute'"))
    assert settings.cron_secret is not None
    headers = {"authorization": f"Bearer {settings.cron_secret.get_secret_value()}"}
    for path in ("/api/v1/cron/sync", "/cron/sync", "/api/cron/sync-openai"):
        assert (await client.get(path)).status_code == 401
        assert (await client.get(path, headers={"authorization": "Bearer wrong"})).status_code == 401
    answer = await client.get("/api/v1/cron/sync", headers=headers)
    assert answer.json() == {
        "ok": True,
        "synced": 1,
        "failed": 0,
        "ended": [{"connection_id": made["id"], "status": "done"}],
        "left": [],
        "housekeeping": {"months_made": 2, "sums_made": True, "calls_dropped": 0, "done": True},
        "jobs_failed": [],
    }
    assert (await client.post("/api/cron/sync-openai", headers=headers)).json()["ended"] == []
    app.state.settings = settings.model_copy(update={"cron_secret": None})
    assert (await client.get("/api/v1/cron/sync", headers=headers)).status_code == 503


async def test_the_predecessors_routes_connect_and_sync_for_the_owner_only(
    client: httpx.AsyncClient,
    office: Office,
    bills: Script,
    session: AsyncSession,
    settings: Settings,
    workspace: Workspace,
    app: Any,
) -> None:
    app.state.sources = {("openai", mode): bills.make for mode in ("organization", "personal")}
    body = {"workspaceId": str(workspace.id), "apiKey": KEY, "mode": "organization"}
    assert (await client.post("/api/openai/connect", json=body, headers=office.headers)).status_code == 403
    owner = await make_user(session)
    await add_member(session, workspace, owner, Role.OWNER)
    headers = await signed_in(session, settings, owner)
    await session.commit()
    for key in (KEY, "sk-admin-another-one-entirely-8888"):  # the second takes the first one's place
        answer = await client.post("/api/openai/connect", json={**body, "apiKey": key}, headers=headers)
        assert answer.status_code == 200, answer.text
    assert len((await office.ask("GET", "/connections"))["items"]) == 1
    gateway = {**body, "apiKey": "sk-admin-of-a-gateway-7777", "baseUrl": "https://1.1.1.1/v1"}
    for _ in range(2):
        answer = await client.post("/api/openai/connect", json=gateway, headers=headers)
        gateway["apiKey"] += "7"
    assert [row["base_url"] for row in (await office.ask("GET", "/connections"))["items"]] == [None, gateway["baseUrl"]]
    answer = await client.post("/api/openai/sync", json={"workspaceId": str(workspace.id)}, headers=headers)
    assert answer.status_code == 200, answer.text
    (told,) = (await client.get("/api/workspaces", headers=headers)).json()["workspaces"]
    assert (told["openAIConfigured"], told["openAIMode"], told["openAIStatus"]) == (True, "organization", "active")
    assert told["openAIUpdatedAt"]
    assert told["openAILastSyncAt"]


async def test_a_run_of_another_workspace_is_not_there(office: Office) -> None:
    await office.ask("GET", f"/sync-runs/{new_id()}", 404)
