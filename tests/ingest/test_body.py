"""The body as a whole: who may send, in which shapes and encodings, how much."""

import asyncio
import gzip
import json
import zlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import zstandard
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.config import Settings
from app.core.database import make_engine, make_sessionmaker
from app.core.ids import new_id
from app.ingest.rules import limits
from app.usage.models import Event
from app.workspaces.models import ApiKey
from app.workspaces.rules import Scope
from tests.factories.ingest import bearer, make_body
from tests.factories.workspaces import make_api_key, make_workspace
from tests.ingest.conftest import Send

MIB = 1024 * 1024
NOTHING = {"received": 0, "accepted": 0, "duplicates": 0, "rejected": [], "warnings": []}
ONE = {"received": 1, "accepted": 1, "duplicates": 0, "rejected": [], "warnings": []}


async def stored(session: AsyncSession) -> int:
    found = await session.execute(select(func.count()).select_from(Event))
    return found.scalar_one()


class Pieces:
    """A body that is sent in pieces without a stated length, and knows how much of it was taken."""

    def __init__(self, *pieces: bytes, repeat: int = 1) -> None:
        self.pieces = pieces * repeat
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            self.taken += len(piece)
            yield piece


# -- shapes


@pytest.mark.parametrize("wrap", [lambda e: e, lambda e: [e], lambda e: {"events": [e]}])
async def test_one_event_a_list_and_an_envelope_are_taken(send: Send, session: AsyncSession, wrap: Any) -> None:
    answer = await send(wrap(make_body(event_id="a")))
    assert (answer.status_code, answer.json()) == (200, ONE)
    assert await stored(session) == 1


@pytest.mark.parametrize("body", ["[]", '{"events": []}', " [ ] ", "\ufeff[]"])
async def test_an_empty_list_is_answered_with_zeros(send: Send, body: str) -> None:
    answer = await send(content=body.encode())
    assert (answer.status_code, answer.json()) == (200, NOTHING)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[1] 2",
        b"5",
        b"null",
        b'"text"',
        b"[NaN]",
        b"{'a': 1}",
        b"\xff",
        b'[{"provider": "\xff"}]',
        "[]".encode("utf-16"),
        b"[" * 200_000,
        b'{"events": 5}',
        b'{"events": {}}',
        b'{"events": [], "events": []}',
        b'{"events": [], "provider": "openai"}',
    ],
)
async def test_what_is_not_json_events_is_refused_as_a_whole(send: Send, body: bytes) -> None:
    answer = await send(content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "not_json")
    assert answer.headers["content-type"] == "application/problem+json"


# -- who may send


async def test_a_stranger_is_turned_away_before_the_body_is_read(client: httpx.AsyncClient) -> None:
    for headers in ({}, bearer("tb_made-up"), {"Authorization": "Basic eDp5"}):
        body = Pieces(b"[", b" " * 1000)
        answer = await client.post("/api/v1/events", headers=headers, content=body)
        assert answer.status_code == 401
        assert body.taken == 0


async def test_a_key_that_only_reads_may_not_send(client: httpx.AsyncClient, session: AsyncSession) -> None:
    _, key = await make_api_key(session, await make_workspace(session), Scope.READ)
    await session.commit()
    answer = await client.post("/api/v1/events", headers=bearer(key), json=[make_body()])
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert await stored(session) == 0


async def test_a_key_that_sends_too_often_is_told_when_to_come_again(
    app: FastAPI, settings: Settings, send: Send
) -> None:
    app.state.settings = settings.model_copy(update={"ingest_requests_per_key": "2/minute"})
    assert [(await send([])).status_code for _ in range(2)] == [200, 200]
    answer = await send([])
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert 1 <= int(answer.headers["retry-after"]) <= 60


# -- types and encodings


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
async def test_json_is_taken_however_it_is_announced(send: Send, content_type: str) -> None:
    assert (await send(content=b"[]", headers={"Content-Type": content_type})).status_code == 200


async def test_json_is_taken_without_an_announcement(send: Send) -> None:
    assert (await send(content=b"[]")).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Encoding": "br"},
        {"Content-Encoding": "gzip, gzip"},
    ],
)
async def test_other_types_and_encodings_are_refused(send: Send, headers: dict[str, str]) -> None:
    answer = await send(content=b"[]", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def gzipped(body: bytes) -> bytes:
    return gzip.compress(body)


def two_members(body: bytes) -> bytes:
    return gzip.compress(body[:5]) + gzip.compress(body[5:])


def two_frames(body: bytes) -> bytes:
    return zstandard.compress(body[:5]) + zstandard.compress(body[5:])


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [
        ("gzip", gzipped),
        ("GZIP", gzipped),
        ("x-gzip", gzipped),
        ("gzip", two_members),
        ("zstd", zstandard.compress),
        ("zstd", two_frames),
        ("identity", bytes),
        ("", bytes),
    ],
)
async def test_encodings_are_undone_in_any_pieces(send: Send, encoding: str, compress: Any) -> None:
    body = compress(json.dumps([make_body(event_id=f"e{n}") for n in range(50)]).encode())
    for size in (len(body), 7, 1):
        pieces = Pieces(*(body[start : start + size] for start in range(0, len(body), size)))
        answer = await send(content=pieces, headers={"Content-Encoding": encoding})
        assert answer.status_code == 200
        assert answer.json()["received"] == 50


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
@pytest.mark.parametrize("damage", [lambda b: b[:-3], lambda b: b"[]", lambda b: b"", lambda b: b + b"tail"])
async def test_damaged_compression_is_refused(send: Send, encoding: str, damage: Any) -> None:
    compress = gzip.compress if encoding == "gzip" else zstandard.compress
    answer = await send(content=damage(compress(b"[]" * 100)), headers={"Content-Encoding": encoding})
    assert (answer.status_code, answer.json()["code"]) == (400, "not_decodable")


# -- how much


async def test_a_thousand_events_are_taken_and_one_more_is_not(send: Send) -> None:
    events = [make_body(event_id=f"e{n}", input_tokens=1) for n in range(limits.MAX_EVENTS + 1)]
    answer = await send(events)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_many_events")
    assert "1,000" in answer.json()["detail"]
    answer = await send({"events": events[:-1]})
    assert (answer.status_code, answer.json()["accepted"]) == (200, 1000)


async def test_four_mib_are_taken_and_one_byte_more_is_not(send: Send) -> None:
    whole = b"[" + b" " * (4 * MIB - 2) + b"]"
    assert (await send(content=whole)).status_code == 200
    answer = await send(content=whole + b" ")
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert "4 MiB" in answer.json()["detail"]


async def test_an_endless_body_is_cut_off_while_it_is_read(send: Send) -> None:
    body = Pieces(b"[", *[b" " * MIB] * 1000)
    assert (await send(content=body)).status_code == 413
    assert body.taken <= 6 * MIB


def gzip_bomb() -> bytes:
    return gzip.compress(b" " * (40 * MIB))


def zstd_bomb() -> bytes:
    return zstandard.compress(b" " * (400 * MIB), 19)


@pytest.mark.parametrize(("encoding", "bomb"), [("gzip", gzip_bomb), ("zstd", zstd_bomb)])
async def test_a_bomb_is_cut_off_while_it_is_read(send: Send, encoding: str, bomb: Any) -> None:
    body = bomb()
    pieces = Pieces(*(body[start : start + 1024] for start in range(0, len(body), 1024)), b"never taken")
    answer = await send(content=pieces, headers={"Content-Encoding": encoding})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert "32 MiB" in answer.json()["detail"]
    assert pieces.taken < len(body)


async def test_thirty_two_mib_are_unfolded(send: Send) -> None:
    body = gzip.compress(b"[" + b" " * (32 * MIB - 2) + b"]")
    assert (await send(content=body, headers={"Content-Encoding": "gzip"})).json() == NOTHING


@pytest.mark.parametrize("value", [b"[],", b"{},", b"0.1,"])
async def test_a_body_of_millions_of_tiny_values_is_refused_before_it_is_read(send: Send, value: bytes) -> None:
    body = zlib.compress(b"[" + value * (6 * MIB // len(value)) + b"0]", wbits=31)
    answer = await send(content=body, headers={"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_a_body_of_thousands_of_empty_parts_is_refused(send: Send) -> None:
    for encoding, part in (("gzip", gzip.compress(b"")), ("zstd", zstandard.compress(b""))):
        answer = await send(content=part * 5000, headers={"Content-Encoding": encoding})
        assert answer.status_code == 400


# -- the database


async def test_a_database_that_is_away_is_a_passing_fault(app: FastAPI, send: Send) -> None:
    assert (await send([])).status_code == 200  # the key is known from now on
    engine = make_engine("postgresql://nobody@127.0.0.1:1/nothing")
    app.state.sessionmaker = make_sessionmaker(engine)
    answer = await send([make_body()])
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    await engine.dispose()


async def test_a_database_that_comes_back_takes_what_is_sent_again(
    app: FastAPI, send: Send, sessionmaker: async_sessionmaker[AsyncSession]
) -> None:
    engine = make_engine("postgresql://nobody@127.0.0.1:1/nothing")
    await send([])
    app.state.sessionmaker = make_sessionmaker(engine)
    assert (await send([make_body(event_id="a")])).status_code == 503
    app.state.sessionmaker = sessionmaker
    assert (await send([make_body(event_id="a")])).json() == ONE
    await engine.dispose()


async def test_more_senders_than_connections_are_all_answered(app: FastAPI, fresh_database: str) -> None:
    engine = make_engine(fresh_database, pool_size=2)
    app.state.sessionmaker = make_sessionmaker(engine)
    async with app.state.sessionmaker() as session, session.begin():
        _, key = await make_api_key(session, await make_workspace(session), Scope.INGEST)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        answers = await asyncio.gather(
            *(client.post("/api/v1/events", headers=bearer(key), json=make_body()) for _ in range(40))
        )
    assert [answer.status_code for answer in answers] == [200] * 40
    async with app.state.sessionmaker() as session:
        assert await stored(session) == 40
    await engine.dispose()


async def test_events_carry_the_workspace_and_the_key_that_sent_them(
    send: Send, session: AsyncSession, api_key: tuple[ApiKey, str]
) -> None:
    await send(make_body(event_id=str(new_id())))
    event = (await session.execute(select(Event))).scalar_one()
    assert (event.workspace_id, event.api_key_id) == (api_key[0].workspace_id, api_key[0].id)
