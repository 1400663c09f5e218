"""OTLP/HTTP: where OpenTelemetry's exporters send. Answers and failures are in the type of the request.

https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

from collections.abc import Awaitable, Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response
from google.protobuf.message import Message
from starlette.types import Receive, Scope, Send

from app.core.errors import AppError
from app.core.handlers import database_fault
from app.core.routing import BareRoute
from app.ingest import exports
from app.ingest.dependencies import otlp_kind, read_export, welcome_sender
from app.ingest.exports import Taken
from app.ingest.rules.otel import answers, wire
from app.workspaces.dependencies import KEY_SCHEMES


class ExportRoute(BareRoute):
    """A route whose failures are `google.rpc.Status`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def answer_or_status(request: Request) -> Response:
            try:
                return await answer(request)
            except AppError as error:
                return _failed(request, error)
            except Exception as error:
                fault = database_fault(error)
                if fault is None:
                    raise
                return _failed(request, fault)

        return answer_or_status

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] in (self.methods or ()):
            await super().handle(scope, receive, send)
            return
        message = "OTLP is sent by POST."
        response = _status(Request(scope), HTTPStatus.METHOD_NOT_ALLOWED, message)
        response.headers["Allow"] = "POST"
        await response(scope, receive, send)


router = APIRouter(tags=["ingest"], route_class=ExportRoute)

_TYPES: dict[str, Any] = {wire.PROTOBUF: {}, wire.JSON: {}}
_PROBLEMS = {
    400: "The body is no OTLP export.",
    401: "The API key is missing, unknown or revoked.",
    403: "The API key may not send calls.",
    413: "The body is too large.",
    415: "Neither protobuf nor JSON, nor plain, gzip or zstd.",
    429: "Too many requests with this key; come again after `Retry-After` seconds.",
    503: "The database is away, or too much waits for it; come again after `Retry-After` seconds.",
}
_DESCRIBED: dict[str, Any] = {
    "openapi_extra": {"requestBody": {"required": True, "content": _TYPES}},
    "responses": {
        200: {
            "description": "Taken; `partial_success` says what was not, which is not to be sent again.",
            "content": _TYPES,
        },
        **{status: {"description": f"{why} A `google.rpc.Status`."} for status, why in _PROBLEMS.items()},
    },
    "response_class": Response,
    "dependencies": KEY_SCHEMES,
}


@router.post("/v1/traces", **_DESCRIBED)
async def export_traces(request: Request) -> Response:
    """Take the calls of models in an export of spans; other spans are left out, and all content."""
    return await _taken(request, exports.take_traces, answers.traces)


@router.post("/v1/logs", **_DESCRIBED)
async def export_logs(request: Request) -> Response:
    """Take the calls of models in an export of log records; other records are left out, and all content."""
    return await _taken(request, exports.take_logs, answers.logs)


@router.post("/v1/metrics", **_DESCRIBED)
async def export_metrics(request: Request) -> Response:
    """Take an export of metrics. They are never priced: what they count comes as spans too."""
    return await _taken(request, exports.take_metrics, answers.metrics)


async def _taken(
    request: Request,
    take: Callable[..., Awaitable[Taken]],
    answer: Callable[[int, str], Message],
) -> Response:
    state, kind = request.app.state, _kind(request)
    sender = await welcome_sender(request)  # first: a stranger's body is not read
    with state.refusals.noted(sender):
        body = await read_export(request)
        taken = await take(state.writer, state.price_shelf, sender, body, kind)
    return Response(wire.encode(answer(taken.rejected, taken.message), kind), media_type=kind)


def _failed(request: Request, error: AppError) -> Response:
    response = _status(request, error.status, error.detail)
    if error.retry_after_seconds:
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    if error.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _status(request: Request, status: int, message: str) -> Response:
    kind = _kind(request)
    return Response(answers.status(status, message, kind), status_code=status, media_type=kind)


def _kind(request: Request) -> str:
    return otlp_kind(request) or wire.JSON
