"""`tokenboard db retain`."""

from datetime import timedelta

import httpx
import pytest

from app.core.periods import utc_now
from tests.cli.conftest import Command
from tests.factories.ingest import make_body


@pytest.fixture
async def calls(reader: httpx.AsyncClient) -> None:
    """Three calls in the workspace `trace`, just arrived."""
    now = utc_now()
    bodies = [make_body(occurred_at=(now - timedelta(days=days)).isoformat()) for days in (1, 90, 91)]
    answer = await reader.post("http://localhost:8000/api/v1/events", json=bodies)
    assert answer.json()["accepted"] == 3


@pytest.mark.usefixtures("calls")
async def test_nothing_that_has_just_arrived_goes_however_old_it_is(tokenboard: Command) -> None:
    for arguments in (("--dry-run",), ()):
        done = tokenboard("db", "retain", *arguments, TOKENBOARD_RETENTION_DAYS="60")
        assert done.returncode == 0, done.stderr
    assert "0 calls" in done.stdout


def test_an_installation_that_says_fewer_than_35_days_does_not_start(tokenboard: Command) -> None:
    done = tokenboard("db", "retain", TOKENBOARD_RETENTION_DAYS="30")
    assert done.returncode == 2
    assert "TOKENBOARD_RETENTION_DAYS" in done.stderr
