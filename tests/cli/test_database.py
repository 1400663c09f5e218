"""`tokenboard db stats` and `db rebuild-rollups`, as people run them."""

import json

import httpx
import pytest
from sqlalchemy import text

from app.core.database import make_engine
from tests.cli.conftest import Command
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
    assert "ix_events_trace_id" in shown.stdout
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
