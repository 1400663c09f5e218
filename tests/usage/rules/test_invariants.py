"""The invariants of the usage record and of its cost, for any numbers a provider might send."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.pricing.rules import units
from app.pricing.rules.call import CallToPrice, PricedCall, PriceState
from app.pricing.service import load_default
from app.usage.rules.canonical import METER_WORDS, TOKEN_WORDS, from_canonical
from app.usage.rules.dialects import read_usage
from app.usage.rules.record import UsageRecord

COUNT = st.integers(0, 10_000_000)
MAYBE = st.none() | COUNT


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


CHAT = st.builds(
    lambda prompt, rest: {"prompt_tokens": prompt, **rest},
    COUNT,
    some(
        completion_tokens=MAYBE,
        total_tokens=MAYBE,
        prompt_tokens_details=some(
            cached_tokens=MAYBE, cache_write_tokens=MAYBE, audio_tokens=MAYBE, image_tokens=MAYBE
        ),
        completion_tokens_details=some(reasoning_tokens=MAYBE, audio_tokens=MAYBE),
    ),
)
RESPONSES = st.builds(
    lambda tokens, rest: {"input_tokens": tokens, "input_tokens_details": {}, **rest},
    COUNT,
    some(
        output_tokens=MAYBE,
        total_tokens=MAYBE,
        input_tokens_details=some(
            cached_tokens=MAYBE,
            cache_write_tokens=MAYBE,
            cache_write_tokens_details=some(ttl_30m_tokens=MAYBE, ttl_12h_tokens=MAYBE),
        ),
        output_tokens_details=some(reasoning_tokens=MAYBE),
    ),
)
MESSAGES = st.builds(
    lambda tokens, rest: {"input_tokens": tokens, "cache_read_input_tokens": 0, **rest},
    COUNT,
    some(
        output_tokens=MAYBE,
        cache_read_input_tokens=MAYBE,
        cache_creation_input_tokens=MAYBE,
        cache_creation=some(ephemeral_5m_input_tokens=MAYBE, ephemeral_1h_input_tokens=MAYBE),
        output_tokens_details=some(thinking_tokens=MAYBE),
    ),
)
MODALITIES = st.lists(
    st.fixed_dictionaries(
        {"modality": st.sampled_from(["TEXT", "AUDIO", "IMAGE", "VIDEO", "DOCUMENT"]), "tokenCount": COUNT}
    ),
    max_size=4,
)
GEMINI = st.builds(
    lambda tokens, rest: {"promptTokenCount": tokens, **rest},
    COUNT,
    some(
        candidatesTokenCount=MAYBE,
        thoughtsTokenCount=MAYBE,
        toolUsePromptTokenCount=MAYBE,
        cachedContentTokenCount=MAYBE,
        totalTokenCount=MAYBE,
        promptTokensDetails=MODALITIES,
        cacheTokensDetails=MODALITIES,
        candidatesTokensDetails=MODALITIES,
    ),
)
RAW = CHAT | RESPONSES | MESSAGES | GEMINI
PROVIDER = st.sampled_from(["openai", "anthropic", "google", "xai", "perplexity", "openrouter", "azure", "my-gateway"])
CANONICAL = some(**dict.fromkeys(TOKEN_WORDS, MAYBE))


def check_leaves(record: UsageRecord) -> None:
    assert set(record.leaves) <= units.LEAVES
    assert set(record.meters) <= units.METERS
    assert all(type(count) is int and count >= 0 for count in record.leaves.values())


@given(raw=RAW, provider=PROVIDER)
def test_every_leaf_is_a_whole_number_from_zero_up(raw: dict[str, Any], provider: str) -> None:
    check_leaves(read_usage(raw, provider=provider))


@given(usage=CANONICAL, provider=PROVIDER)
def test_every_leaf_of_our_own_words_is_a_whole_number_from_zero_up(usage: dict[str, Any], provider: str) -> None:
    check_leaves(from_canonical(usage, provider=provider, model=None))


@given(raw=RAW, provider=PROVIDER)
def test_the_sum_of_the_leaves_is_the_providers_total_or_a_warning_says_not(raw: dict[str, Any], provider: str) -> None:
    record = read_usage(raw, provider=provider)
    total = raw.get("total_tokens", raw.get("totalTokenCount"))
    if total is not None and record.convention != "anthropic" and provider != "perplexity":
        warned = any(warning.startswith("total_mismatch") for warning in record.warnings)
        assert (sum(record.leaves.values()) == total) != warned


@given(usage=CANONICAL)
def test_the_larger_of_a_whole_and_its_parts_is_kept(usage: dict[str, Any]) -> None:
    record = from_canonical(usage, provider="openai", model="gpt-6-sol")
    assert record.input_tokens is None or record.input_tokens >= (usage.get("input_tokens") or 0)
    assert (record.cache_read_tokens or 0) == (usage.get("cache_read_tokens") or 0)
    assert (record.cache_write_tokens or 0) >= (usage.get("cache_write_tokens") or 0)
    assert record.output_tokens is None or record.output_tokens >= (usage.get("output_tokens") or 0)
    if not record.warnings and usage.get("input_tokens") is not None:
        assert record.input_tokens == usage["input_tokens"]


@given(raw=RAW, provider=PROVIDER)
def test_reading_again_gives_the_same_record(raw: dict[str, Any], provider: str) -> None:
    assert read_usage(raw, provider=provider) == read_usage(raw, provider=provider)


@given(raw=RAW, provider=PROVIDER)
def test_a_response_around_the_object_changes_no_count(raw: dict[str, Any], provider: str) -> None:
    assert read_usage({"usage": raw}, provider=provider).counts() == read_usage(raw, provider=provider).counts()


# --- cost ---

LEAVES = st.dictionaries(st.sampled_from(sorted(units.LEAVES)), st.integers(0, 400_000), min_size=1, max_size=6)
PRICED = ("input.fresh.text", "input.cache_read.text", "input.cache_write_30m.text", "output.visible.text")
PRICED_LEAVES = st.dictionaries(st.sampled_from(PRICED), st.integers(0, 400_000), min_size=1)


def price(counts: dict[str, int | Decimal], provider: str = "openai", model: str = "gpt-6-sol") -> PricedCall:
    call = CallToPrice(
        provider=provider,
        model=model,
        requested_model=None,
        occurred_at=datetime(2026, 11, 20, tzinfo=UTC),
        counts=counts,
        service_tier=None,
        processing=None,
        speed=None,
        geo=None,
        reported_cost=None,
    )
    return load_default().price(call)


@given(counts=LEAVES)
def test_the_long_price_holds_exactly_when_all_input_is_beyond_the_step(counts: dict[str, int | Decimal]) -> None:
    is_long = units.threshold_input(counts) > 272_000
    fresh = next((line for line in price(counts).lines if line.unit == "input.fresh.text"), None)
    assert fresh is None or fresh.rate.price == (4 if is_long else 2)


@given(counts=LEAVES, model=st.sampled_from(["gpt-6-sol", "gpt-4", "nobody-knows"]))
def test_a_used_unit_without_a_price_is_unpriced_and_everything_else_is_exact(
    counts: dict[str, int | Decimal], model: str
) -> None:
    priced = price(counts, model=model)
    if priced.state is PriceState.UNPRICED:
        assert (priced.cost, priced.list_cost) == (None, None)
        assert priced.unpriced_reason is not None
    else:
        assert {unit for unit, count in counts.items() if count} == {line.unit for line in priced.lines}
        assert priced.cost == sum((line.cost for line in priced.lines), Decimal(0))
        assert priced.cost >= 0


@given(counts=PRICED_LEAVES, order=st.randoms())
def test_the_order_of_the_counts_does_not_change_the_cost(counts: dict[str, int | Decimal], order: Any) -> None:
    shuffled = list(counts.items())
    order.shuffle(shuffled)
    assert price(dict(shuffled)).cost == price(counts).cost


@given(fresh=st.integers(1, 130_000), read=st.integers(0, 130_000), moved=st.integers(0, 130_000))
def test_moving_tokens_to_the_cache_changes_the_cost_by_exactly_the_difference(
    fresh: int, read: int, moved: int
) -> None:
    moved = min(moved, fresh)
    before = price({"input.fresh.text": fresh, "input.cache_read.text": read}).cost
    after = price({"input.fresh.text": fresh - moved, "input.cache_read.text": read + moved}).cost
    assert before is not None
    assert after is not None
    assert before - after == moved * (Decimal(2) - Decimal("0.2")) / 1_000_000


@given(one=PRICED_LEAVES, other=PRICED_LEAVES)
def test_cost_is_additive_where_no_step_is_crossed(one: dict[str, int], other: dict[str, int]) -> None:
    both = {unit: one.get(unit, 0) + other.get(unit, 0) for unit in one | other}
    if units.threshold_input(both) <= 272_000:
        left, right = price({**one}).cost, price({**other}).cost
        assert left is not None
        assert right is not None
        assert price({**both}).cost == left + right


def test_every_word_of_the_wire_is_a_unit_or_a_token_count() -> None:
    assert set(METER_WORDS) == units.METERS
    assert all(word.endswith("_tokens") for word in TOKEN_WORDS)
