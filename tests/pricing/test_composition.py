"""A call of several portions, of a parent, and of capacity that is paid for otherwise."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from app.pricing.rules.call import CallToPrice, FreeReason, PartToPrice, PriceState, UnpricedReason
from app.pricing.service import PriceBook
from tests.pricing.books import book_of, call, cost

ZERO = Decimal(0)
BIG = {"prices": {"input.fresh.text": ["2", [">", 1000, "4"]], "output.visible.text": "10"}}
SMALL = {"prices": {"input.fresh.text": "1", "output.visible.text": "5"}}


def two_models() -> PriceBook:
    book: Any = book_of(BIG, model="big")._book
    book["providers"]["openai"]["models"]["small"] = {
        "names": ["small"],
        "sheets": [SMALL, {"tier": "flex", "prices": {"input.fresh.text": "0.5"}}],
    }
    return PriceBook(book)


def with_parts(*parts: PartToPrice, **fields: Any) -> CallToPrice:
    return replace(call({"input.fresh.text": 1000}, model="big"), parts=parts, **fields)


def advisor(count: int, unit: str = "input.fresh.text", **fields: Any) -> PartToPrice:
    return PartToPrice("advisor", {unit: count}, **{"model": "small", **fields})


def test_a_part_costs_what_its_own_model_does_and_its_prompt_raises_no_step_of_the_call() -> None:
    priced = two_models().price(with_parts(advisor(1000)))
    assert (cost(priced), priced.priced_as) == ("0.003", "openai/big")
    assert [(line.role, line.priced_as, str(line.cost)) for line in priced.lines] == [
        ("", "openai/big", "0.002000"),
        ("advisor", "openai/small", "0.001000"),
    ]


def test_a_part_without_a_model_is_of_the_calls_own() -> None:
    assert cost(two_models().price(with_parts(PartToPrice("compaction", {"output.visible.text": 100})))) == "0.003"


def test_a_part_has_a_tier_of_its_own_or_that_of_the_call() -> None:
    assert cost(two_models().price(with_parts(advisor(1000, service_tier="flex")))) == "0.0025"
    priced = two_models().price(with_parts(advisor(1000), service_tier="flex"))
    assert (priced.unpriced_reason, len(priced.lines)) == (UnpricedReason.NO_PRICE_FOR_TIER, 1)


@pytest.mark.parametrize(
    ("part", "reason", "units"),
    [
        (advisor(5, model="nobody-knows"), UnpricedReason.UNKNOWN_MODEL, ("input.fresh.text",)),
        (advisor(5, "input.fresh.audio"), UnpricedReason.NO_PRICE_FOR_UNIT, ("input.fresh.audio",)),
        (PartToPrice("advisor", {}), UnpricedReason.USAGE_MISSING, ()),
    ],
)
def test_one_unpriced_part_leaves_the_call_unpriced_and_shows_the_rest(
    part: PartToPrice, reason: UnpricedReason, units: tuple[str, ...]
) -> None:
    priced = two_models().price(with_parts(part))
    assert (priced.state, priced.unpriced_reason, priced.unpriced_units) == (PriceState.UNPRICED, reason, units)
    assert (priced.cost, priced.list_cost, priced.contracted_cost) == (None, None, None)
    assert [str(line.cost) for line in priced.lines] == ["0.002000"]


def test_a_call_that_only_its_parts_used_something_for_is_the_sum_of_them() -> None:
    priced = two_models().price(replace(with_parts(advisor(1000), advisor(2000)), counts={}))
    assert (cost(priced), len(priced.lines)) == ("0.003", 2)


def test_without_own_prices_the_contracted_cost_is_the_list_cost() -> None:
    priced = two_models().price(with_parts(advisor(1000)))
    assert priced.contracted_cost == priced.list_cost == Decimal("0.003")
    assert priced.free_reason is None


def test_a_parent_costs_nothing_whatever_it_repeats() -> None:
    priced = two_models().price(with_parts(advisor(1000), is_parent=True, reported_cost=Decimal(3)))
    assert (priced.state, priced.free_reason, priced.lines) == (PriceState.FREE, FreeReason.PARENT, ())
    assert (priced.cost, priced.list_cost, priced.contracted_cost) == (ZERO, ZERO, ZERO)


@pytest.mark.parametrize("capacity", ["provisioned", "subscription"])
def test_capacity_paid_for_otherwise_is_free_and_keeps_its_list_cost(capacity: str) -> None:
    priced = two_models().price(replace(call({"input.fresh.text": 1000}, model="big"), capacity=capacity))
    assert (priced.state, priced.free_reason, priced.capacity) == (PriceState.FREE, FreeReason.CAPACITY, capacity)
    assert (priced.cost, priced.contracted_cost, priced.list_cost) == (ZERO, ZERO, Decimal("0.002"))


@pytest.mark.parametrize("counts", [{}, {"input.fresh.text": 5}])
def test_capacity_of_a_model_without_a_price_is_free_and_its_list_cost_unknown(counts: dict[str, int]) -> None:
    priced = two_models().price(replace(call({**counts}, model="own-deployment"), capacity="provisioned"))
    assert (priced.state, priced.cost, priced.list_cost) == (PriceState.FREE, ZERO, None)
    assert priced.unpriced_reason is None


@pytest.mark.parametrize("capacity", ["on_demand", None])
def test_on_demand_capacity_changes_nothing(capacity: str | None) -> None:
    priced = two_models().price(replace(call({"input.fresh.text": 1000}, model="big"), capacity=capacity))
    assert (cost(priced), priced.capacity, priced.state) == ("0.002", "", PriceState.PRICED)


def test_the_providers_own_figure_goes_before_everything_and_the_rest_stays_beside_it() -> None:
    reported = with_parts(advisor(1000), reported_cost=Decimal("0.5"))
    priced = two_models().price(reported)
    assert (cost(priced), priced.list_cost, priced.contracted_cost) == ("0.5", Decimal("0.003"), Decimal("0.003"))
    priced = two_models().price(replace(reported, capacity="provisioned"))
    assert (cost(priced), priced.contracted_cost, priced.state) == ("0.5", ZERO, PriceState.PRICED)


def test_free_says_why() -> None:
    free = book_of({"prices": {"input.fresh.text": "0"}})
    assert free.price(call()).free_reason is FreeReason.ZERO_PRICE
    assert free.price(call(reported_cost="0")).free_reason is FreeReason.REPORTED_ZERO
    assert free.price(call({"input.fresh.text": 0})).free_reason is None
