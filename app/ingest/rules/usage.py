"""Reading what an event says was used, in our words or the vendor's."""

from decimal import Decimal
from operator import attrgetter
from typing import Any, Final

from app.ingest.errors import EventRefused
from app.ingest.rules import checks, limits
from app.ingest.rules.incoming import FLAT_COUNTS, IncomingEvent, snake_names, spellings
from app.usage.rules.canonical import WORDS, from_canonical
from app.usage.rules.dialects import read_usage
from app.usage.rules.errors import UsageError, UsageNotUnderstood
from app.usage.rules.events import as_json
from app.usage.rules.keeping import bare_counts, worth_keeping
from app.usage.rules.record import UsagePart, UsageRecord, missing

_SPELLINGS: Final = spellings(WORDS)
_FLAT: Final = attrgetter(*FLAT_COUNTS)
_NONE: Final = (None,) * len(FLAT_COUNTS)


def read(event: IncomingEvent, provider: str) -> tuple[UsageRecord, str | None]:
    """What was used, and the JSON of the vendor's object as it is kept. Raises EventRefused.

    An object that no dialect reads costs nobody the call: its usage is missing, and it can be read again some day.
    """
    given, name = _given(event)
    if not given:
        return missing("none"), None
    try:
        if name == "raw_usage":
            return _read_raw(event, given, provider)
        words = given if given.keys() <= WORDS else snake_names(given, _SPELLINGS)
        return _checked(from_canonical(words, provider=provider, model=event.model)), None
    except UsageError as error:
        raise EventRefused("invalid_value", f"{name}.{error}" if name else str(error)) from None


def _read_raw(event: IncomingEvent, given: dict[str, Any], provider: str) -> tuple[UsageRecord, str | None]:
    try:
        kept = worth_keeping(given)
        record = read_usage(kept, provider=provider, api=event.api, model=event.model)
    except UsageNotUnderstood as error:
        kept, record = bare_counts(given), missing("none", (f"usage_not_understood: {error}",))
    return _checked(record), _short(as_json(kept))


def _given(event: IncomingEvent) -> tuple[dict[str, Any] | None, str]:
    """The one way in which the event says it, and the name of the field; empty for flat counts."""
    counts = _FLAT(event)
    flat = {} if counts == _NONE else {name: n for name, n in zip(FLAT_COUNTS, counts, strict=True) if n is not None}
    ways = [
        (given, name) for given, name in ((event.usage, "usage"), (event.raw_usage, "raw_usage"), (flat, "")) if given
    ]
    if len(ways) > 1:
        named = " and ".join(name or next(iter(flat)) for _, name in ways)
        raise EventRefused("invalid_value", f"{named}: say the same thing twice; send one of them")
    return ways[0] if ways else (None, "")


def _checked(record: UsageRecord) -> UsageRecord:
    """Refuse counts whose sums could leave the database's numbers: they would spoil the sums of honest calls."""
    holders: tuple[UsageRecord | UsagePart, ...] = (record, *record.parts)
    for holder in holders:
        for name, count in holder.leaves.items():
            if count > limits.MAX_TOKENS:
                raise EventRefused("invalid_value", f"{name}: {count} is more than any call uses")
        for name, amount in holder.meters.items():
            checks.money(name, Decimal(amount))
    return record


def _short(raw: str | None) -> str | None:
    if raw is not None and len(raw) > limits.MAX_RAW_USAGE_BYTES:
        raise EventRefused("invalid_value", f"raw_usage: at most {limits.MAX_RAW_USAGE_BYTES // 1024} KiB are kept")
    return raw
