"""Clients that have no choke point of their own but send everything with one httpx client (Mistral, Cohere).

Answers are read beside the program, in front of whatever reads them (raw.py): the client's objects are not touched.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tokenboard.wrap import hosts, patching, raw
from tokenboard.wrap.core import Call, Operation, Wishes, begin

# The model in the JSON of a request, near its start or its end. In a prompt its quotes would be escaped.
_MODEL: Final = re.compile(rb'(?<!\\)"model"\s*:\s*"((?:[^"\\]|\\.)+)"')
_NEAR: Final = 4096


@dataclass(frozen=True)
class Target:
    """Who serves the calls of a client, and which of them count."""

    base_url: str
    provider: str
    operation_of: Callable[[str, str], Operation | None]
    """The operation of a method (`POST`) and a path after the base URL (`/v1/chat/completions`)."""
    wishes: Wishes

    def begin(self, method: str, path: str, model: str | None, body: Any) -> Call | None:
        """Start the clock of a request; None when it uses nothing."""
        operation = self.operation_of(method, path)
        if operation is None:
            return None
        fields = {"provider": self.provider, "base_url": hosts.shown(self.base_url)}
        return begin(operation, {**fields, "requested_model": model} if model else fields, self.wishes, body)

    def begin_request(self, request: Any) -> Call | None:
        """The same, of a request that is about to be sent."""
        address = str(request.url)
        if not address.startswith(self.base_url):  # the program's own client may serve others, too
            return None
        path = re.split(r"[?#]", address[len(self.base_url) :])[0]
        return self.begin(request.method, f"/{path.lstrip('/')}", model_in(request), _body(request))


def target_of(base_url: str, wishes: Wishes, default: str, operation_of: Any) -> Target:
    """The target at this address; `default` serves it where neither that nor the program says who does."""
    provider = wishes.provider or hosts.provider_of(base_url) or default
    return Target(base_url.rstrip("/"), provider, operation_of, wishes)


def _body(request: Any) -> bytes | None:
    body = getattr(request, "_content", None)
    return body if isinstance(body, bytes) else None  # else an upload


def model_in(request: Any) -> str | None:
    """The model that a request asks for, without reading all of its JSON."""
    body = _body(request)
    if body is None:
        return None
    found = _MODEL.search(body[:_NEAR]) or _MODEL.search(body[-_NEAR:])
    return found[1].decode(errors="replace") if found else None


def instrument(http: Any, target: Target, *, only_streams: bool = False) -> None:
    """Measure what an httpx client sends to the target."""

    def start(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call | None:
        if only_streams and not kwargs.get("stream"):
            return None
        return target.begin_request(args[0] if args else kwargs["request"])

    patching.patch(http, "send", start, finish)


def remove(http: Any) -> None:
    """Take the measuring function away again."""
    patching.unpatch(http, "send")


def finish(call: Call, response: Any) -> Any:
    """Record an httpx response, now or as it is read."""
    if response.status_code >= 400:
        call.refused(response.status_code)
    else:
        call.http_status = response.status_code
        raw.watch_response(call, response)
    return response
