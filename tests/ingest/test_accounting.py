"""What became of every event: counted in the transaction that stores it."""

from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.periods import Granularity, floor, utc_now
from app.ingest import service
from app.ingest.models import HourlyIngest, HourlyLag, SenderDrops
from app.ingest.refusals import counting
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


async def drops(session: AsyncSession) -> dict[tuple[str, str], int]:
    """What senders gave up, by sender and reason."""
    rows = (await session.execute(select(SenderDrops).execution_options(populate_existing=True))).scalars()
    return {(row.sender_id, row.reason): row.dropped for row in rows}


async def test_the_greatest_that_a_sender_reports_is_kept(send: Send, session: AsyncSession) -> None:
    for dropped in ({"queue_full": 3}, {"queue_full": 12, "too_large": 1}, {"queue_full": 12}, {"queue_full": 7}, {}):
        sender = {"id": "p1", "name": "tokenboard-python/0.1.0", "dropped": dropped}
        answer = await send({"events": [], "sender": sender})
        assert answer.json() == {"received": 0, "accepted": 0, "duplicates": 0, "rejected": [], "warnings": []}
    assert await drops(session) == {("p1", ""): 0, ("p1", "queue_full"): 12, ("p1", "too_large"): 1}
    names = (await session.execute(select(SenderDrops.name).distinct())).scalars().all()
    assert names == ["tokenboard-python/0.1.0"]


async def test_a_sender_may_come_first_and_say_more_than_is_known(send: Send, session: AsyncSession) -> None:
    answer = await send({"sender": {"id": "p1", "uptime": 1.5}, "events": [make_body()]})
    assert (answer.json()["accepted"], answer.json()["warnings"]) == (1, [])
    assert await drops(session) == {("p1", ""): 0}


@pytest.mark.parametrize(
    ("sender", "named"),
    [
        (7, "sender: expected"),
        ({"name": "x"}, "sender: object missing required field `id`"),
        ({"id": ""}, "sender.id: expected `str` of length >= 1"),
        ({"id": "x" * 65}, "sender.id: expected `str` of length <= 64"),
        ({"id": "nul\0"}, "sender.id: holds a NUL"),
        ({"id": "half \ud800"}, "half of a character"),
        ({"id": "p", "dropped": {"a": -1}}, "sender.dropped"),
        ({"id": "p", "dropped": {"a": 1.5}}, "sender.dropped"),
        ({"id": "p", "dropped": {"": 1}}, "sender.dropped"),
        ({"id": "p", "dropped": {"a" * 65: 1}}, "sender.dropped"),
        ({"id": "p", "dropped": {str(n): 1 for n in range(21)}}, "sender.dropped"),
    ],
)
async def test_a_bad_report_is_named_and_never_costs_the_events(
    send: Send, session: AsyncSession, sender: object, named: str
) -> None:
    answer = await send({"events": [make_body()], "sender": sender})
    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)
    (warning,) = answer.json()["warnings"]
    assert named in warning
    assert "the report was ignored, the events were not" in warning
    assert await drops(session) == {}


async def test_a_sender_that_is_null_is_none(send: Send, session: AsyncSession) -> None:
    assert (await send({"events": [make_body()], "sender": None})).json()["warnings"] == []
    assert await drops(session) == {}


async def test_two_senders_in_one_body_are_none(send: Send) -> None:
    twice = b'{"events": [], "sender": {"id": "a"}, "sender": {"id": "b"}}'
    assert (await send(content=twice)).status_code == 400


@pytest.mark.parametrize(
    ("content", "headers", "code"),
    [
        (b"{", {}, "not_json"),
        (b"7", {}, "not_json"),
        (b"[]", {"content-type": "text/plain"}, "unsupported_media_type"),
        (b"no gzip", {"content-encoding": "gzip"}, "not_decodable"),
        (b"[" + b"{}," * 1_000 + b"{}]", {}, "too_many_events"),
    ],
)
async def test_a_body_that_is_refused_as_a_whole_is_counted_apart(
    app: FastAPI,
    send: Send,
    session: AsyncSession,
    api_key: tuple[ApiKey, str],
    content: bytes,
    headers: dict[str, str],
    code: str,
) -> None:
    for _ in range(2):
        assert (await send(content=content, headers=headers)).status_code in {400, 413, 415}
    assert await counted(session, api_key) == {}  # not while the sender waits
    await app.state.refusals.write(app.state.sessionmaker)
    await app.state.refusals.write(app.state.sessionmaker)
    assert await counted(session, api_key) == {("refused", code): 2}


async def test_refusals_that_cannot_be_counted_trouble_nobody(app: FastAPI, send: Send) -> None:
    def away() -> AsyncSession:
        raise OSError("the database is away")

    await send(content=b"{")
    await app.state.refusals.write(away)


async def test_refusals_are_written_when_the_service_stops(
    app: FastAPI, send: Send, session: AsyncSession, api_key: tuple[ApiKey, str]
) -> None:
    async with counting(app.state):
        await send(content=b"{")
    assert await counted(session, api_key) == {("refused", "not_json"): 1}
