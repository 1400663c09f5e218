"""Slack's blocks, for an incoming webhook (docs.slack.dev: messaging/sending-messages-using-incoming-webhooks).

Texts are `plain_text` wherever they may hold what somebody typed: there nothing is markup and nobody is mentioned.
"""

from typing import Any, Final

from app.delivery.rules.formats.common import OPEN, cut, footer, is_good
from app.delivery.rules.notices import Notice, Severity

HEADER_CHARACTERS: Final = 150
TEXT_CHARACTERS: Final = 3000
FIELD_CHARACTERS: Final = 2000
FIELDS: Final = 10
MARKS: Final = {
    Severity.INFO: ":information_source:",
    Severity.WARNING: ":warning:",
    Severity.CRITICAL: ":rotating_light:",
}
GOOD: Final = ":white_check_mark:"


def message_of(notice: Notice) -> dict[str, Any]:
    mark = GOOD if is_good(notice) else MARKS[notice.severity]
    header = {"type": "plain_text", "text": cut(f"{mark} {notice.title}", HEADER_CHARACTERS), "emoji": True}
    blocks: list[dict[str, Any]] = [{"type": "header", "text": header}]
    if notice.lines:
        blocks.append({"type": "section", "text": _plain("\n".join(notice.lines), TEXT_CHARACTERS)})
    fields = [_plain(f"{label}\n{value}", FIELD_CHARACTERS) for label, value in notice.facts[:FIELDS]]
    if fields:
        blocks.append({"type": "section", "fields": fields})
    if notice.link:
        blocks.append(
            {
                "type": "section",
                "text": {"type": "mrkdwn", "text": f"<{_escaped(notice.link).replace('|', '%7C')}|{OPEN}>"},
            }
        )
    blocks.append({"type": "context", "elements": [_plain(footer(notice), FIELD_CHARACTERS)]})
    # what a notification shows, where it has no room for blocks
    return {"text": _escaped(f"{notice.title} – {notice.workspace}"), "blocks": blocks}


def _plain(text: str, most: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": cut(text, most), "emoji": False}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
