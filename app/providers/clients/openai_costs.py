"""OpenAI's `organization/costs`: dollars by day, project, line item and key."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from app.core.money import EXACT
from app.core.periods import Granularity, Period, floor
from app.providers.clients.answers import Fields, decimal, from_unix, mapping, rows, text
from app.providers.clients.base import BadAnswer
from app.providers.clients.merging import merged
from app.providers.clients.openai_api import WHO, Api
from app.providers.clients.paging import in_turn, walk
from app.providers.rules.line_items import model_of
from app.providers.rules.reports import BilledLine, Page

PATH: Final = "/organization/costs"
ENDPOINT: Final = "organization/costs"
DAY: Final = timedelta(days=1)

# Grouping by key is refused for any window that begins earlier, and one such dimension spoils the whole question.
KEYS_SINCE: Final = datetime(2025, 12, 6, tzinfo=UTC)
_MOST_BUCKETS: Final = 180
_BEFORE_KEYS: Final = ("project_id", "line_item")
_WITH_KEYS: Final = ("project_id", "line_item", "api_key_id")


def read(api: Api, period: Period) -> AsyncIterator[Page[BilledLine]]:
    """One walk of whole days; in two questions where the period reaches over the first day of keys."""
    return in_turn(*(_read(api, part, group_by) for part, group_by in parts(period)))


def parts(period: Period) -> Iterator[tuple[Period, tuple[str, ...]]]:
    """The period cut where grouping by key begins, each part with what it is grouped by."""
    if period.start < KEYS_SINCE:
        yield Period(period.start, min(period.end, KEYS_SINCE)), _BEFORE_KEYS
    if period.end > KEYS_SINCE:
        yield Period(max(period.start, KEYS_SINCE), period.end), _WITH_KEYS


async def _read(api: Api, period: Period, group_by: tuple[str, ...]) -> AsyncIterator[Page[BilledLine]]:
    asked = question(period, group_by, _MOST_BUCKETS)
    async for body, is_last in walk(lambda params: api.read(PATH, params), asked, period, who=WHO):
        yield Page(list(merged(_lines(body, period, group_by))), is_last)


def question(period: Period, group_by: tuple[str, ...], most: int) -> list[tuple[str, str]]:
    """The parameters of a report by day. Arrays are written with brackets, as the vendor's own SDK does."""
    days = max(1, (period.end - period.start).days)
    return [
        ("start_time", str(int(period.start.timestamp()))),
        ("end_time", str(int(period.end.timestamp()))),
        ("bucket_width", "1d"),
        ("limit", str(min(days, most))),
        *(("group_by[]", name) for name in group_by),
    ]


def days_of(body: Fields, period: Period) -> Iterator[tuple[datetime, Fields]]:
    """The buckets of a page that belong to the period. Raises BadAnswer on one that does not begin at midnight."""
    for bucket in rows(body, "data"):
        start = from_unix(bucket.get("start_time"), WHO)
        if start != floor(start, Granularity.DAY):
            # kept, a part of a day would stand beside the whole of it under another identity
            raise BadAnswer("OpenAI gave a part of a day where whole days were asked for.")
        if period.start <= start < period.end:
            yield start, bucket


def _lines(body: Fields, period: Period, group_by: tuple[str, ...]) -> Iterator[BilledLine]:
    for day, bucket in days_of(body, period):
        for row in rows(bucket, "results", "result"):
            line = _line(day, row, group_by)
            if line is not None:
                yield line


def _line(day: datetime, row: Fields, group_by: tuple[str, ...]) -> BilledLine | None:
    """A row as a billed line; None when it names no amount, which is not the same as zero."""
    money = mapping(row, "amount")
    amount = decimal(money.get("value"), WHO)
    if amount is None:
        return None
    dimensions = {name: text(row, name) for name in group_by}
    return BilledLine(
        endpoint=ENDPOINT,
        start=day,
        end=day + DAY,
        group_by=group_by,
        dimensions=dimensions,
        amount=dollars(amount),
        currency=(text(money, "currency") or "usd").upper(),
        line_item=dimensions.get("line_item"),
        project=dimensions.get("project_id"),
        api_key=dimensions.get("api_key_id"),
        model=model_of(dimensions.get("line_item")),
        quantity=decimal(row.get("quantity"), WHO),
        quantity_unit=text(row, "quantity_unit"),
    )


def dollars(value: Decimal) -> Decimal:
    """The unit of this endpoint is whole dollars already. The others convert; this says that none is needed."""
    return EXACT.plus(value)
