"""Exports as OpenTelemetry's exporters write them."""

from collections.abc import Mapping
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

TRACE = "5b8efff798038103d269b633813fc60c"
START = 1_700_158_623_000_000_000  # 2023-11-16T18:17:03Z
Attributes = Mapping[str, Any]


def any_value(value: Any) -> AnyValue:
    match value:
        case bool():
            return AnyValue(bool_value=value)
        case int():
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
        case str():
            return AnyValue(string_value=value)
        case _:
            return AnyValue(array_value=ArrayValue(values=[any_value(item) for item in value]))


def pairs(attributes: Attributes) -> list[KeyValue]:
    return [KeyValue(key=key, value=any_value(value)) for key, value in attributes.items()]


def make_span(
    attributes: Attributes,
    *,
    span_id: str = "00f067aa0ba902b7",
    parent_id: str = "",
    name: str = "chat gpt-4",
    seconds: float = 1.5,
    error: bool = False,
    events: Mapping[str, Attributes] | None = None,
) -> Span:
    return Span(
        trace_id=bytes.fromhex(TRACE),
        span_id=bytes.fromhex(span_id),
        parent_span_id=bytes.fromhex(parent_id),
        name=name,
        start_time_unix_nano=START,
        end_time_unix_nano=START + int(seconds * 1e9),
        attributes=pairs(attributes),
        events=[Span.Event(name=what, attributes=pairs(said)) for what, said in (events or {}).items()],
        status=Status(code=Status.STATUS_CODE_ERROR if error else Status.STATUS_CODE_UNSET),
    )


def make_export(
    *spans: Span, scope: str = "opentelemetry.instrumentation.openai_v2", resource: Attributes | None = None
) -> ExportTraceServiceRequest:
    scoped = ScopeSpans(scope=InstrumentationScope(name=scope), spans=spans)
    described = Resource(attributes=pairs(resource or {}))
    return ExportTraceServiceRequest(resource_spans=[ResourceSpans(resource=described, scope_spans=[scoped])])


def as_json(export: ExportTraceServiceRequest) -> dict[str, Any]:
    """As OTLP writes it: ids in hex, whole numbers as text, kinds as numbers."""
    written: dict[str, Any] = MessageToDict(export, use_integers_for_enums=True)
    for resource_spans, given in zip(written.get("resourceSpans", []), export.resource_spans, strict=True):
        for scoped, given_scoped in zip(resource_spans["scopeSpans"], given.scope_spans, strict=True):
            for span, given_span in zip(scoped.get("spans", []), given_scoped.spans, strict=True):
                span["traceId"] = given_span.trace_id.hex()
                span["spanId"] = given_span.span_id.hex()
                if given_span.parent_span_id:
                    span["parentSpanId"] = given_span.parent_span_id.hex()
    return written


def chat(**more: Any) -> dict[str, Any]:
    """What opentelemetry-instrumentation-openai-v2 writes of a chat that costs 0.06 dollars."""
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4",
        "gen_ai.response.model": "gpt-4-0613",
        "gen_ai.response.id": "chatcmpl-9XkT2b7QpLm4RwYv8ZsJcNd1",
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 500,
        **more,
    }
