"""A workspace's own rates, discounts and deployment maps: which one counts, when, and what it makes of a line."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from app.core.ids import new_id
from app.pricing.rules.call import CallToPrice, FreeReason, PartToPrice, PricedCall, PriceState, UnpricedReason
from app.pricing.rules.workspace import OwnPrices, Rule, RuleKind, fits, overlaps, revision
from app.pricing.service import PriceBook
from tests.pricing.books import book_of, call, cost

MILLION = 1_000_000
SHEET = {"prices": {"input.fresh.text": "2.5", "input.cache_read.text": "0.25", "output.visible.text": "10"}}
NAMES = ["gpt-4o", "gpt-4o-2024-08-06"]


def rate(meter: str, price: str, model: str = "gpt-4o", **fields: Any) -> Rule:
    given = {"id": new_id(), "provider": "openai", "per": MILLION, **fields}
    return Rule(kind=RuleKind.RATE, model_pattern=model, meter=meter, price=Decimal(price), **given)


def discount(percent: str, meter: str = "*", model: str = "*", **fields: Any) -> Rule:
    given = {"id": new_id(), "provider": "openai", **fields}
    return Rule(kind=RuleKind.DISCOUNT, model_pattern=model, meter=meter, percent=Decimal(percent), **given)


def deployment(name: str, **fields: Any) -> Rule:
    given = {"id": new_id(), "provider": "azure", **fields}
    return Rule(kind=RuleKind.DEPLOYMENT, model_pattern=name, **given)


def listed() -> PriceBook:
    return book_of(SHEET, {"geo": "eu", "prices": {"input.fresh.text": "2.75"}}, model="gpt-4o", names=NAMES)


def price(asked: CallToPrice, *rules: Rule) -> PricedCall:
    return OwnPrices(rules, listed().portion).price(asked)


def asked(counts: dict[str, int | Decimal] | None = None, **fields: Any) -> CallToPrice:
    return call(counts, **{"model": "gpt-4o", **fields})


# --- rates ---


def test_an_own_rate_stands_in_the_list_prices_place_and_both_costs_are_kept() -> None:
    priced = price(asked(), rate("input", "2"))
    assert (cost(priced), priced.contracted_cost, priced.list_cost) == ("2", Decimal(2), Decimal("2.5"))
    [line] = priced.lines
    assert (line.cost, line.contracted, line.priced_as) == (Decimal("2.5"), Decimal(2), "openai/gpt-4o")
    assert line.own is not None
    assert line.own.rate is not None
    assert (line.own.rate.price, line.own.rate.per) == (Decimal(2), MILLION)


def test_what_no_rule_names_stays_at_its_list_price() -> None:
    priced = price(asked({"input.fresh.text": MILLION, "output.visible.text": MILLION}), rate("input", "2"))
    assert (cost(priced), priced.list_cost) == ("12", Decimal("12.5"))
    assert [line.contracted for line in priced.lines] == [Decimal(2), None]


def test_a_rate_for_a_self_hosted_model_needs_no_row_of_the_book() -> None:
    rules = (rate("input", "0.1", "llama-own"), rate("output", "0.4", "llama-own"))
    priced = price(asked({"input.fresh.text": 1000, "output.visible.text": 500}, model="llama-own"), *rules)
    assert (priced.state, cost(priced), priced.list_cost) == (PriceState.PRICED, "0.0003", None)
    assert (priced.priced_as, [line.priced_as for line in priced.lines]) == (None, ["", ""])


def test_a_self_hosted_model_with_half_a_price_is_unpriced_and_says_what_is_missing() -> None:
    counts: dict[str, int | Decimal] = {"input.fresh.text": 1000, "input.cache_read.text": 1}
    priced = price(asked(counts, model="llama-own"), rate("input", "0.1", "llama-own"))
    assert (priced.state, priced.cost, priced.contracted_cost) == (PriceState.UNPRICED, None, None)
    assert priced.unpriced_reason is UnpricedReason.NO_PRICE_FOR_UNIT
    assert priced.unpriced_units == ("input.cache_read.text",)
    assert [str(line.cost) for line in priced.lines] == ["0.0001000"]


def test_a_rate_fills_what_the_book_has_no_price_for() -> None:
    counts: dict[str, int | Decimal] = {"input.fresh.text": MILLION, "tool.web_search": Decimal(3)}
    priced = price(asked(counts), rate("tool.web_search", "10", per=1000))
    assert (cost(priced), priced.list_cost) == ("2.53", None)


def test_a_rate_of_zero_is_an_explicit_zero() -> None:
    priced = price(asked(model="llama-own"), rate("*", "0", "llama*"))
    assert (priced.state, priced.free_reason, cost(priced)) == (PriceState.FREE, FreeReason.ZERO_PRICE, "0")
    assert priced.list_cost is None


def test_known_zeros_of_a_model_with_own_rates_cost_nothing_at_a_price() -> None:
    priced = price(asked({"input.fresh.text": 0}, model="llama-own"), rate("input", "1", "llama-own"))
    assert (priced.state, cost(priced)) == (PriceState.PRICED, "0")


def test_missing_usage_stays_unknown_whatever_the_rates() -> None:
    priced = price(asked({}), rate("*", "0", "*"))
    assert (priced.state, priced.unpriced_reason) == (PriceState.UNPRICED, UnpricedReason.USAGE_MISSING)


@pytest.mark.parametrize(
    ("meter", "unit", "fits_it"),
    [
        ("input", "input.fresh.text", True),
        ("input", "input.fresh.audio", True),
        ("input", "input.tool.text", True),
        ("input", "input.cache_write_free.text", True),
        ("input", "input.cache_read.text", False),
        ("input", "input.cache_write_5m.text", False),
        ("cache_read", "input.cache_read.image", True),
        ("cache_write", "input.cache_write_1h.text", True),
        ("cache_write", "input.cache_write_free.text", False),
        ("output", "output.reasoning.text", True),
        ("output", "output.citation.text", True),
        ("output", "input.fresh.text", False),
        ("output.visible.text", "output.visible.text", True),
        ("output.visible.text", "output.reasoning.text", False),
        ("*", "tool.web_search", True),
    ],
)
def test_a_meter_means_its_unit_or_a_whole_family(meter: str, unit: str, fits_it: bool) -> None:
    assert rate(meter, "1").fits_meter(unit) is fits_it


@pytest.mark.parametrize(
    ("per", "count", "expected"),
    [(MILLION, 1, "0.000007"), (1000, 1, "0.007"), (1, 3, "21"), (3600, 1, "0.001944444444444444")],
)
def test_a_rate_keeps_its_own_denominator(per: int, count: int, expected: str) -> None:
    assert cost(price(asked({"pages": count}), rate("pages", "7", per=per))) == expected


# --- which rule counts ---


def test_an_exact_name_goes_before_the_longer_pattern_and_that_before_the_shorter() -> None:
    rules = [rate("input", "3", "*"), rate("input", "2", "gpt*"), rate("input", "1", "gpt-4*"), rate("input", "0.5")]
    for expected in ("0.5", "1", "2", "3"):
        assert cost(price(asked(), *rules)) == expected
        rules.pop()


def test_a_unit_goes_before_its_family_and_a_named_provider_before_any() -> None:
    assert cost(price(asked(), rate("input", "3"), rate("input.fresh.text", "4"))) == "4"
    assert cost(price(asked(), rate("input", "3"), rate("input", "4", provider="*"))) == "3"


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("gpt-4o", "gpt-4o", True),
        ("gpt-4o", "gpt-4o-mini", False),
        ("gpt-4o*", "gpt-4o-mini", True),
        ("*-mini", "gpt-4o-mini", True),
        ("*-mini", "gpt-4o", False),
        ("*", "anything", True),
    ],
)
def test_a_pattern_is_a_name_or_has_one_star_at_an_end(pattern: str, name: str, expected: bool) -> None:
    assert fits(pattern, name) is expected


@pytest.mark.parametrize("model", ["GPT-4o", "gpt-4o-2024-08-06", "openai/gpt-4o"])
def test_a_rule_means_a_model_by_the_name_of_the_call_or_of_the_book(model: str) -> None:
    assert cost(price(asked(model=model), rate("input", "2"))) == "2"


def test_a_rule_for_another_provider_changes_nothing() -> None:
    assert cost(price(asked(), rate("input", "2", provider="azure"))) == "2.5"


# --- discounts ---


@pytest.mark.parametrize(("percent", "expected"), [("10", "2.25"), ("12.5", "2.1875"), ("0.001", "2.499975")])
def test_a_discount_comes_off_the_list_price_exactly(percent: str, expected: str) -> None:
    priced = price(asked(), discount(percent))
    assert (cost(priced), priced.list_cost, priced.contracted_cost) == (expected, Decimal("2.5"), Decimal(expected))


def test_discounts_do_not_stack_and_the_most_specific_counts() -> None:
    assert cost(price(asked(), discount("10"), discount("50", model="gpt-4o"))) == "1.25"
    assert cost(price(asked(), discount("10"), discount("20", meter="input"))) == "2"


def test_an_own_rate_is_not_discounted_however_specific_the_discount() -> None:
    assert cost(price(asked(), rate("input", "2", "gpt*"), discount("50", "input.fresh.text", "gpt-4o"))) == "2"


def test_a_whole_discount_is_a_free_line() -> None:
    priced = price(asked(), discount("100"))
    assert (priced.state, cost(priced), priced.list_cost) == (PriceState.FREE, "0", Decimal("2.5"))
    both: dict[str, int | Decimal] = {"input.fresh.text": MILLION, "output.visible.text": MILLION}
    assert price(asked(both), discount("100", "input")).state is PriceState.PRICED


def test_a_discount_on_a_model_without_a_price_leaves_it_unpriced() -> None:
    priced = price(asked(model="nobody-knows"), discount("100"))
    assert (priced.state, priced.unpriced_reason) == (PriceState.UNPRICED, UnpricedReason.UNKNOWN_MODEL)


def test_the_providers_own_figure_is_not_discounted() -> None:
    priced = price(asked(reported_cost="2.4"), discount("50"))
    assert (cost(priced), priced.contracted_cost) == ("2.4", Decimal("1.25"))


# --- deployments ---


def test_a_deployment_is_priced_as_what_it_is() -> None:
    rule = deployment("chat-prod", target_provider="openai", target_model="gpt-4o", geo="eu")
    azure = replace(call(provider="azure", model="gpt-unknown"), deployment="Chat-Prod")
    assert price(azure).state is PriceState.UNPRICED
    priced = price(azure, rule)
    assert (cost(priced), priced.priced_as) == ("2.75", "openai/gpt-4o")


@pytest.mark.parametrize("fields", [{"model": "chat-prod"}, {"model": "gpt-4o", "requested_model": "chat-prod"}])
def test_a_deployment_is_found_by_the_name_of_the_model_too(fields: dict[str, Any]) -> None:
    rule = deployment("chat-prod", target_provider="openai", target_model="gpt-4o", capacity="provisioned")
    priced = price(call(provider="azure", **fields), rule)
    assert (priced.state, priced.free_reason, priced.capacity) == (
        PriceState.FREE,
        FreeReason.CAPACITY,
        "provisioned",
    )
    assert priced.list_cost == Decimal("2.5")


def test_a_deployments_name_goes_before_a_models() -> None:
    by_model = deployment("gpt-4o", target_model="nobody-knows", provider="openai")
    by_deployment = deployment("mine*", target_model="gpt-4o", provider="openai")
    assert cost(price(replace(asked(), deployment="mine-1"), by_model, by_deployment)) == "2.5"


def test_a_map_may_say_only_where_or_how_it_is_paid_for() -> None:
    eu = price(replace(asked(), deployment="d"), deployment("d", provider="openai", geo="eu"))
    assert cost(eu) == "2.75"
    rule = deployment("d", provider="openai", tier="flex")
    assert price(replace(asked(), deployment="d"), rule).unpriced_reason is UnpricedReason.NO_PRICE_FOR_TIER
    assert cost(price(replace(asked(tier="default"), deployment="d"), rule)) == "2.5"


def test_rates_and_discounts_also_mean_a_deployment_by_its_own_name() -> None:
    rule = deployment("chat-prod", target_provider="openai", target_model="gpt-4o")
    azure = replace(call(provider="azure", model="chat-prod"), deployment="chat-prod")
    assert cost(price(azure, rule, discount("10", model="chat-prod", provider="azure"))) == "2.25"
    assert cost(price(azure, rule, discount("10", model="gpt-4o", provider="openai"))) == "2.25"


# --- parts ---


def test_a_part_has_the_prices_of_its_own_model() -> None:
    part = PartToPrice("advisor", {"input.fresh.text": MILLION}, "llama-own")
    priced = price(replace(asked(), parts=(part,)), rate("input", "1", "llama-own"), discount("50", model="gpt-4o"))
    assert (cost(priced), [line.role for line in priced.lines]) == ("2.25", ["", "advisor"])


def test_a_part_that_is_a_deployment_is_mapped() -> None:
    part = PartToPrice("advisor", {"input.fresh.text": MILLION}, "mine")
    rule = deployment("mine", provider="openai", target_model="gpt-4o")
    assert cost(price(replace(asked(), parts=(part,)), rule)) == "5"


def test_a_parent_is_free_whatever_the_rules() -> None:
    assert price(replace(asked(), is_parent=True), rate("*", "1", "*")).free_reason is FreeReason.PARENT


# --- periods ---

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
END = START + timedelta(hours=1)
INSTANT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("at", "expected"),
    [(START - INSTANT, "2.5"), (START, "2"), (END - INSTANT, "2"), (END, "2.5")],
)
def test_a_rule_holds_from_its_first_instant_up_to_its_last(at: datetime, expected: str) -> None:
    rule = rate("input", "2", effective_from=START, effective_to=END)
    assert cost(price(asked(at=at.isoformat()), rule)) == expected


def test_when_the_most_specific_rule_does_not_hold_the_next_one_does() -> None:
    rules = (rate("input", "2", effective_to=START), rate("input", "3", "gpt*"))
    assert cost(price(asked(at=(START - INSTANT).isoformat()), *rules)) == "2"
    assert cost(price(asked(at=START.isoformat()), *rules)) == "3"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((None, None), (None, None), True),
        ((None, START), (START, None), False),
        ((None, START + INSTANT), (START, None), True),
        ((START, END), (END, None), False),
        ((START, END), (None, START), False),
        ((START, END), (None, None), True),
    ],
)
def test_periods_overlap_when_an_instant_is_in_both(one: Any, other: Any, expected: bool) -> None:
    rules = [rate("input", "1", effective_from=start, effective_to=end) for start, end in (one, other)]
    assert overlaps(*rules) is overlaps(*reversed(rules)) is expected


def test_the_revision_tells_which_rules_are_in_force_and_not_in_which_order() -> None:
    one, other = rate("input", "1"), discount("10")
    assert revision([one, other]) == revision([other, one])
    assert revision([one]) != revision([one, other])


# --- all of it ---


def test_the_worked_example_of_the_manual() -> None:
    rules = (
        deployment("chat-prod", target_provider="openai", target_model="gpt-4o"),
        rate("input", "2.00", "gpt-4o*"),
        discount("10"),
        discount("20", "output", "gpt-4o"),
    )
    counts: dict[str, int | Decimal] = {
        "input.fresh.text": MILLION,
        "input.cache_read.text": MILLION,
        "output.visible.text": 100_000,
    }
    priced = price(replace(call(counts, provider="azure", model="chat-prod"), deployment="chat-prod"), *rules)
    assert [(line.cost, line.contracted) for line in priced.lines] == [
        (Decimal("2.50"), Decimal("2.00")),
        (Decimal("0.25"), Decimal("0.225")),
        (Decimal("1.00"), Decimal("0.80")),
    ]
    assert (priced.list_cost, priced.contracted_cost) == (Decimal("3.75"), Decimal("3.025"))
