"""Door one: calls that are pushed, by SDKs, by OpenTelemetry or by any HTTP client.

Owns no table. Reads and checks what came, has it priced, and hands it to `usage`, which writes it. What a count
means belongs to `usage.rules`, what it costs to `pricing`.
"""
