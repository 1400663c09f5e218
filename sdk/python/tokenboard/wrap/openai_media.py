"""OpenAI's images and audio. What is charged by something else than tokens is told by what the request says of it."""

from dataclasses import replace
from typing import Any, Final

from tokenboard.wrap.core import Fields, Operation, StreamReader
from tokenboard.wrap.reading import get, plain


def read_usage(response: Any) -> Fields:
    """Of an answer whose usage is all there is to tell."""
    return {"raw_usage": plain(get(response, "usage")) or None}


class EndingStream(StreamReader):
    """Events of which the last one tells the usage: images, transcriptions, speech."""

    def __init__(self) -> None:
        self._usage: Any = None

    def see(self, chunk: Any) -> bool:
        self.has_answer = True
        self._usage = get(chunk, "usage") or self._usage
        return False

    def fields(self, *, is_whole: bool) -> Fields:
        return {"raw_usage": plain(self._usage) or None}


def _images(api: str) -> Operation:
    return Operation(api, "image_generation", read_usage, EndingStream)


def _audio(api: str, operation: str) -> Operation:
    return Operation(api, operation, read_usage, EndingStream)


_SPEECH: Final = _audio("audio.speech", "speech")
OPERATIONS: Final = {
    ("post", "/images/generations"): _images("images.generate"),
    ("post", "/images/edits"): _images("images.edit"),
    ("post", "/images/variations"): _images("images.variations"),
    ("post", "/audio/transcriptions"): _audio("audio.transcriptions", "transcription"),
    ("post", "/audio/translations"): _audio("audio.translations", "transcription"),
    ("post", "/audio/speech"): _SPEECH,
}


def prepare(operation: Operation, options: Any) -> Operation:
    """The operation, reading with what the request says: characters to speak, the size and quality of images."""
    body = options.json_data if isinstance(options.json_data, dict) else {}
    if operation is _SPEECH and isinstance(body.get("input"), str):
        said = {"raw_usage": {"input_characters": len(body["input"])}}
        return replace(operation, read=lambda _: said, unread=said)
    if operation.operation == "image_generation":
        return replace(operation, read=lambda response: _made(response, body))
    return operation


def _made(response: Any, body: dict[str, Any]) -> Fields:
    """Models that have no usage are charged by the image."""
    said = read_usage(response)
    images = get(response, "data")
    if said["raw_usage"] is not None or not isinstance(images, list):
        return said
    asked = {name: body[name] for name in ("size", "quality") if isinstance(body.get(name), str)}
    return {"raw_usage": {"type": "images", "images": len(images), **asked}}
