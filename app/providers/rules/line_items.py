"""Which model a line of a bill is about, where the line says so. It is never guessed: None is "other"."""

import re
from typing import Final

# Free text without a list: seen as "some-model-2026-01, input" and as plain categories ("Web search tool calls").
_MODEL_AND_WHAT: Final = re.compile(r"(?P<model>[a-z0-9][a-z0-9._:/@+-]*), *(?P<what>\S.*)")
_DIRECTION: Final = re.compile(r"(?:[a-z]+ +)*(?:input|output)(?: +[a-z]+)*")


def model_of(line_item: str | None) -> str | None:
    """The model of `<model>, <what of it>`; None where the text does not have that form.

    A word with a digit in it before the comma is a model's name; one without a digit only when a direction follows,
    because `file-search, calls` names no model.
    """
    found = _MODEL_AND_WHAT.fullmatch((line_item or "").strip())
    if not found:
        return None
    model = found["model"]
    has_form = any(sign.isdigit() for sign in model) and any(sign.isalpha() for sign in model)
    is_named = has_form or ("-" in model and _DIRECTION.fullmatch(found["what"]) is not None)
    return model if is_named else None
