"""Door one."""

import msgspec
from fastapi import APIRouter, Request, Response

from app.core.routing import BareRoute
from app.core.schemas import Problem
from app.ingest import service
from app.ingest.dependencies import read_body, welcome_sender
from app.ingest.schemas import REQUEST_BODY, SETTLE_BODY, EventsReceipt
from app.workspaces.dependencies import KEY_SCHEMES

router = APIRouter(prefix="/api/v1", route_class=BareRoute)

_PROBLEMS = {
    400: "The body is not JSON, or holds no events.",
    401: "The API key is missing, unknown or revoked.",
    403: "The API key may not send calls.",
    413: "The body is too large, or holds more than 1,000 events.",
    415: "Neither JSON, nor plain, gzip or zstd.",
    422: "What is wrong, field by field",
    429: "Too many requests with this key; come again after `Retry-After` seconds.",
    503: "The database is away, or too much waits for it; nothing was stored, come again after `Retry-After` seconds.",
}


@router.post(
    "/events",
    tags=["ingest"],
    response_model=EventsReceipt,
    dependencies=KEY_SCHEMES,
    openapi_extra=REQUEST_BODY,
    responses={status: {"model": Problem, "description": why} for status, why in _PROBLEMS.items()},
)
async def create_events(request: Request) -> Response:
    """Take one call, a list of calls, or `{"events": [...]}`. The answer comes when they are stored."""
    state = request.app.state
    sender = await welcome_sender(request)  # first: a stranger's body is not read
    with state.refusals.noted(sender):
        body = await read_body(request)
        receipt = await service.take_body(state.writer, state.price_shelf, sender, body)
    return Response(msgspec.json.encode(receipt), media_type="application/json")


@router.post(
    "/budgets/settle",
    tags=["reservations"],
    response_model=EventsReceipt,
    dependencies=KEY_SCHEMES,
    openapi_extra=SETTLE_BODY,
    responses={status: {"model": Problem, "description": why} for status, why in _PROBLEMS.items()},
)
async def settle_reservation(request: Request) -> Response:
    """Take the call that a reservation was made for, and end the reservation, in one transaction.

    The same as the call sent to `events` with its `reservation_id`. Once more, or too late, stores the call and ends
    nothing.
    """
    state = request.app.state
    sender = await welcome_sender(request)
    with state.refusals.noted(sender):
        receipt = await service.settle(state.writer, state.price_shelf, sender, await read_body(request))
    return Response(msgspec.json.encode(receipt), media_type="application/json")
