"""A fixture as the pieces that a vendor would send one after the other."""

import base64
import hashlib
import json
import re
from typing import Any

from sdk.standin import eventstream, faults
from sdk.standin.cases import Case

_KINDS = {
    ".sse": "text/event-stream; charset=utf-8",
    ".ndjson": "application/x-ndjson",
    ".events.json": "application/vnd.amazon.eventstream",
    ".jsonl": "application/x-jsonl",
    ".json": "application/json",
    ".bin": "audio/mpeg",
    ".txt": "text/plain",
}


def kind(case: Case) -> str:
    """The content type, unless the case names another."""
    return next(mime for ending, mime in _KINDS.items() if case.answer.name.endswith(ending))


def pieces(case: Case, fault: str | None) -> list[bytes]:
    """The body; of a stream each event alone."""
    name = case.answer.name
    if name.endswith(".events.json"):
        return _binary(case, fault)
    if name.endswith(".bin"):
        return [case.answer.read_bytes()]
    text = case.answer.read_text()
    if name.endswith(".sse"):
        return [_event(event, fault).encode() + b"\n\n" for event in text.split("\n\n") if event.strip()]
    if name.endswith((".ndjson", ".jsonl")):
        return [_json(line, fault).encode() + b"\n" for line in text.splitlines() if line]
    return [_json(text, fault).encode()]


def with_id(parts: list[bytes], case: Case, number: int) -> list[bytes]:
    """The same with another id of the response, as each real answer has its own."""
    recorded = case.event.get("provider_response_id")
    if not recorded:
        return parts
    words = re.match(r"(?:[a-z]+[-_])*", recorded)
    fresh = (words[0] if words else "") + hashlib.blake2b(str(number).encode(), digest_size=12).hexdigest()
    return [part.replace(recorded.encode(), fresh.encode()) for part in parts]


def _event(event: str, fault: str | None) -> str:
    return "\n".join(
        f"data: {_json(line[6:], fault)}" if line.startswith("data: {") else line for line in event.split("\n")
    )


def _json(text: str, fault: str | None) -> str:
    """The text as it is recorded; only where it must be changed it is read."""
    if fault == faults.INVALID_JSON:
        return text[: len(text) // 2]
    if fault is None or not text.lstrip().startswith(("{", "[")):
        return text
    value = json.loads(text)
    changed = faults.change(fault, value)
    return text if changed == value else json.dumps(changed)


def _binary(case: Case, fault: str | None) -> list[bytes]:
    return [eventstream.event(*_payload(item, fault)) for item in json.loads(case.answer.read_text())]


def _payload(item: dict[str, Any], fault: str | None) -> tuple[str, Any]:
    """`{"messageStart": {...}}`; the chunks of a model's own stream (`chunk`) travel in base64."""
    ((name, value),) = item.items()
    value = faults.change(fault, value)
    if fault == faults.INVALID_JSON and name == "chunk":
        return name, {"bytes": base64.b64encode(b'{"type":').decode()}
    if name == "chunk":
        return name, {"bytes": base64.b64encode(json.dumps(value, separators=(",", ":")).encode()).decode()}
    return name, value
