"""What the formats share."""

from datetime import UTC, datetime
from typing import Final

from app.delivery.rules.notices import Action, Notice, Severity

PRODUCT: Final = "TokenBoard"
OPEN: Final = "Open in TokenBoard"


def is_good(notice: Notice) -> bool:
    return notice.action is Action.RESOLVED


def state_of(notice: Notice) -> str:
    """One word of where it stands."""
    if notice.action is Action.FIRED:
        return {Severity.INFO: "Notice", Severity.WARNING: "Warning", Severity.CRITICAL: "Critical"}[notice.severity]
    return "Resolved" if is_good(notice) else "Test"


def moment(at: datetime) -> str:
    """21 November 2026, 12:30 UTC."""
    at = at.astimezone(UTC)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def footer(notice: Notice) -> str:
    return f"{PRODUCT} · {notice.workspace} · {state_of(notice)} · {moment(notice.occurred_at)}"


def cut(text: str, most: int) -> str:
    """At most so many characters; what was cut says so."""
    return text if len(text) <= most else text[: most - 1] + "…"
