"""Google Cloud's billing export in BigQuery: what Gemini and Vertex AI cost by day, SKU and project.

Rows arrive late, so a window is read twice over: all its own days, and every earlier day of which something was
exported during the window, each as the whole that it is now.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from app.core.http import Http
from app.core.money import EXACT
from app.core.periods import Period
from app.providers.clients.answers import Fields, decimal, from_iso
from app.providers.clients.asking import Silent, unusable
from app.providers.clients.base import BadAnswer, Credentials, KeyRefused
from app.providers.clients.google_access import WHO, BigQuery
from app.providers.rules.meters import gemini_model
from app.providers.rules.reports import BilledLine, Feed, FeedPlan, KeyClass, KeyReport, Page

ENDPOINT: Final = "billing_export"
GROUP_BY: Final = ("service", "sku", "project", "invoice_month", "cost_type", "currency")

# Every query reads the table's columns whole, whatever its days, and is charged by that: few wide windows.
PLAN: Final = FeedPlan(Feed.COSTS, history_days=1095, slice_days=365, reread_days=5, every_hours=6)

# which of the names an account shows is not documented, so all that were seen
_SERVICES: Final = ("Vertex AI", "Generative Language API", "Gemini API")
_TABLE: Final = re.compile(r"(?:[a-z0-9.-]{1,80}:)?[a-z][a-z0-9-]{4,62}\.\w{1,1024}\.\w{1,200}", re.ASCII)

# FLOAT64 is rounded to nine decimals before anything is added, which is what makes the sums exact
_QUERY: Final = """\
SELECT
  FORMAT_DATE('%F', DATE(usage_start_time)) AS day,
  service.id AS service,
  sku.id AS sku,
  project.id AS project,
  invoice.month AS invoice_month,
  cost_type,
  currency,
  MAX(sku.description) AS sku_name,
  CAST(SUM(CAST(cost AS NUMERIC)) + SUM(IFNULL(
    (SELECT SUM(CAST(credit.amount AS NUMERIC)) FROM UNNEST(credits) AS credit), 0)) AS STRING) AS amount,
  CAST(SUM(CAST(usage.amount_in_pricing_units AS NUMERIC)) AS STRING) AS quantity,
  MAX(usage.pricing_unit) AS unit
FROM `{table}`
WHERE service.description IN UNNEST(@services)
  AND (
    (usage_start_time >= @start AND usage_start_time < @end)
    OR DATE(usage_start_time) IN (
      SELECT DATE(usage_start_time) FROM `{table}` WHERE export_time >= @start AND export_time < @end)
  )
GROUP BY day, service, sku, project, invoice_month, cost_type, currency
ORDER BY day, service, sku, project, invoice_month, cost_type, currency"""


class GoogleCosts(Silent):
    """Costs of one billing account, after credits."""

    plans: Sequence[FeedPlan] = (PLAN,)

    def __init__(
        self, http: Http, credentials: Credentials, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._big_query = BigQuery(http, credentials, sleep)
        self._fields = credentials.fields

    async def verify(self) -> KeyReport:
        """The query itself, without being run: proves the key, both roles and the table, and costs nothing."""
        today = datetime.now(UTC)
        try:
            await self._big_query.dry_run(self._question(Period(today - timedelta(days=1), today)))
        except KeyRefused as refusal:
            return unusable(KeyClass.CLOUD, refusal.detail)
        message = (
            f"Reads the billing export {table_of(self._fields)}. Covered: {', '.join(services_of(self._fields))}, costs"
            " after credits. What Google bills under another service can be named in the field services."
        )
        return KeyReport(KeyClass.CLOUD, is_usable=True, message=message, can=frozenset({Feed.COSTS}))

    async def costs(self, period: Period) -> AsyncIterator[Page[BilledLine]]:
        async for page, is_last in self._big_query.pages(self._question(period)):
            yield Page([_line(row) for row in page], is_last)

    def _question(self, period: Period) -> Fields:
        """Values travel as parameters; only the table's name, which cannot, stands in the text."""
        return {
            "query": _QUERY.format(table=table_of(self._fields)),
            "parameterMode": "NAMED",
            "queryParameters": [
                _parameter("start", period.start.astimezone(UTC).isoformat()),
                _parameter("end", period.end.astimezone(UTC).isoformat()),
                {
                    "name": "services",
                    "parameterType": {"type": "ARRAY", "arrayType": {"type": "STRING"}},
                    "parameterValue": {"arrayValues": [{"value": name} for name in services_of(self._fields)]},
                },
            ],
        }


def table_of(fields: Mapping[str, str]) -> str:
    """`project.dataset.table`. Raises KeyRefused on what is not, so that nothing else gets into the query."""
    table = fields.get("table", "").strip().strip("`")
    if not _TABLE.fullmatch(table):
        raise KeyRefused(
            "The table must be written project.dataset.gcp_billing_export_v1_ACCOUNT, as BigQuery shows it under"
            " Details > Table ID."
        )
    return table


def services_of(fields: Mapping[str, str]) -> Sequence[str]:
    named = tuple(name.strip() for name in fields.get("services", "").split(",") if name.strip())
    return named or _SERVICES


def _parameter(name: str, value: str) -> Fields:
    return {"name": name, "parameterType": {"type": "TIMESTAMP"}, "parameterValue": {"value": value}}


def _line(row: Mapping[str, str | None]) -> BilledLine:
    amount, currency, sku = decimal(row.get("amount"), WHO), row.get("currency"), row.get("sku_name")
    if amount is None or not currency:
        raise BadAnswer("Google gave a cost without its amount or currency.")
    start = from_iso(row.get("day"), WHO)
    quantity = decimal(row.get("quantity"), WHO)
    return BilledLine(
        endpoint=ENDPOINT,
        start=start,
        end=start + timedelta(days=1),
        group_by=GROUP_BY,
        dimensions={name: row.get(name) for name in GROUP_BY},
        amount=EXACT.plus(amount),
        currency=currency.upper(),
        line_item=sku,
        project=row.get("project"),
        model=gemini_model(sku),
        quantity=quantity,
        quantity_unit=None if quantity is None else row.get("unit"),
    )


def make(http: Http, credentials: Credentials) -> GoogleCosts:
    return GoogleCosts(http, credentials)
