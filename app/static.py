"""Serves the built dashboard, and the page that documents the API, without anybody else's servers.

Files below `assets/` carry a hash of their content in their name and are kept by browsers for
ever; `index.html` is asked for anew each time, so that a new release is seen at once. It also
answers every address that the dashboard's own router knows.
"""

import gzip
import importlib.util
from functools import lru_cache
from html import escape
from pathlib import Path
from stat import S_ISREG

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Receive, Scope, Send

FOR_EVER = "public, max-age=31536000, immutable"
SHORT = "public, max-age=3600"
NEVER = "no-cache, no-store, must-revalidate"
# A browser that asks for one of these wants an answer for programs, never a page.
PROGRAM_PATHS = ("/api", "/v1", "/cron", "/metrics")
COMPRESSIBLE = frozenset({".html", ".js", ".css", ".svg", ".json", ".map", ".txt", ".webmanifest", ".ico", ".xml"})
LEAST_COMPRESSED_BYTES = 1024
# What browsers and robots look for by name; an address of the dashboard may hold dots of its own (`gpt-4.1`).
FILE_KINDS = COMPRESSIBLE | {".png", ".jpg", ".gif", ".webp", ".woff2", ".php"}
DOCS_FILES = ("swagger-ui-bundle.js", "swagger-ui.css")

NOT_BUILT = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>TokenBoard</title></head>
<body>
<h1>TokenBoard is running, but its dashboard is not built</h1>
<p>Stop it and start it with <code>make run</code>, which builds the dashboard first.</p>
<p>The API answers already: <a href="/api/docs">its documentation</a>.</p>
</body>
</html>
"""

DOCS_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} API</title>
<link rel="icon" href="/favicon.svg">
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script>
</body>
</html>
"""

# A file of its own, because the content security policy allows no script inside a page.
DOCS_START = """SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis],
  validatorUrl: null,
});
"""


def include(app: FastAPI, folder: Path) -> None:
    """Answer whatever no route answers from the dashboard built in `folder`; add `/api/docs`."""
    app.router.default = Dashboard(folder)
    _include_docs(app)


class Dashboard:
    """The built files; `index.html` for every other address; 404 for what only programs ask."""

    def __init__(self, folder: Path) -> None:
        self.index = folder / "index.html"
        self.assets = (folder / "assets").resolve()
        self.files = StaticFiles(directory=folder, check_dir=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_page = scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}
        if not is_page or _is_for_programs(scope["path"]):
            raise HTTPException(404)
        response = await run_in_threadpool(self._respond, scope)
        await response(scope, receive, send)

    def _respond(self, scope: Scope) -> Response:
        file = self._find(scope)
        if file is not None and file != self.index.resolve():
            return _file(file, scope, FOR_EVER if file.is_relative_to(self.assets) else SHORT)
        # a missing file must not be answered with a page: the browser would take it for a script or a picture
        if file is None and (scope["path"].startswith("/assets/") or Path(scope["path"]).suffix in FILE_KINDS):
            raise HTTPException(404)
        if self.index.is_file():
            return _file(self.index, scope, NEVER)
        return HTMLResponse(NOT_BUILT, status_code=503, headers={"Cache-Control": NEVER})

    def _find(self, scope: Scope) -> Path | None:
        """The file at this address; None when there is none, or it would lie outside the folder."""
        try:
            path, stat = self.files.lookup_path(self.files.get_path(scope))
        except (ValueError, OSError):  # a name that no file can have
            return None
        return Path(path) if stat is not None and S_ISREG(stat.st_mode) else None


def _is_for_programs(path: str) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in PROGRAM_PATHS)


def _file(file: Path, scope: Scope, cache: str) -> Response:
    """The file with its caching rule, compressed where that helps and the browser takes it."""
    asked = Headers(scope=scope)
    stat = file.stat()
    response: Response = FileResponse(file, stat_result=stat, headers={"Cache-Control": cache})
    if file.suffix in COMPRESSIBLE and stat.st_size >= LEAST_COMPRESSED_BYTES:
        response.headers["Vary"] = "Accept-Encoding"
        if "gzip" in asked.get("accept-encoding", "") and "range" not in asked:
            response = _compressed(response, _gzipped(file, stat.st_mtime_ns), scope["method"])
    if response.headers["etag"] in asked.get("if-none-match", ""):
        return NotModifiedResponse(response.headers)
    return response


def _compressed(plain: Response, body: bytes, method: str) -> Response:
    headers = {name: plain.headers[name] for name in ("cache-control", "vary", "last-modified")}
    headers |= {
        "content-encoding": "gzip",
        "content-length": str(len(body)),
        "etag": plain.headers["etag"][:-1] + '-gzip"',
    }
    return Response(b"" if method == "HEAD" else body, headers=headers, media_type=plain.media_type)


@lru_cache(maxsize=256)
def _gzipped(file: Path, _changed_ns: int) -> bytes:
    """The file compressed; kept, until the file changes."""
    return gzip.compress(file.read_bytes(), mtime=0)


def _include_docs(app: FastAPI) -> None:
    folder = _docs_folder()

    async def page(_: Request) -> Response:
        return HTMLResponse(DOCS_PAGE.format(title=escape(app.title)), headers={"Cache-Control": NEVER})

    async def start(_: Request) -> Response:
        return Response(DOCS_START, media_type="text/javascript", headers={"Cache-Control": SHORT})

    async def file(request: Request) -> Response:
        name = request.url.path.rsplit("/", 1)[1]
        return await run_in_threadpool(_file, folder / name, request.scope, SHORT)

    app.add_route("/api/docs", page, methods=["GET"], include_in_schema=False)
    app.add_route("/api/docs/start.js", start, methods=["GET"], include_in_schema=False)
    for name in DOCS_FILES:
        app.add_route(f"/api/docs/{name}", file, methods=["GET"], include_in_schema=False)


def _docs_folder() -> Path:
    """Where the package `fastapi-swagger` keeps Swagger UI. Only its files are used, none of its code."""
    spec = importlib.util.find_spec("fastapi_swagger")
    if spec is None or spec.origin is None:
        raise RuntimeError("the package fastapi-swagger is not installed")
    return Path(spec.origin).parent / "resources"
