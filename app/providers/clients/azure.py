"""Azure Cost Management: what Azure OpenAI costs by day, meter and resource.

Cells are positional and mapped by the columns of each answer. A daily window over 31 days is silently cut, and days to
come are silently moved a year back, so neither is ever asked for.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final
from urllib.parse import urlsplit

from app.core.http import Http
from app.core.money import EXACT
from app.core.periods import Period, utc_now
from app.providers.clients.answers import Answer, Fields, ask, decimal, mapping, text
from app.providers.clients.asking import Silent, unusable
from app.providers.clients.azure_access import WHO, AzureAccess, Place, refused
from app.providers.clients.base import BadAnswer, Credentials, KeyRefused
from app.providers.clients.merging import merged
from app.providers.clients.pacing import Pace
from app.providers.clients.paging import in_turn
from app.providers.rules.meters import azure_model
from app.providers.rules.reports import (
    BilledLine,
    Feed,
    FeedPlan,
    KeyClass,
    KeyReport,
    Page,
)

ENDPOINT: Final = "CostManagement/query"
DAY: Final = timedelta(days=1)

# the open month is rated again until three to five days after its end; 37 months is the farthest that is answered
PLAN: Final = FeedPlan(Feed.COSTS, history_days=1095, slice_days=31, reread_days=36, every_hours=4)

_RESOURCE_TYPE: Final = "microsoft.cognitiveservices/accounts"
_MOST_DAYS: Final = timedelta(days=31)
_MOST_PAGES: Final = 200
_COST_COLUMNS: Final = ("cost", "pretaxcost", "totalcost")
_COVERED: Final = (
    "Covered: what resources of type Microsoft.CognitiveServices/accounts cost, Azure OpenAI and Foundry among them."
    " Models of other makers that are sold through the Azure Marketplace are billed apart and are not in it; neither"
    " are credits, taxes and support."
)

Key = tuple[datetime, tuple[str | None, ...], str]


class AzureCosts(Silent):
    """Costs of one scope: a subscription, a resource group, a management group or a billing account.

    Tokens by deployment stand in Azure Monitor only, which is another permission on every resource.
    """

    plans: Sequence[FeedPlan] = (PLAN,)

    def __init__(
        self,
        http: Http,
        credentials: Credentials,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._http = http
        self._access = AzureAccess(http, credentials)
        # four questions a minute are answered for one scope
        self._pace = Pace(http, 4, 60, sleep)

    async def verify(self) -> KeyReport:
        """One sum over thirty days: proves the secret, the scope and the role."""
        today = utc_now()
        try:
            body = _question(Period(today - 30 * DAY, today), "None", ())
            answer = await self._ask(self._access.first_page(), body)
        except KeyRefused as refusal:
            return unusable(KeyClass.CLOUD, refusal.detail)
        seen = "" if _rows(answer.body) else " Nothing was billed for it in the last 30 days: check the scope."
        return KeyReport(
            KeyClass.CLOUD,
            is_usable=True,
            message=f"Reads the costs of {self._access.scope}.{seen} {_COVERED}",
            can=frozenset({Feed.COSTS}),
        )

    def costs(self, period: Period) -> AsyncIterator[Page[BilledLine]]:
        return in_turn(*(self._window(window) for window in windows(period, utc_now())))

    async def _window(self, period: Period) -> AsyncIterator[Page[BilledLine]]:
        group_by = self._access.group_by
        found: dict[Key, Decimal] = {}
        async for body in self._pages(_question(period, "Daily", group_by)):
            page: dict[Key, Decimal] = {}
            for key, amount in _cells(body, period, group_by):
                page[key] = EXACT.add(page.get(key, Decimal(0)), amount)
            # a row that stands on two pages, because figures moved between them, is one row
            found.update(page)
        yield Page(list(merged(_line(key, amount, group_by) for key, amount in found.items())), is_last=True)

    async def _pages(self, body: Fields) -> AsyncIterator[Fields]:
        """Every page: the link of the next one is asked with the same body."""
        place = self._access.first_page()
        seen = {place}
        for _ in range(_MOST_PAGES):
            answer = (await self._ask(place, body)).body
            yield answer
            link = text(mapping(answer, "properties"), "nextLink")
            if link is None:
                return
            place = self._access.own(link)
            if place in seen:
                raise BadAnswer("Azure gave the same next page twice.")
            seen.add(place)
        raise BadAnswer(f"Azure has not come to the end of its pages after {_MOST_PAGES} of them.")

    async def _ask(self, place: Place, body: Fields) -> Answer:
        await self._pace.turn()
        url, params = place
        answer = await ask(self._http, url, await self._access.headers(), params, who=WHO, method="POST", json=body)
        if answer.is_ok:
            return answer
        raise refused(answer, self._access.scope)


def windows(period: Period, now: datetime) -> Iterator[Period]:
    """The period in parts of at most 31 days, without what has not come yet."""
    start, end = period.start, min(period.end, now)
    while start < end:
        part = Period(start, min(start + _MOST_DAYS, end))
        yield part
        start = part.end


def _question(period: Period, granularity: str, group_by: Sequence[str]) -> Fields:
    # the last day belongs to the window, so the window ends a second before the next one begins
    end = period.end - timedelta(seconds=1) if period.end > period.start + timedelta(seconds=1) else period.end
    return {
        "type": "ActualCost",
        "timeframe": "Custom",
        "timePeriod": {"from": _written(period.start), "to": _written(end)},
        "dataset": {
            "granularity": granularity,
            "aggregation": {"totalCost": {"name": "Cost", "function": "Sum"}},
            **({"grouping": [{"type": "Dimension", "name": name} for name in group_by]} if group_by else {}),
            "filter": {"dimensions": {"name": "ResourceType", "operator": "In", "values": [_RESOURCE_TYPE]}},
        },
    }


def _written(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _rows(body: Fields) -> Sequence[Sequence[object]]:
    rows = mapping(body, "properties").get("rows")
    return [row for row in rows if isinstance(row, list)] if isinstance(rows, list) else []


def _columns(body: Fields) -> Mapping[str, int]:
    """Where each column stands, by its name in lower case."""
    columns = mapping(body, "properties").get("columns")
    named = columns if isinstance(columns, list) else []
    return {(text(column, "name") or "").lower(): place for place, column in enumerate(named)}


def _cells(body: Fields, period: Period, group_by: Sequence[str]) -> Iterator[tuple[Key, Decimal]]:
    rows = _rows(body)
    if not rows:
        return
    columns = _columns(body)
    cost = next((columns[name] for name in _COST_COLUMNS if name in columns), None)
    needed = [name.lower() for name in ("UsageDate", "Currency", *group_by)]
    if cost is None or any(name not in columns for name in needed):
        raise BadAnswer("Azure answered without a column that was asked for.")
    for row in rows:
        if len(row) != len(columns):
            raise BadAnswer("Azure gave a row that does not fit its columns.")
        values = {name: row[columns[name]] for name in needed}
        amount = decimal(row[cost], WHO)
        if amount is not None:
            dimensions = tuple(text(values, name.lower()) for name in group_by)
            yield (_day(values["usagedate"], period), dimensions, _currency(values)), amount


def _currency(values: Fields) -> str:
    currency = text(values, "currency")
    if currency is None:
        raise BadAnswer("Azure gave an amount without its currency.")
    return currency.upper()


def _day(value: object, period: Period) -> datetime:
    """`20261118`, a number. Raises BadAnswer on a day outside the window: that is how asking too much shows."""
    try:
        day = datetime.strptime(str(value).split(".")[0], "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        raise BadAnswer("Azure gave a day that cannot be read.") from None
    if not period.start <= day < period.end:
        raise BadAnswer("Azure answered for other days than were asked for.")
    return day


def _line(key: Key, amount: Decimal, group_by: tuple[str, ...]) -> BilledLine:
    day, values, currency = key
    # the same resource is written in one case today and in another tomorrow, and is the same
    dimensions = {
        name: value.lower() if value and name.startswith("Resource") else value
        for name, value in zip(group_by, values, strict=True)
    }
    line = BilledLine(
        endpoint=ENDPOINT,
        start=day,
        end=day + DAY,
        group_by=group_by,
        dimensions=dimensions,
        amount=amount,
        currency=currency,
        line_item=dimensions["Meter"],
        model=azure_model(dimensions["Meter"]),
    )
    return replace(line, project=_project(dimensions))


def _project(dimensions: Mapping[str, str | None]) -> str | None:
    """`group/account` of a resource, or the resource group where resources are not told."""
    resource = dimensions.get("ResourceId")
    if resource is None:
        return dimensions.get("ResourceGroupName") or None
    parts = urlsplit(resource).path.strip("/").split("/")
    named = dict(zip(parts[::2], parts[1::2], strict=False))
    found = [name for name in (named.get("resourcegroups"), named.get("accounts")) if name]
    return "/".join(found) or resource


def make(http: Http, credentials: Credentials) -> AzureCosts:
    return AzureCosts(http, credentials)
