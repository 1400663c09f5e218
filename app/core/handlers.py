"""Every failure leaves as one RFC 9457 problem document, with the id of its request."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import asyncpg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import Scope

from app.core.errors import AppError, FieldError, InvalidRequest, NotFound, Unavailable
from app.core.log import get_logger

log = get_logger(__name__)
PROBLEM = "application/problem+json"
RETRY_SECONDS = 2
# What a database that is away, starting, stopping or full makes of a request; SQLAlchemy passes on
# as they are the errors that asyncpg raises while connecting.
UNREACHABLE = (
    OSError,
    InterfaceError,
    OperationalError,
    PoolTimeout,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidAuthorizationSpecificationError,
)
# The same, where SQLAlchemy has no class of its own for it: connection lost, out of resources (disk, memory,
# connections), shutting down or starting. https://www.postgresql.org/docs/current/errcodes-appendix.html
PASSING = ("08", "53", "57P")
# character_not_in_repertoire: PostgreSQL's text holds no NUL
UNTRANSLATABLE_TEXT = "22021"
# what need not be encoded
PLAIN_PATH = re.compile(r"[\w./-]*", re.ASCII)


def problem_response(
    *,
    status: int,
    code: str,
    title: str,
    detail: str,
    errors: Sequence[FieldError] = (),
    retry_after_seconds: int | None = None,
    extensions: Mapping[str, Any] = MappingProxyType({}),
) -> JSONResponse:
    body = {
        **extensions,
        "type": f"urn:tokenboard:error:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": [{"field": error.field, "detail": error.detail} for error in errors],
        "request_id": structlog.contextvars.get_contextvars().get("request_id"),
    }
    headers = {"Retry-After": str(retry_after_seconds)} if retry_after_seconds else {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"  # RFC 9110, section 15.5.2: a 401 says how to do better
    return JSONResponse(body, status_code=status, headers=headers, media_type=PROBLEM)


def from_app_error(error: AppError) -> JSONResponse:
    return problem_response(
        status=error.status,
        code=error.code,
        title=error.title,
        detail=error.detail,
        errors=error.errors,
        retry_after_seconds=error.retry_after_seconds,
        extensions=error.extensions,
    )


async def _app_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, AppError)  # noqa: S101 - registered for this class only
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR and error.__cause__ is not None:
        cause = error.__cause__
        log.warning("answered as a passing fault", code=error.code, error=type(cause).__name__, sqlstate=_state(cause))
    return from_app_error(error)


async def _validation(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class only
    fields = [_field_error(item) for item in error.errors()]
    named = ", ".join(dict.fromkeys(field.field for field in fields))
    return from_app_error(InvalidRequest(f"Look at: {named}.", errors=fields))


def _field_error(item: Mapping[str, Any]) -> FieldError:
    if item["type"] == "json_invalid":  # its place is a number of characters and no field
        return FieldError("body", f"is not JSON: {item['ctx']['error']}")
    return FieldError(_field(item["loc"]), str(item["msg"]).removeprefix("Value error, "))


def _field(location: Sequence[str | int]) -> str:
    """`("body", "tags", 0)` as `tags.0`: where it stood is told by the name, not by the part of the request."""
    parts = location[1:] if location and location[0] in {"body", "query", "path", "header"} else location
    return ".".join(str(part) for part in parts) or "body"


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    if error.status_code == HTTPStatus.NOT_FOUND:
        return from_app_error(NotFound(f"There is nothing at {request.url.path}."))
    title = HTTPStatus(error.status_code).phrase
    answer = problem_response(
        status=error.status_code, code=title.lower().replace(" ", "_"), title=title, detail=str(error.detail)
    )
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        answer.headers["Allow"] = ", ".join(_methods(request))
    return answer


def _methods(request: Request) -> list[str]:
    """What may be asked at this address: a 405 has to say so (RFC 9110, section 15.5.6)."""
    routes = request.app.routes
    return [
        method
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    ]


async def _database(request: Request, error: Exception) -> JSONResponse:
    """A database that is away or restarting is a passing fault: 503, and the client comes again."""
    fault = database_fault(error)
    return await _unexpected(request, error) if fault is None else from_app_error(fault)


def database_fault(error: Exception) -> AppError | None:
    """What a fault of the database means to whoever asked; None when it is a fault of ours."""
    state = _state(error)
    if isinstance(error, UNREACHABLE) or getattr(error, "connection_invalidated", False) or state.startswith(PASSING):
        log.warning("database is not reachable", error=type(error).__name__, sqlstate=state)
        return Unavailable("The database is not reachable just now.", retry_after_seconds=RETRY_SECONDS)
    if state == UNTRANSLATABLE_TEXT:
        return InvalidRequest("The request holds a character that cannot be stored (NUL).")
    return None


def _state(error: BaseException) -> str:
    """The SQLSTATE, five characters; empty when the fault has none. SQLAlchemy keeps the driver's fault in `orig`."""
    return str(getattr(getattr(error, "orig", error), "sqlstate", None) or "")


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    return unexpected(request.scope, error)


def shown_path(scope: Scope) -> str:
    """The path as it was sent, still encoded: a terminal would obey the control characters in it."""
    path: str = scope["path"]
    return path if PLAIN_PATH.fullmatch(path) else quote(path, safe="/:@!$&'()*+,;=~")


def unexpected(scope: Scope, error: Exception) -> JSONResponse:
    """The answer to a fault of ours. What it was is told to the log only."""
    log.error("request failed", method=scope["method"], path=shown_path(scope), exc_info=error)
    return from_app_error(AppError("It is not your fault. The request id names the line in our log."))


def add_handlers(app: FastAPI) -> None:
    app.add_exception_handler(AppError, _app_error)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    for error in (DBAPIError, *UNREACHABLE):
        app.add_exception_handler(error, _database)
    app.add_exception_handler(Exception, _unexpected)
