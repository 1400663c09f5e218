"""What balances tell, by themselves."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.core.ids import new_id
from app.core.periods import Period
from app.usage.rules.credits import Balance, Spending, by_account, runs_out_on, spent_in

DAY = timedelta(days=1)
MIDNIGHT = datetime(2026, 11, 21, tzinfo=UTC)
TODAY = Period(MIDNIGHT, MIDNIGHT + DAY)


def balance(
    at: datetime, available: str | None = None, used: str | None = None, currency: str = "USD", account: str = ""
) -> Balance:
    left = None if available is None else Decimal(available)
    gone = None if used is None else Decimal(used)
    return Balance(new_id(), None, "openai", "synced", account, currency, at, None, gone, left, None, "")


def hours(*said: tuple[float, str], of: str = "available", currency: str = "USD") -> list[Balance]:
    """Balances so many hours from midnight."""
    return [balance(MIDNIGHT + timedelta(hours=at), currency=currency, **{of: amount}) for at, amount in said]


@pytest.mark.parametrize(
    ("balances", "amount"),
    [
        (hours((-1, "10"), (1, "9"), (2, "7.5")), "2.5"),
        (hours((0, "10"), (1, "9")), "1"),
        (hours((1, "10"), (2, "9")), "1"),
        (hours((-1, "10"), (23.9, "9"), (24, "3")), "1"),
        (hours((-1, "10"), (1, "9"), (2, "109"), (3, "108")), "2"),
        (hours((-1, "10"), (1, "10")), "0"),
        (hours((-1, "0"), (1, "-2")), "2"),
        (hours((-2, "5"), (-1, "6"), (1, "9.25"), of="used"), "3.25"),
        # a grant and what was used of it went out of sight
        (hours((-1, "50"), (1, "5"), (2, "6"), of="used"), "1"),
        # a quota began anew
        (hours((-1, "9000"), (1, "500"), (2, "600"), of="used", currency="credits"), "600"),
        # nothing tells
        (hours((-1, "10")), None),
        (hours((1, "10")), None),
        (hours((-2, "10"), (-1, "3"), (25, "1")), None),
        ([], None),
    ],
)
def test_what_went_in_a_day(balances: list[Balance], amount: str | None) -> None:
    assert spent_in(balances, TODAY).amount == (None if amount is None else Decimal(amount))


def test_what_is_counted_from_a_later_balance_says_so() -> None:
    balances = hours((3, "10"), (4, "9"))
    assert spent_in(balances, TODAY) == Spending(Decimal(1), MIDNIGHT + timedelta(hours=3))


@pytest.mark.parametrize(
    ("available", "rate", "expected"),
    [
        ("10", ("2", DAY), MIDNIGHT + 5 * DAY),
        ("10", ("14", 14 * DAY), MIDNIGHT + 10 * DAY),
        ("0", ("1", DAY), MIDNIGHT),
        ("-3", ("1", DAY), MIDNIGHT),
        ("10", ("0", DAY), None),
        ("10", None, None),
        (None, ("1", DAY), None),
        ("1000000", ("0.01", DAY), None),
    ],
)
def test_when_it_runs_out(available: str | None, rate: tuple[str, timedelta] | None, expected: datetime | None) -> None:
    going = None if rate is None else (Decimal(rate[0]), rate[1])
    assert runs_out_on(None if available is None else Decimal(available), going, MIDNIGHT) == expected


def test_accounts_and_currencies_are_kept_apart() -> None:
    balances = [balance(MIDNIGHT, "1"), balance(MIDNIGHT, "2", currency="CNY"), balance(MIDNIGHT, "3", account="b")]
    assert sorted(len(one) for one in by_account(balances)) == [1, 1, 1]
