"""A call that is ready to be written: read, split into leaves and priced."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, Protocol
from uuid import UUID

import msgspec

from app.core.ids import quick_uuid
from app.usage.rules.columns import TokenSums
from app.usage.rules.kinds import CONTRACTED_IS_COST, LIST_IS_COST, Numbers, kind_of, told_by_cost
from app.usage.rules.packing import pack

# In place of `priced_as` where that is the call's own provider and model. No model is called so.
AS_NAMED: Final = "="
_CANONICAL_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Countable(Protocol):
    """What rollups look at in a call."""

    @property
    def workspace_id(self) -> UUID: ...
    @property
    def occurred_at(self) -> datetime: ...
    @property
    def recorded_at(self) -> datetime: ...
    @property
    def api_key_id(self) -> UUID | None: ...
    @property
    def provider(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def project(self) -> str | None: ...
    @property
    def environment(self) -> str | None: ...
    @property
    def status(self) -> str: ...
    @property
    def latency_ms(self) -> float | None: ...
    @property
    def price_state(self) -> str: ...
    @property
    def unpriced_reason(self) -> str | None: ...
    @property
    def capacity(self) -> str | None: ...
    @property
    def cost(self) -> Decimal | None: ...
    @property
    def list_cost(self) -> Decimal | None: ...
    @property
    def tokens(self) -> TokenSums: ...


class NewEvent(msgspec.Struct, frozen=True, gc=False):
    """One call. Its fields are the columns of `events`, in the order in which they are copied; then `tokens`.

    Instants are UTC. What is JSON in the database is JSON text here, and so is `raw_usage`, which is packed there.
    """

    workspace_id: UUID
    occurred_at: datetime
    event_key: UUID
    recorded_at: datetime
    event_id: str
    api_key_id: UUID | None
    provider: str
    model: str
    requested_model: str | None
    api: str | None
    operation: str | None
    status: str
    error_type: str | None
    http_status: int | None
    latency_ms: float | None
    time_to_first_token_ms: float | None
    fresh_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    visible_tokens: int | None
    reasoning_tokens: int | None
    meters: str | None
    parts: str | None
    facts: str | None
    raw_usage: str | None
    usage_status: str
    convention: str | None
    warnings: list[str] | None
    price_state: str
    unpriced_reason: str | None
    cost: Decimal | None
    list_cost: Decimal | None
    contracted_cost: Decimal | None
    reported_cost: Decimal | None
    priced_as: str | None
    price_version: str
    service_tier: str | None
    processing: str | None
    speed: str | None
    geo: str | None
    capacity: str | None
    base_url: str | None
    deployment: str | None
    project: str | None
    environment: str | None
    user_ref: str | None
    session_id: str | None
    trace_id: str | None
    span_id: str | None
    parent_span_id: str | None
    provider_response_id: str | None
    role: str | None
    tags: str | None

    tokens: TokenSums
    """Every leaf, the ones in `meters` too; not a column."""
    response_key: UUID | None = None
    """The identity under which another report of the call may come (see `identity`); not a column."""


FIELDS: Final = NewEvent.__struct_fields__[:-2]
COLUMNS: Final = (*("packed_usage" if name == "raw_usage" else name for name in FIELDS), "kind")
_ID: Final = FIELDS.index("event_id")
_RAW: Final = FIELDS.index("raw_usage")
_PRICED_AS: Final = FIELDS.index("priced_as")
_STATUS: Final = FIELDS.index("usage_status")
_CONVENTION: Final = FIELDS.index("convention")
_VERSION: Final = FIELDS.index("price_version")
_LIST: Final = FIELDS.index("list_cost")
_CONTRACTED: Final = FIELDS.index("contracted_cost")


def row(event: NewEvent, numbers: Numbers) -> tuple[object, ...]:
    """The event as one row of `COLUMNS`. What other columns tell is not written out again: an id that is a UUID is
    the key, most calls are priced as what they name, and `kind` tells what `rules.kinds` has of it."""
    values: list[object] = list(msgspec.structs.astuple(event)[:-2])
    if str(event.event_key) == event.event_id:
        values[_ID] = None
    if event.raw_usage is not None:
        values[_RAW] = pack(event.raw_usage)
    if event.priced_as == f"{event.provider}/{event.model}":
        values[_PRICED_AS] = AS_NAMED
    number = numbers.get(kind_of(event))
    if number is not None:
        values[_STATUS] = values[_CONVENTION] = values[_VERSION] = None
        told = told_by_cost(event)
        if told & LIST_IS_COST:
            values[_LIST] = None
        if told & CONTRACTED_IS_COST:
            values[_CONTRACTED] = None
        number |= told
    values.append(number)
    return tuple(values)


def event_key(event_id: str) -> UUID:
    """The identity of an event id: itself when it is a UUID in its usual spelling, else 128 bits of its hash.

    Time-ordered ids then stay side by side in the index. Other spellings of a UUID (upper case, braces) are other ids.
    """
    if _CANONICAL_UUID.fullmatch(event_id):
        return quick_uuid(event_id)
    return quick_uuid(hashlib.blake2b(event_id.encode(), digest_size=16).digest())


def as_json(value: Mapping[str, object] | Sequence[object] | None) -> str | None:
    """JSON text with every decimal as the number it is; None stays None, what is empty becomes None."""
    return _ENCODER.encode(value).decode() if value else None


_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
