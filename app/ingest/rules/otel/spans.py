"""A span as the dialects read it: only the attributes that some dialect names, so that content never gets this far."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

Value = str | int | float | bool | Sequence[str]
Attributes = Mapping[str, Value]

# More than any call uses: what is larger is no count, whatever it is called.
_LARGEST: Final = 10**12


class Span(NamedTuple):
    """A span, or a log record that speaks of one. Ids are lower-case hex, empty where there is none; 0 is no time."""

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    scope: str
    start_ns: int
    end_ns: int
    is_error: bool
    attributes: Attributes
    resource: Attributes
    exception: str | None = None


class Call(NamedTuple):
    """What a dialect finds in a span that is one call of a model. `usage` is in TokenBoard's words."""

    provider: str | None
    model: str | None
    usage: Mapping[str, int]
    requested_model: str | None = None
    operation: str | None = None
    api: str | None = None
    response_id: str | None = None
    service_tier: str | None = None
    reported_cost: str | None = None
    time_to_first_token_ms: float | None = None
    # What spans say by themselves, and the log records of coding agents do not
    event_id: str | None = None
    capacity: str | None = None
    session_id: str | None = None
    user: str | None = None
    latency_ms: float | None = None
    error_type: str | None = None
    http_status: int | None = None


def text(attributes: Attributes, *names: str) -> str | None:
    """The first of these that is text and not empty."""
    for name in names:
        value = attributes.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return None


def count(attributes: Attributes, *names: str) -> int | None:
    """The first of these that is a count: exporters write it as a whole number, as a double or as digits."""
    for name in names:
        number = whole(attributes.get(name))
        if number is not None:
            return number
    return None


def whole(value: object) -> int | None:
    """None for what is no count, like the NaN of an unknown one."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= len(str(_LARGEST)):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= _LARGEST else None


def milliseconds(attributes: Attributes, name: str, factor: int = 1) -> float | None:
    value = attributes.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _LARGEST:
        return None
    return float(value) * factor
