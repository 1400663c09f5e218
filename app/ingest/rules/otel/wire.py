"""OTLP/HTTP bodies, protobuf and JSON: what comes in, and what is answered.

https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeVar

import msgspec
from google.protobuf import json_format
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from app.ingest.errors import BodyInvalid, BodyNotJson, BodyTooLarge
from app.ingest.rules import limits
from app.ingest.rules.otel import kept
from app.ingest.rules.otel.spans import Attributes, Span

PROTOBUF: Final = "application/x-protobuf"
JSON: Final = "application/json"
# JSON gives these as hex, where protobuf's own JSON has base64
_IDS: Final = frozenset(("traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id"))
# The lists on the way from a request to its spans, log records and exemplars; attributes are never looked into.
_LISTS: Final = frozenset(
    (
        "resourceSpans",
        "resource_spans",
        "scopeSpans",
        "scope_spans",
        "spans",
        "links",
        "resourceLogs",
        "resource_logs",
        "scopeLogs",
        "scope_logs",
        "logRecords",
        "log_records",
    )
)
# A member of length 0, by the first 15 tags of members that have a length.
_EMPTY: Final = tuple(bytes((number << 3 | 2, 0)) for number in range(1, 16))
_STATUS_ERROR: Final = 2
DETAILS: Final = "gen_ai.client.inference.operation.details"
_EXCEPTION: Final = "exception"
_EXCEPTION_TYPE: Final = "exception.type"

Request = TypeVar("Request", bound=Message)


class Record(NamedTuple):
    """A log record: what it is called, and what it says as if it were a span."""

    name: str
    span: Span


def parse(body: bytes, kind: str, request: Request) -> Request:
    """Fill the request from a body of this content type. Raises BodyInvalid, BodyNotJson and BodyTooLarge."""
    _check_values(body, kind)
    try:
        if kind == PROTOBUF:
            request.ParseFromString(body)
        elif body:
            json_format.ParseDict(_with_plain_ids(_json(body)), request, ignore_unknown_fields=True)
    except (DecodeError, json_format.ParseError, binascii.Error, RecursionError, TypeError, AttributeError):
        # of what the parser says nothing is repeated: it quotes the body
        raise BodyInvalid("The body is not an OTLP export request.") from None
    return request


def _check_values(body: bytes, kind: str) -> None:
    """Refuse a body of nothing but empty members: two bytes of it take fifty in memory."""
    if len(body) > limits.MAX_VALUES:
        marks = _EMPTY if kind == PROTOBUF else (b"{", b"[", b",")
        if sum(body.count(mark) for mark in marks) > limits.MAX_VALUES:
            raise BodyTooLarge(f"The body holds more than {limits.MAX_VALUES:,} values: send less at once.")


def _json(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.ValidationError:
        raise BodyInvalid("The body is not an OTLP export request.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BodyNotJson("The body is not JSON.") from None


def _with_plain_ids(value: Any) -> Any:
    """The same with hex ids in base64."""
    if isinstance(value, list):
        return [_with_plain_ids(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _base64(member)
        if name in _IDS and isinstance(member, str)
        else _with_plain_ids(member)
        if name in _LISTS
        else member
        for name, member in value.items()
    }


def _base64(hexadecimal: str) -> str:
    return base64.b64encode(binascii.unhexlify(hexadecimal)).decode()


def spans(request: ExportTraceServiceRequest) -> Iterator[Span]:
    """The spans that somebody may read, without their content."""
    for group in request.resource_spans:
        resource = kept.resource(group.resource.attributes)
        for scoped in group.scope_spans:
            for span in scoped.spans:
                yield _span(span, scoped.scope.name, resource)


def _span(span: Any, scope: str, resource: Attributes) -> Span:
    attributes = kept.attributes(span.attributes)
    exception = None
    for event in span.events:
        if event.name == _EXCEPTION:
            exception = _exception(event.attributes) or exception
        elif event.name == DETAILS:
            attributes = {**kept.attributes(event.attributes), **attributes}
    return Span(
        trace_id=_id(span.trace_id),
        span_id=_id(span.span_id),
        parent_id=_id(span.parent_span_id),
        name=span.name,
        scope=scope,
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
        is_error=span.status.code == _STATUS_ERROR,
        attributes=attributes,
        resource=resource,
        # one that was caught and got over is none of the call's
        exception=exception if span.status.code == _STATUS_ERROR else None,
    )


def _id(given: bytes) -> str:
    """In hex; empty for nothing but zeros, which OpenTelemetry says is none."""
    return given.hex() if any(given) else ""


def _exception(attributes: Any) -> str | None:
    return next((pair.value.string_value for pair in attributes if pair.key == _EXCEPTION_TYPE), None)


def records(request: ExportLogsServiceRequest) -> Iterator[Record]:
    """The log records, without their bodies."""
    for group in request.resource_logs:
        resource = kept.resource(group.resource.attributes)
        for scoped in group.scope_logs:
            for record in scoped.log_records:
                name = record.event_name or _named(record.attributes)
                span = Span(
                    trace_id=_id(record.trace_id),
                    span_id=_id(record.span_id),
                    parent_id="",
                    name=name,
                    scope=scoped.scope.name,
                    start_ns=0,
                    end_ns=record.time_unix_nano or record.observed_time_unix_nano,
                    is_error=False,
                    attributes=kept.attributes(record.attributes),
                    resource=resource,
                )
                yield Record(name, span)


def _named(attributes: Any) -> str:
    return next((pair.value.string_value for pair in attributes if pair.key == "event.name"), "")


def encode(message: Message, kind: str) -> bytes:
    """A response in the type of its request."""
    if kind == PROTOBUF:
        return message.SerializeToString()
    return json_format.MessageToJson(message, indent=None).encode()


def new_request(signal: str) -> Any:
    return _REQUESTS[signal]()


_REQUESTS: Final[Mapping[str, type[Message]]] = {
    "traces": ExportTraceServiceRequest,
    "logs": ExportLogsServiceRequest,
    "metrics": ExportMetricsServiceRequest,
}
