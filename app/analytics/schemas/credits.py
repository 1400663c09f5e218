"""Credits on the wire."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

from app.analytics.schemas.answers import FreshnessOut
from app.core.money import Money
from app.core.schemas import Response
from app.usage.rules.credits import Account, Balance


class BalanceOut(Response):
    """One balance as it was read or typed in."""

    id: UUID
    at: datetime
    granted: Money | None
    used: Money | None
    available: Money | None
    note: str


class AccountOut(Response):
    """One account's credits, in its own currency; `credits` where they are a quota and no money.

    `available` is what is left: of a balance that was typed in, less `billed_since`, what the provider billed from its
    day on. `spent_today` and `spent_this_month` are counted from the balance at `today_since` and `month_since`: later
    than the start of the day or month where none was seen before. Null is not known. `runs_out_at` goes on from the
    last 14 days.
    """

    connection_id: UUID | None
    label: str | None
    provider: str
    account: str
    source: str
    currency: str
    at: datetime
    available: Money | None
    granted: Money | None
    used: Money | None
    expires_at: datetime | None
    billed_since: Money | None
    spent_today: Money | None
    today_since: datetime | None
    spent_this_month: Money | None
    month_since: datetime | None
    runs_out_at: datetime | None
    history: Sequence[BalanceOut]

    @classmethod
    def of(cls, account: Account) -> Self:
        newest = account.newest
        return cls(
            connection_id=newest.connection_id,
            label=account.label,
            provider=newest.provider,
            account=newest.account,
            source=newest.source,
            currency=newest.currency,
            at=newest.at,
            available=account.available,
            granted=newest.granted,
            used=newest.used,
            expires_at=newest.expires_at,
            billed_since=account.billed_since,
            spent_today=account.today.amount,
            today_since=account.today.since,
            spent_this_month=account.month.amount,
            month_since=account.month.since,
            runs_out_at=account.runs_out_on,
            history=[_balance(balance) for balance in account.history],
        )


def _balance(balance: Balance) -> BalanceOut:
    return BalanceOut.model_validate(balance)


class CreditsOut(Response):
    """Every account's; amounts of different accounts are never added."""

    items: Sequence[AccountOut]
    freshness: FreshnessOut
