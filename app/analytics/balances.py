"""Credits: what is left of each account, and what went."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from app.analytics.rules import MonthView
from app.analytics.rules.ledgers import Ledger, Sources, on_bill
from app.core.database import AsyncSession
from app.core.money import EXACT
from app.core.periods import Granularity, floor
from app.usage import crediting
from app.usage.rules.credits import RATE_DAYS, Account, Balance, account, by_account, prepaid
from app.workspaces.rules import WorkspaceId

BilledDay = tuple[str, str, date, Decimal]
MANUAL: Final = "manual"


async def accounts(
    session: AsyncSession, workspace_id: WorkspaceId, view: MonthView, sources: Sources, now: datetime
) -> list[Account]:
    """Every account, the one that was looked at last first.

    A balance that was typed in is drawn down by what the provider bills; where no bill is read, by the next that is
    typed in.
    """
    since = min(view.period.start, now - timedelta(days=RATE_DAYS))
    found = by_account(await crediting.balances(session, workspace_id, since))
    bills = await _bills(session, workspace_id, found, view, sources)
    return [
        prepaid(of_one, _label(of_one[-1], sources), bills.of(of_one[-1]), view.period, view.today, now)
        if bills.has(of_one[-1])
        else account(of_one, _label(of_one[-1], sources), view.period, view.today, now)
        for of_one in found
    ]


def _label(balance: Balance, sources: Sources) -> str | None:
    """What the connection is called."""
    return next((feed.label for feed in sources.feeds if feed.connection_id == balance.connection_id), None)


class _Bills:
    """Billed days by provider and currency."""

    def __init__(self, providers: set[str], days: Sequence[BilledDay]) -> None:
        self._providers = providers
        self._days = days

    def has(self, balance: Balance) -> bool:
        """Whether this balance is drawn down by a bill."""
        return balance.source == MANUAL and on_bill(balance.provider) in self._providers

    def of(self, balance: Balance) -> "_Bill":
        return _Bill(self._days, on_bill(balance.provider), balance.currency)


class _Bill:
    """The days of one provider in one currency."""

    def __init__(self, days: Sequence[BilledDay], provider: str, currency: str) -> None:
        # several names may stand on one bill, so a day may be there more than once
        self._days = [
            (day, amount) for name, money, day, amount in days if (on_bill(name), money) == (provider, currency)
        ]

    def __call__(self, start: datetime, end: datetime) -> Decimal:
        total = Decimal(0)
        for day, amount in self._days:
            if start.date() <= day < end.date():
                total = EXACT.add(total, amount)
        return total


async def _bills(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    found: Sequence[Sequence[Balance]],
    view: MonthView,
    sources: Sources,
) -> _Bills:
    providers = {on_bill(feed.provider) for feed in sources.of(Ledger.BILLED)}
    typed_in = [of_one[-1].at for of_one in found if _Bills(providers, ()).has(of_one[-1])]
    if not typed_in:
        return _Bills(set(), ())
    since = floor(min(*typed_in, view.period.start, view.today.start), Granularity.DAY)
    return _Bills(providers, await crediting.billed_days(session, workspace_id, since))
