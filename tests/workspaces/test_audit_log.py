"""The audit log: who did what, newest first, page by page."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import time_machine
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.models import User
from app.core.ids import new_id
from app.core.pagination import encode_cursor
from app.core.periods import utc_now
from app.workspaces import service
from app.workspaces.rules import Role, WorkspaceId
from tests.factories.workspaces import make_workspace
from tests.workspaces.conftest import House


async def write(session: AsyncSession, house: House, count: int) -> None:
    for number in range(count):
        workspace_id = WorkspaceId(house.workspace.id)
        await service.audit(session, workspace_id, house.id_of(Role.ADMIN), "thing.done", f"thing {number}", n=number)


async def test_an_entry_tells_who_did_what_to_what(house: House) -> None:
    await house.ask(Role.ADMIN, "PATCH", json={"name": "New name"})
    item = (await house.ask(Role.OWNER, "GET", "/audit-log")).json()["items"][0]
    assert set(item) == {"id", "action", "actor_id", "actor_email", "target", "detail", "created_at"}
    assert (item["action"], item["actor_email"]) == ("workspace.updated", "admin@example.com")
    assert item["detail"] == {"name": ["Acme", "New name"]}
    assert item["created_at"].endswith("Z")


async def test_making_a_workspace_is_the_first_entry(house: House) -> None:
    made = await house.client.post("/api/v1/workspaces", json={"name": "Beta"}, headers=house.headers[Role.VIEWER])
    url = f"/api/v1/workspaces/{made.json()['id']}/audit-log"
    items = (await house.client.get(url, headers=house.headers[Role.VIEWER])).json()["items"]
    assert [(item["action"], item["target"]) for item in items] == [("workspace.created", "beta")]


async def test_pages_hold_every_entry_once(house: House, session: AsyncSession) -> None:
    await write(session, house, 7)
    targets: list[str] = []
    cursor, pages = None, 0
    while pages == 0 or cursor:
        params = {"limit": "3", **({"cursor": cursor} if cursor else {})}
        page = (await house.ask(Role.OWNER, "GET", "/audit-log", params=params)).json()
        targets += [item["target"] for item in page["items"]]
        cursor, pages = page["next_cursor"], pages + 1
    assert pages == 3
    assert targets == [f"thing {number}" for number in reversed(range(7))]


async def test_a_full_last_page_promises_nothing(house: House, session: AsyncSession) -> None:
    await write(session, house, 3)
    page = (await house.ask(Role.OWNER, "GET", "/audit-log", params={"limit": 3})).json()
    assert (len(page["items"]), page["next_cursor"]) == (3, None)


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 201}, {"limit": "x"}, {"cursor": "noise"}])
async def test_a_page_that_cannot_be_is_refused(house: House, params: dict[str, str]) -> None:
    answer: httpx.Response = await house.ask(Role.OWNER, "GET", "/audit-log", params=params)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == list(params)


async def test_a_cursor_of_another_workspace_shows_nothing_of_it(house: House, session: AsyncSession) -> None:
    other = await make_workspace(session)
    await service.audit(session, WorkspaceId(other.id), None, "secret.done", "a secret")
    cursor = encode_cursor(utc_now(), new_id())
    answer = await house.ask(Role.OWNER, "GET", "/audit-log", params={"cursor": cursor})
    assert answer.json() == {"items": [], "next_cursor": None}


async def test_what_somebody_did_stays_when_the_account_is_gone(house: House, session: AsyncSession) -> None:
    await write(session, house, 1)
    await session.execute(delete(User).where(User.id == house.id_of(Role.ADMIN)))
    item = (await house.ask(Role.OWNER, "GET", "/audit-log")).json()["items"][0]
    assert (item["action"], item["actor_id"], item["actor_email"]) == ("thing.done", None, None)


# --- filters and files ---


@pytest.fixture
async def history(house: House, session: AsyncSession) -> House:
    """Four entries by two people on four days."""
    start = datetime(2026, 11, 1, 12, tzinfo=UTC)
    told = [("member.added", "bob@example.com"), ("member.removed", "bob@example.com"), ("api_key.created", "tb_1")]
    for day, (action, target) in enumerate([*told, ("memberless.done", "100%")]):
        actor = house.id_of(Role.ADMIN if day % 2 else Role.OWNER)
        with time_machine.travel(start + timedelta(days=day), tick=False):
            await service.audit(session, WorkspaceId(house.workspace.id), actor, action, target, day=day)
    return house


@pytest.mark.parametrize(
    ("params", "days"),
    [
        ({}, [3, 2, 1, 0]),
        ({"action": "member.added"}, [0]),
        ({"action": "member.*"}, [1, 0]),
        ({"action": "member."}, []),
        ({"action": "*"}, []),
        ({"target": "BOB"}, [1, 0]),
        ({"target": "%"}, [3]),
        ({"from": "2026-11-02T12:00:00Z", "to": "2026-11-04T12:00:00Z"}, [2, 1]),
        ({"from": "2026-11-02T13:00:00+01:00", "action": "member.*"}, [1]),
        ({"actor": "owner"}, [2, 0]),
    ],
)
async def test_entries_are_found_by_what_they_tell(history: House, params: dict[str, str], days: list[int]) -> None:
    if params.pop("actor", None):
        params["actor_id"] = str(history.id_of(Role.OWNER))
    for path, of in (("", pages_of), (".csv", lines_of_csv), (".jsonl", lines_of_json)):
        answer = await history.ask(Role.OWNER, "GET", f"/audit-log{path}", params=params)
        assert answer.status_code == 200, answer.text
        assert of(answer) == days


def pages_of(answer: httpx.Response) -> list[int]:
    return [item["detail"]["day"] for item in answer.json()["items"]]


def lines_of_csv(answer: httpx.Response) -> list[int]:
    return [json.loads(row["detail"])["day"] for row in csv.DictReader(io.StringIO(answer.text))]


def lines_of_json(answer: httpx.Response) -> list[int]:
    return [json.loads(line)["detail"]["day"] for line in answer.text.splitlines()]


async def test_files_are_written_while_they_are_sent_in_pieces(
    house: House, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.workspaces.auditing.AT_A_TIME", 3)
    await write(session, house, 7)
    answer = await house.ask(Role.OWNER, "GET", "/audit-log.jsonl", params={"from": "2026-01-01T00:00:00Z"})
    assert answer.headers["content-type"] == "application/jsonl"
    assert answer.headers["content-disposition"] == 'attachment; filename="tokenboard-audit-log-2026-01-01.jsonl"'
    assert answer.headers["cache-control"] == "no-store"
    items = [json.loads(line) for line in answer.text.splitlines()]
    assert [item["target"] for item in items] == [f"thing {number}" for number in reversed(range(7))]
    assert items[0] == (await house.ask(Role.OWNER, "GET", "/audit-log")).json()["items"][0]


async def test_a_spreadsheet_runs_nothing_of_it(house: House, session: AsyncSession) -> None:
    await service.audit(session, WorkspaceId(house.workspace.id), None, "thing.done", "=cmd|' /C calc'!A0")
    answer = await house.ask(Role.OWNER, "GET", "/audit-log.csv")
    [row] = csv.DictReader(io.StringIO(answer.text))
    assert (row["target"], row["actor_email"]) == ("'=cmd|' /C calc'!A0", "")


@pytest.mark.parametrize("params", [{"from": "yesterday"}, {"from": "2026-11-01T00:00:00"}, {"actor_id": "me"}])
async def test_a_filter_that_cannot_be_is_named(house: House, params: dict[str, str]) -> None:
    for path in ("", ".csv", ".jsonl"):
        answer = await house.ask(Role.OWNER, "GET", f"/audit-log{path}", params=params)
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == list(params)
