"""TokenBoard's SDK and Traceloop's instrumentation on the same calls; `$FIRST` says which of them is there first."""

import os

import openai
import tokenboard
from opentelemetry.instrumentation.openai import OpenAIInstrumentor
from programs import calls, plain

tracer = plain.start()
is_wrapped_first = os.environ["FIRST"] == "sdk"
if not is_wrapped_first:
    OpenAIInstrumentor().instrument()
client = tokenboard.wrap(openai.OpenAI(api_key="sk", base_url=calls.OPENAI), provider="openai")
if is_wrapped_first:
    OpenAIInstrumentor().instrument()
with tracer.start_as_current_span("a request"), tokenboard.context(user="c_42", session_id="s_1"):
    calls.ask_with_ids(client)
# whoever is heard first is stored, the other is a repeat
tokenboard.flush(30)
plain.stop()
assert tokenboard.dropped() == {}, tokenboard.dropped()
