"""Applying changes exactly what the preview showed; undoing leaves no trace in any figure."""

import random
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from app.usage.models import Event, EventPrice
from app.usage.rules import tags
from app.usage.service import record
from app.workspaces.models import Workspace
from tests.factories.ingest import make_event
from tests.repricings.conftest import Office, Sessionmaker, ledger, sums_and_rebuilt
from tests.usage.ledger import rows
from tests.usage.test_rebuild import a_call

OTHER_PRICES = {"gpt-4-0613": "0.37", "claude-2.1": None, "y": "0.002500"}


async def fill(sessions: Sessionmaker, workspace_id: UUID, count: int = 90) -> None:
    dice = random.Random(count)  # noqa: S311 - the same calls in every run
    await record(sessions, [a_call(workspace_id, dice) for _ in range(count)])


async def test_applying_gives_what_the_preview_showed(
    office: Office, sessionmaker: Sessionmaker, session: AsyncSession, workspace: Workspace
) -> None:
    await fill(sessionmaker, workspace.id)
    office.shelf.change("other", OTHER_PRICES)
    job = await office.preview()
    assert job["status"] == "ready"
    job = await office.act(job["id"], "apply")
    assert (job["status"], job["progress"]) == ("applied", {"done": 90, "total": 90})
    assert job["applied_at"] is not None
    events = await rows(session, Event, workspace.id)
    again = (await office.preview())["summary"]
    assert again["changed"] == 0
    assert again["cost_before"] == again["cost_after"] == job["summary"]["cost_after"]
    assert again["unpriced_before"] == job["summary"]["unpriced_after"]
    assert {event["price_version"] for event in events} > {"other"}


async def test_rollups_follow_to_the_last_digit(
    office: Office, sessionmaker: Sessionmaker, workspace: Workspace
) -> None:
    await fill(sessionmaker, workspace.id)
    office.shelf.change("other", OTHER_PRICES)
    job = await office.preview()
    await office.act(job["id"], "apply")
    before, rebuilt = await sums_and_rebuilt(sessionmaker, workspace.id)
    assert before == rebuilt


async def test_apply_then_undo_leaves_every_row_and_digit_as_it_was(
    office: Office, sessionmaker: Sessionmaker, workspace: Workspace
) -> None:
    await fill(sessionmaker, workspace.id)
    untouched = await ledger(sessionmaker, workspace.id)
    office.shelf.change("other", OTHER_PRICES)
    job = await office.preview()
    await office.act(job["id"], "apply")
    assert await ledger(sessionmaker, workspace.id) != untouched
    undone = await office.act(job["id"], "undo")
    assert undone["status"] == "undone"
    assert undone["undone_at"] is not None
    assert await ledger(sessionmaker, workspace.id) == untouched


async def test_a_part_of_an_hour_can_be_priced_again_and_back(
    office: Office, sessionmaker: Sessionmaker, workspace: Workspace
) -> None:
    instants = [f"2023-11-16T18:{minute:02}:00Z" for minute in range(60)]
    await record(sessionmaker, [make_event(workspace.id, occurred_at=at, input_tokens=3) for at in instants])
    untouched = await ledger(sessionmaker, workspace.id)
    office.shelf.change("other", {"gpt-4-0613": None})
    job = await office.preview(**{"from": "2023-11-16T18:10:00Z", "to": "2023-11-16T18:50:00Z"})
    assert job["summary"]["changed"] == 40
    await office.act(job["id"], "apply")
    before, rebuilt = await sums_and_rebuilt(sessionmaker, workspace.id)
    assert before == rebuilt
    await office.act(job["id"], "undo")
    assert await ledger(sessionmaker, workspace.id) == untouched


async def test_calls_that_are_gone_keep_no_other_from_being_undone(
    office: Office, sessionmaker: Sessionmaker, session: AsyncSession, workspace: Workspace
) -> None:
    instants = [f"2023-11-16T18:{minute:02}:00Z" for minute in range(60)]
    await record(sessionmaker, [make_event(workspace.id, occurred_at=at, input_tokens=3) for at in instants])
    untouched = await rows(session, Event, workspace.id)
    office.shelf.change("other", {"gpt-4-0613": "2"})
    job = await office.preview()
    await office.act(job["id"], "apply")
    from_, to = (datetime(2023, 11, 16, 18, minute, tzinfo=UTC) for minute in (10, 30))
    is_gone = (Event.workspace_id == workspace.id) & (Event.occurred_at >= from_) & (Event.occurred_at < to)
    await session.execute(delete(Event).where(is_gone))
    await session.commit()
    assert (await office.act(job["id"], "undo"))["status"] == "undone"
    left = [event for event in untouched if not from_ <= event["occurred_at"] < to]
    assert len(left) == 40
    assert await rows(session, Event, workspace.id) == left


async def test_the_old_figures_stay_in_the_history(
    office: Office, sessionmaker: Sessionmaker, session: AsyncSession, workspace: Workspace
) -> None:
    await record(sessionmaker, [make_event(workspace.id)])
    (before,) = await rows(session, Event, workspace.id)
    office.shelf.change("other", {"gpt-4-0613": "2"})
    job = await office.preview()
    await office.act(job["id"], "apply")
    (kept,) = await rows(session, EventPrice, workspace.id)
    same = ("event_key", "price_state", "cost", "list_cost", "contracted_cost", "priced_as", "price_version")
    assert {name: kept[name] for name in same} == {name: before[name] for name in same}
    assert str(kept["repricing_id"]) == job["id"]


async def test_a_call_without_a_price_gets_one(
    office: Office, sessionmaker: Sessionmaker, workspace: Workspace
) -> None:
    await record(sessionmaker, [make_event(workspace.id, provider="x", model="y"), make_event(workspace.id)])
    office.shelf.change("other", {"y": "0.5", "gpt-4-0613": "3"})
    job = await office.preview(only_unpriced=True)
    figures = {name: job["summary"][name] for name in ("calls", "changed", "unpriced_before", "unpriced_after")}
    assert figures == {"calls": 1, "changed": 1, "unpriced_before": 1, "unpriced_after": 0}
    assert (job["summary"]["cost_before"], job["summary"]["cost_after"]) == (None, "0.5")
    await office.act(job["id"], "apply")
    found = await ledger(sessionmaker, workspace.id)
    assert sorted(row["cost"] for row in found["usage_daily"]) == ["0.060000", "0.5"]
    assert {row["price_state"] for row in found["usage_hourly"]} == {"priced"}


async def test_what_the_provider_reported_stays_the_cost(
    office: Office, sessionmaker: Sessionmaker, workspace: Workspace
) -> None:
    await record(sessionmaker, [make_event(workspace.id, reported_cost="0.125")])
    office.shelf.change("other", {"gpt-4-0613": "9"})
    job = await office.preview()
    assert (job["summary"]["cost_before"], job["summary"]["cost_after"]) == ("0.125", "0.125")
    assert job["summary"]["changed"] == 0


async def test_sums_by_tag_follow_where_a_tag_has_more_values_than_rows(
    office: Office, sessionmaker: Sessionmaker, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tags, "MAX_VALUES", 4)
    for _ in range(3):
        await record(sessionmaker, [make_event(workspace.id, user=f"u{n}", tags={"step": str(n)}) for n in range(9)])
    untouched = await ledger(sessionmaker, workspace.id)
    office.shelf.change("other", {"gpt-4-0613": None})
    job = await office.preview()
    await office.act(job["id"], "apply")
    before, rebuilt = await sums_and_rebuilt(sessionmaker, workspace.id)
    assert before == rebuilt
    assert {row["price_state"] for row in before[-1]} == {"unpriced"}
    await office.act(job["id"], "undo")
    assert await ledger(sessionmaker, workspace.id) == untouched
