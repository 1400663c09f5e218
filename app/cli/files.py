"""Files of calls: CSV or JSON lines, plain or gzip, read row by row however large they are."""

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Final

from app.cli.errors import CannotDo

GZIP_MAGIC: Final = b"\x1f\x8b"
LINES_SUFFIXES: Final = frozenset({".jsonl", ".ndjson", ".json"})
DELIMITERS: Final = ",;\t"
CHUNK_BYTES: Final = 1 << 20
ID_DIGITS: Final = 20
FIELD_LIMIT: Final = 1 << 20


class NotARow(Exception):
    """One row that cannot be read; the others can."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the file: where it ends, counted from 1, and its cells by column, or why it has none."""

    line: int
    cells: dict[str, Any] | NotARow


class CallFile:
    """An open file of calls. `position` of `size` bytes are read."""

    def __init__(self, path: Path, raw: IO[bytes], text: IO[str], size: int) -> None:
        self.size = size
        self._raw = raw
        self._text = text
        self._is_lines = _is_lines(path, text)
        self.columns: list[str] | None = None if self._is_lines else self._read_header()

    @property
    def position(self) -> int:
        return self._raw.tell()

    def __iter__(self) -> Iterator[Line]:
        try:
            yield from self._objects() if self._is_lines else self._records()
        except (UnicodeDecodeError, csv.Error, gzip.BadGzipFile, EOFError) as error:
            raise CannotDo(f"The file is damaged or not text in UTF-8: {error}. What came before is stored.") from None

    def _read_header(self) -> list[str]:
        start = self._text.tell()
        header = self._text.readline()
        self._text.seek(start)
        csv.field_size_limit(FIELD_LIMIT)
        self._reader = csv.reader(self._text, delimiter=max(DELIMITERS, key=header.count), strict=True)
        columns = [name.strip() for name in next(self._reader, [])]
        if not any(columns):
            raise CannotDo("The file is empty, or its first line names no columns.")
        return columns

    def _records(self) -> Iterator[Line]:
        columns = self.columns or []
        for cells in self._reader:
            if not cells:
                continue
            if len(cells) > len(columns):
                fault = NotARow(f"has {len(cells)} cells, the first line names {len(columns)} columns")
                yield Line(self._reader.line_num, fault)
            else:
                yield Line(self._reader.line_num, dict(zip(columns, cells, strict=False)))

    def _objects(self) -> Iterator[Line]:
        for number, line in enumerate(self._text, 1):
            if line.strip():
                yield Line(number, _object(line))


def _object(line: str) -> dict[str, Any] | NotARow:
    try:
        value = json.loads(line, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        return NotARow(f"is not JSON: {error}")
    return value if isinstance(value, dict) else NotARow("is not a JSON object")


def _is_lines(path: Path, text: IO[str]) -> bool:
    suffix = Path(path.name.removesuffix(".gz")).suffix.lower()
    if suffix in LINES_SUFFIXES:
        return True
    if suffix in {".csv", ".tsv"}:
        return False
    start = text.tell()
    first = text.readline().lstrip()
    text.seek(start)
    return first.startswith("{")


@contextmanager
def open_calls(path: Path) -> Iterator[CallFile]:
    """Open a file of calls. Raises CannotDo when it is no text."""
    with ExitStack() as stack:
        raw = stack.enter_context(path.open("rb"))
        text = io.TextIOWrapper(stack.enter_context(_unpacked(raw)), encoding="utf-8-sig", newline="")
        try:
            yield CallFile(path, raw, stack.enter_context(text), path.stat().st_size)
        except (UnicodeDecodeError, gzip.BadGzipFile, EOFError):
            raise CannotDo(f"{path} is damaged or not text in UTF-8.") from None


@contextmanager
def _unpacked(raw: IO[bytes]) -> Iterator[IO[bytes]]:
    magic = raw.read(len(GZIP_MAGIC))
    raw.seek(0)
    if magic != GZIP_MAGIC:
        yield raw
        return
    with gzip.GzipFile(fileobj=raw) as unpacked:
        yield io.BufferedReader(unpacked)


def content_id(path: Path) -> str:
    """The start of the SHA-256 of what is in the file; packing it changes nothing."""
    digest = hashlib.sha256()
    with path.open("rb") as raw, _unpacked(raw) as content:
        while chunk := content.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()[:ID_DIGITS]
