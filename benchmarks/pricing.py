"""What pricing one call costs, on warm rate cards and on cold ones: `python -m benchmarks.pricing`."""

import platform
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from os import cpu_count

from app.pricing.rules.call import CallToPrice
from app.pricing.service import PriceBook
from app.usage.rules.canonical import from_canonical
from app.usage.rules.dialects import read_usage

ROUNDS = 7
CALLS = 20_000
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def call(provider: str, model: str, tier: str | None = None, /, **counts: int) -> CallToPrice:
    return CallToPrice(
        provider=provider,
        model=model,
        requested_model=None,
        occurred_at=NOW,
        counts={unit.replace("__", "."): count for unit, count in counts.items()},
        service_tier=tier,
        processing=None,
        speed=None,
        geo=None,
        reported_cost=None,
    )


PLAIN = {"input__fresh__text": 1200, "output__visible__text": 340}
CACHED = PLAIN | {"input__cache_read__text": 8000, "input__cache_write_5m__text": 900, "output__reasoning__text": 50}
WARM = {
    "plain gpt-4o-mini": call("openai", "gpt-4o-mini", **PLAIN),
    "Claude with cache and thinking": call("anthropic", "claude-opus-5-5", **CACHED),
    "steps, history and a tier": call("openai", "gpt-5.6-sol", "priority", **PLAIN),
    "prices by the hour": call("deepseek", "deepseek-v4-pro", **PLAIN),
    "unknown model": call("openai", "nobody-knows", **PLAIN),
}
ANTHROPIC = {
    "input_tokens": 1200,
    "cache_creation_input_tokens": 900,
    "cache_read_input_tokens": 8000,
    "cache_creation": {"ephemeral_5m_input_tokens": 900, "ephemeral_1h_input_tokens": 0},
    "output_tokens": 390,
}
CHAT = {
    "prompt_tokens": 1200,
    "completion_tokens": 340,
    "total_tokens": 1540,
    "prompt_tokens_details": {"cached_tokens": 1024, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 64},
}
CANONICAL = {"input_tokens": 1200, "cache_read_tokens": 1024, "output_tokens": 340, "reasoning_tokens": 64}


def microseconds(action: Callable[[], object], calls: int = CALLS) -> float:
    """The median over some rounds of the time one call takes."""
    action()
    rounds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(calls):
            action()
        rounds.append((time.perf_counter() - start) / calls * 1e6)
    return statistics.median(rounds)


def show(name: str, figure: float, unit: str = "µs") -> None:
    print(f"  {name:<44}{figure:>10.2f} {unit}")


def main() -> None:
    print(f"{platform.machine()}, {cpu_count()} CPUs, Python {platform.python_version()}, median of {ROUNDS} rounds")
    start = time.perf_counter()
    book = PriceBook.load()
    show("loading the book", (time.perf_counter() - start) * 1e3, "ms")
    print(f"price book {book.version}; pricing one call")
    for name, priced in WARM.items():
        show(name, microseconds(lambda priced=priced: book.price(priced)))  # type: ignore[misc]
    unseen = iter(range(10**9))
    fresh = {**PLAIN}
    show(
        "a model name never seen before",
        microseconds(lambda: book.price(call("openai", f"new-{next(unseen)}", **fresh))),
    )
    print("reading a usage object")
    show("canonical", microseconds(lambda: from_canonical(CANONICAL, provider="openai", model="gpt-4o")))
    show("OpenAI chat", microseconds(lambda: read_usage(CHAT, provider="openai", api="chat")))
    show("Anthropic messages", microseconds(lambda: read_usage(ANTHROPIC, provider="anthropic", api="messages")))


if __name__ == "__main__":
    main()
