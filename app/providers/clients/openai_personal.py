"""An OpenAI account without admin key: its balance, where the old billing pages still answer.

They are not documented any more. Secret keys have been refused since 2023, in words that ask for a browser's
session; gateways answer with quotas of their own. So a balance typed in by hand is the dependable way.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from app.core.http import Http
from app.core.money import EXACT
from app.core.periods import Granularity, Period, floor, utc_now
from app.providers.clients.answers import Answer, Fields, decimal, failure, from_unix, mapping, rows, text
from app.providers.clients.base import BadAnswer, Credentials, KeyRefused
from app.providers.clients.merging import merged
from app.providers.clients.openai_api import WHO, Api
from app.providers.clients.openai_keys import prefix_of
from app.providers.rules.line_items import model_of
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

GRANTS: Final = "/dashboard/billing/credit_grants"
USAGE: Final = "/dashboard/billing/usage"
ENDPOINT: Final = "dashboard/billing/usage"
DAY: Final = timedelta(days=1)
CENTS: Final = Decimal(100)

BY_HAND: Final = (
    "OpenAI shows balances to its own website only, not to keys. Type the balance in by hand whenever you look "
    "at it (platform.openai.com > Settings > Organization > Billing): what was spent follows from the difference."
)
_ADMIN: Final = "This is an admin key. Connect it as an organization: then the real costs are read, day by day."
_GATEWAY: Final = " The figures are the gateway's own, not OpenAI's."
_PLAN: Final = FeedPlan(Feed.CREDITS, history_days=0, slice_days=1, reread_days=0)
_COSTS: Final = FeedPlan(Feed.COSTS, history_days=90, slice_days=30, reread_days=3)


class OpenAIPersonal:
    """`UsageSource` of one account: what verification saw answer, which may be nothing."""

    plans: Sequence[FeedPlan]

    def __init__(self, http: Http, credentials: Credentials) -> None:
        self._api = Api(http, credentials)
        self.plans = _plans(credentials)

    async def verify(self) -> KeyReport:
        """Try the balance. A key that is only refused the balance may be kept: it is a place for typed-in figures."""
        if prefix_of(self._api.key)[1] is KeyClass.ORGANIZATION:
            return KeyReport(KeyClass.ORGANIZATION, is_usable=False, message=_ADMIN)
        grants = await self._api.ask(GRANTS)
        if grants.is_ok:
            return await self._readable()
        if needs_session(grants) or grants.status in (403, 404):
            return KeyReport(KeyClass.PERSONAL, is_usable=True, message=BY_HAND, facts={"balance": "by_hand"})
        if grants.status == 401:
            message = "OpenAI does not know this key: it may be mistyped or deleted. Make one at platform.openai.com."
            return KeyReport(KeyClass.UNKNOWN, is_usable=False, message=message)
        raise failure(grants, WHO, refused=BY_HAND)

    async def _readable(self) -> KeyReport:
        costs = await self._api.ask(USAGE, _dates(_last_day()))
        has_costs = costs.is_ok and "daily_costs" in costs.body
        told = "the balance and the costs of each day are" if has_costs else "the balance is"
        message = f"A personal key: {told} read.{_GATEWAY if self._api.is_gateway else ''}"
        can = frozenset((Feed.CREDITS, Feed.COSTS) if has_costs else (Feed.CREDITS,))
        facts = {"legacy_costs": "yes"} if has_costs else {}
        return KeyReport(KeyClass.PERSONAL, is_usable=True, message=message, can=can, facts=facts)

    async def costs(self, period: Period) -> AsyncIterator[Page[BilledLine]]:
        """The old usage page: one answer for the whole period, in cents."""
        answer = await self._read(USAGE, _dates(period))
        yield Page(list(merged(_lines(answer, period))), is_last=True)

    async def usage(self, period: Period) -> AsyncIterator[Page[UsageLine]]:
        yield Page((), is_last=True)

    async def credits(self) -> Sequence[CreditSnapshot]:
        """The balance now. Raises KeyRefused, saying to type it in by hand, where OpenAI asks for a session."""
        return (_snapshot(await self._read(GRANTS), utc_now()),)

    async def names(self) -> AsyncIterator[Page[Name]]:
        yield Page((), is_last=True)

    async def _read(self, path: str, params: Sequence[tuple[str, str]] = ()) -> Fields:
        answer = await self._api.ask(path, params)
        if answer.is_ok:
            return answer.body
        if needs_session(answer):
            raise KeyRefused(BY_HAND)
        raise failure(answer, WHO, refused=BY_HAND)


def _plans(credentials: Credentials) -> Sequence[FeedPlan]:
    """Nothing where the balance is typed in by hand: a refusal that is known is no failure to report every hour."""
    if credentials.fields.get("balance") == "by_hand":
        return ()
    return (_PLAN, _COSTS) if credentials.fields.get("legacy_costs") == "yes" else (_PLAN,)


def needs_session(answer: Answer) -> bool:
    """Whether OpenAI knows the key and still wants a browser's session: it says so under any status and type."""
    return not answer.is_ok and "session" in answer.said.lower() and "key" in answer.said.lower()


def _snapshot(body: Fields, now: datetime) -> CreditSnapshot:
    granted, used, available = (decimal(body.get(f"total_{name}"), WHO) for name in ("granted", "used", "available"))
    if granted is None and used is None and available is None:
        raise BadAnswer("OpenAI answered the balance without any amount.")
    ends = _first_expiry(body, now)
    return CreditSnapshot(at=now, available=available, currency="USD", granted=granted, used=used, expires_at=ends)


def _first_expiry(body: Fields, now: datetime) -> datetime | None:
    """When the next grant that still holds something ends."""
    ends = [
        from_unix(grant["expires_at"], WHO)
        for grant in rows(mapping(body, "grants"), "data")
        if grant.get("expires_at") is not None and _is_left(grant)
    ]
    return min((end for end in ends if end > now), default=None)


def _is_left(grant: Fields) -> bool:
    amount, used = decimal(grant.get("grant_amount"), WHO), decimal(grant.get("used_amount"), WHO)
    return amount is None or used is None or used < amount


def _lines(body: Fields, period: Period) -> Iterator[BilledLine]:
    for day in rows(body, "daily_costs"):
        start = floor(from_unix(day.get("timestamp"), WHO), Granularity.DAY)
        if period.start <= start < period.end:
            for item in rows(day, "line_items"):
                amount = decimal(item.get("cost"), WHO)
                if amount is not None:
                    yield _line(start, text(item, "name"), amount)


def _line(day: datetime, name: str | None, cents: Decimal) -> BilledLine:
    return BilledLine(
        endpoint=ENDPOINT,
        start=day,
        end=day + DAY,
        group_by=("name",),
        dimensions={"name": name},
        amount=EXACT.divide(cents, CENTS),
        currency="USD",
        line_item=name,
        model=model_of(name),
    )


def _dates(period: Period) -> list[tuple[str, str]]:
    """Both ends as dates; the end is exclusive."""
    days = (period.start.astimezone(UTC).date(), period.end.astimezone(UTC).date())
    return [("start_date", days[0].isoformat()), ("end_date", days[1].isoformat())]


def _last_day() -> Period:
    today = floor(utc_now(), Granularity.DAY)
    return Period(today - DAY, today)


def make(http: Http, credentials: Credentials) -> OpenAIPersonal:
    return OpenAIPersonal(http, credentials)
