"""A provider in the test's own hands: what it reports, how it pages, when it fails."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from app.core.http import Http
from app.core.periods import Period
from app.providers.clients.base import Credentials
from app.providers.rules.reports import (
    BilledLine,
    CreditSnapshot,
    Feed,
    FeedPlan,
    KeyClass,
    KeyReport,
    Name,
    Page,
    UsageLine,
)

DAY = timedelta(days=1)
KEY = "sk-admin-not-a-real-key-but-long-Zq9X"
COSTS = FeedPlan(Feed.COSTS, history_days=60, slice_days=30, reread_days=3)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def line(start: datetime, item: str, amount: str, endpoint: str = "costs") -> BilledLine:
    return BilledLine(
        endpoint=endpoint,
        start=start,
        end=start + DAY,
        group_by=("line_item",),
        dimensions={"line_item": item},
        amount=Decimal(amount),
        currency="USD",
        line_item=item,
    )


@dataclass
class Script:
    """`bills` are the amounts by day and line item. `walked` are the periods that were asked for, in order."""

    plans: Sequence[FeedPlan] = (COSTS,)
    bills: dict[datetime, dict[str, str]] = field(default_factory=dict)
    can: frozenset[Feed] = frozenset({Feed.COSTS})
    report: KeyReport | None = None
    verify_failure: Exception | None = None
    before_verify: Callable[[], None] | None = None
    days_per_page: int = 10
    before_page: Callable[[int], Awaitable[None]] | None = None
    ends_without_last: bool = False
    never_ends: bool = False
    balances: Sequence[CreditSnapshot] = ()
    named: Sequence[Name] = ()
    walked: list[tuple[Feed, Period]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    pages: int = 0

    def make(self, http: Http, credentials: Credentials) -> "Scripted":
        self.keys.append(credentials.api_key.get_secret_value())
        return Scripted(self, credentials)


class Scripted:
    """The `UsageSource` of a script."""

    def __init__(self, script: Script, credentials: Credentials) -> None:
        self.script, self.credentials, self.plans = script, credentials, script.plans

    async def verify(self) -> KeyReport:
        script = self.script
        if script.before_verify is not None:
            script.before_verify()
        if script.verify_failure is not None:
            raise script.verify_failure
        await asyncio.sleep(0)
        can = script.can
        return script.report or KeyReport(KeyClass.ORGANIZATION, is_usable=True, message="It reads costs.", can=can)

    async def costs(self, period: Period) -> AsyncIterator[Page[BilledLine]]:
        script = self.script
        script.walked.append((Feed.COSTS, period))
        days = [period.start + DAY * n for n in range((period.end - period.start) // DAY)]
        pieces = [days[at : at + script.days_per_page] for at in range(0, len(days), script.days_per_page)]
        for number, piece in enumerate(pieces):
            await self._turn()
            rows = [line(start, item, text) for start in piece for item, text in script.bills.get(start, {}).items()]
            is_last = number == len(pieces) - 1 and not script.ends_without_last and not script.never_ends
            yield Page(rows, is_last)
        while script.never_ends:
            await self._turn()
            yield Page([], is_last=False)

    async def _turn(self) -> None:
        self.script.pages += 1
        if self.script.before_page is not None:
            await self.script.before_page(self.script.pages)

    async def usage(self, period: Period) -> AsyncIterator[Page[UsageLine]]:
        self.script.walked.append((Feed.USAGE, period))
        await self._turn()
        yield Page([], is_last=True)

    async def credits(self) -> Sequence[CreditSnapshot]:
        return self.script.balances

    async def names(self) -> AsyncIterator[Page[Name]]:
        yield Page(self.script.named, is_last=True)
