"""What may go wrong at a vendor, asked for by name."""

import json
from collections.abc import Callable
from typing import Any, Final

STATUSES: Final = {"429": 429, "500": 500}
"""Answered in place of the fixture."""
CUT, SLOW, INVALID_JSON = "cut", "slow", "invalid-json"
_USAGE: Final = frozenset(("usage", "usageMetadata", "amazon-bedrock-invocationMetrics"))
_CHANGES: Final[dict[str, Callable[[Any], Any]]] = {
    "garbage-usage": lambda usage: "lots",
    "unknown-usage": lambda usage: {"quanta": {"spin": [1, "up"]}, "total": 3},
}
NAMES: Final = (*STATUSES, CUT, SLOW, INVALID_JSON, "no-usage", *_CHANGES)


def error(status: int) -> bytes:
    """The body of an error, in words that each client can read one way or another."""
    said = {"type": "error", "code": status, "message": "the stand-in was asked to fail", "status": "FAILED"}
    return json.dumps({"type": "error", "error": said, "message": said["message"]}).encode()


def change(fault: str | None, value: Any) -> Any:
    """The answer's JSON with another usage object, or without; at all depths."""
    if fault != "no-usage" and fault not in _CHANGES:
        return value
    if isinstance(value, list):
        return [change(fault, item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {name: change(fault, item) for name, item in value.items() if not (fault == "no-usage" and name in _USAGE)}
    if fault in _CHANGES:
        kept |= {name: _CHANGES[fault](item) for name, item in value.items() if name in _USAGE and item}
    return kept


def is_told_by_headers(name: str) -> bool:
    """Whether a header of the answer counts what was used."""
    return "token-count" in name.lower()
