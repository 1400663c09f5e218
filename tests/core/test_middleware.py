"""What wraps every request."""

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.types import Receive, Scope, Send

from app.core.config import Settings
from app.core.metrics import HttpMetrics
from app.core.middleware import RequestContext
from app.main import create_app


async def test_every_answer_carries_an_id_and_the_headers_that_protect_a_page(client: httpx.AsyncClient) -> None:
    for path in ("/api/v1/me", "/api/openapi.json", "/nowhere"):
        headers = (await client.get(path)).headers
        assert len(headers["x-request-id"]) == 36
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert "strict-transport-security" not in headers


async def test_a_page_may_load_only_what_is_ours(client: httpx.AsyncClient) -> None:
    policy = (await client.get("/api/v1/me")).headers["content-security-policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy
    assert "http:" not in policy
    assert "*" not in policy


async def test_https_is_remembered_where_we_are_on_https(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"app_url": "https://tokens.example.com"}))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="https://tokens.example.com") as client:
        assert "max-age" in (await client.get("/api/openapi.json")).headers["strict-transport-security"]


@pytest.mark.parametrize("given", ["abc-123", "A.b_c", "x" * 64])
async def test_a_callers_own_id_is_kept(client: httpx.AsyncClient, given: str) -> None:
    assert (await client.get("/nowhere", headers={"x-request-id": given})).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "two words", "x" * 65, "line\\nbreak", '"quoted"', "a=b"])
async def test_an_id_that_could_break_a_log_line_is_replaced(client: httpx.AsyncClient, given: str) -> None:
    answer = await client.get("/nowhere", headers={"x-request-id": given})
    assert answer.headers["x-request-id"] != given


async def test_a_fault_after_the_answer_began_is_not_answered_twice() -> None:
    async def half(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("too late")

    app = FastAPI()
    app.mount("/", half)
    app.add_middleware(RequestContext, https=False, metrics=HttpMetrics(CollectorRegistry()))
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost")
    with pytest.raises(RuntimeError, match="too late"):
        await client.get("/")
