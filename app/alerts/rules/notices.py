"""What a channel is told of an alert."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.alerts.rules.alerts import Fact, Kind
from app.delivery.rules import Action, Notice, Severity


class Told(NamedTuple):
    """An alert, as far as a notice repeats it."""

    id: UUID
    kind: Kind
    severity: Severity
    title: str
    facts: Sequence[Fact]
    link: str
    occurrences: int
    occurred_at: datetime
    last_occurred_at: datetime
    resolved_at: datetime | None


class Place(NamedTuple):
    """The workspace it is about: its name, and where its dashboard lies."""

    name: str
    address: str


def notice_of(told: Told, action: Action, place: Place) -> Notice:
    """Fired or resolved; both carry the same event id."""
    is_over = action is Action.RESOLVED and told.resolved_at is not None
    return Notice(
        action=action,
        event_id=str(told.id),
        kind=told.kind,
        severity=told.severity,
        title=told.title,
        workspace=place.name,
        occurred_at=told.resolved_at if is_over and told.resolved_at else told.occurred_at,
        lines=_lines(told, action),
        facts=tuple((fact.label, fact.value) for fact in told.facts),
        link=place.address + told.link,
    )


def _lines(told: Told, action: Action) -> tuple[str, ...]:
    if action is Action.RESOLVED:
        return (f"This is over. It began at {_clock(told.occurred_at)}.",)
    if told.occurrences > 1:
        return (f"Seen {told.occurrences} times since {_clock(told.occurred_at)}.",)
    return ()


def _clock(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def trial_notice(channel_id: UUID, place: Place, now: datetime) -> Notice:
    """What the test button sends."""
    return Notice(
        action=Action.TEST,
        event_id=str(channel_id),
        kind="test",
        severity=Severity.INFO,
        title="TokenBoard can reach this channel",
        workspace=place.name,
        occurred_at=now,
        lines=("Somebody tried this channel out. There is nothing to do.",),
        facts=(("Workspace", place.name),),
        link=place.address + "/settings/alerts",
    )
