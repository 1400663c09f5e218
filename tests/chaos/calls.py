"""What the senders send: calls whose cost is known here, without asking the service's code how it prices.

Call `n` of a workspace is a pure function of the seed, so the judge makes it again and needs no list.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from random import Random
from typing import Any, Final
from uuid import UUID

from app.usage.rules.events import event_key

MILLION: Final = Decimal(1_000_000)
FIRST_YEAR: Final = 2024
DAYS: Final = 40  # of a season: more than a month, so a group falls into two partitions


@dataclass(frozen=True, slots=True)
class Tariff:
    """US dollars per million tokens, as the vendor published them; the same from 2024 to now (see test_calls)."""

    provider: str
    model: str
    fresh: Decimal
    cached: Decimal | None
    output: Decimal


TARIFFS: Final = (
    Tariff("openai", "gpt-4o-mini-2024-07-18", Decimal("0.15"), Decimal("0.075"), Decimal("0.60")),
    Tariff("openai", "gpt-4o-2024-08-06", Decimal("2.50"), Decimal("1.25"), Decimal(10)),
    Tariff("anthropic", "claude-3-haiku-20240307", Decimal("0.25"), Decimal("0.03"), Decimal("1.25")),
    Tariff("groq", "llama-3.1-8b-instant", Decimal("0.05"), None, Decimal("0.08")),
)
UNKNOWN: Final = ("chaos", "made-up-model")


@dataclass(frozen=True, slots=True)
class Call:
    """One call: what is sent, and what must be found."""

    event_id: str
    at: datetime
    provider: str
    model: str
    fresh: int
    cached: int | None
    visible: int
    reasoning: int | None
    latency_ms: float | None
    status: str
    project: str
    user: str
    tags: dict[str, str]
    cost: Decimal | None
    list_cost: Decimal | None

    @property
    def key(self) -> UUID:
        """The identity as the ledger keeps it."""
        return event_key(self.event_id)

    @property
    def price_state(self) -> str:
        return "unpriced" if self.cost is None else "priced"

    @property
    def unpriced_reason(self) -> str:
        return "unknown_model" if self.cost is None else ""

    @property
    def latency_bucket(self) -> int | None:
        """By the definition in docs/usage.md: buckets that grow by 4 %."""
        return None if self.latency_ms is None else math.ceil(math.log(self.latency_ms) / math.log(1.04))

    def body(self) -> dict[str, Any]:
        """As it is sent; counts are inclusive on the wire."""
        usage = {"input_tokens": self.fresh + (self.cached or 0), "output_tokens": self.visible + (self.reasoning or 0)}
        if self.cached is not None:
            usage["cache_read_tokens"] = self.cached
        if self.reasoning is not None:
            usage["reasoning_tokens"] = self.reasoning
        body: dict[str, Any] = {
            "event_id": self.event_id,
            "occurred_at": self.at.isoformat(),
            "provider": self.provider,
            "model": self.model,
            "usage": usage,
            "status": self.status,
            "project": self.project,
            "user": self.user,
            "tags": self.tags,
        }
        if self.latency_ms is not None:
            body["latency_ms"] = self.latency_ms
        if self.cost != self.list_cost:
            body["reported_cost"] = str(self.cost)
        return body

    def altered(self) -> dict[str, Any]:
        """The same identity with another content: a repeat that must change nothing."""
        at = (self.at + timedelta(days=1)).isoformat()
        return self.body() | {"occurred_at": at, "usage": {"input_tokens": 1, "output_tokens": 1}, "user": "nobody"}


def season_start(season: int) -> datetime:
    """Two months for each season, so that partitions are made under load."""
    months = 2 * season % 24
    return datetime(FIRST_YEAR + months // 12, months % 12 + 1, 20, tzinfo=UTC)


@lru_cache(maxsize=50_000)
def make_call(seed: int, season: int, workspace: int, number: int) -> Call:
    """Call `number` of a workspace of a season."""
    random = Random(f"{seed}/{season}/{workspace}/{number}")
    at = season_start(season) + timedelta(microseconds=random.randrange(DAYS * 86_400_000_000))
    tariff = random.choice((*TARIFFS, None))
    provider, model = (tariff.provider, tariff.model) if tariff else UNKNOWN
    fresh, visible = random.randrange(1, 20_000), random.randrange(1, 4_000)
    cached = random.choice((None, random.randrange(10_000))) if tariff and tariff.cached is not None else None
    reasoning = random.choice((None, random.randrange(1, 2_000)))
    listed = _cost(tariff, fresh, cached, visible, reasoning)
    cost = Decimal(random.randrange(1, 10**9)) / 10**8 if random.random() < 0.1 else listed
    identity = str(UUID(int=random.getrandbits(128))) if number % 2 else f"chaos-{seed}-{season}-{workspace}-{number}"
    return Call(
        event_id=identity,
        at=at,
        provider=provider,
        model=model,
        fresh=fresh,
        cached=cached,
        visible=visible,
        reasoning=reasoning,
        latency_ms=random.choice((None, round(random.uniform(2, 30_000), 3))),
        status="error" if random.random() < 0.1 else "ok",
        project=random.choice(("", "search", "chat")),
        user=f"customer-{random.randrange(20)}",
        tags={"team": random.choice("abc"), "plan": random.choice(("free", "paid"))},
        cost=cost,
        list_cost=listed,
    )


def _cost(tariff: Tariff | None, fresh: int, cached: int | None, visible: int, reasoning: int | None) -> Decimal | None:
    if tariff is None:
        return None
    dollars = tariff.fresh * fresh + (tariff.cached or 0) * (cached or 0) + tariff.output * (visible + (reasoning or 0))
    return dollars / MILLION


# What is refused, and by which code.
BAD: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("unknown_field", {"provider": "openai", "model": "m", "prompt": "never stored"}),
    ("missing_field", {"provider": "openai"}),
    ("invalid_value", {"provider": "openai", "model": "m", "usage": {"input_tokens": -1}}),
    ("occurred_at_in_future", {"provider": "openai", "model": "m", "occurred_at": "2199-01-01T00:00:00Z"}),
    ("too_many_tags", {"provider": "openai", "model": "m", "tags": {str(n): "" for n in range(21)}}),
)


def make_bad(number: int) -> tuple[str, dict[str, Any]]:
    """An event that must be refused, with the code of the refusal."""
    code, body = BAD[number % len(BAD)]
    return code, body | {"event_id": f"bad-{number}"}
