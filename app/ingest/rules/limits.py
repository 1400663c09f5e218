"""How much is taken at once, and how long a field may be."""

from datetime import timedelta
from decimal import Decimal
from typing import Final

MIB: Final = 1024 * 1024
MAX_BYTES_RECEIVED: Final = 4 * MIB
MAX_BYTES: Final = 32 * MIB
# What OpenTelemetry's exporters send has prompts and answers in it, which are dropped here and not before.
MAX_OTLP_BYTES_RECEIVED: Final = 16 * MIB
MAX_OTLP_BYTES: Final = 32 * MIB
MAX_EVENTS: Final = 1_000
# A full body of full events holds about a tenth of this; a body of 32 MiB of `[],[],[],` would fill memory.
MAX_VALUES: Final = 1_000_000

MAX_EVENT_ID: Final = 128
MAX_PROVIDER: Final = 64
MAX_TEXT: Final = 256
# Rollups have provider, model, project and environment in one index entry, which PostgreSQL limits to 2,704 bytes.
MAX_TEXT_BYTES: Final = 768
MAX_PROVIDER_BYTES: Final = 128
MAX_TAGS: Final = 20
MAX_TAG_KEY: Final = 64
MAX_TAG_VALUE: Final = 256
MAX_RAW_USAGE_BYTES: Final = 64 * 1024
MAX_SENDER_ID: Final = 64
MAX_SENDER_NAME: Final = 128
MAX_REASONS: Final = 20
MAX_REASON: Final = 64
MAX_DROPPED: Final = 10**12

# More than any call uses, and small enough that no sum of them leaves 64 bits.
MAX_TOKENS: Final = 10**12
MAX_LATENCY_MS: Final = 1e12
MAX_COST: Final = Decimal(10) ** 12
MAX_DECIMALS: Final = 30

EARLIEST_YEAR: Final = 2000
MAX_AHEAD: Final = timedelta(hours=24)
