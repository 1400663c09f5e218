"""Groq's and Together's clients, which Stainless made and which speak OpenAI's language."""

from typing import Any, Final

from tokenboard.wrap import openai, stainless
from tokenboard.wrap.core import Operation, Wishes
from tokenboard.wrap.stainless import Vendor

_RERANK: Final = Operation("rerank", "rerank", openai.read_chat)


def operation_of(method: str, path: str) -> Operation | None:
    """As OpenAI's, with or without the version before it; both tell the usage of a stream unasked."""
    path = path.removeprefix("/openai").removeprefix("/v1")
    return _RERANK if path == "/rerank" else openai.operation_of(method, path)


def instrument(client: Any, wishes: Wishes) -> None:
    """Track all calls of this client (`Groq`, `Together`, sync and async)."""
    package = next(name for kind in type(client).__mro__ if (name := kind.__module__.split(".")[0]) in _PACKAGES)
    stainless.instrument(client, Vendor(package, operation_of), wishes)


_PACKAGES: Final = ("groq", "together")
remove: Final = stainless.remove
