"""Arize's `openinference-instrumentation-openai` and `-anthropic`, with their way to name the session and the user."""

import anthropic
import openai
from openinference.instrumentation import using_attributes
from openinference.instrumentation.anthropic import AnthropicInstrumentor
from openinference.instrumentation.openai import OpenAIInstrumentor
from programs import calls, plain

plain.start()
OpenAIInstrumentor().instrument()
AnthropicInstrumentor().instrument()
with using_attributes(session_id="s_1", user_id="c_42", metadata={"feature": "search"}):
    calls.ask_openai(openai.OpenAI(api_key="sk", base_url=calls.OPENAI))
    calls.ask_anthropic(anthropic.Anthropic(api_key="sk", base_url=calls.ANTHROPIC))
plain.stop()
