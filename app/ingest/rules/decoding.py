"""From the bytes of a body to its events: quickly when all is well, carefully when something is not."""

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

import msgspec

from app.ingest.errors import BodyInvalid, BodyNotJson, BodyTooLarge, EventRefused, TooManyEvents
from app.ingest.rules import limits
from app.ingest.rules.accounting import SenderReport
from app.ingest.rules.incoming import IncomingEvent, read_event
from app.ingest.rules.senders import SenderMember, read_sender, report_of

Decoded = list[IncomingEvent | EventRefused]

# Integers with more digits are not counts; Python refuses to read some thousands of digits at all.
MAX_INTEGER_DIGITS: Final = 40
_ENVELOPE: Final = re.compile(rb'\s*\{\s*"events"\s*:')
_ENVELOPE_NAMES: Final = frozenset({"events", "sender"})
_SHAPES: Final = 'Send one event, a list of events, or {"events": [...]}.'


class Body(NamedTuple):
    """What a body holds: its events, with a refusal in the place of each that cannot be read.

    `report` is what the sender says of itself; `warnings` say what was ignored beside the events.
    """

    events: Decoded
    report: SenderReport | None = None
    warnings: tuple[str, ...] = ()


class _Envelope(msgspec.Struct, forbid_unknown_fields=True):
    events: list[IncomingEvent]
    sender: SenderMember | None = None


# Decimals come out of `float_hook` as they stand in the text: 0.1 is 0.1.
_LIST: Final = msgspec.json.Decoder(list[IncomingEvent], float_hook=Decimal)
_ENVELOPED: Final = msgspec.json.Decoder(_Envelope, float_hook=Decimal)
_SINGLE: Final = msgspec.json.Decoder(IncomingEvent, float_hook=Decimal)


def decode(body: bytes) -> Body:
    """What a body of bytes holds.

    Raises BodyNotJson, BodyInvalid for JSON that holds no events, TooManyEvents and BodyTooLarge.
    """
    # a value takes a byte and a comma: a small body cannot hold too many
    if len(body) > limits.MAX_VALUES and sum(body.count(mark) for mark in (b",", b"[", b"{")) > limits.MAX_VALUES:
        raise BodyTooLarge(f"The body holds more than {limits.MAX_VALUES:,} values: send fewer events.")
    decoded = _decode_quickly(body) or _decode_carefully(body)
    if (count := len(decoded.events)) > limits.MAX_EVENTS:
        raise TooManyEvents(f"At most {limits.MAX_EVENTS:,} events are taken at once, this body has {count:,}.")
    return decoded


def _decode_quickly(body: bytes) -> Body | None:
    """None when anything at all is unusual."""
    try:
        if _ENVELOPE.match(body):
            return _decode_envelope(body)
        if body.lstrip()[:1] == b"{":
            return Body([_SINGLE.decode(body)])
        return Body(list(_LIST.decode(body)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, InvalidOperation, EventRefused):
        return None


def _decode_envelope(body: bytes) -> Body | None:
    # a second member of a name would silently replace the first
    if body.count(b'"events"') != 1:
        return None
    envelope = _ENVELOPED.decode(body)
    if envelope.sender is None:
        return Body(list(envelope.events))
    return Body(list(envelope.events), report_of(envelope.sender)) if body.count(b'"sender"') == 1 else None


def _decode_carefully(body: bytes) -> Body:
    parsed = _parse(body)
    events: Decoded = [_read_or_refuse(item) for item in _items(parsed)]
    try:
        member = read_sender(parsed.get("sender")) if isinstance(parsed, _Pairs) and "events" in parsed else None
        return Body(events, report_of(member) if member else None)
    except EventRefused as fault:
        return Body(events, None, (fault.detail,))


def _read_or_refuse(item: object) -> IncomingEvent | EventRefused:
    try:
        return read_event(item)
    except EventRefused as refusal:
        return refusal


class _Pairs(dict[str, Any]):
    """An object that remembers whether a name stood in it twice."""

    twice: str | None = None


def _object(pairs: list[tuple[str, Any]]) -> _Pairs:
    made = _Pairs(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        made.twice = next(name for name in names if names.count(name) > 1)
    return made


def _parse(body: bytes) -> object:
    """Any JSON, with its faults inside strings and numbers left for the event that has them."""
    try:
        return json.loads(
            body.decode("utf-8-sig"),
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_constant,
            object_pairs_hook=_object,
        )
    except RecursionError:
        raise BodyNotJson("The body is nested too deeply.") from None
    except UnicodeDecodeError as error:
        raise BodyNotJson(f"The body is not UTF-8, at byte {error.start}.") from None
    except json.JSONDecodeError as error:
        raise BodyNotJson(f"{error.msg}, at line {error.lineno}, column {error.colno}.") from None


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent of twenty digits
        return Decimal("NaN")


def _integer(text: str) -> int | Decimal:
    return int(text) if len(text) <= MAX_INTEGER_DIGITS else Decimal(text)


def _constant(text: str) -> object:
    raise BodyNotJson(f"{text} is not JSON.")


def _items(body: object) -> list[Any]:
    if isinstance(body, list):
        return body
    if not isinstance(body, _Pairs):
        raise BodyInvalid(_SHAPES)
    if "events" not in body:
        return [body]
    other = body.twice or next((name for name in body if name not in _ENVELOPE_NAMES), None)
    if other is not None:
        raise BodyInvalid(f"Beside events only sender may stand, each only once: {other[:64]!r}. {_SHAPES}")
    if not isinstance(body["events"], list):
        raise BodyInvalid(f"events must be a list. {_SHAPES}")
    return list(body["events"])
