"""A Discord embed (discord.com/developers/docs/resources/message, embed limits). Nobody is mentioned by it."""

import re
from typing import Any, Final

from app.delivery.rules.formats.common import PRODUCT, cut, is_good, state_of
from app.delivery.rules.notices import Notice, Severity

COLOURS: Final = {Severity.INFO: 0x2563EB, Severity.WARNING: 0xB45309, Severity.CRITICAL: 0xB91C1C}
GOOD: Final = 0x15803D
TITLE_CHARACTERS: Final = 256
TEXT_CHARACTERS: Final = 2000
VALUE_CHARACTERS: Final = 120
# 25 are allowed; with texts so long, all together stay below 6,000 characters
FIELDS: Final = 10
_MARKUP: Final = re.compile(r"([\\*_~`|<>\[\]()#@-])")


def message_of(notice: Notice) -> dict[str, Any]:
    embed: dict[str, Any] = {
        "title": cut(_escaped(notice.title), TITLE_CHARACTERS),
        "color": GOOD if is_good(notice) else COLOURS[notice.severity],
        "fields": [_field(label, value) for label, value in notice.facts[:FIELDS]],
        "footer": {"text": cut(f"{notice.workspace} · {state_of(notice)}", TITLE_CHARACTERS)},
        "timestamp": notice.occurred_at.isoformat(),
    }
    if notice.lines:
        embed["description"] = cut("\n".join(map(_escaped, notice.lines)), TEXT_CHARACTERS)
    if notice.link:
        embed["url"] = notice.link
    return {"username": PRODUCT, "embeds": [embed], "allowed_mentions": {"parse": []}}


def _field(label: str, value: str) -> dict[str, Any]:
    return {
        "name": cut(_escaped(label), VALUE_CHARACTERS),
        "value": cut(_escaped(value) or "–", VALUE_CHARACTERS),
        "inline": True,
    }


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)
