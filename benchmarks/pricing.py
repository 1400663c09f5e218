"""What pricing one call costs, on warm rate cards and on cold ones: `python -m benchmarks.pricing`."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from app.pricing.rules.call import Asked, CallToPrice
from app.pricing.service import PriceBook
from app.usage.rules.canonical import from_canonical
from app.usage.rules.dialects import read_usage
from benchmarks import _goals
from benchmarks._report import Report, options

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


def asked(priced: CallToPrice) -> Asked:
    return Asked(priced.provider, priced.model, None, priced.service_tier, None, None, None)


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
    """The CPU time one call takes, in the best of some rounds: what others take of the machine is left out."""
    action()
    rounds = []
    for _ in range(ROUNDS):
        start = time.thread_time()
        for _ in range(calls):
            action()
        rounds.append((time.thread_time() - start) / calls * 1e6)
    return min(rounds)


def price(book: PriceBook, report: Report) -> None:
    unseen = iter(range(10**9))
    columns = ("call", "with its lines, µs", "its cost alone, as at ingest, µs")
    report.head(f"Pricing one call, price book {book.version}", columns, first=44)
    slowest = 0.0
    for name, priced in WARM.items():
        figure = microseconds(lambda priced=priced: book.price(priced))  # type: ignore[misc]
        slowest = max(slowest, figure)
        plain = microseconds(lambda priced=priced: book.plain(asked(priced), NOW, priced.counts))  # type: ignore[misc]
        report.row(name, f"{figure:.2f}", f"{plain:.2f}")
    cold = microseconds(lambda: book.price(call("openai", f"new-{next(unseen)}", **PLAIN)))
    report.row("a model name never seen before", f"{cold:.2f}", "")
    report.reached(_goals.PRICING, slowest)


def read(report: Report) -> None:
    report.head("Reading a usage object", ("object", "µs"), first=44)
    canonical = microseconds(lambda: from_canonical(CANONICAL, provider="openai", model="gpt-4o"))
    report.row("canonical", f"{canonical:.2f}")
    chat = microseconds(lambda: read_usage(CHAT, provider="openai", api="chat"))
    report.row("OpenAI chat", f"{chat:.2f}")
    messages = microseconds(lambda: read_usage(ANTHROPIC, provider="anthropic", api="messages"))
    report.row("Anthropic messages", f"{messages:.2f}")


def main() -> None:
    report = Report("pricing", options(__doc__).parse_args().markdown)
    start = time.perf_counter()
    book = PriceBook.load()
    report.say(
        f"CPU time, the best of {ROUNDS} rounds; loading the book took {(time.perf_counter() - start) * 1e3:.0f} ms."
    )
    price(book, report)
    read(report)
    report.finish()


if __name__ == "__main__":
    main()
