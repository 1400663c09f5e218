"""Door one: calls that are pushed, by SDKs, by OpenTelemetry or by any HTTP client.

Reads and checks what came, has it priced, and hands it to `usage`, which writes it. Owns the account of what became of
every event. What a count means belongs to `usage.rules`, what it costs to `pricing`.
"""
