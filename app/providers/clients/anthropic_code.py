"""Anthropic's `usage_report/claude_code`: what people did with it. Kept apart from everything that is added up.

Its tokens are in `usage_report/messages` too where they are billed by token, and its cost is an estimate: added to the
cost report it would count twice.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from app.core.money import EXACT
from app.core.periods import Period
from app.providers.clients.answers import Answer, Fields, Params, count, decimal, failure, mapping, rows, text
from app.providers.clients.anthropic_api import WHO, Api
from app.providers.clients.merging import merged_usage
from app.providers.clients.paging import walk
from app.providers.rules.reports import Page, UsageLine

PATH: Final = "/v1/organizations/usage_report/claude_code"
ENDPOINT: Final = "claude_code"
DAY: Final = timedelta(days=1)
CENTS: Final = Decimal(100)
# Claude Code was shown to the public on this day: nothing can have been counted before
SINCE: Final = datetime(2025, 2, 24, tzinfo=UTC)

GROUP_BY: Final = ("actor", "customer_type", "subscription_type", "terminal_type", "is_remote", "model")
_ABSENT: Final = frozenset((403, 404))


class _NotOffered(Exception):
    """This organization, or this key, does not have the report."""


async def read(api: Api, period: Period) -> AsyncIterator[Page[UsageLine]]:
    """A walk for each day of the period, for the report knows single days only. Nothing where it is not offered."""
    day = max(period.start, SINCE)
    with suppress(_NotOffered):
        while day < period.end:
            async for page in _day(api, day):
                yield page
            day += DAY


async def _day(api: Api, day: datetime) -> AsyncIterator[Page[UsageLine]]:
    asked = [("starting_at", day.date().isoformat()), ("limit", "1000")]

    async def ask(params: Params) -> Answer:
        return await _ask(api, params)

    async for body, is_last in walk(ask, asked, Period(day, day + DAY), who=WHO):
        yield Page(list(merged_usage(_lines(body, day))), is_last)


async def _ask(api: Api, params: Params) -> Answer:
    if any(name == "page" for name, _ in params):
        return await api.read(PATH, params)
    answer = await api.ask(PATH, params)
    if answer.status in _ABSENT:
        raise _NotOffered
    if not answer.is_ok:
        raise failure(answer, WHO, refused="Anthropic refused the key its report on Claude Code.")
    return answer


def _lines(body: Fields, day: datetime) -> Iterator[UsageLine]:
    for row in rows(body, "data"):
        for part in rows(row, "model_breakdown"):
            yield _line(day, row, part)


def _line(day: datetime, row: Fields, part: Fields) -> UsageLine:
    actor = mapping(row, "actor")
    name = text(actor, "email_address") or text(actor, "api_key_name")
    return UsageLine(
        endpoint=ENDPOINT,
        start=day,
        end=day + DAY,
        group_by=GROUP_BY,
        dimensions={"actor": name, **{each: text(row, each) for each in GROUP_BY[1:-1]}, "model": text(part, "model")},
        counts=_counts(part),
        user=text(actor, "email_address"),
        model=text(part, "model"),
    )


def _counts(part: Fields) -> Mapping[str, int | Decimal]:
    """Tokens, and Anthropic's own estimate in dollars: a figure of its own name, never billed money."""
    tokens = mapping(part, "tokens")
    found: dict[str, int | Decimal | None] = {
        "input.fresh.text": count(tokens, "input"),
        "input.cache_read.text": count(tokens, "cache_read"),
        # one number here, without how long it lives: five minutes is the usual life
        "input.cache_write_5m.text": count(tokens, "cache_creation"),
        "output.visible.text": count(tokens, "output"),
    }
    cents = decimal(mapping(part, "estimated_cost").get("amount"), WHO)
    if cents is not None:
        found["estimated_usd"] = EXACT.divide(cents, CENTS)
    return {name: amount for name, amount in found.items() if amount is not None}
