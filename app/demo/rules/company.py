"""Northwind AI: its customers, and what it uses models for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

NAME: Final = "Northwind AI"
SLUG: Final = "northwind-ai-demo"
# example.com is kept free for such uses (RFC 2606): nobody owns this address
EMAIL: Final = "demo@example.com"
PERSON: Final = "Nora Wind"
ON_CALL: Final = "on-call@example.com"

APP_KEY: Final = "Production app"
BATCH_KEY: Final = "Batch jobs"
KEYS: Final = (APP_KEY, BATCH_KEY)

# The first are the largest: the n-th makes about 1/n as many calls as the first.
CUSTOMERS: Final = (
    "acme-logistics", "baltic-foods", "cedar-health", "delta-insurance", "elbe-shipping", "fjord-energy",
    "granite-bank", "harbor-hotels", "ibex-outdoor", "juniper-legal", "kestrel-air", "lumen-optics",
    "meadow-dairy", "nordlicht-media", "orchard-retail", "pebble-games", "quartz-mining", "river-textiles",
    "summit-sports", "tundra-travel", "umber-design", "vela-pharma", "willow-care", "zephyr-telecom",
)  # fmt: skip

# Calls by hour of the day, UTC: a European company with some customers overseas; jobs that run at night.
OFFICE: Final = (1, 1, 1, 1, 1, 2, 5, 12, 22, 28, 30, 27, 20, 25, 30, 29, 25, 18, 11, 8, 6, 4, 3, 2)
WORLD: Final = (9, 8, 7, 7, 7, 8, 11, 16, 22, 26, 28, 27, 24, 27, 30, 30, 28, 25, 22, 19, 17, 15, 13, 11)
NIGHT: Final = (40, 60, 60, 30, 8, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 20)


@dataclass(frozen=True, slots=True)
class Use:
    """A model, from a point of the period on: 0 is its first day, 1 its end."""

    provider: str
    model: str
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class Tokens:
    """How large a call is: `median` tokens, `spread` as the sigma of a log-normal distribution."""

    median: int
    spread: float


@dataclass(frozen=True, slots=True)
class Workload:
    """One thing the company does with models, at a daily pace that is reached at the end of the period.

    `cached` and `written` are the shares of the input read from and written to the cache; `reasoning` is that
    of the output. `weekend` is the share of a weekday's calls; `first_token_ms` and `token_ms` make the latency.
    """

    project: str
    environment: str
    feature: str
    uses: Sequence[Use]
    calls_a_day: int
    input: Tokens
    output: Tokens
    operation: str = "chat"
    key: str = APP_KEY
    hours: Sequence[int] = OFFICE
    weekend: float = 0.3
    cached: float = 0.0
    written: float = 0.0
    reasoning: float = 0.0
    processing: str | None = None
    service_tier: str | None = None
    first_token_ms: float = 450.0
    token_ms: float = 12.0
    has_customer: bool = True


WORKLOADS: Final = (
    Workload(
        "support-assistant", "production", "answer",
        (Use("anthropic", "claude-sonnet-5"), Use("anthropic", "claude-sonnet-5-5", since=0.6)),
        260, Tokens(11500, 0.5), Tokens(560, 0.7), hours=WORLD, weekend=0.6, cached=0.68, written=0.07, token_ms=14,
    ),
    Workload(
        "support-assistant", "production", "triage", (Use("openai", "gpt-5.6-luna"),),
        240, Tokens(1900, 0.4), Tokens(60, 0.5), hours=WORLD, weekend=0.6, cached=0.3, first_token_ms=280,
    ),
    Workload(
        "support-assistant", "staging", "answer", (Use("anthropic", "claude-haiku-4-5"),),
        40, Tokens(5200, 0.5), Tokens(350, 0.7), cached=0.4, weekend=0.05, has_customer=False,
    ),
    Workload(
        "search", "production", "embed-query", (Use("openai", "text-embedding-3-small"),),
        240, Tokens(340, 0.9), Tokens(0, 0), operation="embeddings", hours=WORLD, weekend=0.7, first_token_ms=90,
    ),
    Workload(
        "search", "production", "summarise-results", (Use("google", "gemini-3.8-flash"),),
        150, Tokens(3800, 0.5), Tokens(260, 0.5), hours=WORLD, weekend=0.7, reasoning=0.15,
        first_token_ms=330, token_ms=6,
    ),
    Workload(
        "contracts", "production", "extract-terms", (Use("openai", "gpt-5.6-sol"),),
        55, Tokens(18500, 0.6), Tokens(1300, 0.5), cached=0.2, reasoning=0.45, weekend=0.08,
        first_token_ms=1400, token_ms=16,
    ),
    Workload(
        "contracts", "production", "nightly-review", (Use("openai", "gpt-5.6-sol"),),
        90, Tokens(22000, 0.5), Tokens(900, 0.5), key=BATCH_KEY, hours=NIGHT, weekend=0.5, reasoning=0.3,
        processing="batch", first_token_ms=9000,
    ),
    Workload(
        "newsletters", "production", "draft", (Use("mistral", "mistral-large-4"),),
        140, Tokens(5200, 0.5), Tokens(1900, 0.4), weekend=0.1, token_ms=9,
    ),
    Workload(
        "newsletters", "production", "translate", (Use("deepseek", "deepseek-v4-flash"),),
        85, Tokens(4200, 0.5), Tokens(4200, 0.5), key=BATCH_KEY, hours=NIGHT, weekend=0.4, cached=0.15, token_ms=8,
    ),
    Workload(
        "engineering", "development", "code-review", (Use("openai", "gpt-5.6-sol"),),
        60, Tokens(26000, 0.7), Tokens(3400, 0.6), weekend=0.06, cached=0.5, reasoning=0.6, service_tier="flex",
        first_token_ms=2600, token_ms=18, has_customer=False,
    ),
    Workload(
        "engineering", "development", "model-trials",
        (Use("openrouter", "deepseek/deepseek-v3.2"), Use("openrouter", "z-ai/glm-5.2", since=0.45)),
        28, Tokens(2600, 0.8), Tokens(700, 0.7), weekend=0.1, has_customer=False,
    ),
    # a model of their own, which no price book can know
    Workload(
        "search", "staging", "rank-own-model", (Use("northwind", "northwind-rank-1", since=0.5),),
        24, Tokens(1200, 0.4), Tokens(40, 0.3), weekend=0.2, has_customer=False, first_token_ms=140,
    ),
)  # fmt: skip
