"""Anthropic's `cost_report`: fractional cents by day, workspace and description."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from app.core.money import EXACT
from app.core.periods import Granularity, Period, floor
from app.providers.clients.answers import Fields, decimal, from_iso, rows, text
from app.providers.clients.anthropic_api import WHO, Api, question
from app.providers.clients.base import BadAnswer
from app.providers.clients.merging import merged
from app.providers.clients.paging import walk
from app.providers.rules.reports import BilledLine, Page

PATH: Final = "/v1/organizations/cost_report"
ENDPOINT: Final = "cost_report"
DAY: Final = timedelta(days=1)
CENTS: Final = Decimal(100)

# Both always: rows of fewer dimensions cannot be split later. Keys are no dimension of billed cost.
GROUP_BY: Final = ("workspace_id", "description")
# what Anthropic itself reads out of the description, present with that grouping
_PARSED: Final = ("cost_type", "token_type", "model", "service_tier", "context_window", "inference_geo")
_MOST_BUCKETS: Final = 31

# The default workspace has no id in the reports; its pages in the console are called this.
DEFAULT_WORKSPACE: Final = "default"


async def read(api: Api, period: Period) -> AsyncIterator[Page[BilledLine]]:
    """One walk of whole days."""
    asked = question(period, GROUP_BY, _MOST_BUCKETS)
    async for body, is_last in walk(lambda params: api.read(PATH, params), asked, period, who=WHO):
        yield Page(list(merged(_lines(body, period))), is_last)


def days_of(body: Fields, period: Period) -> Iterator[tuple[datetime, Fields]]:
    """The buckets of a page that belong to the period. Raises BadAnswer on one that does not begin at midnight."""
    for bucket in rows(body, "data"):
        start = from_iso(bucket.get("starting_at"), WHO)
        if start != floor(start, Granularity.DAY):
            raise BadAnswer("Anthropic gave a part of a day where whole days were asked for.")
        if period.start <= start < period.end:
            yield start, bucket


def _lines(body: Fields, period: Period) -> Iterator[BilledLine]:
    for day, bucket in days_of(body, period):
        for row in rows(bucket, "results"):
            line = _line(day, row)
            if line is not None:
                yield line


def _line(day: datetime, row: Fields) -> BilledLine | None:
    """A row as a billed line; None when it names no amount, which is not the same as zero."""
    cents = decimal(row.get("amount"), WHO)
    if cents is None:
        return None
    return BilledLine(
        endpoint=ENDPOINT,
        start=day,
        end=day + DAY,
        group_by=GROUP_BY,
        dimensions={name: text(row, name) for name in (*GROUP_BY, *_PARSED)},
        amount=dollars(cents),
        currency=(text(row, "currency") or "USD").upper(),
        line_item=text(row, "description"),
        project=text(row, "workspace_id") or DEFAULT_WORKSPACE,
        model=text(row, "model"),
    )


def dollars(cents: Decimal) -> Decimal:
    """ "415.5" is 4.155 dollars."""
    return EXACT.divide(cents, CENTS)
