"""A reservation with the call that it was made for."""

from uuid import UUID

import msgspec

from app.ingest.errors import BodyInvalid, BodyNotJson, EventRefused
from app.ingest.rules.decoding import decode
from app.ingest.rules.incoming import IncomingEvent


class Settlement(msgspec.Struct, forbid_unknown_fields=True):
    """What is sent to settle."""

    reservation_id: UUID
    event: msgspec.Raw


class _CamelCase(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """The same in the other spelling."""

    reservation_id: UUID
    event: msgspec.Raw


def settlement(body: bytes) -> IncomingEvent | EventRefused:
    """The event, with the reservation that it settles. Raises BodyNotJson, BodyInvalid, BodyTooLarge."""
    read = _read(body)
    events = decode(bytes(read.event)).events
    if bytes(read.event)[:1] != b"{" or len(events) != 1:
        raise BodyInvalid("event is one event, a JSON object.")
    [event] = events
    if isinstance(event, IncomingEvent):
        event.reservation_id = read.reservation_id
    return event


def _read(body: bytes) -> Settlement | _CamelCase:
    try:
        return msgspec.json.decode(body, type=Settlement)
    except (msgspec.ValidationError, RecursionError) as error:
        try:
            return msgspec.json.decode(body, type=_CamelCase)
        except (msgspec.ValidationError, RecursionError):
            raise BodyInvalid(f'Send {{"reservation_id": ..., "event": {{...}}}}: {error}.') from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BodyNotJson(f"{error}.") from None
