"""What balances tell: what was spent between two of them, and how long the rest lasts."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final
from uuid import UUID

from app.core.money import EXACT
from app.core.periods import Period

RATE_DAYS: Final = 14
# a rate of less than a day says more about the hour than about the account
SHORTEST: Final = timedelta(days=1)
# beyond this nobody plans
LONGEST: Final = timedelta(days=36_500)
ZERO: Final = Decimal(0)
# not money: a quota that begins anew with each cycle
QUOTA: Final = "credits"


@dataclass(frozen=True, slots=True)
class Balance:
    """One snapshot of one account, as it was read or typed in."""

    id: UUID
    connection_id: UUID | None
    provider: str
    source: str
    account: str
    currency: str
    at: datetime
    granted: Decimal | None
    used: Decimal | None
    available: Decimal | None
    expires_at: datetime | None
    note: str

    @property
    def account_key(self) -> tuple[object, ...]:
        return self.connection_id, self.provider, self.source, self.account, self.currency


@dataclass(frozen=True, slots=True)
class Spending:
    """What went in a period: `amount` is None when nothing tells; `since` is the balance it is counted from.

    It is later than the period's start where no balance was seen before: what went until then is not known.
    """

    amount: Decimal | None
    since: datetime | None


def spent_between(before: Balance, after: Balance) -> Decimal:
    """Never negative: a balance that rises was topped up.

    By the change in what was used, where both say it; else by the fall of what is available. When `used` falls, a quota
    began anew, and all of it is new; with money a grant and what was used of it went out of sight, and nothing tells.
    """
    if before.used is not None and after.used is not None:
        if after.used >= before.used:
            return EXACT.subtract(after.used, before.used)
        return after.used if after.currency == QUOTA else ZERO
    if before.available is not None and after.available is not None:
        return max(EXACT.subtract(before.available, after.available), ZERO)
    return ZERO


def spent_in(balances: Sequence[Balance], period: Period) -> Spending:
    """From the last balance at or before the start of the period to the last one in it. `balances` by time."""
    before = [balance for balance in balances if balance.at <= period.start][-1:]
    inside = [balance for balance in balances if period.start < balance.at < period.end]
    counted = [*before, *inside]
    if not inside or len(counted) == 1:
        return Spending(None, counted[0].at if counted else None)
    return Spending(_total(spent_between(a, b) for a, b in pairwise(counted)), counted[0].at)


def _total(amounts: Iterable[Decimal]) -> Decimal:
    total = ZERO
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total


def spent_with(balances: Sequence[Balance], now: datetime) -> tuple[Decimal, timedelta] | None:
    """What went in the last 14 days, and how long that was; None when it was less than a day."""
    window = Period(now - timedelta(days=RATE_DAYS), now + timedelta(microseconds=1))
    spending = spent_in(balances, window)
    if spending.amount is None or spending.since is None:
        return None
    elapsed = balances[-1].at - max(spending.since, window.start)
    return (spending.amount, elapsed) if elapsed >= SHORTEST else None


def runs_out_on(available: Decimal | None, rate: tuple[Decimal, timedelta] | None, since: datetime) -> datetime | None:
    """When `available` is gone if it goes on like this; None when nothing goes, or nothing tells."""
    if available is None or rate is None or rate[0] <= 0:
        return None
    if available <= 0:
        return since
    seconds = Decimal(int(rate[1].total_seconds()))
    left = EXACT.divide(EXACT.multiply(available, seconds), rate[0])
    return since + timedelta(seconds=int(left)) if left < LONGEST.total_seconds() else None


@dataclass(frozen=True, slots=True)
class Account:
    """One account's credits. Its `available` is what is left now: for a typed-in one less what was billed since."""

    newest: Balance
    label: str | None
    available: Decimal | None
    today: Spending
    month: Spending
    runs_out_on: datetime | None
    billed_since: Decimal | None
    history: Sequence[Balance]


def by_account(balances: Iterable[Balance]) -> list[list[Balance]]:
    """The balances of each account by time; accounts in the order of their newest balance, newest first."""
    found: dict[tuple[object, ...], list[Balance]] = {}
    for balance in sorted(balances, key=_when):
        found.setdefault(balance.account_key, []).append(balance)
    return sorted(found.values(), key=lambda account: _when(account[-1]), reverse=True)


def _when(balance: Balance) -> tuple[datetime, UUID]:
    return balance.at, balance.id


Billed = Callable[[datetime, datetime], Decimal]


def account(balances: Sequence[Balance], label: str | None, month: Period, today: Period, now: datetime) -> Account:
    """What the balances of one account tell by themselves."""
    newest = balances[-1]
    available = newest.available
    if available is None and newest.granted is not None and newest.used is not None:
        available = EXACT.subtract(newest.granted, newest.used)
    return Account(
        newest=newest,
        label=label,
        available=available,
        today=spent_in(balances, today),
        month=spent_in(balances, month),
        runs_out_on=runs_out_on(available, spent_with(balances, now), newest.at),
        billed_since=None,
        history=balances,
    )


def prepaid(
    balances: Sequence[Balance], label: str | None, billed: Billed, month: Period, today: Period, now: datetime
) -> Account:
    """A balance that was typed in, with what the provider billed since: the rest is what is left.

    `billed` sums the billed days from one midnight to another. The day of the balance counts whole, so that the rest
    is rather told too small than too large.
    """
    newest = balances[-1]
    day = newest.at.replace(hour=0, minute=0, second=0, microsecond=0)
    since, tomorrow = billed(day, today.end), today.end
    window = max(today.start - timedelta(days=RATE_DAYS - 1), day)
    rate = billed(window, tomorrow), max(now - window, timedelta(seconds=1))
    available = None if newest.available is None else EXACT.subtract(newest.available, since)
    return Account(
        newest=newest,
        label=label,
        available=available,
        today=Spending(billed(today.start, today.end), today.start),
        month=Spending(billed(month.start, month.end), month.start),
        runs_out_on=runs_out_on(available, rate if rate[1] >= SHORTEST else None, now),
        billed_since=since,
        history=balances,
    )
