"""From a row of somebody's file to an event as the API takes it."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.cli.errors import CannotDo
from app.ingest.rules.incoming import FIELDS, FLAT_COUNTS, camel_case

# Fields that hold more fields: `tags.team` is the tag `team`.
OBJECTS: Final = frozenset({"tags", "usage", "raw_usage"})
MEASURES: Final = frozenset({"latency_ms", "time_to_first_token_ms"})
WHOLE_NUMBERS: Final = frozenset((*FLAT_COUNTS, "http_status"))
_WHOLE: Final = re.compile(r"[+-]?\d{1,40}", re.ASCII)
_OWN_NAMES: Final = {spelling: name for name in FIELDS for spelling in (name, camel_case(name))}
MAX_PREFIX: Final = 64

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """How the rows of one file are to be read.

    `columns` is field to column, `constants` field to value. `file_id` and `id_prefix` make the ids of calls that
    bring none: the same row of the same file is the same call, however often it is read.
    """

    columns: Mapping[str, str]
    constants: Mapping[str, str]
    zone: ZoneInfo
    id_prefix: str
    file_id: str

    def with_own_names(self, names: Iterable[str]) -> "Reading":
        """The same, and columns that are called like a field fill that field, unless it is filled already."""
        own = {_OWN_NAMES[name]: name for name in names if name in _OWN_NAMES}
        taken = {*self.columns, *self.constants}
        return Reading(
            {**{name: column for name, column in own.items() if name not in taken}, **self.columns},
            self.constants,
            self.zone,
            self.id_prefix,
            self.file_id,
        )

    def ignored(self, names: Iterable[str]) -> list[str]:
        """The columns that fill nothing."""
        used = set(self.columns.values())
        return [name for name in names if name not in used]


@dataclass(slots=True)
class Notes:
    """What the reader of the result should know."""

    times_without_zone: int = 0
    ignored_columns: dict[str, None] = field(default_factory=dict)


def pairs(options: Iterable[str], flag: str) -> dict[str, str]:
    """`field=anything` options as a mapping. Raises CannotDo for one that is not, or for a field no event has."""
    found: dict[str, str] = {}
    for option in options:
        name, equals, value = option.partition("=")
        if not equals or not value:
            raise CannotDo(f"{flag} {option}: write it as FIELD=VALUE, like {flag} model=gpt-4.1")
        if name.partition(".")[0] not in (OBJECTS if "." in name else FIELDS):
            raise CannotDo(f"{flag} {option}: {name} is not a field of a call. These are: {', '.join(sorted(FIELDS))}")
        if name in found:
            raise CannotDo(f"{flag} {option}: {name} is given twice")
        found[name] = value
    return found


def prefix(text: str) -> str:
    """A prefix of event ids. Raises CannotDo when it would leave no room for the rest."""
    if not text or len(text) > MAX_PREFIX:
        raise CannotDo(f"--event-id-prefix must have 1 to {MAX_PREFIX} characters")
    return text


def zone(name: str) -> ZoneInfo:
    """Raises CannotDo for a zone nobody knows."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise CannotDo(f"--timezone {name}: no such zone; write it like UTC or Europe/Berlin") from None


def event(row: Row, number: int, reading: Reading, notes: Notes) -> dict[str, Any]:
    """The event that a row means; `number` counts the rows of the file from 1. Judging it is left to ingest."""
    made: dict[str, Any] = {}
    for name, column in reading.columns.items():
        _put(made, name, row.get(column))
    for name, constant in reading.constants.items():
        _put(made, name, constant)
    if isinstance(made.get("occurred_at"), str):
        made["occurred_at"] = _zoned(made["occurred_at"], reading.zone, notes)
    made.setdefault("event_id", f"{reading.id_prefix}-{reading.file_id}-{number}")
    return made


def _put(made: dict[str, Any], name: str, value: Any) -> None:
    """Set a field, or a field of a field; what is empty is not known."""
    if value is None or value == "":
        return
    outer, _, inner = name.partition(".")
    if isinstance(value, str):
        value = _typed(outer, inner, value)
    if not inner:
        made[name] = value
        return
    kept = made.get(outer)
    made[outer] = {**(kept if isinstance(kept, dict) else {}), inner: value}


def _typed(outer: str, inner: str, text: str) -> Any:
    """Text as what the field holds; text that is not that stays text, so that its refusal can quote it."""
    stripped = text.strip()
    is_whole = outer in {"usage", "raw_usage"} if inner else outer in WHOLE_NUMBERS
    if is_whole and _WHOLE.fullmatch(stripped):
        return int(stripped)
    if not inner and outer in MEASURES:
        try:
            return Decimal(stripped)
        except InvalidOperation:
            return text
    if not inner and outer in OBJECTS:
        return _json(stripped)
    return text


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        return text


def _zoned(text: str, zone: ZoneInfo, notes: Notes) -> str:
    """The instant with a zone; digits finer than a microsecond are cut off. What is no instant stays as it is."""
    try:
        at = datetime.fromisoformat(text.strip().upper())
    except ValueError:
        return text
    if at.tzinfo is None:
        notes.times_without_zone += 1
        at = at.replace(tzinfo=zone)
    return at.isoformat()
