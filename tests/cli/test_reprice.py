"""`tokenboard reprice`: preview, apply, undo from a terminal."""

import re

import httpx
import pytest
from sqlalchemy import text

from app.core.database import make_engine
from tests.cli.conftest import Command
from tests.factories.ingest import make_body


@pytest.fixture
async def misprice(fresh_database: str, reader: httpx.AsyncClient) -> None:
    """One call of the workspace `trace`, whose price was ten times too high when it came."""
    calls = [make_body(event_id=str(n), input_tokens=1000, output_tokens=500) for n in range(3)]
    answer = await reader.post("http://localhost:8000/api/v1/events", json=calls)
    assert answer.json()["accepted"] == 3
    engine = make_engine(fresh_database)
    async with engine.begin() as connection:
        for table in ("events", "usage_hourly", "usage_daily"):
            await connection.execute(text(f"UPDATE {table} SET cost = cost * 10, list_cost = list_cost * 10"))  # noqa: S608
    await engine.dispose()


@pytest.mark.usefixtures("misprice")
async def test_a_preview_is_shown_applied_and_taken_back(tokenboard: Command, reader: httpx.AsyncClient) -> None:
    async def cost() -> str:
        answer = await reader.get("summary", params={"month": "2023-11"})
        return str(answer.json()["total"]["cost"])

    only_shown = tokenboard("reprice", "--workspace", "trace", "--from", "2023-11-01", "--to", "2023-12-01")
    assert only_shown.returncode == 0, only_shown.stderr
    assert "$1.80" in only_shown.stdout
    assert "$0.18" in only_shown.stdout
    assert await cost() == "1.8"
    applied = tokenboard("reprice", "--workspace", "trace", "--apply", "--yes")
    assert applied.returncode == 0, applied.stderr
    assert await cost() == "0.18"
    found = re.search(r"reprice undo (\S+)", applied.stdout)
    assert found is not None
    undone = tokenboard("reprice", "undo", found[1])
    assert undone.returncode == 0, undone.stderr
    assert "3 calls" in undone.stdout
    assert await cost() == "1.8"


def test_a_workspace_that_is_not_there_is_named(tokenboard: Command) -> None:
    done = tokenboard("reprice", "--workspace", "nobody")
    assert done.returncode == 2
    assert "nobody" in done.stderr
