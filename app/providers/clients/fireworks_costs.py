"""Fireworks' `usageCosts:query`: rated dollars, by at most two dimensions."""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Final

from app.core.money import EXACT
from app.core.periods import Granularity, Period, floor
from app.providers.clients.answers import Answer, Fields, decimal, from_iso, mapping, rows, text
from app.providers.clients.asking import Api
from app.providers.clients.base import BadAnswer
from app.providers.clients.merging import merged
from app.providers.rules.reports import BilledLine, Page

ENDPOINT: Final = "usageCosts"
GROUP_BY: Final = ("DAY", "MODEL")
DAY: Final = timedelta(days=1)
_PAGE: Final = 1000
_MOST_PAGES: Final = 1000
_NANO: Final = Decimal("1e-9")


async def ask(api: Api, account: str, period: Period, scope: str, token: str | None = None) -> Answer:
    """One page. The token stands for a place in exactly this question, whose end does not move."""
    question = {
        "startTime": f"{period.start:%Y-%m-%dT%H:%M:%SZ}",
        "endTime": f"{period.end:%Y-%m-%dT%H:%M:%SZ}",
        "scope": scope,
        "groupBy": list(GROUP_BY),
        "pageSize": _PAGE,
        **({"pageToken": token} if token else {}),
    }
    return await api.ask(f"/accounts/{account}/usageCosts:query", json=question)


async def read(api: Api, account: str, period: Period, scope: str) -> AsyncIterator[Page[BilledLine]]:
    """One walk. Raises BadAnswer on a token that was there before, and on pages without end."""
    token: str | None = None
    seen: set[str] = set()
    for _ in range(_MOST_PAGES):
        answer = await ask(api, account, period, scope, token)
        if not answer.is_ok:
            raise api.failure(answer)
        token = text(answer.body, "nextPageToken")
        if token in seen:
            raise BadAnswer("Fireworks says that there is more, but not where.")
        yield Page(list(merged(_lines(api, answer.body, period))), is_last=token is None)
        if token is None:
            return
        seen.add(token)
    raise BadAnswer("Fireworks has not come to the end of its pages.")


def _lines(api: Api, body: Fields, period: Period) -> Iterator[BilledLine]:
    for row in rows(body, "rows"):
        line = _line(api, row)
        if period.start <= line.start < period.end:
            yield line


def _line(api: Api, row: Fields) -> BilledLine:
    named = mapping(row, "dimensions")
    start = from_iso(named.get("startTime"), api.who)
    if start != floor(start, Granularity.DAY):
        raise BadAnswer("Fireworks gave a part of a day where whole days were asked for.")
    if not isinstance(row.get("subtotal"), Mapping):
        raise BadAnswer("Fireworks gave a cost without its amount.")
    model = text(named, "model")
    return BilledLine(
        endpoint=ENDPOINT,
        start=start,
        end=start + DAY,
        group_by=GROUP_BY,
        dimensions={"model": model},
        amount=money(api, mapping(row, "subtotal")),
        currency=(text(mapping(row, "subtotal"), "currencyCode") or "USD").upper(),
        model=model,
    )


def money(api: Api, value: Fields) -> Decimal:
    """Whole units and billionths of one, either of them left out when it is 0."""
    units = decimal(value.get("units"), api.who) or Decimal(0)
    nanos = decimal(value.get("nanos"), api.who) or Decimal(0)
    return EXACT.add(units, EXACT.multiply(nanos, _NANO))
