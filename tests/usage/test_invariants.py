"""The invariants of the usage record and of its cost, for any numbers a provider might send."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from operator import ge, gt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.pricing.rules import units
from app.pricing.rules.call import PartToPrice, PricedCall, PriceState, UnpricedReason
from app.usage.rules.canonical import METER_WORDS, TOKEN_WORDS, from_canonical
from app.usage.rules.dialects import read_usage
from app.usage.rules.events import event_key
from app.usage.rules.keeping import worth_keeping
from app.usage.rules.record import UsageRecord
from app.usage.rules.streams import fold
from tests.pricing.books import book_of, call

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
CONVERSE = st.builds(
    lambda tokens, rest: {"inputTokens": tokens, **rest},
    COUNT,
    some(
        outputTokens=MAYBE,
        totalTokens=MAYBE,
        cacheReadInputTokens=MAYBE,
        cacheWriteInputTokens=MAYBE,
        cacheDetails=st.lists(
            st.fixed_dictionaries({"ttl": st.sampled_from(["5m", "1h", "9h"]), "inputTokens": COUNT}), max_size=3
        ),
    ),
)
INTERACTIONS = st.builds(
    lambda tokens, rest: {"total_input_tokens": tokens, **rest},
    COUNT,
    some(
        total_output_tokens=MAYBE,
        total_thought_tokens=MAYBE,
        total_tool_use_tokens=MAYBE,
        total_cached_tokens=MAYBE,
        total_tokens=MAYBE,
    ),
)
COHERE = st.fixed_dictionaries(
    {"billed_units": some(input_tokens=MAYBE, output_tokens=MAYBE, image_tokens=MAYBE, search_units=MAYBE)}
)
STEP = st.builds(
    lambda kind, rest: {"type": kind, "input_tokens": 1, **rest},
    st.sampled_from(["message", "compaction", "advisor_message", "fallback_message"]),
    some(model=st.sampled_from(["a", "b"]), input_tokens=COUNT, output_tokens=MAYBE, cache_creation_input_tokens=MAYBE),
)
STEPS = st.builds(lambda usage, steps: {**usage, "iterations": steps}, MESSAGES, st.lists(STEP, max_size=4))
RAW = CHAT | RESPONSES | MESSAGES | STEPS | GEMINI | INTERACTIONS | CONVERSE | COHERE
PROVIDER = st.sampled_from(
    ["openai", "anthropic", "google", "xai", "perplexity", "openrouter", "azure", "bedrock", "cohere", "my-gateway"]
)
MODEL = st.sampled_from([None, "a", "openai.gpt-5.6", "anthropic.claude-opus-5-5", "meta.llama4-17b", "gpt-6-sol"])
CANONICAL = some(**dict.fromkeys(TOKEN_WORDS, MAYBE))


def leaves_of(record: UsageRecord) -> list[Mapping[str, int]]:
    return [record.leaves, *(part.leaves for part in record.parts)]


def check_counts(record: UsageRecord) -> None:
    for leaves in leaves_of(record):
        assert set(leaves) <= units.LEAVES
        assert all(type(count) is int and count >= 0 for count in leaves.values())
    assert set(record.meters) <= units.METERS
    assert all(amount >= 0 for amount in record.meters.values())


# --- 1: every leaf is a whole number from zero up, and of a whole and its parts the larger is kept ---


@given(raw=RAW, provider=PROVIDER, model=MODEL)
def test_every_leaf_is_a_whole_number_from_zero_up(raw: dict[str, Any], provider: str, model: str | None) -> None:
    check_counts(read_usage(raw, provider=provider, model=model))


@given(usage=CANONICAL, provider=PROVIDER)
def test_every_leaf_of_our_own_words_is_a_whole_number_from_zero_up(usage: dict[str, Any], provider: str) -> None:
    check_counts(from_canonical(usage, provider=provider, model=None))


@given(raw=CONVERSE, model=MODEL)
def test_converse_never_counts_less_than_it_was_told(raw: dict[str, Any], model: str | None) -> None:
    record = read_usage(raw, provider="bedrock", model=model)
    if record.usage_status != "missing":
        assert (record.input_tokens or 0) >= raw["inputTokens"]
        assert (record.cache_read_tokens or 0) == (raw.get("cacheReadInputTokens") or 0)
        assert (record.cache_write_tokens or 0) >= (raw.get("cacheWriteInputTokens") or 0)


# --- 2: leaves sum to the provider's total, or a warning says that they do not ---


@given(raw=CHAT | RESPONSES | GEMINI | INTERACTIONS, provider=PROVIDER)
def test_the_sum_of_the_leaves_is_the_providers_total_or_a_warning_says_not(raw: dict[str, Any], provider: str) -> None:
    record = read_usage(raw, provider=provider)
    total = raw.get("total_tokens", raw.get("totalTokenCount"))
    if total is not None and provider != "perplexity":
        warned = any(warning.startswith("total_mismatch") for warning in record.warnings)
        assert (sum(record.leaves.values()) == total) != warned


@given(raw=CONVERSE, model=MODEL)
def test_converse_sums_to_its_total_by_its_own_definition_or_warns(raw: dict[str, Any], model: str | None) -> None:
    record = read_usage(raw, provider="bedrock", model=model)
    total = raw.get("totalTokens")
    if total is not None and record.usage_status != "missing":
        found = sum(record.leaves.values())
        cached = (record.cache_read_tokens or 0) + (record.cache_write_tokens or 0)
        fits = {found, found + cached} if record.convention == "bedrock/cache_inside" else {found}
        assert (total in fits) != any(warning.startswith("total_mismatch") for warning in record.warnings)


@given(steps=st.lists(STEP, min_size=1, max_size=4), usage=MESSAGES)
def test_what_stands_beside_a_message_is_counted_once_and_apart(
    steps: list[dict[str, Any]], usage: dict[str, Any]
) -> None:
    record = read_usage({**usage, "iterations": steps}, provider="anthropic", model="a")
    names = ("input_tokens", "output_tokens", "cache_creation_input_tokens")
    beside = [step for step in steps if step["type"] in ("compaction", "advisor_message")]
    assert sum(sum(part.leaves.values()) for part in record.parts if part.role in ("compaction", "advisor")) == sum(
        step.get(name) or 0 for step in beside for name in names
    )


@given(usage=CANONICAL)
def test_the_larger_of_a_whole_and_its_parts_is_kept(usage: dict[str, Any]) -> None:
    record = from_canonical(usage, provider="openai", model="gpt-6-sol")
    assert record.input_tokens is None or record.input_tokens >= (usage.get("input_tokens") or 0)
    assert (record.cache_read_tokens or 0) == (usage.get("cache_read_tokens") or 0)
    assert (record.cache_write_tokens or 0) >= (usage.get("cache_write_tokens") or 0)
    assert record.output_tokens is None or record.output_tokens >= (usage.get("output_tokens") or 0)
    if not record.warnings and usage.get("input_tokens") is not None:
        assert record.input_tokens == usage["input_tokens"]


# --- 3: reading again gives the same record, also from what is kept ---


@given(raw=RAW, provider=PROVIDER, model=MODEL)
def test_reading_again_gives_the_same_record(raw: dict[str, Any], provider: str, model: str | None) -> None:
    record = read_usage(raw, provider=provider, model=model)
    assert read_usage(raw, provider=provider, model=model) == record
    assert read_usage(worth_keeping(raw), provider=provider, model=model) == record


@given(raw=RAW, provider=PROVIDER)
def test_a_response_around_the_object_changes_no_count(raw: dict[str, Any], provider: str) -> None:
    assert read_usage({"usage": raw}, provider=provider).counts() == read_usage(raw, provider=provider).counts()


# --- 4: a stream reads like the response, and folding takes the last that is not null ---

TALLIES = st.lists(some(prompt_tokens=MAYBE, completion_tokens=MAYBE, total_tokens=MAYBE), min_size=1, max_size=6)


def usage_of(tallies: list[dict[str, Any]]) -> dict[str, Any]:
    folded = fold([{"id": "x", "choices": [], "usage": tally} for tally in tallies])
    usage = folded["usage"] or {}
    assert isinstance(usage, dict)
    return usage


@given(raw=CHAT | RESPONSES | GEMINI | CONVERSE, provider=PROVIDER, model=MODEL, before=st.integers(0, 3))
def test_a_stream_reads_like_the_response_in_one_piece(
    raw: dict[str, Any], provider: str, model: str | None, before: int
) -> None:
    said = {name: value for name, value in raw.items() if value is not None}
    empty = {"id": "x", "choices": [{"delta": {"content": "a"}}], "usage": None}
    stream = {"chunks": [empty] * before + [{"id": "x", "choices": [], "usage": said}]}
    whole = read_usage({"id": "x", "usage": said}, provider=provider, model=model)
    assert read_usage(stream, provider=provider, model=model) == whole


@given(tallies=TALLIES, at=st.integers(0, 6))
def test_folding_is_associative_and_takes_the_last_that_is_not_null(tallies: list[dict[str, Any]], at: int) -> None:
    whole = usage_of(tallies)
    left, right = tallies[:at], tallies[at:]
    assert usage_of([usage_of(left) if left else {}, usage_of(right) if right else {}]) == whole
    for name in ("prompt_tokens", "completion_tokens", "total_tokens"):
        said = [tally[name] for tally in tallies if tally.get(name) is not None]
        assert whole.get(name) == (said[-1] if said else None)


@given(tallies=TALLIES)
def test_a_repeated_chunk_adds_nothing(tallies: list[dict[str, Any]]) -> None:
    assert usage_of([*tallies, tallies[-1]]) == usage_of(tallies)


# --- 5 to 9: cost, by a book made for it ---

LIST = {
    "input.fresh.text": ["2", [">", 1000, "4"]],
    "input.cache_read.text": ["0.2", [">", 1000, "0.4"]],
    "output.visible.text": ["8", [">", 1000, "12"]],
    "tool.web_search": "10/1000",
    "input.tool.text": "0",
}
FREE = dict.fromkeys(("input.fresh.text", "input.cache_read.text", "output.visible.text"), "0")
BOOK = book_of({"prices": LIST})
ZEROS = book_of({"prices": FREE})
PRICED_UNITS = ("input.fresh.text", "input.cache_read.text", "output.visible.text", "tool.web_search")
COUNTS = st.dictionaries(st.sampled_from(PRICED_UNITS), st.integers(0, 4000), min_size=1)
ANY_COUNTS = st.dictionaries(
    st.sampled_from([*PRICED_UNITS, "input.fresh.audio", "output.visible.image", "pages"]), st.integers(0, 4000)
)


def price(counts: Mapping[str, int | Decimal], **of_call: Any) -> PricedCall:
    return BOOK.price(call(counts, **of_call))


def known(priced: PricedCall) -> Decimal:
    assert priced.cost is not None
    return priced.cost


@given(fresh=st.integers(0, 1500), cached=st.integers(0, 1500), out=st.integers(1, 10))
@pytest.mark.parametrize(("operator", "passes"), [(">", gt), (">=", ge)])
def test_the_step_is_chosen_by_all_input_and_by_the_comparison_of_its_row(
    operator: str, passes: Callable[[int, int], bool], fresh: int, cached: int, out: int
) -> None:
    prices = {unit: ["1", [operator, 1000, "3"]] for unit in PRICED_UNITS[:3]}
    counts = {"input.fresh.text": fresh, "input.cache_read.text": cached, "output.visible.text": out}
    priced = book_of({"prices": prices}).price(call(counts))
    each = 3 if passes(fresh + cached, 1000) else 1
    assert {line.rate.price for line in priced.lines} == {Decimal(each)}


@pytest.mark.parametrize(("size", "each"), [(999, 1), (1000, 1), (1001, 3)])
def test_a_step_that_must_be_passed_holds_from_the_next_token_on(size: int, each: int) -> None:
    book = book_of({"prices": {"input.fresh.text": ["1", [">", 1000, "3"]]}})
    assert known(book.price(call({"input.fresh.text": size}))) == Decimal(size * each) / 1_000_000


@given(counts=ANY_COUNTS, model=st.sampled_from(["m", "nobody-knows"]))
def test_what_has_no_price_is_unpriced_with_its_reason_and_never_zero(counts: dict[str, int], model: str) -> None:
    priced = price(counts, model=model)
    lacking = {unit for unit, count in counts.items() if count and unit not in LIST}
    if not counts or model != "m" or lacking:
        assert (priced.state, priced.cost, priced.list_cost) == (PriceState.UNPRICED, None, None)
        assert priced.unpriced_reason is not None
    if counts and model == "m":
        assert set(priced.unpriced_units) == lacking
        assert {line.unit for line in priced.lines} == {u for u, n in counts.items() if n and u in LIST}


def test_a_call_without_usage_has_no_price() -> None:
    record = read_usage({"id": "x", "usage": None}, provider="openai")
    assert (record.usage_status, price(record.counts()).unpriced_reason) == ("missing", UnpricedReason.USAGE_MISSING)


@given(counts=st.dictionaries(st.sampled_from(PRICED_UNITS[:3]), st.integers(1, 4000), min_size=1))
def test_nothing_is_free_but_what_a_row_prices_at_zero(counts: dict[str, int]) -> None:
    assert (ZEROS.price(call(counts)).state, ZEROS.price(call(counts)).cost) == (PriceState.FREE, Decimal(0))
    priced = price(counts)
    assert priced.state is PriceState.PRICED
    assert known(priced) > 0


@given(counts=COUNTS, parts=st.lists(COUNTS, max_size=3))
def test_the_lines_sum_to_the_cost_exactly_and_none_is_negative(
    counts: dict[str, int], parts: list[dict[str, int]]
) -> None:
    priced = BOOK.price(replace(call(counts), parts=tuple(PartToPrice("advisor", part, model="m") for part in parts)))
    assert known(priced) == sum((line.cost for line in priced.lines), Decimal(0))
    assert all(line.cost >= 0 for line in priced.lines)


@given(counts=COUNTS, order=st.randoms())
def test_the_order_of_the_counts_does_not_change_the_cost(counts: dict[str, int], order: Any) -> None:
    shuffled = list(counts.items())
    order.shuffle(shuffled)
    assert price(dict(shuffled)).cost == price(counts).cost


@given(fresh=st.integers(1, 500), read=st.integers(0, 500), moved=st.integers(0, 500))
def test_moving_tokens_to_the_cache_changes_the_cost_by_exactly_the_difference(
    fresh: int, read: int, moved: int
) -> None:
    moved = min(moved, fresh)
    before = known(price({"input.fresh.text": fresh, "input.cache_read.text": read}))
    after = known(price({"input.fresh.text": fresh - moved, "input.cache_read.text": read + moved}))
    assert before - after == moved * (Decimal(2) - Decimal("0.2")) / 1_000_000


@given(one=COUNTS, other=COUNTS)
def test_cost_is_additive_where_no_step_is_crossed(one: dict[str, int], other: dict[str, int]) -> None:
    both = {unit: one.get(unit, 0) + other.get(unit, 0) for unit in one | other}
    if units.threshold_input(both) <= 1000:
        assert known(price(both)) == known(price(one)) + known(price(other))


# --- 10: an event is applied once (tests/usage/test_record.py shows what the ledger makes of a repeat) ---


@given(one=st.text(min_size=1, max_size=40), other=st.text(min_size=1, max_size=40))
def test_one_event_id_is_one_identity(one: str, other: str) -> None:
    assert (event_key(one) == event_key(other)) == (one == other)


# --- 11: a parent repeats what its children used, so it costs nothing itself ---


@given(counts=ANY_COUNTS, reported=st.none() | st.decimals(0, 5, places=2))
def test_a_parent_costs_nothing_itself_whatever_it_repeats(counts: dict[str, int], reported: Decimal | None) -> None:
    parent = replace(call(counts), is_parent=True, reported_cost=reported)
    priced = BOOK.price(parent)
    assert (priced.state, priced.cost, priced.lines) == (PriceState.FREE, Decimal(0), ())


def test_every_word_of_the_wire_is_a_unit_or_a_token_count() -> None:
    assert set(METER_WORDS) == units.METERS
    assert all(word.endswith("_tokens") for word in TOKEN_WORDS)
