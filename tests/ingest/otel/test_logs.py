"""Log records that tell of calls."""

import httpx
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from tests.ingest.otel.conftest import Export, Stored
from tests.ingest.otel.exports import START, TRACE, Attributes, any_value, chat, make_export, make_span, pairs

DETAILS = "gen_ai.client.inference.operation.details"


def logs(*records: LogRecord) -> ExportLogsServiceRequest:
    resource = Resource(attributes=pairs({"service.name": "shop"}))
    return ExportLogsServiceRequest(
        resource_logs=[ResourceLogs(resource=resource, scope_logs=[ScopeLogs(log_records=records)])]
    )


def record(name: str = DETAILS, attributes: Attributes | None = None, *, as_attribute: bool = False) -> LogRecord:
    named = {"event.name": name} if as_attribute else {}
    return LogRecord(
        event_name="" if as_attribute else name,
        time_unix_nano=START,
        trace_id=bytes.fromhex(TRACE),
        span_id=bytes.fromhex("00f067aa0ba902b7"),
        attributes=pairs({**chat(), **named, **(attributes or {})}),
        body=any_value("secret"),
    )


@pytest.mark.parametrize("as_attribute", [True, False])
async def test_the_details_of_an_operation_are_a_call(export: Export, stored: Stored, as_attribute: bool) -> None:
    answer: httpx.Response = await export(logs(record(as_attribute=as_attribute)), signal="logs")
    assert (answer.status_code, answer.content) == (200, b"")
    (call,) = await stored()
    assert (call.cost, call.project, call.latency_ms) == (call.list_cost, "shop", None)
    assert call.occurred_at.timestamp() * 1e9 == START


async def test_a_span_and_its_details_are_one_call(export: Export, stored: Stored) -> None:
    for response_id in ("chatcmpl-9XkT2b7QpLm4RwYv8ZsJcNd1", "chatcmpl-1"):
        named = {"gen_ai.response.id": response_id}
        await export(logs(record(attributes=named)), signal="logs")
        await export(make_export(make_span(chat(**named))))
    assert len(await stored()) == 2


async def test_other_records_are_left_out(export: Export, stored: Stored) -> None:
    answer = await export(logs(record("gen_ai.choice"), record("http.request")), signal="logs")
    assert answer.status_code == 200
    assert await stored() == []
