"""The short form of `make chaos`, on the server that the tests run on; and the judge, who must see what is wrong."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from pydantic import SecretStr

from app.core.config import Settings
from app.main import create_app
from scripts.machine import ROOT
from tests.chaos.calls import BAD, make_bad, make_call
from tests.chaos.judge import Judge, Known, look_at_everything
from tests.chaos.plan import KINDS, make_plan
from tests.factories.ingest import bearer
from tests.factories.workspaces import make_api_key, make_workspace

SEED = 20261121
CALLS = 60


@pytest.mark.usefixtures("server_url")  # not for itself: so that it is among the tests of a database
@pytest.mark.timeout(600)
def test_after_a_dozen_faults_every_acknowledged_call_is_there_once() -> None:
    engine = "external" if "TOKENBOARD_TEST_DATABASE_URL" in os.environ else "embedded"
    command = [sys.executable, "-m", "tests.chaos", "--short", "--faults", "12", "--seed", str(SEED)]
    done = subprocess.run([*command, "--engine", engine], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Every acknowledged call is there once" in done.stdout


def test_the_same_seed_makes_the_same_plan() -> None:
    assert make_plan(7, 200) == make_plan(7, 200)
    assert make_plan(7, 200) != make_plan(8, 200)


def test_every_kind_comes_up_before_any_comes_up_again() -> None:
    kinds = [fault.kind for fault in make_plan(7, 2 * len(KINDS))]
    assert sorted(kinds[: len(KINDS)]) == sorted(KINDS)
    assert sorted(kinds[len(KINDS) :]) == sorted(KINDS)


def test_a_plan_of_one_kind_differs_in_all_else() -> None:
    plan = make_plan(7, 5, only="disk full")
    assert {fault.kind for fault in plan} == {"disk full"}
    assert len({fault.pick for fault in plan}) == 5


@pytest.fixture
async def database(fresh_database: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(fresh_database)
    yield connection
    await connection.close()


@pytest.fixture
async def known(fresh_database: str, settings: Settings) -> Known:
    """A workspace whose senders got an answer for every call, and sent some of them twice."""
    app = create_app(settings.model_copy(update={"database_url": SecretStr(fresh_database)}))
    async with app.state.sessionmaker() as session, session.begin():
        workspace = await make_workspace(session)
        row, key = await make_api_key(session, workspace)
    known = Known(SEED, 0, 0, workspace.id, row.id, key)
    known.hear(
        {
            "made": CALLS,
            "acknowledged": list(range(CALLS)),
            "answered": {"calls": CALLS + 5, "duplicates": 5, **{f"rejected {code}": 1 for code, _ in BAD}},
            "unanswered": {},
        }
    )
    bodies = [make_call(SEED, 0, 0, number).body() for number in range(CALLS)]
    bodies += [make_call(SEED, 0, 0, number).altered() for number in range(5)]
    bodies += [make_bad(number)[1] for number in range(len(BAD))]
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000", headers=bearer(key)) as client:
        answer = (await client.post("/api/v1/events", json=bodies)).json()
    await app.state.engine.dispose()
    assert (answer["accepted"], answer["duplicates"]) == (CALLS, 5)
    assert [item["code"] for item in answer["rejected"]] == [code for code, _ in BAD]
    return known


async def test_the_judge_finds_nothing_where_all_is_well(
    known: Known, database: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    assert await Judge(known).look(database) == []
    assert await look_at_everything(database) == []


ONE = "(SELECT event_key FROM events WHERE cost IS NOT NULL LIMIT 1)"


@pytest.mark.parametrize(
    ("tampering", "verdict"),
    [
        (f"DELETE FROM events WHERE event_key = {ONE}", "1 acknowledged calls are not there"),
        (f"DELETE FROM event_keys WHERE event_key = {ONE}", "identities without events"),
        (f"UPDATE events SET cost = cost + 0.000001 WHERE event_key = {ONE}", "1 events differ"),
        (f"UPDATE events SET user_ref = 'somebody' WHERE event_key = {ONE}", "1 events differ"),
        (f"UPDATE events SET event_key = gen_random_uuid() WHERE event_key = {ONE}", "1 events that nobody sent"),
        (
            "INSERT INTO event_keys SELECT id, gen_random_uuid(), now() FROM workspaces",
            "identities without events",
        ),
        ("UPDATE usage_hourly SET calls = calls + 1 WHERE cost IS NULL", "usage_hourly:"),
        ("UPDATE usage_hourly SET cost = cost + 0.00000001 WHERE cost IS NOT NULL", "usage_hourly:"),
        ("DELETE FROM usage_daily", "usage_daily:"),
        ("UPDATE usage_tags_daily SET listed_calls = listed_calls + 1 WHERE tag = 'user'", "usage_tags_daily:"),
        ("UPDATE latency_daily SET calls = calls + 1", "latency_daily:"),
        ("UPDATE ingest_hourly SET events = events + 1 WHERE outcome = 'stored'", "accounted as stored"),
        ("UPDATE ingest_hourly SET events = events - 1 WHERE outcome = 'duplicate'", "duplicates: 4 accounted"),
        ("UPDATE ingest_hourly SET events = 2 WHERE code = 'missing_field'", "rejected missing_field: 2 accounted"),
        ("UPDATE arrival_lag_hourly SET events = events + 1", "with their lag"),
    ],
)
async def test_the_judge_sees_what_was_tampered_with(
    known: Known, database: "asyncpg.Connection[asyncpg.Record]", tampering: str, verdict: str
) -> None:
    await database.execute(tampering)
    assert any(verdict in difference for difference in await Judge(known).look(database))


async def test_the_judge_sees_a_sum_that_does_not_agree_anywhere(
    known: Known, database: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    assert known.made == CALLS
    await database.execute("UPDATE usage_hourly SET cost = cost * 2 WHERE cost IS NOT NULL")
    await database.execute("DELETE FROM event_keys")
    await database.execute("DELETE FROM ingest_hourly")
    found = await look_at_everything(database)
    assert len(found) == 3


async def test_what_was_not_answered_may_be_accounted_and_need_not(
    known: Known, database: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    known.answered = {**known.answered, "calls": CALLS, "duplicates": 0, "rejected missing_field": 0}
    known.unanswered = {"calls": 5, "rejected missing_field": 1}
    assert await Judge(known).look(database) == []
    known.unanswered = {"calls": 4, "rejected missing_field": 1}
    assert len(await Judge(known).look(database)) == 2
