"""The dashboard's files, their caching, and the documentation of the API."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from app import static
from app.core.handlers import add_handlers
from app.core.metrics import HttpMetrics
from app.core.middleware import RequestContext

SCRIPT = "export const answer = 42;\n" * 100
INDEX = "<!doctype html><title>TokenBoard</title><div id=root></div>"


def serving(folder: Path) -> FastAPI:
    app = FastAPI(title="TokenBoard", openapi_url="/api/openapi.json", docs_url=None, redoc_url=None)

    @app.get("/api/v1/ping")
    async def ping() -> str:
        return "pong"

    add_handlers(app)
    static.include(app, folder)
    app.add_middleware(RequestContext, https=False, metrics=HttpMetrics(CollectorRegistry()))
    return app


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """What a build leaves, and a file beside it that is nobody's business."""
    (tmp_path / "secrets.json").write_text("{}")
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX)
    (folder / "theme.js").write_text("document.documentElement.dataset.theme = 'dark'")
    (folder / "assets" / "index-a1b2c3.js").write_text(SCRIPT)
    (folder / "assets" / "font-a1b2c3.woff2").write_bytes(bytes(2000))
    return folder


@pytest.fixture
async def browser(dist: Path) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=serving(dist), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        client.headers["accept-encoding"] = "identity"
        yield client


@pytest.mark.parametrize(
    "path", ["/", "/index.html", "/sign-in", "/w/acme/overview?month=2026-11", "/w/acme/prices/gpt-4.1", "/assets"]
)
async def test_every_page_is_the_index_and_is_never_kept(browser: httpx.AsyncClient, path: str) -> None:
    answer = await browser.get(path)
    assert (answer.status_code, answer.text) == (200, INDEX)
    assert "no-store" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in answer.headers["content-security-policy"]


async def test_a_hashed_asset_is_kept_for_ever(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/assets/index-a1b2c3.js")
    assert answer.text == SCRIPT
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "javascript" in answer.headers["content-type"]


async def test_other_files_at_the_root_are_kept_for_an_hour(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/theme.js")
    assert answer.headers["cache-control"] == "public, max-age=3600"


async def test_a_missing_asset_is_not_answered_with_a_page(browser: httpx.AsyncClient) -> None:
    for path in ("/assets/index-00000.js", "/favicon.ico", "/robots.txt", "/w/acme/app.js"):
        assert (await browser.get(path)).status_code == 404


async def test_text_is_compressed_for_those_who_take_it(browser: httpx.AsyncClient) -> None:
    async with browser.stream("GET", "/assets/index-a1b2c3.js", headers={"accept-encoding": "br, gzip"}) as answer:
        sent = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) == len(sent) < len(SCRIPT) / 10
    assert gzip.decompress(sent).decode() == SCRIPT
    assert answer.headers["vary"] == "Accept-Encoding"
    assert "immutable" in answer.headers["cache-control"]


async def test_what_is_compressed_already_is_sent_as_it_is(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/assets/font-a1b2c3.woff2", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_an_unchanged_file_is_not_sent_again(browser: httpx.AsyncClient, encoding: str) -> None:
    first = await browser.get("/assets/index-a1b2c3.js", headers={"accept-encoding": encoding})
    again = await browser.get(
        "/assets/index-a1b2c3.js", headers={"accept-encoding": encoding, "if-none-match": first.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


async def test_the_two_codings_of_a_file_have_different_tags(browser: httpx.AsyncClient) -> None:
    plain = await browser.get("/assets/index-a1b2c3.js")
    packed = await browser.get("/assets/index-a1b2c3.js", headers={"accept-encoding": "gzip"})
    assert plain.headers["etag"] != packed.headers["etag"]


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_head_answers_with_the_length_and_no_body(browser: httpx.AsyncClient, encoding: str) -> None:
    headers = {"accept-encoding": encoding}
    get = await browser.get("/assets/index-a1b2c3.js", headers=headers)
    head = await browser.head("/assets/index-a1b2c3.js", headers=headers)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


@pytest.mark.parametrize(
    "path",
    ["/../secrets.json", "/%2e%2e/secrets.json", "/assets/..%2f..%2fsecrets.json", "//etc/passwd", "/%2fetc%2fpasswd"],
)
async def test_nothing_outside_the_folder_is_served(browser: httpx.AsyncClient, path: str) -> None:
    answer = await browser.get(httpx.URL("http://localhost:8000").copy_with(raw_path=path.encode()))
    assert answer.text == INDEX or answer.status_code == 404


@pytest.mark.parametrize("path", ["/a%00b", "/" + "a" * 5000])
async def test_a_name_that_no_file_can_have_is_a_page(browser: httpx.AsyncClient, path: str) -> None:
    answer = await browser.get(path)
    assert (answer.status_code, answer.text) == (200, INDEX)


@pytest.mark.parametrize("path", ["/api", "/api/v1/nothing", "/v1/traces", "/metrics"])
async def test_an_unknown_address_for_programs_is_a_problem_document(browser: httpx.AsyncClient, path: str) -> None:
    answer = await browser.get(path, headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"


async def test_the_dashboard_takes_nothing_from_the_api(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/api/v1/ping")).json() == "pong"
    assert (await browser.post("/api/v1/ping")).status_code == 405
    assert (await browser.post("/sign-in")).status_code == 404


async def test_without_a_build_the_page_says_what_makes_one(tmp_path: Path) -> None:
    transport = httpx.ASGITransport(app=serving(tmp_path / "nowhere"))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        answer = await client.get("/")
    assert answer.status_code == 503
    assert "make run" in answer.text
    assert "no-store" in answer.headers["cache-control"]


async def test_the_docs_load_only_from_here_and_hold_no_script(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/api/docs")
    assert page.status_code == 200
    assert "://" not in page.text
    assert "<script>" not in page.text
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "start.js"):
        assert f"/api/docs/{name}" in page.text
        assert (await browser.get(f"/api/docs/{name}")).status_code == 200
    assert "/api/openapi.json" in (await browser.get("/api/docs/start.js")).text
