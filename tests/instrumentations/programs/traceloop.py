"""Traceloop's `opentelemetry-instrumentation-openai` and `-anthropic`, without its SDK."""

import anthropic
import openai
from opentelemetry.instrumentation.anthropic import AnthropicInstrumentor
from opentelemetry.instrumentation.openai import OpenAIInstrumentor
from programs import calls, plain

tracer = plain.start()
OpenAIInstrumentor().instrument()
AnthropicInstrumentor().instrument()
with tracer.start_as_current_span("a request", attributes={"session.id": "s_1", "user.id": "c_42"}):
    calls.ask_openai(openai.OpenAI(api_key="sk", base_url=calls.OPENAI))
    calls.ask_anthropic(anthropic.Anthropic(api_key="sk", base_url=calls.ANTHROPIC))
plain.stop()
