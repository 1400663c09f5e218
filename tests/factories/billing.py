"""Rows of providers' reports."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from app.usage.rules.reports import BilledLine, UsageLine

COSTS = "organization/costs"
COMPLETIONS = "organization/usage/completions"
DAY = timedelta(days=1)


def billed_line(day: datetime, amount: str, **fields: Any) -> BilledLine:
    """A line of one day in dollars, by project and line item unless `fields` say otherwise."""
    named: dict[str, str | None] = {
        "line_item": fields.get("line_item"),
        "project_id": fields.get("project"),
    }
    if "api_key" in fields:
        named["api_key_id"] = fields["api_key"]
    known: dict[str, Any] = {
        "endpoint": COSTS,
        "end": day + DAY,
        "group_by": tuple(named),
        "dimensions": named,
        "currency": "USD",
        **fields,
    }
    return BilledLine(start=day, amount=Decimal(amount), **known)


def usage_line(day: datetime, **fields: Any) -> UsageLine:
    """What was counted on one day, by project and model unless `fields` say otherwise."""
    named: dict[str, str | None] = {"project_id": fields.get("project"), "model": fields.get("model")}
    known: dict[str, Any] = {
        "endpoint": COMPLETIONS,
        "end": day + DAY,
        "group_by": tuple(named),
        "dimensions": named,
        "counts": {"input.fresh.text": 100, "output.visible.text": 10},
        **fields,
    }
    return UsageLine(start=day, **known)
