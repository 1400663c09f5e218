"""What a span says around its call: for whom it was, from where, how it ended."""

import json
from collections.abc import Iterator, Mapping
from typing import Final, get_args

from app.ingest.rules import limits
from app.ingest.rules.incoming import CONTENT
from app.ingest.rules.otel.hosts import address_of
from app.ingest.rules.otel.spans import Attributes, Span, Value, count, text
from app.usage.rules.record import Capacity

_ASSOCIATION: Final = "traceloop.association.properties."
_VERCEL: Final = "ai.telemetry.metadata."
_LANGSMITH: Final = "langsmith.metadata."
_OWN_TAG: Final = "tokenboard.tag."
_OPENINFERENCE: Final = "metadata"
# Where a library puts what the program says about a call in its own words.
_METADATA: Final = (_ASSOCIATION, _VERCEL, _LANGSMITH)
PREFIXES: Final = (*_METADATA, _OWN_TAG)

_SESSION_KEYS: Final = (
    "session_id",
    "sessionId",
    "conversation_id",
    "conversationId",
    "thread_id",
    "chat_id",
    "chatId",
)
_USER_KEYS: Final = ("user_id", "userId", "user", "customer_id", "customerId", "customer")
SESSION: Final = (
    "tokenboard.session",
    "gen_ai.conversation.id",
    "session.id",
    *(prefix + key for prefix in _METADATA for key in _SESSION_KEYS),
)
USER: Final = (
    "tokenboard.user",
    "user.id",
    "enduser.id",
    "gen_ai.user",
    *(prefix + key for prefix in _METADATA for key in _USER_KEYS),
)
_PROJECT: Final = "tokenboard.project"
_SERVICE: Final = "service.name"
_CAPACITY: Final = "tokenboard.capacity"
_CAPACITIES: Final = frozenset(get_args(Capacity))
_ENVIRONMENT: Final = ("tokenboard.environment", "deployment.environment.name", "deployment.environment")
_LIBRARYS_ENVIRONMENT: Final = ("langfuse.environment", "gen_ai.environment")
_API_BASE: Final = "gen_ai.openai.api_base"
_SERVER: Final = "server.address"
_PORT: Final = "server.port"
_ERROR: Final = "error.type"
_HTTP_STATUS: Final = ("http.response.status_code", "http.status_code")
_TAGS: Final = {
    "gen_ai.agent.name": "agent",
    "agent.name": "agent",
    "traceloop.workflow.name": "workflow",
    "ai.telemetry.functionId": "function",
}
# What LangChain and LangSmith say about themselves in metadata that is the program's.
_NOISE: Final = ("ls_", "langgraph_", "LANGSMITH_", "LANGCHAIN_", "revision_id", "__")

NAMES: Final = frozenset(
    (
        *SESSION,
        *USER,
        _PROJECT,
        _CAPACITY,
        *_ENVIRONMENT,
        *_LIBRARYS_ENVIRONMENT,
        _API_BASE,
        _SERVER,
        _PORT,
        _ERROR,
        *_HTTP_STATUS,
        *_TAGS,
        _OPENINFERENCE,
    )
)
RESOURCE_NAMES: Final = frozenset((_SERVICE, _PROJECT, _CAPACITY, *_ENVIRONMENT))


def project(span: Span) -> str | None:
    named = text(span.attributes, _PROJECT) or text(span.resource, _PROJECT)
    service = text(span.resource, _SERVICE)
    # what SDKs say when nobody told them a name
    return named or (None if (service or "").startswith("unknown_service") else service)


def service(resource: Attributes) -> str:
    """The name that metrics and calls of one program share; empty when it has none."""
    return text(resource, _PROJECT, _SERVICE) or ""


def capacity(span: Span) -> str | None:
    """How the calls are paid for, where somebody said it in the exporter's settings."""
    said = text(span.attributes, _CAPACITY) or text(span.resource, _CAPACITY)
    return said if said in _CAPACITIES else None


def environment(span: Span) -> str | None:
    named = text(span.attributes, *_ENVIRONMENT) or text(span.resource, *_ENVIRONMENT)
    librarys = text(span.attributes, *_LIBRARYS_ENVIRONMENT)
    return named or (None if librarys == "default" else librarys)


def base_url(attributes: Attributes) -> str | None:
    return text(attributes, _API_BASE) or address_of(text(attributes, _SERVER), count(attributes, _PORT))


def failure(span: Span) -> tuple[str, str | None, int | None]:
    """How it ended: the status, what kind of error it was, and the status of HTTP."""
    kind = text(span.attributes, _ERROR) or span.exception
    http_status = count(span.attributes, *_HTTP_STATUS)
    if http_status is None and kind and kind.isdigit():
        http_status = int(kind)
    if http_status is not None and not 100 <= http_status <= 599:
        http_status = None
    is_error = span.is_error or kind is not None
    return ("error" if is_error else "ok", kind if is_error else None, http_status)


def tags(span: Span) -> dict[str, str]:
    """The program's own words about the call, as many and as long as an event may carry; what is longer is left out.

    Text that is cut would be another tag, and long text is rather content than a tag.
    """
    found: dict[str, str] = {}
    for key, value in _labels(span.attributes):
        written = _written(value)
        if written and _is_tag(key, written) and len(found) < limits.MAX_TAGS:
            found.setdefault(key, written)
    return found


def _labels(attributes: Attributes) -> Iterator[tuple[str, object]]:
    for prefix in (_OWN_TAG, *_METADATA):
        said = _SESSION_KEYS + _USER_KEYS
        for name in sorted(attributes):
            if name.startswith(prefix) and (prefix == _OWN_TAG or name[len(prefix) :] not in said):
                yield name[len(prefix) :], attributes[name]
    for name, tag in _TAGS.items():
        yield tag, attributes.get(name)
    yield from sorted(_members(text(attributes, _OPENINFERENCE)).items())


def _members(written: str | None) -> Mapping[str, object]:
    try:
        members = json.loads(written or "{}")
    except (ValueError, RecursionError):
        return {}
    return members if isinstance(members, dict) else {}


def _written(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def _is_tag(key: str, value: str) -> bool:
    if not 0 < len(key) <= limits.MAX_TAG_KEY or len(value) > limits.MAX_TAG_VALUE or "\0" in key + value:
        return False
    return key.lower() not in CONTENT and not key.startswith(_NOISE) and value[0] not in "{["


def clipped(value: Value | None) -> str | None:
    """A name that is no longer than an event may carry."""
    if not isinstance(value, str):
        return None
    kept = value.replace("\0", "")[: limits.MAX_TEXT]
    return kept.encode(errors="replace")[: limits.MAX_TEXT_BYTES].decode(errors="ignore") or None
