"""Door one."""

from fastapi import APIRouter, Request

from app.core.schemas import Problem
from app.ingest import service
from app.ingest.dependencies import CurrentSender, EventsBody
from app.ingest.schemas import REQUEST_BODY, EventsReceipt

router = APIRouter(prefix="/api/v1", tags=["ingest"])

_PROBLEMS = {
    400: "The body is not JSON, or holds no events.",
    401: "The API key is missing, unknown or revoked.",
    403: "The API key may not send calls.",
    413: "The body is too large, or holds more than 1,000 events.",
    415: "Neither JSON, nor plain, gzip or zstd.",
    429: "Too many requests with this key; come again after `Retry-After` seconds.",
    503: "The database is away, or too much waits for it; nothing was stored, come again after `Retry-After` seconds.",
}


@router.post(
    "/events",
    openapi_extra=REQUEST_BODY,
    responses={status: {"model": Problem, "description": why} for status, why in _PROBLEMS.items()},
)
async def create_events(request: Request, sender: CurrentSender, body: EventsBody) -> EventsReceipt:
    """Take one call, a list of calls, or `{"events": [...]}`. The answer comes when they are stored."""
    state = request.app.state
    with state.refusals.noted(sender):
        receipt = await service.take_body(state.writer, state.price_shelf, sender, body)
    return EventsReceipt.model_validate(receipt)
