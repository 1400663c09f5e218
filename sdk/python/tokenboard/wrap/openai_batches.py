"""Results of OpenAI's batches: a file with an answer in each line, each an event of its own."""

import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from tokenboard.events import Event
from tokenboard.ids import response_event_id
from tokenboard.log import log
from tokenboard.wrap.core import Fields, Operation
from tokenboard.wrap.reading import get

Reader = Callable[[Any], Fields | None]
_PATH: Final = re.compile(r"/files/[^/]+/content")
# What a body calls itself, and the API that makes it.
_APIS: Final = {
    "chat.completion": ("batches.chat.completions", "chat"),
    "response": ("batches.responses", "chat"),
    "text_completion": ("batches.completions", "text_completion"),
    "list": ("batches.embeddings", "embeddings"),
}


def is_file(method: str, path: str) -> bool:
    """Whether a file's content is read, which may be a batch's results."""
    return method == "get" and _PATH.fullmatch(path) is not None


def operation(readers: dict[str, Reader]) -> Operation:
    """Reading a file. `readers`: for what a body calls itself, how it is read. A file of any other kind is no event."""

    def each(line: Any) -> Fields | None:
        return _read_line(line, readers)

    return Operation(
        "batches", "chat", lambda _: None, each=each, items=lambda file: _lines(file, each), is_silent_failing=True
    )


def _lines(file: Any, each: Reader) -> Iterator[Fields]:
    """What the lines of a downloaded file say; nothing, where its first one is none of a batch's results."""
    content = get(file, "content")
    if not isinstance(content, bytes):
        return
    for line in io.BytesIO(content):
        try:
            result = json.loads(line)
        except ValueError:
            log.debug("a file that is no batch's results was downloaded")
            return
        if not isinstance(get(result, "response"), dict) or "custom_id" not in result:
            return
        said = each(result)
        if said is not None:
            yield said


def _read_line(line: Any, readers: dict[str, Reader]) -> Fields | None:
    """An answer, under an id of its own: however often a file is read, it counts once. Those that failed are free."""
    body = get(get(line, "response"), "body")
    kind = get(body, "object")
    if "custom_id" not in line or kind not in _APIS or kind not in readers or not get(body, "usage"):
        return None
    api, name = _APIS[kind]
    made = get(body, "created") or get(body, "created_at")
    when: Event = {"occurred_at": float(made)} if isinstance(made, (int, float)) else {}
    event_id = response_event_id(get(body, "id")) or f"openai-batch-{get(body, 'id') or line.get('id')}"
    return {**(readers[kind](body) or {}), **when, "api": api, "operation": name, "event_id": event_id}
