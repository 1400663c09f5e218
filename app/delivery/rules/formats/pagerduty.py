"""An event for PagerDuty's Events API v2 (developer.pagerduty.com/docs/send-alert-event)."""

from typing import Any, Final

from app.delivery.rules.formats.common import OPEN, PRODUCT, cut
from app.delivery.rules.notices import Action, Notice

SUMMARY_CHARACTERS: Final = 1024
DEDUP_CHARACTERS: Final = 255


def message_of(notice: Notice, routing_key: str) -> dict[str, Any]:
    """Both of an event carry one key, so that the resolving closes the incident that the firing opened."""
    event: dict[str, Any] = {
        "routing_key": routing_key,
        "event_action": "resolve" if notice.action is Action.RESOLVED else "trigger",
        "dedup_key": notice.event_id[:DEDUP_CHARACTERS],
    }
    if notice.action is Action.RESOLVED:
        return event
    event["payload"] = {
        "summary": cut(notice.title, SUMMARY_CHARACTERS),
        "source": notice.workspace,
        "severity": notice.severity,
        "timestamp": notice.occurred_at.isoformat(),
        "component": PRODUCT,
        "class": notice.kind,
        "custom_details": {**({"details": "\n".join(notice.lines)} if notice.lines else {}), **dict(notice.facts)},
    }
    if notice.link:
        event["links"] = [{"href": notice.link, "text": OPEN}]
    return event
