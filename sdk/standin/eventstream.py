"""AWS's binary event streams: a prelude with both lengths, headers, the payload, each part with its CRC."""

import json
import struct
import zlib
from typing import Any

_TEXT = 7  # the header type "string"


def message(headers: dict[str, str], payload: bytes) -> bytes:
    """One message. All lengths and checksums are big-endian."""
    told = b"".join(_header(name, value) for name, value in headers.items())
    prelude = struct.pack("!II", 16 + len(told) + len(payload), len(told))
    start = prelude + struct.pack("!I", zlib.crc32(prelude)) + told + payload
    return start + struct.pack("!I", zlib.crc32(start))


def event(kind: str, payload: Any) -> bytes:
    """An event of Bedrock's streams, whose payload is JSON."""
    headers = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    return message(headers, json.dumps(payload, separators=(",", ":")).encode())


def _header(name: str, value: str) -> bytes:
    return struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", _TEXT, len(value)) + value.encode()
