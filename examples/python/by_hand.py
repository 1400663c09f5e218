"""Any other client: what it used, by hand."""

import tokenboard

tokenboard.track(
    provider="openai",
    model="gpt-4o-mini",
    usage={"input_tokens": 1200, "cache_read_tokens": 1000, "output_tokens": 300},
    latency_ms=812,
)
