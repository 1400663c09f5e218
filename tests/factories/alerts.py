"""Alerts as detectors and budgets tell them."""

from datetime import UTC, datetime
from typing import Any

from app.alerts.rules import Fact, Kind, NewAlert, Severity

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def new_alert(key: str = "budget:1:80", **changes: Any) -> NewAlert:
    values: dict[str, Any] = {
        "kind": Kind.BUDGET_THRESHOLD,
        "key": key,
        "severity": Severity.WARNING,
        "title": "Production is at 80 % of its budget",
        "facts": [Fact("Spent", "$80.00"), Fact("Limit", "$100.00")],
        "link": "/budgets",
        "occurred_at": NOON,
    }
    return NewAlert(**values | changes)
