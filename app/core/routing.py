"""Routes of other kinds: one that reads a small JSON body and no more, and one that is asked all the time."""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

# for forms that people fill in; a body is read before anybody knows who sent it
MAX_BODY_BYTES = 64 * 1024


class SmallBodyRoute(APIRoute):
    """Answers 413 while a body that is too large is still being read. Use it as a router's `route_class`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            return await handler(Request(request.scope, _Counted(request)))

        return handle


class BareRoute(APIRoute):
    """Calls its endpoint with the request alone, and sends the response it returns.

    What is declared beside it (dependencies, the response's model) is documentation only: the endpoint itself does it.
    FastAPI's own way takes longer than all we do to store a call. What the endpoint raises is answered one floor up, by
    the same handlers.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **declared: Any) -> None:
        super().__init__(path, endpoint, **declared)
        self._answer = self.get_route_handler()

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        return self.endpoint

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in (self.methods or ()):
            await super().handle(scope, receive, send)
            return
        response = await self._answer(Request(scope, receive, send))
        await response(scope, receive, send)


class SmallBareRoute(BareRoute):
    """Both: the endpoint's request answers 413 while a body that is too large is still being read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        endpoint = super().get_route_handler()

        async def handle(request: Request) -> Response:
            return await endpoint(Request(request.scope, _Counted(request)))

        return handle


class _Counted:
    def __init__(self, request: Request) -> None:
        self.receive = request.receive
        self.size = 0

    async def __call__(self) -> Message:
        message = await self.receive()
        self.size += len(message.get("body", b""))
        if self.size > MAX_BODY_BYTES:
            raise HTTPException(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is larger than {MAX_BODY_BYTES // 1024} KiB."
            )
        return message
