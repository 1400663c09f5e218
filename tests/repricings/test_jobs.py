"""The steps of a re-pricing: what each allows, and what it refuses."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.ids import new_id
from app.usage.service import record
from app.workspaces.models import AuditEntry, Workspace
from app.workspaces.rules import Role
from tests.factories.auth import make_user, signed_in
from tests.factories.ingest import make_event
from tests.factories.workspaces import add_member
from tests.repricings.conftest import Office, Sessionmaker, ledger

ONE_DAY = {"from": "2023-11-16T00:00:00Z", "to": "2023-11-17T00:00:00Z"}


async def take(sessions: Sessionmaker, workspace: Workspace, count: int = 1, **fields: Any) -> None:
    await record(sessions, [make_event(workspace.id, **fields) for _ in range(count)])


async def test_a_preview_changes_nothing(office: Office, sessionmaker: Sessionmaker, workspace: Workspace) -> None:
    await take(sessionmaker, workspace, 10)
    untouched = await ledger(sessionmaker, workspace.id)
    office.shelf.change("other", {"gpt-4-0613": "2"})
    await office.preview()
    assert await ledger(sessionmaker, workspace.id) == untouched


async def test_a_preview_shows_before_and_after_by_model_and_day(
    office: Office, sessionmaker: Sessionmaker, workspace: Workspace
) -> None:
    await take(sessionmaker, workspace, 9)
    await take(sessionmaker, workspace, 2, occurred_at="2023-11-17T00:00:00Z", provider="x", model="y")
    office.shelf.change("other", {"gpt-4-0613": "0.5", "y": "3"})
    job = await office.preview()
    model = {"provider": "openai", "model": "gpt-4-0613"}
    first = {"calls": 9, "changed": 9, "cost_before": "0.54", "cost_after": "0.27"}
    second = {"calls": 2, "changed": 2, "cost_before": None, "cost_after": "6"}
    priced, unpriced = (
        {"unpriced_before": 0, "unpriced_after": 0},
        {"unpriced_before": 2, "unpriced_after": 0},
    )
    assert job["summary"]["by_model"] == [
        {"provider": "x", "model": "y", **second, **unpriced},
        {**model, **first, **priced},
    ]
    assert job["summary"]["by_day"] == [
        {"day": "2023-11-16", **first, **priced},
        {"day": "2023-11-17", **second, **unpriced},
    ]
    assert (job["summary"]["models"], job["summary"]["cost_after"]) == (2, "6.27")
    assert job["progress"] == {"done": 11, "total": 11}


@pytest.mark.parametrize(
    ("wanted", "calls"),
    [
        (ONE_DAY, 3),
        ({**ONE_DAY, "model": "claude-2.1"}, 1),
        ({**ONE_DAY, "provider": "openai"}, 2),
        ({"from": "2023-11-17T00:00:00Z"}, 1),
        ({"to": "2023-11-16T18:17:03Z"}, 0),
        ({"to": "2023-11-16T18:17:04Z"}, 3),
    ],
)
async def test_a_filter_takes_the_calls_it_names(
    office: Office, sessionmaker: Sessionmaker, workspace: Workspace, wanted: dict[str, Any], calls: int
) -> None:
    await take(sessionmaker, workspace, 2)
    await take(sessionmaker, workspace, provider="anthropic", model="claude-2.1")
    await take(sessionmaker, workspace, occurred_at="2023-11-17T00:00:00Z")
    assert (await office.preview(**wanted))["summary"]["calls"] == calls


async def test_calls_that_do_not_change_are_counted_and_left_alone(
    office: Office, sessionmaker: Sessionmaker, workspace: Workspace
) -> None:
    await take(sessionmaker, workspace, 3)
    untouched = await ledger(sessionmaker, workspace.id)
    office.shelf.change("other", {})
    job = await office.preview()
    assert (job["summary"]["calls"], job["summary"]["changed"]) == (3, 0)
    assert (await office.act(job["id"], "apply"))["status"] == "applied"
    assert await ledger(sessionmaker, workspace.id) == untouched


async def test_an_empty_period_can_be_gone_through_to_the_end(office: Office) -> None:
    job = await office.preview(**ONE_DAY)
    assert (job["status"], job["progress"]) == ("ready", {"done": 0, "total": 0})
    assert (job["summary"]["cost_before"], job["summary"]["by_model"]) == (None, [])
    assert (await office.act(job["id"], "apply"))["status"] == "applied"
    assert (await office.act(job["id"], "undo"))["status"] == "undone"


async def test_a_period_that_ends_before_it_begins_is_refused(office: Office) -> None:
    answer = await office.post("", 422, **{"from": ONE_DAY["to"], "to": ONE_DAY["from"]})
    assert [error["field"] for error in answer["errors"]] == ["to"]


async def test_applying_is_refused_when_the_prices_have_changed_since(office: Office) -> None:
    job = await office.preview()
    office.shelf.change("newer", {})
    answer = await office.post(f"/{job['id']}/apply", 409)
    assert answer["code"] == "prices_changed"
    assert (await office.read(job["id"]))["status"] == "ready"


@pytest.mark.parametrize("action", ["apply", "undo"])
async def test_a_step_out_of_turn_is_refused(office: Office, action: str) -> None:
    job = await office.post()
    assert (await office.post(f"/{job['id']}/{action}", 409))["code"] == "repricing_not_ready"


async def test_one_at_a_time_changes_a_workspace(office: Office) -> None:
    first, second = await office.preview(), await office.preview()
    await office.post(f"/{first['id']}/apply")
    assert (await office.post(f"/{second['id']}/apply", 409))["code"] == "repricing_at_work"
    await office.work()
    assert (await office.act(second["id"], "apply"))["status"] == "applied"


async def test_what_a_later_one_built_upon_is_undone_after_it(
    office: Office, sessionmaker: Sessionmaker, workspace: Workspace
) -> None:
    await take(sessionmaker, workspace, 3)
    untouched = await ledger(sessionmaker, workspace.id)
    jobs = []
    for version, factor in (("a", "2"), ("b", "5")):
        office.shelf.change(version, {"gpt-4-0613": factor})
        jobs.append((await office.preview())["id"])
        await office.act(jobs[-1], "apply")
    answer = await office.post(f"/{jobs[0]}/undo", 409)
    assert answer["code"] == "undo_later_first"
    assert jobs[1] in answer["detail"]
    for job_id in reversed(jobs):
        assert (await office.act(job_id, "undo"))["status"] == "undone"
    assert await ledger(sessionmaker, workspace.id) == {**untouched}


async def test_one_that_changed_other_calls_later_does_not_stand_in_the_way(
    office: Office, sessionmaker: Sessionmaker, workspace: Workspace
) -> None:
    await take(sessionmaker, workspace, 2)
    await take(sessionmaker, workspace, 2, provider="x", model="y")
    jobs = []
    for model in ("gpt-4-0613", "y"):
        office.shelf.change(model, {"gpt-4-0613": "2", "y": "2"})
        jobs.append((await office.preview(model=model))["id"])
        await office.act(jobs[-1], "apply")
    assert (await office.act(jobs[0], "undo"))["status"] == "undone"


@pytest.mark.parametrize("is_made", [False, True])
async def test_a_preview_can_be_cancelled(office: Office, *, is_made: bool) -> None:
    job = await (office.preview() if is_made else office.post())
    assert (await office.act(job["id"], "cancel"))["status"] == "cancelled"
    assert (await office.post(f"/{job['id']}/apply", 409))["code"] == "repricing_not_ready"


async def test_an_applied_one_cannot_be_cancelled(office: Office) -> None:
    job = await office.preview()
    await office.act(job["id"], "apply")
    assert (await office.post(f"/{job['id']}/cancel", 409))["code"] == "repricing_not_ready"


async def test_nobody_finds_a_job_that_is_not_there(office: Office) -> None:
    assert (await office.post(f"/{new_id()}/apply", 404))["code"] == "not_found"


async def test_members_read_and_do_not_write(
    office: Office, client: httpx.AsyncClient, session: AsyncSession, settings: Settings, workspace: Workspace
) -> None:
    job = await office.preview()
    member = await make_user(session)
    await add_member(session, workspace, member, Role.MEMBER)
    office.headers = await signed_in(session, settings, member)
    await session.commit()
    assert (await office.read(job["id"]))["status"] == "ready"
    for path in ("", f"/{job['id']}/apply", f"/{job['id']}/undo", f"/{job['id']}/cancel"):
        assert (await office.post(path, 403))["code"] == "forbidden"


async def test_jobs_are_listed_in_pages_newest_first(office: Office) -> None:
    made = [(await office.post())["id"] for _ in range(3)]
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = (await office.client.get(office.url, params=query, headers=office.headers)).json()
        seen += [job["id"] for job in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == made[::-1]


async def test_every_step_leaves_an_audit_row(office: Office, session: AsyncSession, workspace: Workspace) -> None:
    job = await office.preview()
    await office.act(job["id"], "apply")
    await office.act(job["id"], "undo")
    found = await session.execute(
        select(AuditEntry.action)
        .where(AuditEntry.workspace_id == workspace.id, AuditEntry.target == job["id"])
        .order_by(AuditEntry.id)
    )
    assert found.scalars().all() == ["repricing.previewed", "repricing.applied", "repricing.undone"]
    assert UUID(job["created_by"])
