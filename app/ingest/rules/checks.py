"""Checking single fields. Each check raises EventRefused, naming the field and how to mend it."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from app.ingest.errors import EventRefused
from app.ingest.rules import limits

_DECIMAL: Final = re.compile(r"\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,3})?", re.ASCII)


def text(name: str, value: str, max_bytes: int = limits.MAX_TEXT_BYTES) -> str:
    """Text that PostgreSQL can hold and an index entry has room for."""
    if value.isascii():
        size = len(value)
    else:
        try:
            size = len(value.encode())
        except UnicodeEncodeError:
            raise EventRefused("invalid_value", f"{name}: holds half of a character (a lone surrogate)") from None
    if size > max_bytes:
        raise EventRefused("invalid_value", f"{name}: takes {size} bytes, at most {max_bytes} are kept")
    if "\0" in value:
        raise EventRefused("invalid_value", f"{name}: holds a NUL character, which cannot be stored")
    return value


def optional_text(name: str, value: str | None) -> str | None:
    """Text, or None; the empty string says nothing, so it is None too."""
    return text(name, value) if value else None


def required_text(name: str, value: str, max_bytes: int = limits.MAX_TEXT_BYTES) -> str:
    if not value.strip():
        raise EventRefused("missing_field", f"{name}: is required")
    return text(name, value, max_bytes)


def instant(value: str | None, now: datetime) -> datetime:
    """When it happened, in UTC; now when the sender does not say. Finer than a microsecond is cut off."""
    if value is None:
        return now
    try:
        at = datetime.fromisoformat(value.upper())
        if at.tzinfo is None:
            raise EventRefused(
                "invalid_value", "occurred_at: has no zone; end it with Z when it is UTC, else with +02:00"
            )
        at = at.astimezone(UTC)
    except (ValueError, OverflowError):
        example = "2026-11-20T09:30:00Z"
        raise EventRefused("invalid_value", f"occurred_at: must be an ISO 8601 instant like {example}") from None
    if at.year < limits.EARLIEST_YEAR:
        raise EventRefused("invalid_value", f"occurred_at: before {limits.EARLIEST_YEAR} there was no such call")
    if at > now + limits.MAX_AHEAD:
        raise EventRefused(
            "occurred_at_in_future", "occurred_at: lies more than 24 hours ahead; check the sender's clock"
        )
    return at


def cost(value: object) -> Decimal | None:
    """US dollars as the sender wrote them: a decimal string, or a number that never was a float."""
    if value is None:
        return None
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        value = Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise EventRefused("invalid_value", 'reported_cost: must be a decimal like "0.0125", in US dollars')
    return money("reported_cost", Decimal(value))


def money(name: str, value: Decimal) -> Decimal:
    """An amount that sums exactly: from 0 to 10^12, at most 30 decimals."""
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or (value.is_signed() and value) or value > limits.MAX_COST:
        raise EventRefused("invalid_value", f"{name}: must be from 0 to {limits.MAX_COST:,}")
    if exponent < -limits.MAX_DECIMALS:
        raise EventRefused("invalid_value", f"{name}: has more than {limits.MAX_DECIMALS} decimals")
    return value.copy_abs()  # abs() would round to the usual 28 digits


def tags(given: dict[str, str] | None) -> dict[str, str] | None:
    for key, value in (given or {}).items():
        text("tags", key)
        text(f"tags.{key}", value, 4 * limits.MAX_TAG_VALUE)
    return given or None


def address(value: str | None) -> str | None:
    """A URL without what may be a secret: user, password, query and fragment."""
    kept = optional_text("base_url", value)
    if kept is None:
        return None
    try:
        parts = urlsplit(kept)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", "")) or None
    except ValueError:
        raise EventRefused("invalid_value", "base_url: is not an address") from None
