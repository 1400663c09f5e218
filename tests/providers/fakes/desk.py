"""A stand-in out of a few answers by method and path."""

import inspect
from collections.abc import Awaitable, Callable, Mapping

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tests.providers.fakes.faults import Faults, with_faults
from tests.providers.fakes.serving import Refusal, answer

Body = Mapping[str, object]
Handle = Callable[[Request], Body | Awaitable[Body]]


def desk(handles: Mapping[str, Handle], refuse: Callable[[Refusal], Body], faults: Faults | None = None) -> ASGIApp:
    """`handles` by `GET /path`; `refuse` is how this provider words an error."""
    app = Starlette(routes=[_route(where, handle, refuse) for where, handle in handles.items()])
    return with_faults(app, faults or Faults())


def _route(where: str, handle: Handle, refuse: Callable[[Refusal], Body]) -> Route:
    method, path = where.split(" ", 1)

    async def endpoint(request: Request) -> Response:
        try:
            body = handle(request)
            return answer(await body if inspect.isawaitable(body) else body)
        except Refusal as refusal:
            return answer(refuse(refusal), refusal.status)

    return Route(path, endpoint, methods=[method])


def key_of(request: Request, header: str = "authorization") -> str:
    return request.headers.get(header, "").removeprefix("Bearer ")
