"""Each published case: what the service makes of the event is what the fixture says, digit for digit."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tests.conformance import prove
from tests.conformance.conftest import Posted

CASES = [pytest.param(case, id=case["id"]) for cases in prove.read().values() for case in cases]


def expected(case: Mapping[str, Any]) -> dict[str, Any]:
    """What a call must show, in the words of a call."""
    record, cost = case["record"], case["cost"]
    return {
        "leaves": record["leaves"],
        "meters": record["meters"],
        "usage_status": record["usage_status"],
        "unknown": sorted(record.get("unknown", ())),
        "capacity": record.get("capacity"),
        "price_state": cost["state"],
        "unpriced_reason": cost.get("reason"),
        "list_cost": cost["list_cost"],
        "cost": cost["cost"],
        "reported_cost": cost.get("reported_cost"),
        "parts": record.get("parts", []),
        "lines": lines(case["arithmetic"]),
        "is_exact": True,
    }


def lines(written: Iterable[Mapping[str, Any]]) -> list[tuple[str, str, str, Fraction, str]]:
    """The arithmetic, in no order. 10 for 1,000 is the same price as 0.01 for 1."""
    return sorted(
        (
            str(line.get("role", "")),
            str(line["unit"]),
            str(line["quantity"]),
            Fraction(line["price"]) / line["per"],
            line["cost"],
        )
        for line in written
    )


def shown(call: Mapping[str, Any], case: Mapping[str, Any]) -> dict[str, Any]:
    """The same of the call. A leaf of 0 and one that is not there are told apart by `unknown` alone."""
    asked_for = case["record"].get("unknown", ())
    explanation = call["explanation"]
    return {
        "leaves": {leaf: count for leaf, count in call["leaves"].items() if count},
        "meters": {meter: amount for meter, amount in call["meters"].items() if Decimal(amount)},
        "usage_status": call["usage_status"],
        "unknown": sorted(total for total in asked_for if call[total] is None),
        "capacity": call["capacity"],
        "parts": [part(one) for one in call["parts"]],
        "lines": lines(explanation["lines"] if case["cost"]["list_cost"] is not None else ()),
        "is_exact": explanation["is_exact"],
        **{name: call[name] for name in ("price_state", "unpriced_reason", "list_cost", "cost", "reported_cost")},
    }


def part(shown_part: Mapping[str, Any]) -> dict[str, Any]:
    """A sub-request, as a fixture writes it."""
    return {
        "role": shown_part["role"],
        "model": shown_part["model"],
        "leaves": {leaf: count for leaf, count in shown_part["leaves"].items() if count},
        "meters": {meter: amount for meter, amount in shown_part["meters"].items() if Decimal(amount)},
    }


def test_the_fixtures_prove_themselves() -> None:
    assert list(prove.faults(prove.read())) == []


def test_there_are_at_least_three_hundred_cases() -> None:
    assert len(CASES) >= 300


@pytest.mark.parametrize("case", CASES)
async def test_a_call_is_what_its_fixture_says(posted: Posted, case: dict[str, Any]) -> None:
    found, wanted = shown(await posted.call(case["id"]), case), expected(case)
    odd = {name: (wanted[name], found[name]) for name in wanted if found[name] != wanted[name]}
    assert not odd, f"{case['id']} ({case['title']}): {odd}"
