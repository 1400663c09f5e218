"""Files to download: rows of CSV (RFC 4180), safe to open in a spreadsheet, and lines of JSON."""

import csv
import io
import json
from collections.abc import AsyncIterable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import ClassVar, Final, Self

from fastapi.responses import StreamingResponse

from app.core.money import to_wire

# A cell that begins so is run as a formula. owasp.org/www-community/attacks/CSV_Injection, checked 2026-11-21.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


class CsvResponse(StreamingResponse):
    """A file to download, written while it is sent."""

    media_type = "text/csv"  # the charset, UTF-8, is added
    ending: ClassVar[str] = "csv"

    @classmethod
    def named(cls, content: AsyncIterable[str], name: str, period: str) -> Self:
        """The period may be empty; both must be fit for the name of a file."""
        file = "-".join(part for part in ("tokenboard", name, period) if part)
        headers = {"content-disposition": f'attachment; filename="{file}.{cls.ending}"', "cache-control": "no-store"}
        return cls(content, headers=headers)


class JsonLinesResponse(CsvResponse):
    """The same, of one JSON object a line."""

    media_type = "application/jsonl"
    ending = "jsonl"


def rows(table: Iterable[Iterable[object]]) -> str:
    """Some rows, each with its line end."""
    text = io.StringIO()
    csv.writer(text).writerows([cell(value) for value in row] for row in table)
    return text.getvalue()


def cell(value: object) -> str:
    """One value as text: empty is unknown, money has all its digits, and no text is a formula."""
    match value:
        case None:
            return ""
        case Decimal():
            return to_wire(value)
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case str():
            return _harmless(value)
        case Mapping() | Sequence():
            return _harmless(json.dumps(value, ensure_ascii=False, default=cell) if value else "")
        case _:
            return _harmless(str(value))


def _harmless(text: str) -> str:
    """With an apostrophe before what a spreadsheet would run."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
