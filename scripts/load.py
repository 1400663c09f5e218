"""Made-up calls whose totals are known beforehand: the same seed and instants, the same calls. Standard library only.

Some count flat, some carry OpenAI's or Anthropic's own usage object, some are of a model nobody lists; most name a
user, some carry tags. What they come to is worked out here, apart from the service's own rules.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

# US dollars for 1M tokens, by leaf: prices that stand in the book since these models came out.
# https://platform.openai.com/docs/pricing, https://www.anthropic.com/pricing; checked 2026-11-20
MODELS: Final = (("openai", "gpt-4o-mini"), ("openai", "gpt-4o"), ("anthropic", "claude-sonnet-4-5"), ("openai", "own"))
USD_PER_MTOK: Final = {
    "gpt-4o-mini": ("0.15", "0.075", "0", "0.60", "0.60"),
    "gpt-4o": ("2.50", "1.25", "0", "10", "10"),
    "claude-sonnet-4-5": ("3", "0.30", "3.75", "15", "15"),
}
MILLION: Final = Decimal(1_000_000)

PROJECTS: Final = tuple(f"project-{n}" for n in range(8))
USERS: Final = tuple(f"customer-{n:03}" for n in range(500))
FEATURES: Final = tuple(f"feature-{n:02}" for n in range(20))
TEAMS: Final = tuple(f"team-{n}" for n in range(6))
UNKNOWN_RATE: Final = 0.02
ERROR_RATE: Final = 0.02
STAGING_RATE: Final = 0.1
USER_RATE: Final = 0.8
TAGGED_RATE: Final = 0.6
TRACED_RATE: Final = 0.2
RAW_RATE: Final = 0.5


class Leaves(NamedTuple):
    """Token counts that do not overlap; named as the columns of the rollups."""

    fresh_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    visible_tokens: int
    reasoning_tokens: int


class Call(NamedTuple):
    """One call as it is sent, and what is to come of it."""

    sent: dict[str, Any]
    leaves: Leaves


@dataclass(slots=True)
class ModelTotal:
    """What the calls of one model come to."""

    calls: int = 0
    errors: int = 0
    leaves: list[int] = field(default_factory=lambda: [0] * len(Leaves._fields))


@dataclass(slots=True)
class Totals:
    """What some calls come to; grows call by call."""

    calls: int = 0
    users: int = 0
    tags: int = 0
    models: dict[str, ModelTotal] = field(default_factory=dict)

    def add(self, call: Call) -> None:
        sent = call.sent
        self.calls += 1
        self.users += "user" in sent
        self.tags += len(sent.get("tags", ()))
        of_model = self.models.setdefault(sent["model"], ModelTotal())
        of_model.calls += 1
        of_model.errors += "error_type" in sent
        for at, count in enumerate(call.leaves):
            of_model.leaves[at] += count

    def plus(self, other: "Totals") -> "Totals":
        """Both together."""
        sums = Totals(self.calls + other.calls, self.users + other.users, self.tags + other.tags)
        for part in (self, other):
            for model, total in part.models.items():
                of_model = sums.models.setdefault(model, ModelTotal())
                of_model.calls += total.calls
                of_model.errors += total.errors
                of_model.leaves = [a + b for a, b in zip(of_model.leaves, total.leaves, strict=True)]
        return sums

    @property
    def errors(self) -> int:
        return sum(total.errors for total in self.models.values())

    def costs(self) -> dict[str, Decimal | None]:
        """Exact US dollars by model; None for what has no price."""
        return {model: _cost(model, total.leaves) for model, total in self.models.items()}


def _cost(model: str, leaves: Iterable[int]) -> Decimal | None:
    rates = USD_PER_MTOK.get(model)
    if rates is None:
        return None
    return sum((Decimal(rate) * count for rate, count in zip(rates, leaves, strict=True)), Decimal(0)) / MILLION


def totals(calls: Iterable[Call]) -> Totals:
    """What the calls come to."""
    sums = Totals()
    for call in calls:
        sums.add(call)
    return sums


class Maker:
    """Makes calls; two with the same seed make the same ones, asked for the same instants."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - the same load in every run

    def calls(self, instants: Iterable[datetime]) -> Iterator[Call]:
        return (self.call(at) for at in instants)

    def call(self, at: datetime) -> Call:
        """A plausible call made at that instant."""
        chance, pick = self._dice.random, self._pick
        is_unknown = chance() < UNKNOWN_RATE
        provider, model = MODELS[-1] if is_unknown else MODELS[pick(len(MODELS) - 1)]
        sent: dict[str, Any] = {
            "event_id": self._event_id(at),
            "occurred_at": at.isoformat(),
            "provider": provider,
            "model": model,
            "latency_ms": int(self._dice.lognormvariate(6.5, 0.7) * 10) / 10 + 1,
            "project": PROJECTS[pick(len(PROJECTS))],
            "environment": "staging" if chance() < STAGING_RATE else "production",
        }
        leaves = self._use(sent, provider)
        self._describe(sent)
        return Call(sent, leaves)

    def _use(self, sent: dict[str, Any], provider: str) -> Leaves:
        """Some use, in the vendor's words or in ours."""
        chance, pick = self._dice.random, self._pick
        cached = pick(6_000) if chance() < 1 / 3 else 0
        thought = pick(800) if chance() < 1 / 4 else 0
        leaves = Leaves(10 + pick(8_000), cached, 0, 1 + pick(1_500), thought)
        if provider == "anthropic":
            leaves = leaves._replace(cache_write_tokens=pick(2_000) if cached else 0, reasoning_tokens=0)
        if chance() >= RAW_RATE:
            sent |= _flat(leaves)
        elif provider == "anthropic":
            sent |= {"api": "messages", "raw_usage": _messages_usage(leaves)}
        else:
            sent |= {"api": "chat", "raw_usage": _chat_usage(leaves)}
        return leaves

    def _describe(self, sent: dict[str, Any]) -> None:
        """Who it was for and how it went."""
        chance, pick = self._dice.random, self._pick
        if chance() < USER_RATE:
            sent["user"] = USERS[int(len(USERS) * chance() ** 3)]  # a few customers call most
        if chance() < TAGGED_RATE:
            sent["tags"] = {"feature": FEATURES[pick(len(FEATURES))], "team": TEAMS[pick(len(TEAMS))]}
        if chance() < TRACED_RATE:
            sent["trace_id"] = f"{self._dice.getrandbits(128):032x}"
        if chance() < ERROR_RATE:
            sent["error_type"] = "rate_limited"

    def _event_id(self, at: datetime) -> str:
        """A UUID of version 7: the millisecond, then chance."""
        when, chance = f"{int(at.timestamp() * 1000):012x}", f"{self._dice.getrandbits(74):019x}"
        variant = "89ab"[int(chance[0], 16) & 3]
        return f"{when[:8]}-{when[8:]}-7{chance[1:4]}-{variant}{chance[4:7]}-{chance[7:19]}"

    def _pick(self, below: int) -> int:
        return int(self._dice.random() * below)


def _flat(leaves: Leaves) -> dict[str, int]:
    """Totals that contain their parts."""
    counts = {
        "input_tokens": leaves.fresh_tokens + leaves.cache_read_tokens + leaves.cache_write_tokens,
        "output_tokens": leaves.visible_tokens + leaves.reasoning_tokens,
    }
    parts = ("cache_read_tokens", "cache_write_tokens", "reasoning_tokens")
    return counts | {name: count for name in parts if (count := getattr(leaves, name))}


def _chat_usage(leaves: Leaves) -> dict[str, Any]:
    """As OpenAI's chat completions report it."""
    prompt, completion = leaves.fresh_tokens + leaves.cache_read_tokens, leaves.visible_tokens + leaves.reasoning_tokens
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": leaves.cache_read_tokens, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": leaves.reasoning_tokens,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _messages_usage(leaves: Leaves) -> dict[str, Any]:
    """As Anthropic's messages report it."""
    return {
        "input_tokens": leaves.fresh_tokens,
        "cache_creation_input_tokens": leaves.cache_write_tokens,
        "cache_read_input_tokens": leaves.cache_read_tokens,
        "cache_creation": {
            "ephemeral_5m_input_tokens": leaves.cache_write_tokens,
            "ephemeral_1h_input_tokens": 0,
        },
        "output_tokens": leaves.visible_tokens,
        "service_tier": "standard",
    }


def spread(end: datetime, seconds: float, count: int) -> Iterator[datetime]:
    """So many instants, evenly over the seconds before `end`, in their order."""
    last = end.timestamp()
    step = seconds / max(count, 1)
    return (datetime.fromtimestamp(last - step * (count - n), UTC) for n in range(count))
