"""What travels: the answer to a body of events, and the description of the body for the API's documentation."""

from collections.abc import Sequence
from typing import Any

import msgspec

from app.core.schemas import Response
from app.ingest.rules import limits
from app.ingest.rules.incoming import IncomingEvent


class RejectedEvent(Response):
    """An event that was not taken; `index` is its place in the body, from 0."""

    index: int
    event_id: str | None
    code: str
    detail: str


class EventsReceipt(Response):
    """What became of every event: received = accepted + duplicates + rejected."""

    received: int
    accepted: int
    duplicates: int
    rejected: Sequence[RejectedEvent]


def _event_schema() -> dict[str, Any]:
    _, components = msgspec.json.schema_components([IncomingEvent])
    return dict(components[IncomingEvent.__name__])


def _body_schema() -> dict[str, Any]:
    event = _event_schema()
    events = {"type": "array", "items": event, "maxItems": limits.MAX_EVENTS}
    envelope = {
        "type": "object",
        "properties": {"events": events},
        "required": ["events"],
        "additionalProperties": False,
    }
    return {"anyOf": [event, events, envelope]}


# The body is not read by FastAPI, so its description is given beside the route.
REQUEST_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": _body_schema()}}}
}
