"""Files of JSON, read as far as they are whole: a session that runs is still being written."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from app.ingest.rules.otel.spans import whole

Object = Mapping[str, Any]


def objects(path: Path) -> Iterator[Object]:
    """The objects of a file of JSON lines; lines that are none are left out."""
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(value, dict):
                yield value


def document(path: Path) -> Object:
    """The object in a file; empty for what is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8", errors="replace"))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def part(holder: Object, name: str) -> Object:
    """A member that is an object; empty where it is none."""
    value = holder.get(name)
    return value if isinstance(value, dict) else {}


def said(holder: Object, name: str) -> str | None:
    value = holder.get(name)
    return value if isinstance(value, str) and value else None


def number(holder: Object, name: str) -> int | None:
    return whole(holder.get(name))
