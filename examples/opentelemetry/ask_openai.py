"""OpenTelemetry's own instrumentation of OpenAI. Where spans go stands in the OTEL_EXPORTER_OTLP_* variables."""

from openai import OpenAI
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
OpenAIInstrumentor().instrument(tracer_provider=provider)

question = [{"role": "user", "content": "How far is the moon?"}]
print(OpenAI().chat.completions.create(model="gpt-4o", messages=question).choices[0].message.content)
