"""Cursors: opaque to the client, made of the sort key of the last row it has seen."""

import base64
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.core.errors import FieldError, InvalidRequest
from app.core.schemas import is_storable


def encode_key(*key: str | int) -> str:
    """A cursor of any sort key."""
    return base64.urlsafe_b64encode(json.dumps(key, ensure_ascii=False).encode()).decode().rstrip("=")


def decode_key(cursor: str, *kinds: type[str] | type[int]) -> tuple[Any, ...]:
    """The sort key in a cursor, of values of these kinds. Raises InvalidRequest when we did not make it."""
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if [type(value) for value in key] != list(kinds) or not all(map(_is_storable, key)):
            raise ValueError("another key")
        return tuple(key)
    except (ValueError, TypeError, RecursionError):
        raise _not_ours() from None


def _is_storable(value: str | int) -> bool:
    """Whether PostgreSQL takes it as text, or as a whole number."""
    return is_storable(value) if isinstance(value, str) else -(2**63) <= value < 2**63


def encode_cursor(at: datetime, tiebreak: UUID) -> str:
    return encode_key(at.isoformat(), str(tiebreak))


def decode_cursor(cursor: str) -> tuple[datetime, UUID]:
    """The sort key in a cursor. Raises InvalidRequest when we did not make it."""
    at, tiebreak = decode_key(cursor, str, str)
    try:
        instant = datetime.fromisoformat(at)
        if instant.tzinfo is None:
            raise ValueError("naive instant")
        return instant.astimezone(UTC), UUID(tiebreak)
    except (ValueError, OverflowError):
        raise _not_ours() from None


def _not_ours() -> InvalidRequest:
    problem = FieldError("cursor", "is not one of ours: take `next_cursor` of the previous page as it is")
    return InvalidRequest("The cursor is not valid.", errors=[problem])
