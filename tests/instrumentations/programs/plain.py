"""OpenTelemetry set up by hand, as the docs of the instrumentations do: spans and logs leave by OTLP/HTTP.

Where to, and what service this is, stands in the `OTEL_*` variables.
"""

from opentelemetry import trace
from opentelemetry._logs import set_logger_provider
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

SPANS = TracerProvider()
LOGS = LoggerProvider()


def start() -> trace.Tracer:
    SPANS.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(SPANS)
    LOGS.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
    set_logger_provider(LOGS)
    return trace.get_tracer("program")


def stop() -> None:
    SPANS.shutdown()
    LOGS.shutdown()
