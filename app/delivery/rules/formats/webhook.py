"""What a webhook of one's own gets: versioned JSON, and a signature over its time and body. See docs/channels.md."""

import hashlib
import hmac
from typing import Any, Final
from uuid import UUID

from app.delivery.rules.notices import Notice

# Goes up when a name goes or changes its meaning; names that come do not count.
VERSION: Final = 1


def message_of(notice: Notice, delivery_id: UUID) -> dict[str, Any]:
    return {
        "version": VERSION,
        "delivery_id": str(delivery_id),
        "action": notice.action,
        "event_id": notice.event_id,
        "kind": notice.kind,
        "severity": notice.severity,
        "workspace": notice.workspace,
        "title": notice.title,
        "lines": list(notice.lines),
        "facts": [{"label": label, "value": value} for label, value in notice.facts],
        "link": notice.link,
        "occurred_at": notice.occurred_at.isoformat(),
    }


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """`v1=` and the HMAC-SHA256, in hex, of the timestamp, a dot and the body."""
    return "v1=" + hmac.new(secret.encode(), b"%d." % timestamp + body, hashlib.sha256).hexdigest()
