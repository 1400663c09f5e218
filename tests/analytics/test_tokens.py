from app.analytics.rules import Tokens, tokens_of


def test_totals_contain_their_parts() -> None:
    leaves = {
        "input.fresh.text": 1,
        "input.fresh.audio": 2,
        "input.cache_read.text": 10,
        "input.cache_write_5m.text": 100,
        "input.cache_write_1h.text": 200,
        "output.visible.text": 1_000,
        "output.reasoning.text": 5_000,
    }
    assert tokens_of(leaves) == Tokens(
        input_tokens=313,
        cache_read_tokens=10,
        cache_write_tokens=300,
        output_tokens=6_000,
        reasoning_tokens=5_000,
    )


def test_what_was_not_told_is_unknown_and_a_told_zero_is_zero() -> None:
    assert tokens_of({"input.fresh.text": 7, "input.cache_read.text": 0}) == Tokens(7, 0, None, None, None)


def test_a_call_without_usage_has_no_tokens_known() -> None:
    assert tokens_of({}) == Tokens(None, None, None, None, None)
