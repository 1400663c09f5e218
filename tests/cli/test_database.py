"""`tokenboard db stats` and `db rebuild-rollups`, as people run them."""

import asyncio
import json
import sys
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.database import make_engine
from tests.cli.conftest import Command
from tests.cli.serving import ROOT, clean_environment, eventually_async
from tests.factories.ingest import make_body


@pytest.fixture
async def calls(reader: httpx.AsyncClient) -> None:
    """Forty calls of two months in the workspace `trace`."""
    bodies = [make_body(occurred_at=f"2023-{10 + n % 2}-0{1 + n % 5}T10:00:00Z") for n in range(40)]
    answer = await reader.post("http://localhost:8000/api/v1/events", json=bodies)
    assert answer.json()["accepted"] == 40


@pytest.mark.usefixtures("calls")
def test_statistics_tell_rows_bytes_and_months(tokenboard: Command) -> None:
    told = json.loads(tokenboard("db", "stats", "--json", "--exact").stdout)
    assert (told["events"], told["oldest"][:10], told["newest"][:10]) == (40, "2023-10-01", "2023-11-05")
    of_keys = [row for row in told["relations"] if row["table"] == "event_keys"]
    assert [(row["index_name"], row["rows"]) for row in of_keys] == [(None, 40), ("pk_event_keys", None)]
    assert [month["name"] for month in told["months"]][:2] == ["events_2023_10", "events_2023_11"]
    assert told["bytes_per_event"] > 0
    shown = tokenboard("db", "stats")
    assert shown.returncode == 0, shown.stderr
    assert "about 40 calls" in shown.stdout
    assert "ix_events_trace_mark" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80


def test_statistics_of_an_empty_database_divide_by_nothing(tokenboard: Command) -> None:
    told = json.loads(tokenboard("db", "stats", "--json").stdout)
    assert (told["events"], told["bytes_per_event"], told["oldest"]) == (0, None, None)
    assert tokenboard("db", "stats").returncode == 0


@pytest.mark.usefixtures("calls")
async def test_a_check_exits_with_1_and_a_rebuild_mends(tokenboard: Command, fresh_database: str) -> None:
    fine = tokenboard("db", "rebuild-rollups", "--check")
    assert (fine.returncode, "40 calls added up; all rows agree" in fine.stdout) == (0, True), fine.stderr
    engine = make_engine(fresh_database)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE usage_daily SET calls = calls + 1 WHERE start < '2023-11-01'"))
    await engine.dispose()
    found = tokenboard("db", "rebuild-rollups", "--workspace", "trace", "--check")
    assert found.returncode == 1
    assert "2023-10-01: 1 rows differed" in found.stdout
    elsewhere = tokenboard("db", "rebuild-rollups", "--from", "2023-11-01", "--check")
    assert elsewhere.returncode == 0
    mended = tokenboard("db", "rebuild-rollups")
    assert mended.returncode == 0
    assert "were put right" in mended.stdout
    assert tokenboard("db", "rebuild-rollups", "--check").returncode == 0
    assert tokenboard("db", "rebuild-rollups", "--workspace", "nobody").returncode == 2


SUMS = ("usage_hourly", "usage_daily", "latency_daily", "usage_tags_daily")


async def sums(engine: AsyncEngine) -> dict[str, list[str]]:
    async with engine.connect() as connection:
        found = {table: await connection.execute(text(f"SELECT * FROM {table}")) for table in SUMS}  # noqa: S608 - ours
        return {table: sorted(map(str, rows)) for table, rows in found.items()}


@pytest.mark.usefixtures("calls")
async def test_a_rebuild_that_is_killed_goes_on_and_ends_with_what_ingest_wrote(
    tokenboard: Command, fresh_database: str, tmp_path: Path
) -> None:
    engine = make_engine(fresh_database)
    before = await sums(engine)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE usage_daily SET calls = calls + 1 WHERE start >= '2023-10-05'"))

    async def done_until() -> str | None:
        async with engine.connect() as connection:
            found = await connection.execute(text("SELECT done_until FROM rollup_rebuilds"))
            return next((f"{row.done_until:%Y-%m-%d}" for row in found), None)

    async with engine.connect() as holder:
        # a writer in the middle of its group: the first day that differs waits for it
        await holder.execute(text("LOCK TABLE usage_daily IN ROW EXCLUSIVE MODE"))
        environment = clean_environment(tmp_path / "data", DATABASE_URL=fresh_database)
        command = [sys.executable, "-m", "app.cli", "db", "rebuild-rollups"]
        killed = await asyncio.create_subprocess_exec(
            *command, env=environment, cwd=ROOT, stdout=asyncio.subprocess.DEVNULL
        )
        await eventually_async(done_until, "2023-10-05")
        killed.kill()
        await killed.wait()
    assert (await sums(engine))["usage_daily"] != before["usage_daily"]
    finished = tokenboard("db", "rebuild-rollups")
    assert finished.returncode == 0, finished.stderr
    assert "40 calls added up" in finished.stdout
    assert await sums(engine) == before
    assert await done_until() is None
    await engine.dispose()
