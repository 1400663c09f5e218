"""A mended reading rule reaches the past, and can be taken back."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.usage.models import Event
from app.usage.queries.kinds import SAID
from app.usage.rules.packing import pack
from app.usage.service import rebuild_rollups, record
from app.workspaces.models import Workspace
from tests.factories.ingest import make_event
from tests.repricings.conftest import NOVEMBER, Office, Sessionmaker, ledger, sums_and_rebuilt
from tests.usage.ledger import rows

RAW = {
    "prompt_tokens": 1000,
    "completion_tokens": 500,
    "total_tokens": 1500,
    "prompt_tokens_details": {"cached_tokens": 400, "audio_tokens": 100},
}
# as an older rule would have read it: cached tokens counted twice, audio taken for text
OLD = ", ".join(f"{name} = {said}" for name, said in {**SAID, "convention": "'old'", "kind": "NULL"}.items())
MISREAD = text(
    f"UPDATE events SET {OLD}, fresh_tokens = 1000, meters = NULL, warnings = ARRAY['odd', 'very']"  # noqa: S608 - constants
    " WHERE packed_usage IS NOT NULL"
)


async def take_misread(sessions: Sessionmaker, workspace: Workspace) -> None:
    raw: dict[str, Any] = {"raw_usage": RAW, "input_tokens": None, "output_tokens": None, "api": "chat"}
    calls = [make_event(workspace.id, **raw) for _ in range(9)]
    await record(sessions, [*calls, make_event(workspace.id)])
    async with sessions() as session, session.begin():
        await session.execute(MISREAD)
        await rebuild_rollups(session, workspace.id, NOVEMBER)


async def test_usage_that_is_read_again_moves_leaves_and_sums_and_back(
    office: Office, sessionmaker: Sessionmaker, session: AsyncSession, workspace: Workspace
) -> None:
    await take_misread(sessionmaker, workspace)
    untouched = await ledger(sessionmaker, workspace.id)
    job = await office.preview(reread_usage=True)
    assert (job["summary"]["calls"], job["summary"]["changed"]) == (10, 9)
    await office.act(job["id"], "apply")
    read = [row for row in await rows(session, Event, workspace.id) if row["packed_usage"]]
    leaves = {(row["fresh_tokens"], row["cache_read_tokens"], row["meters"]["input.fresh.audio"]) for row in read}
    assert leaves == {(500, 400, 100)}
    assert {row["convention"] for row in read} != {"old"}
    assert {row["warnings"] for row in read} == {None}
    before, rebuilt = await sums_and_rebuilt(sessionmaker, workspace.id)
    assert before == rebuilt
    await office.act(job["id"], "undo")
    assert await ledger(sessionmaker, workspace.id) == untouched


async def test_usage_is_not_read_again_unless_asked(
    office: Office, sessionmaker: Sessionmaker, workspace: Workspace
) -> None:
    await take_misread(sessionmaker, workspace)
    job = await office.preview()
    await office.act(job["id"], "apply")
    found = await ledger(sessionmaker, workspace.id)
    assert {row["convention"] for row in found["events"] if row["packed_usage"]} == {"old"}


async def test_what_can_no_longer_be_read_stays_as_it_was_read(
    office: Office, sessionmaker: Sessionmaker, workspace: Workspace
) -> None:
    await take_misread(sessionmaker, workspace)
    async with sessionmaker() as session, session.begin():
        await session.execute(
            text("UPDATE events SET packed_usage = :odd WHERE packed_usage IS NOT NULL"), {"odd": pack('{"a": 1}')}
        )
    untouched = (await ledger(sessionmaker, workspace.id))["usage_hourly"]
    job = await office.preview(reread_usage=True, provider="openai")
    await office.act(job["id"], "apply")
    assert [row["fresh_tokens"] for row in (await ledger(sessionmaker, workspace.id))["usage_hourly"]] == [
        row["fresh_tokens"] for row in untouched
    ]
