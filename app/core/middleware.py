"""What wraps every request: an id, the log line, security headers, the origin of cookie-borne writes."""

import re
import time
from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.errors import Forbidden
from app.core.handlers import from_app_error, shown_path, unexpected
from app.core.ids import new_id
from app.core.log import log_line
from app.core.metrics import HttpMetrics

# a caller's own id is kept when it cannot break a log line
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class RequestContext:
    """Gives each request an id (`X-Request-Id`), logs it once, and sets the security headers."""

    def __init__(self, app: ASGIApp, *, https: bool, metrics: HttpMetrics) -> None:
        self.app = app
        self.metrics = metrics
        headers = {**SECURITY_HEADERS, **({"Strict-Transport-Security": "max-age=31536000"} if https else {})}
        self.headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else str(new_id())
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        status = HTTPStatus.INTERNAL_SERVER_ERROR.value
        is_started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal status, is_started
            if message["type"] == "http.response.start":
                is_started = True
                status = message["status"]
                own = message.get("headers", ())
                names = {name.lower() for name, _ in own}
                message["headers"] = [
                    *((name, value) for name, value in own if name.lower() != b"x-request-id"),
                    (b"x-request-id", request_id.encode()),
                    *(header for header in self.headers if header[0] not in names),
                ]
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception as error:
            if is_started:
                raise
            # answered here and not further out, so that this answer too has its id and its headers
            await unexpected(scope, error)(scope, receive, send_with_headers)
        finally:
            seconds = time.perf_counter() - started
            self.metrics.answered(scope, status, seconds)
            # the path and never the query: a query may hold what people typed
            log_line(
                "request",
                method=scope["method"],
                path=shown_path(scope),
                status=status,
                ms=round(seconds * 1000, 1),
            )


class OriginCheck:
    """Refuses writes that carry a cookie of ours from a page that is not ours (cross-site request forgery)."""

    def __init__(self, app: ASGIApp, *, app_url: str, cookies: Sequence[str]) -> None:
        self.app = app
        self.own = _host(app_url)
        self.cookies = tuple(f"{cookie}=" for cookie in cookies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS and self._is_foreign(Headers(scope=scope)):
            error = Forbidden("This request came from another site. Open TokenBoard itself and try again there.")
            await from_app_error(error)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _is_foreign(self, headers: Headers) -> bool:
        # HTTP/2 may split the cookies over several headers (RFC 9113, section 8.2.3)
        if not any(name in cookies for cookies in headers.getlist("cookie") for name in self.cookies):
            return False
        if headers.get("sec-fetch-site") == "cross-site":
            return True
        origin = headers.get("origin")
        # programs send no Origin; browsers do on every write that another site could cause
        return origin is not None and not self._is_own(origin, headers.get("host", ""))

    def _is_own(self, origin: str, host: str) -> bool:
        try:
            return _host(origin) in {self.own, host}
        except ValueError:  # `http://[` is no address at all
            return False


def _host(url: str) -> str:
    return urlsplit(url).netloc
