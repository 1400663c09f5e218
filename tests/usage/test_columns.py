"""Each count has one home, and comes back as it went in."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.pricing.rules import units
from app.usage.rules.columns import HOMES, LeafColumns, from_columns, to_columns, token_sums
from app.usage.rules.events import as_json, event_key

LEAVES = st.dictionaries(st.sampled_from(sorted(units.LEAVES)), st.integers(0, 10**12))
METERS = st.dictionaries(
    st.sampled_from(sorted(units.METERS)),
    st.decimals(0, 10**12, allow_nan=False, allow_infinity=False, places=6),
)


@given(LEAVES, METERS)
def test_counts_come_back_as_they_went_in(leaves: dict[str, int], meters: dict[str, Decimal]) -> None:
    counts: dict[str, int | Decimal] = {**leaves, **meters}
    back = from_columns(to_columns(counts))
    assert back == counts
    assert {unit: type(count) for unit, count in back.items()} == {unit: type(count) for unit, count in counts.items()}


@given(LEAVES, METERS)
def test_every_token_is_in_exactly_one_sum(leaves: dict[str, int], meters: dict[str, Decimal]) -> None:
    assert sum(token_sums({**leaves, **meters})) == sum(leaves.values())


@given(LEAVES)
def test_no_leaf_has_two_homes(leaves: dict[str, int]) -> None:
    columns = to_columns(leaves)
    assert not set(columns.meters or {}) & set(HOMES)


def test_sums_are_what_a_dashboard_asks_for() -> None:
    counts = {
        "input.fresh.text": 1,
        "input.fresh.audio": 2,
        "input.tool.text": 4,
        "input.cache_read.image": 8,
        "input.cache_write_1h.text": 16,
        "input.cache_write_free.text": 32,
        "output.visible.text": 64,
        "output.citation.text": 128,
        "output.reasoning.text": 256,
    }
    assert token_sums(counts) == (7, 8, 48, 192, 256)


def test_unknown_is_not_zero() -> None:
    assert to_columns({"input.fresh.text": 0}) == LeafColumns(0, None, None, None, None, None)
    assert from_columns(LeafColumns(0, None, None, None, None, None)) == {"input.fresh.text": 0}


def test_decimals_in_json_keep_their_digits() -> None:
    assert as_json({"cost": Decimal("0.10"), "n": 3}) == '{"cost":0.10,"n":3}'
    assert as_json({}) is None


def test_a_usual_uuid_is_its_own_key_and_anything_else_is_hashed() -> None:
    usual = "01a1fc3e-47b1-72ab-9d9d-c4ae1e750164"
    assert str(event_key(usual)) == usual
    assert str(event_key(usual.upper())) != usual
    assert event_key("order-17") == event_key("order-17") != event_key("order-18")
