"""Anthropic's `usage_report/messages`: tokens by day, in leaves as they come."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from typing import Final

from app.core.periods import Period
from app.providers.clients.answers import Fields, count, mapping, rows, text
from app.providers.clients.anthropic_api import WHO, Api, question
from app.providers.clients.anthropic_costs import DEFAULT_WORKSPACE, days_of
from app.providers.clients.merging import merged_usage
from app.providers.clients.paging import walk
from app.providers.rules.reports import Page, UsageLine

PATH: Final = "/v1/organizations/usage_report/messages"
ENDPOINT: Final = "usage_report/messages"
DAY: Final = timedelta(days=1)
_MOST_BUCKETS: Final = 31

# Everything that needs no beta header (`speed` does).
GROUP_BY: Final = (
    "account_id",
    "api_key_id",
    "context_window",
    "inference_geo",
    "model",
    "service_account_id",
    "service_tier",
    "workspace_id",
)


async def read(api: Api, period: Period) -> AsyncIterator[Page[UsageLine]]:
    """One walk of whole days. Requests are not counted there."""
    asked = question(period, GROUP_BY, _MOST_BUCKETS)
    async for body, is_last in walk(lambda params: api.read(PATH, params), asked, period, who=WHO):
        yield Page(list(merged_usage(_lines(body, period))), is_last)


def _lines(body: Fields, period: Period) -> Iterator[UsageLine]:
    for day, bucket in days_of(body, period):
        for row in rows(bucket, "results"):
            yield _line(day, row)


def _line(day: datetime, row: Fields) -> UsageLine:
    dimensions = {name: text(row, name) for name in GROUP_BY}
    return UsageLine(
        endpoint=ENDPOINT,
        start=day,
        end=day + DAY,
        group_by=GROUP_BY,
        dimensions=dimensions,
        counts=leaves(row),
        project=dimensions["workspace_id"] or DEFAULT_WORKSPACE,
        api_key=dimensions["api_key_id"],
        user=dimensions["account_id"] or dimensions["service_account_id"],
        model=dimensions["model"],
    )


def leaves(row: Fields) -> dict[str, int]:
    """The row's counts, which never overlap. Cache writes are nested by how long they live."""
    written = mapping(row, "cache_creation")
    found = {
        "input.fresh.text": count(row, "uncached_input_tokens"),
        "input.cache_read.text": count(row, "cache_read_input_tokens"),
        "input.cache_write_5m.text": count(written, "ephemeral_5m_input_tokens"),
        "input.cache_write_1h.text": count(written, "ephemeral_1h_input_tokens"),
        "output.visible.text": count(row, "output_tokens"),
        "tool.web_search": count(mapping(row, "server_tool_use"), "web_search_requests"),
    }
    return {name: amount for name, amount in found.items() if amount is not None}
