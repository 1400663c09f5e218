"""Which attributes are read at all. What is not named here (prompts, answers, arguments of tools) is dropped unread."""

from collections.abc import Iterable
from typing import Any, Final

from app.ingest.rules.otel import (
    about,
    claude_code,
    codex,
    gemini_cli,
    genai,
    langfuse,
    langsmith,
    openinference,
    vercel,
)
from app.ingest.rules.otel.spans import Attributes, Value

NAMES: Final = frozenset().union(
    *(
        dialect.NAMES
        for dialect in (about, claude_code, codex, gemini_cli, genai, langfuse, langsmith, openinference, vercel)
    )
)
# JSON text is longer than names are; it is looked through for counts and short labels, and never kept.
MAX_TEXT: Final = 16_384


def attributes(given: Iterable[Any]) -> Attributes:
    """Of `KeyValue` messages those that somebody reads; a name given twice counts once, the last."""
    found: dict[str, Value] = {}
    for pair in given:
        if pair.key in NAMES or pair.key.startswith(about.PREFIXES):
            if (value := _value(pair.value)) is not None:
                found[pair.key] = value
        elif pair.key == openinference.ANSWER and (named := openinference.response_id(pair.value.string_value)):
            found.setdefault(genai.RESPONSE_ID, named)
    return found


def resource(given: Iterable[Any]) -> Attributes:
    return {
        pair.key: value
        for pair in given
        if pair.key in about.RESOURCE_NAMES and (value := _value(pair.value)) is not None
    }


def _value(given: Any) -> Value | None:
    """Plain values; lists, maps and bytes are content or nothing we know."""
    match given.WhichOneof("value"):
        case "string_value":
            written: str = given.string_value
            return written if len(written) <= MAX_TEXT else None
        case "int_value":
            return int(given.int_value)
        case "double_value":
            return float(given.double_value)
        case "bool_value":
            return bool(given.bool_value)
    return None
