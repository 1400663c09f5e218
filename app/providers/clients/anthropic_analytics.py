"""Anthropic's `analytics/cost` (beta): cost after discounts, with the key it was made with.

An alternative to the cost report, never beside it: both say the same money. Chosen by the connection, or because
the key (an Enterprise's, for analytics only) reads nothing else.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Final

from app.core.periods import Granularity, Period, floor
from app.providers.clients.answers import Fields, decimal, from_iso, mapping, rows, text
from app.providers.clients.anthropic_api import WHO, Api, instant
from app.providers.clients.anthropic_costs import DEFAULT_WORKSPACE, dollars
from app.providers.clients.base import BadAnswer
from app.providers.clients.merging import merged
from app.providers.clients.paging import walk
from app.providers.rules.reports import BilledLine, Page

PATH: Final = "/v1/organizations/analytics/cost"
BETA: Final = "analytics-usage-cost-2026-08-24"
ENDPOINT: Final = "analytics/cost"
DAY: Final = timedelta(days=1)
GROUP_BY: Final = ("workspace_id", "api_key_id", "model", "cost_type", "token_type")


def question(period: Period) -> list[tuple[str, str]]:
    """At most 31 days. Rows come by size and not by day, so the whole walk must be read."""
    return [
        ("starting_at", instant(period.start)),
        ("ending_at", instant(period.end)),
        ("time_bucket_width", "1d"),
        *(("group_by[]", name) for name in GROUP_BY),
    ]


async def read(api: Api, period: Period) -> AsyncIterator[Page[BilledLine]]:
    """One walk of whole days, begun again when Anthropic lets its cursor go stale (410)."""
    asked = question(period)
    async for body, is_last in walk(lambda params: api.read(PATH, params, beta=BETA), asked, period, who=WHO):
        yield Page(list(merged(_lines(body, period))), is_last)


def _lines(body: Fields, period: Period) -> Iterator[BilledLine]:
    for row in rows(body, "data"):
        line = _line(row, period)
        if line is not None:
            yield line


def _line(row: Fields, period: Period) -> BilledLine | None:
    day = from_iso(row.get("starting_at"), WHO)
    if day != floor(day, Granularity.DAY):
        raise BadAnswer("Anthropic gave a part of a day where whole days were asked for.")
    group, cost = mapping(row, "group"), mapping(row, "cost")
    cents = decimal(cost.get("amount"), WHO)
    if cents is None or not period.start <= day < period.end:
        return None
    dimensions = {name: text(group, name) for name in GROUP_BY}
    return BilledLine(
        endpoint=ENDPOINT,
        start=day,
        end=day + DAY,
        group_by=GROUP_BY,
        dimensions=dimensions,
        amount=dollars(cents),
        currency=(text(cost, "currency") or "USD").upper(),
        line_item=dimensions["token_type"] or dimensions["cost_type"],
        project=dimensions["workspace_id"] or DEFAULT_WORKSPACE,
        api_key=dimensions["api_key_id"],
        model=dimensions["model"],
    )
