"""Rows of CSV (RFC 4180), safe to open in a spreadsheet."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from app.core.money import to_wire

# A cell that begins so is run as a formula. owasp.org/www-community/attacks/CSV_Injection, checked 2026-11-21.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


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
