"""Our own inclusive words become leaves that never overlap."""

from decimal import Decimal

import pytest

from app.usage.rules.canonical import from_canonical
from app.usage.rules.errors import UsageFieldInvalid
from app.usage.rules.record import UsageRecord


def read(provider: str = "openai", model: str | None = "gpt-6-sol", /, **usage: object) -> UsageRecord:
    return from_canonical(usage, provider=provider, model=model)


@pytest.mark.parametrize(
    ("usage", "leaves"),
    [
        ({"input_tokens": 10}, {"input.fresh.text": 10}),
        ({"input_tokens": 0, "output_tokens": 0}, {"input.fresh.text": 0, "output.visible.text": 0}),
        ({"output_tokens": 7}, {"output.visible.text": 7}),
        (
            {"input_tokens": 100, "cache_read_tokens": 60, "output_tokens": 30, "reasoning_tokens": 20},
            {
                "input.fresh.text": 40,
                "input.cache_read.text": 60,
                "output.visible.text": 10,
                "output.reasoning.text": 20,
            },
        ),
        (
            {"input_tokens": 100, "cache_read_tokens": 60, "cache_write_tokens": 40},
            {"input.fresh.text": 0, "input.cache_read.text": 60, "input.cache_write_30m.text": 40},
        ),
        (
            {"input_tokens": 100, "input_audio_tokens": 70, "cache_read_tokens": 50},
            {"input.fresh.text": 0, "input.fresh.audio": 50, "input.cache_read.text": 30, "input.cache_read.audio": 20},
        ),
        (
            {"output_tokens": 50, "output_audio_tokens": 30, "reasoning_tokens": 5},
            {"output.visible.text": 15, "output.visible.audio": 30, "output.reasoning.text": 5},
        ),
        (
            {"input_tokens": 9, "input_image_tokens": 4, "output_tokens": 8, "output_image_tokens": 8},
            {"input.fresh.text": 5, "input.fresh.image": 4, "output.visible.text": 0, "output.visible.image": 8},
        ),
        ({"cache_read_tokens": 5}, {"input.cache_read.text": 5}),
        ({"reasoning_tokens": 5}, {"output.reasoning.text": 5}),
        ({"input_tokens": 10, "cache_read_tokens": None, "output_tokens": None}, {"input.fresh.text": 10}),
    ],
)
def test_parts_are_taken_out_of_their_wholes(usage: dict[str, object], leaves: dict[str, int]) -> None:
    record = read(**usage)
    assert record.leaves == leaves
    assert record.warnings == ()
    assert record.usage_status == "final"


def test_totals_are_the_words_that_came_in() -> None:
    record = read(input_tokens=100, cache_read_tokens=60, cache_write_tokens=15, output_tokens=30, reasoning_tokens=20)
    assert record.input_tokens == 100
    assert (record.cache_read_tokens, record.cache_write_tokens) == (60, 15)
    assert (record.output_tokens, record.reasoning_tokens) == (30, 20)


def test_what_nobody_said_is_unknown_and_not_zero() -> None:
    record = read(input_tokens=100)
    assert (record.cache_read_tokens, record.cache_write_tokens) == (None, None)
    assert (record.output_tokens, record.reasoning_tokens) == (None, None)


def test_a_known_zero_stays_a_zero() -> None:
    record = read(input_tokens=100, cache_read_tokens=0, cache_write_tokens=0, output_tokens=0, reasoning_tokens=0)
    assert (record.cache_read_tokens, record.cache_write_tokens, record.reasoning_tokens) == (0, 0, 0)


def test_an_empty_usage_is_missing() -> None:
    record = read()
    assert (record.usage_status, record.leaves, record.counts()) == ("missing", {}, {})


# --- cache writes ---


@pytest.mark.parametrize(
    ("provider", "model", "kind"),
    [
        ("anthropic", "claude-opus-5-5", "cache_write_5m"),
        ("bedrock", "us.anthropic.claude-opus-4-5-20251101-v1:0", "cache_write_5m"),
        ("vertex", "claude-opus-4-5@20251101", "cache_write_5m"),
        ("openrouter", "anthropic/claude-opus-5.5", "cache_write_5m"),
        ("my-gateway", "claude-opus-5-5", "cache_write_5m"),
        ("openai", "gpt-5.6-sol", "cache_write_30m"),
        ("openai", "gpt-6-sol", "cache_write_30m"),
        ("azure", "our-deployment", "cache_write_30m"),
        ("bedrock", "global.openai.gpt-6-sol", "cache_write_30m"),
        ("openrouter", "openai/gpt-6-luna", "cache_write_30m"),
        ("openai", "gpt-5.5", "cache_write_free"),
        ("openai", "gpt-4o", "cache_write_free"),
        ("openai", "o4-mini", "cache_write_free"),
        ("deepseek", "deepseek-v4-pro", "cache_write_free"),
        ("mistral", "mistral-large-4", "cache_write_free"),
    ],
)
def test_a_write_without_a_life_goes_to_what_its_family_charges(provider: str, model: str, kind: str) -> None:
    record = read(provider, model, input_tokens=10, cache_write_tokens=4)
    assert record.leaves == {"input.fresh.text": 6, f"input.{kind}.text": 4}


def test_a_stated_life_is_kept_and_the_rest_goes_to_the_usual_one() -> None:
    record = read("anthropic", None, input_tokens=10, cache_write_tokens=6, cache_write_1h_tokens=4)
    assert record.leaves == {
        "input.fresh.text": 4,
        "input.cache_write_1h.text": 4,
        "input.cache_write_5m.text": 2,
    }


def test_lives_without_a_total_are_their_own_total() -> None:
    record = read("anthropic", None, input_tokens=10, cache_write_5m_tokens=3, cache_write_1h_tokens=4)
    assert (record.input_tokens, record.cache_write_tokens, record.leaves["input.fresh.text"]) == (10, 7, 3)


def test_lives_larger_than_their_total_are_kept_with_a_warning() -> None:
    record = read("anthropic", None, input_tokens=10, cache_write_tokens=3, cache_write_1h_tokens=4)
    assert record.cache_write_tokens == 4
    assert record.warnings == ("cache writes by life exceed their total: 4 > 3",)


# --- what does not add up ---


def test_more_cached_than_input_keeps_the_larger_and_says_so() -> None:
    record = read(input_tokens=10, cache_read_tokens=12, output_tokens=1)
    assert record.leaves == {"input.fresh.text": 0, "input.cache_read.text": 12, "output.visible.text": 1}
    assert record.warnings == ("cached tokens exceed the input: 12 > 10",)


def test_more_reasoning_than_output_keeps_the_larger_and_says_so() -> None:
    record = read(output_tokens=10, reasoning_tokens=12)
    assert record.leaves == {"output.visible.text": 0, "output.reasoning.text": 12}
    assert record.warnings == ("reasoning exceeds the output: 12 > 10",)


def test_more_audio_than_input_keeps_the_larger_and_says_so() -> None:
    record = read(input_tokens=10, input_audio_tokens=11)
    assert record.leaves == {"input.fresh.text": 0, "input.fresh.audio": 11}
    assert record.warnings == ("modalities exceed the input: 11 > 10",)


# --- meters and bad fields ---


def test_meters_are_exact_decimals() -> None:
    record = read(**{"tool.web_search": 2, "audio_in_seconds": 12.1, "pages": "3", "search_units": Decimal("0.5")})
    assert record.meters == {
        "audio_in_seconds": Decimal("12.1"),
        "pages": Decimal(3),
        "search_units": Decimal("0.5"),
        "tool.web_search": Decimal(2),
    }
    assert record.usage_status == "final"


@pytest.mark.parametrize("value", [-1, 1.0, 1.5, "5", True, False, 2**53 + 1, [1], {"a": 1}])
@pytest.mark.parametrize("field", ["input_tokens", "cache_write_1h_tokens", "output_audio_tokens"])
def test_what_is_no_count_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(UsageFieldInvalid) as failure:
        read(**{field: value})
    assert failure.value.field == field
    assert field in str(failure.value)


@pytest.mark.parametrize("value", [0, 2**53])
def test_the_smallest_and_largest_counts_are_fine(value: int) -> None:
    assert read(input_tokens=value).input_tokens == value


@pytest.mark.parametrize("value", [-1, -0.5, "x", "NaN", float("inf"), True, [1], 2**54])
def test_what_is_no_amount_is_refused_by_name(value: object) -> None:
    with pytest.raises(UsageFieldInvalid) as failure:
        read(audio_in_seconds=value)
    assert failure.value.field == "audio_in_seconds"


@pytest.mark.parametrize("field", ["prompt_tokens", "prompt", "tool.unheard_of"])
def test_words_we_do_not_have_are_refused_by_name(field: str) -> None:
    with pytest.raises(UsageFieldInvalid) as failure:
        read(**{field: 1})
    assert failure.value.field == field
