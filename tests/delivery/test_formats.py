"""What each channel gets, to the letter. `python -m tests.delivery.test_formats` writes the snapshots anew."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.delivery.rules import Action, Address, ChannelKind, Notice, Severity
from app.delivery.rules.formats import discord, email, pagerduty, slack, teams
from app.delivery.rules.requests import request_of
from app.delivery.rules.tries import ATTEMPTS, Fault, fault_of, pause_after
from tests.delivery.parcels import NOTICE, SECRET, resolved

SNAPSHOTS = Path(__file__).parent / "snapshots"
DELIVERY = UUID("018f2f4e-0000-7000-8000-00000000000a")
NOW = datetime(2026, 11, 21, 12, 31, tzinfo=UTC)
KEY = "0123456789abcdef0123456789abcdef"
TARGETS = {ChannelKind.PAGERDUTY: KEY}
NOTICES = {
    "fired": NOTICE,
    "resolved": resolved(),
    "test": replace(NOTICE, action=Action.TEST, severity=Severity.INFO, title="A test", lines=(), facts=(), link=None),
}
POSTED = [kind for kind in ChannelKind if kind is not ChannelKind.EMAIL]


def made() -> Iterator[tuple[str, str]]:
    """Every snapshot by its name."""
    for name, notice in NOTICES.items():
        for kind in POSTED:
            address = Address(TARGETS.get(kind, "https://example.com/in"), SECRET)
            outgoing = request_of(kind, address, notice, DELIVERY, NOW)
            whole = {"url": outgoing.url, "headers": dict(outgoing.headers), "body": json.loads(outgoing.body)}
            yield f"{kind}-{name}.json", json.dumps(whole, indent=2, ensure_ascii=False) + "\n"
        mail = email.mail_of(notice, "ann@example.com")
        yield f"email-{name}.txt", f"{mail.subject}\n\n{mail.text}"
        yield f"email-{name}.html", (mail.html or "") + "\n"


@pytest.mark.parametrize(("name", "content"), [pytest.param(*each, id=each[0]) for each in made()])
def test_a_channel_gets_exactly_this(name: str, content: str) -> None:
    assert content == (SNAPSHOTS / name).read_text()


LONG = "x" * 10_000
HUGE = replace(
    NOTICE, title=LONG, workspace=LONG, lines=(LONG,) * 5, facts=tuple((f"{n}{LONG}", LONG) for n in range(40))
)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield value


def test_what_is_too_long_is_cut_to_what_slack_takes() -> None:
    blocks = slack.message_of(HUGE)["blocks"]
    assert len(blocks[0]["text"]["text"]) == 150
    assert len(blocks[1]["text"]["text"]) == 3000
    assert [len(field["text"]) for field in blocks[2]["fields"]] == [2000] * 10
    assert blocks[0]["text"]["text"].endswith("…")


def test_what_is_too_long_is_cut_to_what_discord_takes() -> None:
    (embed,) = discord.message_of(HUGE)["embeds"]
    counted = [embed["title"], embed["description"], embed["footer"]["text"]]
    counted += [field[name] for field in embed["fields"] for name in ("name", "value")]
    assert len(embed["title"]) <= 256
    assert sum(map(len, counted)) <= 6000


def test_what_is_too_long_is_cut_to_what_pagerduty_takes() -> None:
    event = pagerduty.message_of(replace(HUGE, event_id=LONG), KEY)
    assert len(event["payload"]["summary"]) == 1024
    assert len(event["dedup_key"]) == 255


EVIL = "<!channel> @everyone [click](https://evil.example.com) *b* <b>x</b>"


def test_a_name_cannot_be_markup_or_mention_anybody() -> None:
    notice = replace(NOTICE, title=EVIL, workspace=EVIL, lines=(EVIL,), facts=((EVIL, EVIL),))
    for block in slack.message_of(notice)["blocks"]:
        kinds = [
            part["type"] for part in [block.get("text"), *block.get("fields", []), *block.get("elements", [])] if part
        ]
        assert set(kinds) <= {"plain_text"} or EVIL not in json.dumps(block)
    assert "<" not in slack.message_of(notice)["text"]

    assert all(part["type"] == "RichTextBlock" for part in card(teams.message_of(notice))["body"])
    assert discord.message_of(notice)["allowed_mentions"] == {"parse": []}
    assert not any("[click](" in text or "@everyone" in text.replace("\\@", "") for text in escaped(notice))
    assert "<b>" not in (email.mail_of(notice, "a@example.com").html or "")


def card(message: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = message["attachments"][0]["content"]
    return content


def escaped(notice: Notice) -> Iterator[str]:
    """What Discord reads as Markdown."""
    (embed,) = discord.message_of(notice)["embeds"]
    yield from (embed["title"], embed["description"])
    yield from (field[name] for field in embed["fields"] for name in ("name", "value"))


def test_a_pager_of_the_eu_is_asked_there() -> None:
    outgoing = request_of(ChannelKind.PAGERDUTY, Address(f"eu:{KEY}"), NOTICE, DELIVERY, NOW)
    assert outgoing.url == "https://events.eu.pagerduty.com/v2/enqueue"
    assert json.loads(outgoing.body)["routing_key"] == KEY


def test_an_outgoing_request_does_not_tell_its_address() -> None:
    assert KEY not in repr(request_of(ChannelKind.PAGERDUTY, Address(KEY), NOTICE, DELIVERY, NOW))


# --- tries ---


@pytest.mark.parametrize(
    ("status", "is_final"),
    [
        *((status, False) for status in (199, 408, 425, 429, 500, 599)),
        *((status, True) for status in (301, 308, 400, 404, 499)),
    ],
)
def test_what_passes_by_itself_is_not_final(status: int, is_final: bool) -> None:
    fault = fault_of("example.com", status, b"", None)
    assert fault is not None
    assert fault.is_final is is_final


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_what_was_taken_is_no_fault(status: int) -> None:
    assert fault_of("example.com", status, b"error", 60) is None


def test_pauses_double_up_to_a_limit_with_some_luck_in_them() -> None:
    fault = Fault("x")
    assert [pause_after(n, fault, 1) for n in (1, 2, 3, 11, 12, 15)] == [
        timedelta(seconds=seconds) for seconds in (10, 20, 40, 10_240, 14_400, 14_400)
    ]
    assert pause_after(3, fault, 0) == timedelta(seconds=20)
    assert pause_after(ATTEMPTS, fault, 1) is None
    assert pause_after(1, Fault("x", is_final=True), 1) is None
    assert pause_after(1, Fault("x", asked=timedelta(hours=2)), 1) == timedelta(hours=2)
    assert pause_after(15, Fault("x", asked=timedelta(seconds=1)), 1) == timedelta(hours=4)


if __name__ == "__main__":
    for name, content in made():
        (SNAPSHOTS / name).write_text(content)
