"""A notice as a mail, for eyes and for readers without HTML."""

from collections.abc import Iterator
from html import escape
from typing import Final

from app.delivery.rules.formats.common import OPEN, cut, footer, is_good, state_of
from app.delivery.rules.mails import Mail
from app.delivery.rules.notices import Notice, Severity

SUBJECT_CHARACTERS: Final = 200
COLOURS: Final = {Severity.INFO: "#2563eb", Severity.WARNING: "#b45309", Severity.CRITICAL: "#b91c1c"}
GOOD: Final = "#15803d"
# Mail programs read styles on elements only.
PAGE: Final = "margin:0;padding:24px;background:#f4f4f5;color:#18181b;font:15px/1.5 system-ui,sans-serif"
CARD: Final = "max-width:560px;margin:0 auto;background:#ffffff;border-radius:8px;padding:24px"
BUTTON: Final = (
    "display:inline-block;background:#18181b;color:#ffffff;border-radius:6px;padding:8px 16px;text-decoration:none"
)


def mail_of(notice: Notice, to: str) -> Mail:
    subject = cut(f"[{state_of(notice)}] {notice.title} – {notice.workspace}", SUBJECT_CHARACTERS)
    return Mail(to, subject, "\n".join(_text(notice)), "".join(_html(notice)))


def _text(notice: Notice) -> Iterator[str]:
    yield from (notice.title, "")
    yield from notice.lines
    if notice.facts:
        yield ""
        yield from (f"{label}: {value}" for label, value in notice.facts)
    if notice.link:
        yield from ("", f"{OPEN}: {notice.link}")
    yield from ("", "-- ", footer(notice), "")


def _html(notice: Notice) -> Iterator[str]:
    colour = GOOD if is_good(notice) else COLOURS[notice.severity]
    yield f'<!doctype html><html><head><meta charset="utf-8"></head><body style="{PAGE}"><div style="{CARD}">'
    yield f'<p style="margin:0;color:{colour};font-weight:600">{state_of(notice)}</p>'
    yield f'<h1 style="margin:4px 0 16px;font-size:20px">{escape(notice.title)}</h1>'
    yield from (f'<p style="margin:0 0 8px">{escape(line)}</p>' for line in notice.lines)
    if notice.facts:
        yield '<table style="margin:16px 0;border-collapse:collapse">'
        yield from (_row(label, value) for label, value in notice.facts)
        yield "</table>"
    if notice.link:
        yield f'<p style="margin:16px 0 0"><a href="{escape(notice.link)}" style="{BUTTON}">{OPEN}</a></p>'
    yield f'<p style="margin:24px 0 0;color:#71717a;font-size:13px">{escape(footer(notice))}</p></div></body></html>'


def _row(label: str, value: str) -> str:
    return (
        f'<tr><td style="padding:4px 16px 4px 0;color:#71717a">{escape(label)}</td>'
        f'<td style="padding:4px 0">{escape(value)}</td></tr>'
    )
