"""OpenInference's instrumentation of Anthropic. Where spans go stands in the OTEL_EXPORTER_OTLP_* variables."""

from anthropic import Anthropic
from openinference.instrumentation.anthropic import AnthropicInstrumentor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
AnthropicInstrumentor().instrument(tracer_provider=provider)

question = [{"role": "user", "content": "How far is the moon?"}]
print(Anthropic().messages.create(model="claude-sonnet-5-5", max_tokens=200, messages=question).content)
