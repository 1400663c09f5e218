"""xAI's `usage` question: dollars by day, by what they were for, and by key."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from app.core.money import EXACT
from app.core.periods import Granularity, Period, floor, utc_now
from app.providers.clients.answers import Answer, Fields, decimal, from_iso, rows
from app.providers.clients.asking import Api
from app.providers.clients.base import BadAnswer
from app.providers.clients.merging import merged
from app.providers.rules.reports import BilledLine, Page

ENDPOINT: Final = "usage"
SPLIT: Final = "split"
BY_KEY: Final = "api_key"
BY_MODEL: Final = "model"
DAY: Final = timedelta(days=1)

# `description` names the model, or the tool that was billed
_GROUPS: Final[Mapping[str, tuple[str, ...]]] = {BY_KEY: ("description", "api_key_id"), BY_MODEL: ("description",)}


async def split(api: Api) -> str:
    """Whether this team may group by key. Settled when the connection is made: it is part of every row's identity.

    Raises SourceFailure when the answer is neither yes nor no.
    """
    today = floor(utc_now(), Granularity.DAY)
    answer = await _ask(api, Period(today - DAY, today), _GROUPS[BY_KEY])
    if answer.is_ok:
        return BY_KEY
    if answer.status in (400, 403, 422):
        return BY_MODEL
    raise api.failure(answer)


async def read(api: Api, period: Period, facts: Mapping[str, str]) -> AsyncIterator[Page[BilledLine]]:
    """One walk of whole days. The report is not paged but cut, so a window that was cut is asked for in halves."""
    group_by = _GROUPS.get(facts.get(SPLIT, "")) or _GROUPS[await split(api)]
    waiting = [period]
    while waiting:
        part = waiting.pop(0)
        answer = await _ask(api, part, group_by)
        if not answer.is_ok:
            raise api.failure(answer)
        if answer.body.get("limitReached") is True:
            waiting[:0] = _halves(part)
        else:
            yield Page(list(merged(_lines(api, answer.body, part, group_by))), is_last=not waiting)


def _halves(period: Period) -> list[Period]:
    """Raises BadAnswer for a single day: there is no narrower question, and part of a day is no day."""
    days = (period.end - period.start).days
    if days <= 1:
        raise BadAnswer(f"xAI cut its list for {period.start.date()}: more models and keys in one day than it gives.")
    middle = period.start + DAY * (days // 2)
    return [Period(period.start, middle), Period(middle, period.end)]


async def _ask(api: Api, period: Period, group_by: Sequence[str]) -> Answer:
    question = {
        "timeRange": {"startTime": _written(period.start), "endTime": _written(period.end), "timezone": "Etc/GMT"},
        "timeUnit": "TIME_UNIT_DAY",
        "values": [{"name": "usd", "aggregation": "AGGREGATION_SUM"}],
        "groupBy": list(group_by),
        "filters": [],
    }
    return await api.ask("/usage", json={"analyticsRequest": question})


def _written(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S}"


def _lines(api: Api, body: Fields, period: Period, group_by: tuple[str, ...]) -> Iterator[BilledLine]:
    for series in rows(body, "timeSeries"):
        group = series.get("group")
        if not isinstance(group, list) or len(group) != len(group_by):
            raise BadAnswer("xAI gave a series without saying what it is of.")
        dimensions = {name: str(value) or None for name, value in zip(group_by, group, strict=True)}
        for point in rows(series, "dataPoints"):
            line = _line(api, point, dimensions, group_by)
            if period.start <= line.start < period.end:
                yield line


def _line(api: Api, point: Fields, dimensions: Mapping[str, str | None], group_by: tuple[str, ...]) -> BilledLine:
    start = from_iso(point.get("timestamp"), api.who)
    if start != floor(start, Granularity.DAY):
        raise BadAnswer("xAI gave a part of a day where whole days were asked for.")
    what = dimensions["description"]
    return BilledLine(
        endpoint=ENDPOINT,
        start=start,
        end=start + DAY,
        group_by=group_by,
        dimensions=dimensions,
        amount=_dollars(point),
        currency="USD",
        line_item=what,
        api_key=dimensions.get("api_key_id"),
        model=what if what and what.startswith("grok") and " " not in what else None,
    )


def _dollars(point: Fields) -> Decimal:
    """The metric `usd` is in dollars, unlike everything else that xAI bills. Empty points are days without cost."""
    values = point.get("values")
    amount = decimal(values[0], "xAI") if isinstance(values, list) and values else Decimal(0)
    return EXACT.plus(amount or Decimal(0))
