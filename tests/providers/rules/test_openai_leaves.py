"""Leaves of OpenAI's usage rows never overlap and lose nothing."""

from hypothesis import given
from hypothesis import strategies as st

from app.pricing.rules.units import is_input, is_leaf
from app.providers.rules.openai_leaves import completions

FIELDS = (
    "input_tokens",
    "input_cached_tokens",
    "input_cache_write_tokens",
    "input_audio_tokens",
    "input_image_tokens",
    "input_cached_audio_tokens",
    "input_cached_image_tokens",
    "output_tokens",
    "output_audio_tokens",
    "output_image_tokens",
)


@given(st.dictionaries(st.sampled_from(FIELDS), st.none() | st.integers(0, 1000)))
def test_leaves_add_up_to_the_totals_whatever_the_parts_say(counts: dict[str, int | None]) -> None:
    leaves = completions(counts, "gpt-5")
    assert all(is_leaf(leaf) and count >= 0 for leaf, count in leaves.items())
    assert sum(count for leaf, count in leaves.items() if is_input(leaf)) == (counts.get("input_tokens") or 0)
    assert sum(count for leaf, count in leaves.items() if not is_input(leaf)) == (counts.get("output_tokens") or 0)


def test_parts_that_exceed_their_whole_are_not_believed() -> None:
    leaves = completions({"input_tokens": 10, "input_audio_tokens": 11, "output_tokens": 1}, None)
    assert leaves == {"input.fresh.text": 10, "output.visible.text": 1}


def test_a_write_of_a_model_that_charges_for_it_has_its_own_leaf() -> None:
    counts = {"input_tokens": 10, "input_cache_write_tokens": 4}
    assert completions(counts, "gpt-5.6-sol")["input.cache_write_30m.text"] == 4
    assert completions(counts, "gpt-4o")["input.cache_write_free.text"] == 4
