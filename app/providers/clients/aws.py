"""AWS Cost Explorer: what Bedrock costs by day, service and usage type.

Every request costs 0.01 USD, each page included. Models of other makers are services of their own, sold through the
Marketplace as "... (Amazon Bedrock Edition)", and a filter takes exact names only. So each window is asked for its
services first, in one request, and then for the days of those that are Bedrock's.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from app.core.http import Http
from app.core.money import EXACT
from app.core.periods import Granularity, Period, floor, step, utc_now
from app.providers.clients.answers import Fields, decimal, from_iso, mapping, rows, text
from app.providers.clients.asking import Silent, unusable
from app.providers.clients.aws_access import WHO, AwsAccess
from app.providers.clients.base import BadAnswer, Credentials, KeyRefused
from app.providers.rules.meters import bedrock_model
from app.providers.rules.reports import BilledLine, Feed, FeedPlan, KeyClass, KeyReport, Page

ENDPOINT: Final = "GetCostAndUsage"
GROUP_BY: Final = ("SERVICE", "USAGE_TYPE")

# 62 days hold the previous month whole, which AWS still changes, and are one slice: two or three requests, twice a day
PLAN: Final = FeedPlan(Feed.COSTS, history_days=395, slice_days=62, reread_days=62, every_hours=12)

_COST: Final = "UnblendedCost"
_QUANTITY: Final = "UsageQuantity"
_DISTORTING: Final = ("Credit", "Refund", "Tax")
_MOST_PAGES: Final = 200
_COVERED: Final = (
    "Covered: every service with Bedrock in its name, those of the Marketplace (Amazon Bedrock Edition) included,"
    " without credits, refunds and tax. AWS charges 0.01 USD for each request, so it is read twice a day."
)


class AwsCosts(Silent):
    """Costs of one account, or of all accounts of an organization when the key is its management account's."""

    plans: Sequence[FeedPlan] = (PLAN,)

    def __init__(self, http: Http, credentials: Credentials) -> None:
        self._access = AwsAccess(http, credentials)

    async def verify(self) -> KeyReport:
        """One request: the services of this month and the one before."""
        now = utc_now()
        start = floor(floor(now, Granularity.MONTH) - timedelta(days=1), Granularity.MONTH)
        try:
            services = await self._services(Period(start, step(floor(now, Granularity.DAY), Granularity.DAY)))
        except KeyRefused as refusal:
            return unusable(KeyClass.CLOUD, refusal.detail)
        seen = f"Found {', '.join(services)}." if services else "No cost of Bedrock since the month before this one."
        message = f"Reads AWS costs. {seen} {_COVERED}"
        return KeyReport(KeyClass.CLOUD, is_usable=True, message=message, can=frozenset({Feed.COSTS}))

    async def costs(self, period: Period) -> AsyncIterator[Page[BilledLine]]:
        tomorrow = step(floor(utc_now(), Granularity.DAY), Granularity.DAY)
        period = Period(period.start, min(period.end, tomorrow))
        services = await self._services(period) if period.start < period.end else []
        if not services:
            yield Page((), is_last=True)
            return
        async for body, is_last in self._pages(_question(period, "DAILY", GROUP_BY, services)):
            yield Page(list(_lines(body, period)), is_last)

    async def _services(self, period: Period) -> list[str]:
        """The exact names of all services of the period that are Bedrock's."""
        found: set[str] = set()
        async for body, _ in self._pages(_question(period, "MONTHLY", GROUP_BY[:1])):
            for result in rows(body, "ResultsByTime"):
                found.update(service for (service, *_), _ in _groups(result))
        return sorted(service for service in found if "bedrock" in service.lower())

    async def _pages(self, question: Fields) -> AsyncIterator[tuple[Fields, bool]]:
        seen: set[str] = set()
        token: str | None = None
        for _ in range(_MOST_PAGES):
            body = await self._access.query({**question, "NextPageToken": token} if token else question)
            token = text(body, "NextPageToken")
            yield body, token is None
            if token is None:
                return
            if token in seen:
                raise BadAnswer("AWS gave the same next page twice.")
            seen.add(token)
        raise BadAnswer(f"AWS has not come to the end of its pages after {_MOST_PAGES} of them.")


def _question(period: Period, granularity: str, group_by: Sequence[str], services: Sequence[str] = ()) -> Fields:
    consumed = {"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": list(_DISTORTING)}}}
    named = {"Dimensions": {"Key": "SERVICE", "Values": list(services)}}
    return {
        "TimePeriod": {"Start": f"{period.start:%Y-%m-%d}", "End": f"{period.end:%Y-%m-%d}"},
        "Granularity": granularity,
        "Metrics": [_COST, _QUANTITY],
        "GroupBy": [{"Type": "DIMENSION", "Key": key} for key in group_by],
        "Filter": {"And": [named, consumed]} if services else consumed,
    }


def _groups(result: Fields) -> Iterator[tuple[tuple[str, ...], Fields]]:
    """Keys and metrics of each group. `Total` is empty with groups, so nothing else is read."""
    for group in rows(result, "Groups"):
        keys = group.get("Keys")
        if not isinstance(keys, list) or not keys:
            raise BadAnswer("AWS gave a cost that belongs to nothing.")
        yield tuple(str(key) for key in keys), mapping(group, "Metrics")


def _lines(body: Fields, period: Period) -> Iterator[BilledLine]:
    for result in rows(body, "ResultsByTime"):
        window = mapping(result, "TimePeriod")
        start, end = from_iso(window.get("Start"), WHO), from_iso(window.get("End"), WHO)
        if not period.start <= start < period.end or end - start != timedelta(days=1):
            raise BadAnswer("AWS answered for other days than were asked for.")
        is_estimated = result.get("Estimated") is True
        for keys, metrics in _groups(result):
            if len(keys) != len(GROUP_BY):
                raise BadAnswer("AWS left out a dimension that was asked for.")
            yield _line(start, end, keys, metrics, is_estimated=is_estimated)


def _line(start: datetime, end: datetime, keys: Sequence[str], metrics: Fields, *, is_estimated: bool) -> BilledLine:
    service, usage_type = keys
    cost, quantity = mapping(metrics, _COST), mapping(metrics, _QUANTITY)
    amount, currency = decimal(cost.get("Amount"), WHO), text(cost, "Unit")
    if amount is None or currency is None:
        raise BadAnswer("AWS gave a cost without its amount or currency.")
    unit = text(quantity, "Unit")
    return BilledLine(
        endpoint=ENDPOINT,
        start=start,
        end=end,
        group_by=GROUP_BY,
        dimensions={"SERVICE": service, "USAGE_TYPE": usage_type},
        amount=EXACT.plus(amount),
        currency=currency.upper(),
        line_item=f"{service}, {usage_type}",
        model=bedrock_model(service, usage_type),
        quantity=decimal(quantity.get("Amount"), WHO),
        quantity_unit=None if unit == "N/A" else unit,
        is_estimated=is_estimated,
    )


def make(http: Http, credentials: Credentials) -> AwsCosts:
    return AwsCosts(http, credentials)
