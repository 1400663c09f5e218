"""An adaptive card, for a workflow of Microsoft Teams that is started by a webhook request.

All text stands in runs of RichTextBlocks: in a TextBlock or FactSet Teams would read what somebody typed as Markdown.
"""

from typing import Any, Final

from app.delivery.rules.formats.common import OPEN, footer, is_good
from app.delivery.rules.notices import Notice, Severity

COLOURS: Final = {Severity.INFO: "accent", Severity.WARNING: "warning", Severity.CRITICAL: "attention"}


def message_of(notice: Notice) -> dict[str, Any]:
    colour = "good" if is_good(notice) else COLOURS[notice.severity]
    body = [_text(_run(notice.title, weight="bolder", size="medium", color=colour))]
    body += [_text(_run(line)) for line in notice.lines]
    body += [_text(_run(f"{label}: ", weight="bolder"), _run(value)) for label, value in notice.facts]
    body.append(_text(_run(footer(notice), size="small", isSubtle=True)))
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": body,
    }
    if notice.link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": OPEN, "url": notice.link}]
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _text(*runs: dict[str, Any]) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": list(runs)}


def _run(text: str, **style: str | bool) -> dict[str, Any]:
    return {"type": "TextRun", "text": text, **style}
