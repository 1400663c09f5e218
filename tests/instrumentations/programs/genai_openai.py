"""OpenTelemetry's own `opentelemetry-instrumentation-genai-openai`, the successor of `-openai-v2`."""

import openai
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
from programs import calls, plain

tracer = plain.start()
OpenAIInstrumentor().instrument()
with tracer.start_as_current_span("a request", attributes={"session.id": "s_1", "user.id": "c_42"}):
    calls.ask_openai(openai.OpenAI(api_key="sk", base_url=calls.OPENAI))
plain.stop()
