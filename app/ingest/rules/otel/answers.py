"""What an OTLP exporter is answered: how much was not taken, and failures as `google.rpc.Status`."""

import json
from collections.abc import Mapping
from typing import Final

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsPartialSuccess, ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsPartialSuccess,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)

from app.ingest.rules.otel.wire import PROTOBUF

# https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
_CODES: Final[Mapping[int, int]] = {400: 3, 401: 16, 403: 7, 404: 5, 405: 12, 413: 3, 415: 3, 422: 3, 429: 8, 503: 14}
_INTERNAL: Final = 13


def traces(rejected: int, message: str) -> Message:
    partial = ExportTracePartialSuccess(rejected_spans=rejected, error_message=message)
    return ExportTraceServiceResponse(partial_success=partial if message else None)


def logs(rejected: int, message: str) -> Message:
    partial = ExportLogsPartialSuccess(rejected_log_records=rejected, error_message=message)
    return ExportLogsServiceResponse(partial_success=partial if message else None)


def metrics(rejected: int, message: str) -> Message:
    partial = ExportMetricsPartialSuccess(rejected_data_points=rejected, error_message=message)
    return ExportMetricsServiceResponse(partial_success=partial if message else None)


def status(http_status: int, message: str, kind: str) -> bytes:
    """A `google.rpc.Status`; its protobuf has two fields and is written by hand, because its package has hundreds."""
    code = _CODES.get(http_status, _INTERNAL)
    if kind != PROTOBUF:
        return json.dumps({"code": code, "message": message, "details": []}).encode()
    written = message.encode(errors="replace")
    return bytes((0x08, code, 0x12)) + _varint(len(written)) + written


def _varint(number: int) -> bytes:
    digits = bytearray()
    while number > 0x7F:
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*digits, number))
