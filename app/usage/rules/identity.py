"""Names that two reports of one call share.

An SDK and OpenTelemetry that watch one call both know the id that the vendor gave to its response. Where that id is
unique in the world it names the call; `sdk/fixtures/identities.json` holds what both SDKs and this file agree on.
"""

import hashlib
import re
from typing import Final, Protocol
from uuid import UUID

from app.usage.rules.columns import TokenSums
from app.usage.rules.events import event_key

RESPONSE: Final = "response:"
MAX_EVENT_ID: Final = 128
_MAX_LENGTH: Final = MAX_EVENT_ID - len(RESPONSE)
# Words before the random part: `chatcmpl-`, `msg_bdrk_`
_WORDS: Final = re.compile(r"^(?:[a-z]+[-_])+")
_ALLOWED: Final = re.compile(r"[A-Za-z0-9._:+/=-]+")
_NOT_RANDOM: Final = str.maketrans("", "", "._:+/=-")
MIN_RANDOM: Final = 16
MIN_DIFFERENT: Final = 8


def is_unique(response_id: str) -> bool:
    """Whether nobody else can have been given this id.

    Without the words before it: at least 16 letters and digits, 8 of them different, and neither only digits (a
    counter, a time) nor only small or only capital letters (words). Ollama's `chatcmpl-123` is none.
    """
    if len(response_id) > _MAX_LENGTH or not _ALLOWED.fullmatch(response_id):
        return False
    words = _WORDS.match(response_id)
    random = (response_id[words.end() :] if words else response_id).translate(_NOT_RANDOM)
    if len(random) < MIN_RANDOM or len(set(random)) < MIN_DIFFERENT:
        return False
    return not (random.isdigit() or (random.isalpha() and (random.islower() or random.isupper())))


def response_event_id(response_id: str | None) -> str | None:
    """The event id of the call that got this response; None where the id does not name it."""
    return RESPONSE + response_id if response_id and is_unique(response_id) else None


def second_key(response_id: str, event_id: str) -> UUID | None:
    """The identity that a call has by its response beside its own; None where it has none, or it is the same."""
    named = response_event_id(response_id)
    return None if named is None or named == event_id else event_key(named)


def span_event_id(trace_id: str, span_id: str) -> str | None:
    """The event id of a span. None for one without ids."""
    return f"span:{trace_id}:{span_id}" if trace_id and span_id else None


class Told(Protocol):
    """What one report of a call says was used."""

    @property
    def usage_status(self) -> str: ...
    @property
    def tokens(self) -> TokenSums: ...


def is_same_call(one: Told, other: Told) -> bool:
    """Whether two reports with the same id of the response speak of one call.

    Nobody gives such an id twice, so they do unless both know all that was used, and both input and output differ: then
    somebody made the id up, or told of parts of one response. How the model is spelt does not matter, libraries differ
    in it; nor how tokens are split into parts; and some miscount one side (Traceloop's `-anthropic` adds the output
    that a stream announces at its start to that at its end).
    """
    if one.usage_status != "final" or other.usage_status != "final":
        return True
    return any(mine == theirs for mine, theirs in zip(_totals(one.tokens), _totals(other.tokens), strict=True))


def another_event_id(event_id: str, tokens: TokenSums) -> str:
    """The id of a call whose own id another call already goes by: the same whenever it comes again."""
    return f"{event_id[: MAX_EVENT_ID - 17]}#{hashlib.blake2b(repr(tuple(tokens)).encode(), digest_size=8).hexdigest()}"


def _totals(tokens: TokenSums) -> tuple[int, int]:
    fresh, read, write, visible, reasoning = tokens
    return fresh + read + write, visible + reasoning
