"""Mistral: quantities times prices, by month, with a header that nobody agrees on."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.providers.clients import mistral
from app.providers.clients.base import BadAnswer, KeyRefused
from app.providers.rules.reports import BilledLine, Feed, KeyClass
from tests.providers.asking import credentials, over, period, walked
from tests.providers.fakes.mistral import (
    ADMIN_KEY,
    NOVEMBER_EUR,
    OCTOBER_EUR,
    Mistral,
    entry,
    make_app,
    make_world,
    price,
)

D = Decimal
OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)


def source(state: Mistral, key: str = ADMIN_KEY, **fields: str) -> mistral.Mistral:
    return mistral.make(over(make_app(state)), credentials(key, **fields))


async def october(state: Mistral) -> list[BilledLine]:
    return await walked(source(state).costs(period(OCTOBER, NOVEMBER)))


def one(quantity: object, *prices: object) -> Mistral:
    """October with a single quantity."""
    state = Mistral(prices=list(prices))  # type: ignore[arg-type]
    state.months["2026-10"] = {"completion": {"models": {"m": {"input": [quantity]}}}}
    return state


async def test_a_month_costs_what_quantities_times_prices_come_to() -> None:
    lines = await walked(source(make_world()).costs(period(OCTOBER, DECEMBER)))
    assert sum(line.amount for line in lines if line.start.month == 10) == OCTOBER_EUR
    assert sum(line.amount for line in lines if line.start.month == 11) == NOVEMBER_EUR
    assert {line.currency for line in lines} == {"EUR"}


async def test_a_line_spans_its_month_also_when_the_window_does_not() -> None:
    lines = await walked(source(make_world()).costs(period(date(2026, 10, 20), date(2026, 11, 3))))
    assert {(line.start, line.end) for line in lines} == {
        (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)),
        (datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
    }


async def test_what_is_paid_for_is_priced_and_not_what_was_used() -> None:
    [line] = [line for line in await october(make_world()) if line.dimensions["billing_group"] == "output"]
    assert (line.quantity, line.amount) == (D(250_000), D("1.5"))


async def test_the_model_is_the_one_behind_its_alias() -> None:
    assert {line.model for line in await october(make_world())} == {"mistral-large-2512"}


async def test_quantities_of_the_same_thing_are_one_line() -> None:
    [line] = [line for line in await october(make_world()) if line.dimensions["billing_group"] == "input"]
    assert (line.quantity, line.amount) == (D(1_500_000), D(3))


async def test_a_quantity_without_a_price_is_a_failure_and_not_free() -> None:
    with pytest.raises(BadAnswer, match="no price for tokens"):
        await october(one(entry("tokens", "input", 5), price("tokens", "output", "1")))


async def test_a_quantity_of_nothing_needs_no_price() -> None:
    assert await october(one(entry("tokens", "input", 0))) == []


async def test_prices_that_contradict_each_other_are_a_failure() -> None:
    with pytest.raises(BadAnswer, match="several prices"):
        await october(one(entry("t", "input", 5), price("t", "input", "1"), price("t", "input", "2")))


async def test_the_price_that_says_most_of_the_same_is_taken() -> None:
    quantity = entry("t", "input", 5, api_zone="eu", service_tier="standard")
    general = price("t", "input", "1")
    zone = price("t", "input", "2", api_zone="eu")
    exact = price("t", "input", D("3"), api_zone="eu", service_tier="standard")
    other = price("t", "input", "9", api_zone="us", service_tier="standard")
    for prices, amount in (([general, other], "5"), ([other, zone, general], "10"), ([exact, zone, other], "15")):
        [line] = await october(one(quantity, *prices))
        assert line.amount == D(amount)


async def test_a_quantity_without_a_currency_is_a_failure() -> None:
    state = one(entry("t", "input", 5), price("t", "input", "1"))
    state.currency = None
    with pytest.raises(BadAnswer, match="currency"):
        await october(state)


async def test_a_quantity_without_a_number_is_a_failure() -> None:
    with pytest.raises(BadAnswer, match="without a number"):
        await october(one(entry("t", "input", None), price("t", "input", "1")))


async def test_another_month_than_was_asked_for_is_not_believed() -> None:
    state = make_world()
    state.ignores_the_month = "2026-11"
    with pytest.raises(BadAnswer, match="another month"):
        await october(state)


@pytest.mark.parametrize(("header", "fact"), [("authorization", "bearer"), ("x-api-key", "x-api-key")])
async def test_the_header_that_works_is_found_and_kept(header: str, fact: str) -> None:
    state = make_world()
    state.header = header
    report = await source(state).verify()
    assert (report.key_class, report.is_usable, report.can) == (KeyClass.ORGANIZATION, True, frozenset((Feed.COSTS,)))
    assert report.facts == {"header": fact}
    asked = len(state.faults.asked)
    await walked(source(state, **report.facts).costs(period(OCTOBER, NOVEMBER)))
    assert len(state.faults.asked) == asked + 1


@pytest.mark.parametrize("is_enterprise", [True, False])
async def test_other_plans_and_other_keys_are_told_that_this_is_for_enterprises(is_enterprise: bool) -> None:
    state = make_world()
    state.is_enterprise = is_enterprise
    key = "another" if is_enterprise else ADMIN_KEY
    report = await source(state, key).verify()
    assert not report.is_usable
    assert "Enterprise" in report.message


async def test_a_key_that_was_revoked_is_refused() -> None:
    with pytest.raises(KeyRefused, match="Enterprise"):
        await walked(source(make_world(), "revoked").costs(period(OCTOBER, NOVEMBER)))
