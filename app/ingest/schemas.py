"""What travels: the answer to a body of events, and the description of the body for the API's documentation."""

from collections.abc import Sequence
from typing import Any

import msgspec

from app.core.schemas import Response
from app.ingest.rules import limits
from app.ingest.rules.incoming import IncomingEvent
from app.ingest.rules.senders import SenderMember


class RejectedEvent(Response):
    """An event that was not taken; `index` is its place in the body, from 0."""

    index: int
    event_id: str | None
    code: str
    detail: str


class EventsReceipt(Response):
    """What became of every event: received = accepted + duplicates + rejected.

    `warnings` say what was ignored beside the events.
    """

    received: int
    accepted: int
    duplicates: int
    rejected: Sequence[RejectedEvent]
    warnings: Sequence[str]


def _schema(kind: type[msgspec.Struct]) -> dict[str, Any]:
    _, components = msgspec.json.schema_components([kind])
    return dict(components[kind.__name__])


def _body_schema() -> dict[str, Any]:
    event = _schema(IncomingEvent)
    events = {"type": "array", "items": event, "maxItems": limits.MAX_EVENTS}
    envelope = {
        "type": "object",
        "properties": {"events": events, "sender": _schema(SenderMember)},
        "required": ["events"],
        "additionalProperties": False,
    }
    return {"anyOf": [event, events, envelope]}


# The body is not read by FastAPI, so its description is given beside the route.
REQUEST_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": _body_schema()}}}
}
SETTLE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "reservation_id": {"type": "string", "format": "uuid"},
                        "event": _schema(IncomingEvent),
                    },
                    "required": ["reservation_id", "event"],
                    "additionalProperties": False,
                }
            }
        },
    }
}
