"""What programs send that reserve: read and checked by hand, because it is asked before every call."""

import json
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

import msgspec
from msgspec import Meta

from app.budgets.rules.reserving import LEASE_SECONDS, MAX_LEASE_SECONDS, Coming, Size
from app.core.errors import FieldError, InvalidRequest
from app.core.schemas import is_storable
from app.pricing.rules.matching import canonical_provider

Text = Annotated[str, Meta(max_length=512)]
Tokens = Annotated[int, Meta(ge=0, le=100_000_000)]
Lease = Annotated[int, Meta(ge=1, le=MAX_LEASE_SECONDS)]
Tags = Annotated[
    dict[Annotated[str, Meta(min_length=1, max_length=64)], Annotated[str, Meta(max_length=256)]], Meta(max_length=20)
]
MOST: Final = Decimal(10) ** 9
MAX_DECIMALS: Final = 12


class ReserveIn(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A call that is about to be made: its size, or what it may cost at most."""

    provider: Text = ""
    model: Text = ""
    input_tokens: Tokens | None = None
    max_output_tokens: Tokens | None = None
    amount: Annotated[str, Meta(description="US dollars, as a decimal string, in place of the tokens.")] | None = None
    project: Text | None = None
    environment: Text | None = None
    user: Text | None = None
    tags: Tags | None = None
    service_tier: Text | None = None
    processing: Text | None = None
    speed: Text | None = None
    geo: Text | None = None
    lease_seconds: Lease = LEASE_SECONDS

    def coming(self, api_key_id: UUID | None) -> Coming:
        return Coming(
            canonical_provider(self.provider) if self.provider else "",
            self.model,
            self.project,
            self.environment,
            api_key_id,
            self.user,
            json.dumps(self.tags) if self.tags else None,
        )

    def size(self) -> Size:
        """Raises InvalidRequest where something is missing that the price depends on."""
        for name in ("provider", "model", "input_tokens", "max_output_tokens"):
            if getattr(self, name) in {None, ""}:
                raise _refused(name, "is needed to estimate the call; or give amount, what it may cost at most")
        return Size(
            self.input_tokens or 0,
            self.max_output_tokens or 0,
            self.service_tier,
            self.processing,
            self.speed,
            self.geo,
        )

    def given_amount(self) -> Decimal | None:
        """None where it is to be estimated. Raises InvalidRequest."""
        if self.amount is None:
            return None
        try:
            amount = Decimal(self.amount)
        except InvalidOperation:
            raise _refused("amount", 'must be a decimal in quotes, like "0.25"') from None
        exponent = amount.as_tuple().exponent
        if not (amount.is_finite() and 0 <= amount <= MOST and isinstance(exponent, int) and -exponent <= MAX_DECIMALS):
            raise _refused("amount", f"must be from 0 to {MOST:,}, with at most {MAX_DECIMALS} decimals")
        return amount


class ReleaseIn(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A reservation that is not needed any more."""

    reservation_id: UUID


class ExtendIn(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A reservation whose call takes longer: its lease is to end so many seconds from now."""

    reservation_id: UUID
    lease_seconds: Lease = LEASE_SECONDS


Body = TypeVar("Body", ReserveIn, ReleaseIn, ExtendIn)


def read(kind: type[Body], body: bytes) -> Body:
    """A body of JSON; names may be in camelCase. Raises InvalidRequest, naming the field."""
    if b"\\u" not in body:  # the one way for a NUL or half of a character to come in
        with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return msgspec.json.decode(body, type=kind)
    return _read_carefully(kind, body)


def _read_carefully(kind: type[Body], body: bytes) -> Body:
    try:
        given = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _refused("body", f"is not JSON: {error}") from None
    if not isinstance(given, dict):
        raise _refused("body", "must be a JSON object")
    try:
        read: Body = msgspec.convert(_snake(kind, given), kind)
    except msgspec.ValidationError as error:
        raise _about(error) from None
    if not all(is_storable(text) for text in _texts(given)):
        raise _refused("body", "holds NUL or half of a character")
    return read


def _snake(kind: type[Body], given: dict[str, Any]) -> dict[str, Any]:
    renamed = {_CAMEL[kind].get(name, name): value for name, value in given.items()}
    if len(renamed) < len(given):
        raise _refused("body", "a field is given twice, in two spellings: keep one")
    return renamed


def _spellings(kind: type[msgspec.Struct]) -> dict[str, str]:
    return {_camel(name): name for name in kind.__struct_fields__}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


_CAMEL: Final = {kind: _spellings(kind) for kind in (ReserveIn, ReleaseIn, ExtendIn)}


def _texts(given: dict[str, Any]) -> Iterator[str]:
    for name, value in given.items():
        yield name
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from _texts(value)


def _about(error: Exception) -> InvalidRequest:
    """`Expected `int` - at `$.input_tokens`` as what is wrong with `input_tokens`."""
    what, _, where = str(error).partition(" - at ")
    field = where.removeprefix("`key` in ").strip("`").removeprefix("$").removeprefix(".").replace("[...]", "")
    if not field and "`" in what:  # a field that is missing, or one too many
        field = what.split("`")[1]
    return _refused(field or "body", what[:1].lower() + what[1:])


def _refused(field: str, detail: str) -> InvalidRequest:
    return InvalidRequest(f"Look at: {field}.", errors=[FieldError(field, detail)])
