"""Every failure leaves as one problem document, with an id, and without what went wrong inside."""

import asyncio
import socket
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from pydantic import BaseModel, field_validator
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core.database import make_engine, make_sessionmaker
from app.core.errors import AppError, FieldError, NotFound, TooManyRequests
from app.core.handlers import add_handlers
from app.core.metrics import HttpMetrics
from app.core.middleware import RequestContext

PARTS = {"type", "title", "status", "detail", "code", "errors", "request_id"}


class Gone(AppError):
    status, code, title = 410, "gone", "Gone"


class Form(BaseModel):
    """Something to fill in."""

    count: int
    tags: list[str] = []

    @field_validator("tags")
    @classmethod
    def _no_empty_tags(cls, tags: list[str]) -> list[str]:
        if "" in tags:
            raise ValueError("one of them is empty")
        return tags


FAILURES: dict[str, Exception] = {
    "gone": Gone("It went away.", errors=[FieldError("id", "is gone")]),
    "plain": NotFound(),
    "slow-down": TooManyRequests("Wait.", retry_after_seconds=7),
    "fault": RuntimeError("the secret is hunter2"),
    "refused": ConnectionRefusedError("no server at 10.0.0.1"),
    "starting": asyncpg.CannotConnectNowError("the database system is starting up"),
    "full": asyncpg.TooManyConnectionsError("too many clients"),
    "crowded": PoolTimeout("QueuePool limit"),
    "broken": DBAPIError("SELECT 1", {}, Exception("hunter2"), connection_invalidated=True),
    "starting-anew": DBAPIError("SELECT 1", {}, asyncpg.CannotConnectNowError("not yet accepting connections")),
    "disk-full": DBAPIError("INSERT", {}, asyncpg.DiskFullError("No space left on device")),
    "wrong-sql": DBAPIError("SELECT secret", {}, Exception("hunter2")),
}


@pytest.fixture
def plain_app() -> FastAPI:
    app = FastAPI()
    add_handlers(app)

    @app.get("/fail/{name}")
    async def fail(name: str) -> None:
        raise FAILURES[name]

    @app.post("/form")
    async def form(body: Form, limit: int = 1) -> dict[str, Any]:
        return body.model_dump()

    app.add_middleware(RequestContext, https=True, metrics=HttpMetrics(CollectorRegistry()))
    return app


@pytest.fixture
def caller(plain_app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=plain_app)
    return httpx.AsyncClient(transport=transport, base_url="http://localhost")


def check(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(body) == PARTS
    assert body["type"] == f"urn:tokenboard:error:{code}"
    assert body["request_id"] == answer.headers["x-request-id"]
    return body


async def test_a_named_failure_says_what_happened_and_where(caller: httpx.AsyncClient) -> None:
    body = check(await caller.get("/fail/gone"), 410, "gone")
    assert (body["title"], body["detail"]) == ("Gone", "It went away.")
    assert body["errors"] == [{"field": "id", "detail": "is gone"}]


async def test_a_failure_without_words_has_its_title(caller: httpx.AsyncClient) -> None:
    assert check(await caller.get("/fail/plain"), 404, "not_found")["detail"] == "Not found"


async def test_who_must_wait_is_told_how_long(caller: httpx.AsyncClient) -> None:
    answer = await caller.get("/fail/slow-down")
    check(answer, 429, "rate_limited")
    assert answer.headers["retry-after"] == "7"


async def test_a_fault_of_ours_tells_nothing_of_itself(caller: httpx.AsyncClient) -> None:
    answer = await caller.get("/fail/fault")
    check(answer, 500, "internal_error")
    assert "hunter2" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["refused", "starting", "full", "crowded", "broken", "starting-anew", "disk-full"])
async def test_a_database_that_is_away_is_a_passing_fault(caller: httpx.AsyncClient, name: str) -> None:
    answer = await caller.get(f"/fail/{name}")
    check(answer, 503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert "10.0.0.1" not in answer.text


async def test_wrong_sql_is_a_fault_of_ours(caller: httpx.AsyncClient) -> None:
    answer = await caller.get("/fail/wrong-sql")
    check(answer, 500, "internal_error")
    assert "hunter2" not in answer.text


async def test_every_field_that_is_wrong_is_named(caller: httpx.AsyncClient) -> None:
    answer = await caller.post("/form?limit=x", json={"count": "many", "tags": ["a", 2]})
    body = check(answer, 422, "invalid_request")
    assert [error["field"] for error in body["errors"]] == ["limit", "count", "tags.1"]
    assert body["detail"] == "Look at: limit, count, tags.1."


@pytest.mark.parametrize("content", [b"{", b"", b"[1", b"\xff\xfe"])
async def test_what_is_no_json_is_the_senders_fault(caller: httpx.AsyncClient, content: bytes) -> None:
    answer = await caller.post("/form", content=content, headers={"content-type": "application/json"})
    assert 400 <= answer.status_code < 500
    assert set(answer.json()) == PARTS


async def test_broken_json_is_called_so(caller: httpx.AsyncClient) -> None:
    answer = await caller.post("/form", content=b'{"count": 1,}', headers={"content-type": "application/json"})
    [error] = check(answer, 422, "invalid_request")["errors"]
    assert error["field"] == "body"
    assert error["detail"].startswith("is not JSON: ")


async def test_what_our_own_checks_say_stands_as_they_say_it(caller: httpx.AsyncClient) -> None:
    [error] = check(await caller.post("/form", json={"count": 1, "tags": ["", "x"]}), 422, "invalid_request")["errors"]
    assert error == {"field": "tags", "detail": "one of them is empty"}


async def test_an_address_and_a_method_that_are_not_there(caller: httpx.AsyncClient) -> None:
    check(await caller.get("/nowhere"), 404, "not_found")
    answer = await caller.delete("/form")
    check(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"


async def test_a_method_that_is_not_there_is_told_all_that_are(client: httpx.AsyncClient) -> None:
    """Also those of other routers."""
    answer = await client.put("/api/v1/me")
    check(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, PATCH"


async def test_a_database_that_is_really_not_there(app: FastAPI, client: httpx.AsyncClient) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # not listening: whoever calls is refused
        engine = make_engine(f"postgresql://ada:hunter2@127.0.0.1:{taken.getsockname()[1]}/tokens")
        app.state.sessionmaker = make_sessionmaker(engine)
        answer = await client.post("/api/v1/auth/login", json={"email": "a@example.com", "password": "x"})
    check(answer, 503, "unavailable")
    assert "hunter2" not in answer.text
    await engine.dispose()


async def test_a_key_cannot_be_checked_without_a_database(app: FastAPI, client: httpx.AsyncClient) -> None:
    """Not 401: who is told that his key is wrong throws it away."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        engine = make_engine(f"postgresql://ada@127.0.0.1:{taken.getsockname()[1]}/tokens")
        app.state.sessionmaker = make_sessionmaker(engine)
        headers = {"authorization": "Bearer tb_whatever"}
        answer = await client.get(f"/api/v1/workspaces/{'0' * 32}", headers=headers)
    check(answer, 503, "unavailable")
    await engine.dispose()


async def test_ids_of_requests_at_once_do_not_mix(caller: httpx.AsyncClient) -> None:
    async def ask(number: int) -> None:
        answer = await caller.get("/fail/gone", headers={"x-request-id": f"caller-{number}"})
        assert check(answer, 410, "gone")["request_id"] == f"caller-{number}"

    await asyncio.gather(*(ask(number) for number in range(20)))
