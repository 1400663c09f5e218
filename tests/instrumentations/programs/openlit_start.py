"""OpenLIT, started as its docs say: it makes the exporters itself, from `OTEL_*`.

Only its own price list is a file here, for it would fetch one from the internet.
"""

from pathlib import Path

import anthropic
import openai
import openlit
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from programs import calls

openlit.init(application_name="shop", environment="test", pricing_json=str(Path(__file__).with_name("no_prices.json")))
with trace.get_tracer("program").start_as_current_span(
    "a request", attributes={"session.id": "s_1", "user.id": "c_42"}
):
    calls.ask_openai(openai.OpenAI(api_key="sk", base_url=calls.OPENAI))
    calls.ask_anthropic(anthropic.Anthropic(api_key="sk", base_url=calls.ANTHROPIC))
provider = trace.get_tracer_provider()
assert isinstance(provider, TracerProvider)
provider.force_flush()
provider.shutdown()
