"""The chunks of a stream, folded into the response that the same call would have given in one piece.

Vendors repeat their counts, raise them, or send them once; none sends parts to be added. So the last value that is
not null wins, field by field, and nothing is ever summed. A stream that was cut says so, and its record is partial,
or missing where no count had come yet.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from app.usage.rules.dialects.envelope import find_usage
from app.usage.rules.dialects.grounding import outline
from app.usage.rules.fields import Holder

# Where an event's `raw_usage` holds a stream instead of a response.
_STREAM_KEYS: Final = ("chunks", "events")
# Events that carry the whole response, or the usage of all of it, and come last.
_LAST: Final = frozenset(
    (
        "response.completed",
        "response.incomplete",
        "response.failed",
        "response.done",
        "image_generation.completed",
        "image_edit.completed",
        "transcript.text.done",
        "speech.audio.done",
        "message-end",
        "stream-end",
        "interaction.complete",
        "interaction.completed",
    )
)
# The first event of Anthropic's streams, which may be all that came.
_ANTHROPIC_START: Final = "message_start"
# Where such an event keeps it.
_INSIDE: Final = ("response", "interaction", "delta")
_TRANSCRIBED: Final = "conversation.item.input_audio_transcription.completed"
# Fields of a chunk that are read apart, or hold what was answered.
_APART: Final = frozenset(
    ("usage", "usageMetadata", "usage_metadata", "choices", "candidates", "delta", "content", "message", "type")
)
_CONVERSE: Final = frozenset(("messageStart", "contentBlockStart", "contentBlockDelta", "messageStop"))
# Counts that come without an answer come after it.
_ANSWERS: Final = ("choices", "candidates", "output")
_CUT: Final = {"stream": "cut"}


class _Kind(NamedTuple):
    """One way of streaming: whether any chunk shows it, and how its chunks become a response."""

    shows: Callable[[Holder], bool]
    fold: Callable[[list[Holder]], dict[str, object]]


def folded(raw: Holder) -> Holder:
    """The response in what was sent: itself, or of a stream (`{"chunks": [...]}`) what it folds to."""
    for key in _STREAM_KEYS:
        chunks = raw.get(key)
        if isinstance(chunks, list | tuple):
            return fold(chunks)
    return fold([raw]) if raw.get("type") == _ANTHROPIC_START else raw


def is_cut(response: Holder) -> bool:
    """Whether a folded stream ended before its response did."""
    return response.get("stream") == _CUT["stream"]


def fold(chunks: Iterable[object]) -> dict[str, object]:
    """The response of a stream, from its chunks in their order, of any vendor; their shape says whose they are.

    Chunks may be left out as long as the last one with counts is there; what is no object is skipped.
    """
    events = [_unwrapped(chunk) for chunk in chunks if isinstance(chunk, Mapping)]
    for kind in _KINDS:
        if any(kind.shows(event) for event in events):
            return kind.fold(events)
    return _running(events)


def _unwrapped(chunk: Holder) -> Holder:
    """A server-sent event that was kept with its name around it."""
    data = chunk.get("data")
    return data if isinstance(data, Mapping) and "event" in chunk else chunk


def _type(event: Holder) -> str:
    return str(event.get("type") or event.get("event_type") or "")


# --- Anthropic: the start has the input and the lives of cache writes, deltas the totals so far ---


def _is_message(event: Holder) -> bool:
    return _type(event) in ("message_start", "message_delta")


def _message(events: list[Holder]) -> dict[str, object]:
    message: dict[str, object] = {}
    usage: dict[str, object] = {}
    has_totals = False
    for event in events:
        start = event.get("message")
        if _type(event) == "message_start" and isinstance(start, Mapping):
            message = _about(start)
            usage.update(_said(start.get("usage")))
        elif _type(event) == "message_delta":
            totals = _said(event.get("usage"))
            usage.update(totals)
            has_totals = has_totals or "output_tokens" in totals
    if has_totals:
        return {**message, "usage": usage}
    usage.pop("output_tokens", None)  # what the start says is only how far it had come
    return {**message, **_CUT, "usage": usage or None}


# --- OpenAI's responses, realtime, images and audio, Cohere, Interactions: the last event has it all ---


def _is_of_events(event: Holder) -> bool:
    kind = _type(event)
    return kind in _LAST or kind.startswith(("response.", "interaction.", "message-", "transcript.", "speech."))


def _last_event(events: list[Holder]) -> dict[str, object]:
    about: dict[str, object] = {}
    for event in events:
        inner = _inside(event)
        about.update({} if inner is event else _about(inner), **({"id": event["id"]} if event.get("id") else {}))
    last = next((event for event in reversed(events) if _type(event) in _LAST), None)
    if last is None:
        return {**about, **_CUT, "usage": None}
    response = _inside(last)
    found = find_usage(response)
    spoken = [event for event in events if _type(event) == _TRANSCRIBED]
    beside = {"input_audio_transcriptions": spoken} if spoken else {}
    about = {**about, **_about(response), "type": _type(last)}
    return {**about, **beside, "usage": None if found is None else found.usage}


def _inside(event: Holder) -> Holder:
    return next((inner for key in _INSIDE if isinstance(inner := event.get(key), Mapping)), event)


# --- Bedrock's Converse: one event of metadata ---


def _is_converse(event: Holder) -> bool:
    metadata = event.get("metadata")
    return not _CONVERSE.isdisjoint(event) or (isinstance(metadata, Mapping) and "usage" in metadata)


def _converse(events: list[Holder]) -> dict[str, object]:
    for event in reversed(events):
        metadata = event.get("metadata")
        if isinstance(metadata, Mapping) and "usage" in metadata:
            return {**_about(metadata), "usage": metadata["usage"]}
    return {**_CUT, "usage": None}


# --- everybody else: chunks of one shape, each with nothing, the total so far, or the total ---


def _running(events: list[Holder]) -> dict[str, object]:
    response: dict[str, object] = {}
    usage: dict[str, object] = {}
    is_whole = False
    for event in events:
        found = find_usage(event)
        if found is None or found.response is not found.usage:
            response.update(_about(event if found is None else found.response))
        response.update(outline(event))
        usage.update(_said(found.usage) if found else {})
        is_whole = is_whole or _ends(event, has_usage=bool(found and found.usage))
    return {**response, **({} if is_whole else _CUT), "usage": usage or None}


def _ends(event: Holder, *, has_usage: bool) -> bool:
    """Whether the answer ended with this chunk, or had ended before it."""
    if event.get("done") is True or event.get("amazon-bedrock-invocationMetrics"):
        return True
    turn = event.get("serverContent", event.get("server_content"))
    if has_usage and not (turn or any(event.get(name) for name in _ANSWERS)):
        return True
    if isinstance(turn, Mapping) and (turn.get("turnComplete") or turn.get("turn_complete")):
        return True
    answers = [event.get("output"), *_list(event, "choices"), *_list(event, "candidates")]
    return any(_finish(answer) for answer in answers if isinstance(answer, Mapping))


def _finish(answer: Holder) -> bool:
    reason = answer.get("finish_reason") or answer.get("finishReason")
    choices = _list(answer, "choices")
    return (bool(reason) and reason != "null") or any(
        _finish(choice) for choice in choices if isinstance(choice, Mapping)
    )


def _list(holder: Holder, name: str) -> list[object]:
    value = holder.get(name)
    return list(value) if isinstance(value, list | tuple) else []


def _about(response: Holder) -> dict[str, object]:
    """What a chunk says around its usage, without the answer."""
    return {name: value for name, value in response.items() if value is not None and name not in _APART}


def _said(usage: object) -> dict[str, object]:
    return {name: value for name, value in usage.items() if value is not None} if isinstance(usage, Mapping) else {}


_KINDS: Final = (_Kind(_is_message, _message), _Kind(_is_of_events, _last_event), _Kind(_is_converse, _converse))
