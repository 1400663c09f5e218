"""Cursors: opaque to the client, made of the sort key of the last row it has seen."""

import base64
import binascii
import json
from datetime import UTC, datetime
from uuid import UUID

from app.core.errors import FieldError, InvalidRequest


def encode_cursor(at: datetime, tiebreak: UUID) -> str:
    raw = json.dumps([at.isoformat(), str(tiebreak)]).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[datetime, UUID]:
    """The sort key in a cursor. Raises InvalidRequest when we did not make it."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        at, tiebreak = json.loads(raw)
        instant = datetime.fromisoformat(at)
        if instant.tzinfo is None:
            raise ValueError("naive instant")
        return instant.astimezone(UTC), UUID(tiebreak)
    except (binascii.Error, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        problem = FieldError("cursor", "is not one of ours: take `next_cursor` of the previous page as it is")
        raise InvalidRequest("The cursor is not valid.", errors=[problem]) from None
