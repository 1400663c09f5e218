"""What became of every event: counted in the transaction that stores it."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.periods import Granularity, floor, utc_now
from app.ingest import service
from app.ingest.models import HourlyIngest, HourlyLag
from app.ingest.rules.accounting import Outcome
from app.usage.rules import latency
from app.workspaces.models import ApiKey
from tests.factories.ingest import make_body
from tests.ingest.conftest import Send


async def counted(session: AsyncSession, api_key: tuple[ApiKey, str]) -> dict[tuple[str, str], int]:
    """Events by outcome and code."""
    wanted = select(HourlyIngest).where(HourlyIngest.workspace_id == api_key[0].workspace_id)
    rows = (await session.execute(wanted.execution_options(populate_existing=True))).scalars()
    return {(row.outcome, row.code): row.events for row in rows}


async def test_every_event_of_a_request_is_counted_by_what_became_of_it(
    send: Send, session: AsyncSession, api_key: tuple[ApiKey, str]
) -> None:
    body: list[Any] = [make_body(event_id="a"), make_body(event_id="a"), make_body(event_id="b"), {"provider": "x"}, 7]
    answer = (await send(body)).json()
    assert (answer["received"], answer["accepted"], answer["duplicates"]) == (5, 2, 1)
    assert await counted(session, api_key) == {
        ("stored", ""): 2,
        ("duplicate", ""): 1,
        ("rejected", "missing_field"): 1,
        ("rejected", "invalid_value"): 1,
    }


async def test_a_request_whose_events_are_all_rejected_is_counted(
    send: Send, session: AsyncSession, api_key: tuple[ApiKey, str]
) -> None:
    await send([{"provider": "x", "event_id": "first"}])
    await send([{"provider": "x", "event_id": "second\0"}])
    row = (await session.execute(select(HourlyIngest))).scalar_one()
    assert (row.outcome, row.code, row.events) == (Outcome.REJECTED, "missing_field", 2)
    assert (row.api_key_id, row.start) == (api_key[0].id, floor(row.last_at, Granularity.HOUR))
    # the newest one, and in a form that PostgreSQL can hold
    assert row.example == {"event_id": "second\N{REPLACEMENT CHARACTER}", "detail": "model: is required"}


async def test_an_empty_request_counts_nothing(send: Send, session: AsyncSession, api_key: tuple[ApiKey, str]) -> None:
    assert (await send([])).status_code == 200
    assert await counted(session, api_key) == {}


async def test_the_lag_is_of_stored_events_that_say_when_they_were(
    send: Send, session: AsyncSession, api_key: tuple[ApiKey, str]
) -> None:
    ahead = utc_now().replace(year=utc_now().year + 1)
    now = utc_now()
    told = make_body(event_id="told", occurred_at=now.isoformat())
    await send([told, told, make_body(event_id="not told", occurred_at=None)])
    await send([told, make_body(event_id="too far ahead", occurred_at=ahead.isoformat())])
    (row,) = (await session.execute(select(HourlyLag))).scalars()
    assert row.events == 1
    assert latency.ZERO_BUCKET <= row.bucket < latency.bucket(60_000)


async def test_a_workspace_is_forgotten_with_its_account(
    send: Send, session: AsyncSession, api_key: tuple[ApiKey, str]
) -> None:
    await send([make_body(event_id="a"), 7])
    await service.forget(session, api_key[0].workspace_id)
    assert await counted(session, api_key) == {}
