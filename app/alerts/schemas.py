"""Alerts, their settings and channels on the wire. Addresses and secrets go in and never come out."""

from collections.abc import Sequence
from datetime import datetime, time
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, PlainSerializer, SecretStr

from app.alerts.rules import (
    ABOUT,
    DEFAULT_CHANNEL_ID,
    FIGURES,
    MAX_CHANNELS,
    MAX_RECIPIENTS,
    PLAIN,
    Figure,
    Kind,
    QuietHours,
    Secrets,
    Setting,
    Severity,
    State,
    Unit,
    Way,
    masked,
)
from app.core.money import Exact, Money
from app.core.schemas import Label, Line, Request, Response, is_storable
from app.delivery.rules import Address, BadAddress, ChannelKind, check_address
from app.delivery.rules import State as DeliveryState


class FactOut(Response):
    """One thing that drove it, as people read it."""

    label: str
    value: str


class AlertOut(Response):
    """An alert. `link` is a path of the dashboard below the workspace; `is_read` is whether you have seen it."""

    id: UUID
    kind: Kind
    severity: Severity
    state: State
    title: str
    facts: Sequence[FactOut]
    link: str
    occurrences: int
    occurred_at: datetime
    last_occurred_at: datetime
    snoozed_until: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: UUID | None
    resolved_at: datetime | None
    resolved_by: UUID | None = Field(description="null when it resolved by itself")
    is_read: bool

    @classmethod
    def of(cls, row: Any, *, is_read: bool) -> "AlertOut":
        own = {name: getattr(row, name) for name in cls.model_fields.keys() - {"facts", "is_read"}}
        return cls(**own, facts=[FactOut(label=label, value=value) for label, value in row.facts], is_read=is_read)


class UnreadOut(Response):
    """What the bell shows: how many of the last 30 days you have not seen, and the worst that is not resolved."""

    unread: int
    worst: Severity | None


class ReadIn(Request):
    """Which alerts you have seen; left out: all."""

    ids: Annotated[list[UUID], Field(min_length=1, max_length=500)] | None = None


class SnoozeIn(Request):
    """Until when it is put off; null ends that."""

    until: AwareDatetime | None


# --- settings ---


class SettingFigureOut(Response):
    """A figure that decides when the kind is told."""

    name: str
    unit: Unit
    value: Money
    default: Money
    least: Money
    most: Money
    meaning: str

    @classmethod
    def of(cls, figure: Figure, value: Decimal) -> "SettingFigureOut":
        return cls(
            name=figure.name,
            unit=figure.unit,
            value=value,
            default=figure.default,
            least=figure.least,
            most=figure.most,
            meaning=figure.meaning,
        )


class SettingOut(Response):
    """How the workspace wants a kind. `severity` null: as each alert says; `channel_ids` null: all channels."""

    kind: Kind
    meaning: str
    is_on: bool
    severity: Severity | None
    resolves_itself: bool
    channel_ids: Sequence[UUID] | None
    figures: Sequence[SettingFigureOut]

    @classmethod
    def of(cls, setting: Setting) -> "SettingOut":
        return cls(
            kind=setting.kind,
            meaning=ABOUT[setting.kind],
            is_on=setting.is_on,
            severity=setting.severity,
            resolves_itself=setting.resolves_itself,
            channel_ids=setting.channel_ids,
            figures=[SettingFigureOut.of(each, setting.figure(each.name)) for each in FIGURES[setting.kind]],
        )


Clock = Annotated[time, PlainSerializer(lambda value: f"{value:%H:%M}", return_type=str)]


def _plain(value: time) -> time:
    if value.tzinfo is not None or value.second or value.microsecond:
        raise ValueError("must be a time of day like 22:00")
    return value


class QuietHoursOut(Response):
    """What is not critical waits from `starts` to `ends`, by the clocks of the time zone."""

    starts: Clock
    ends: Clock
    time_zone: str
    holds_critical: bool


class QuietHoursIn(Request):
    """Over midnight where it ends earlier than it starts."""

    starts: Annotated[time, AfterValidator(_plain)]
    ends: Annotated[time, AfterValidator(_plain)]
    time_zone: Annotated[Line, Field(min_length=1, max_length=64)]
    holds_critical: bool = False

    def hours(self) -> QuietHours:
        return QuietHours(self.starts, self.ends, self.time_zone, self.holds_critical)


class SettingsOut(Response):
    """All kinds, and the quiet hours (null: never quiet)."""

    items: Sequence[SettingOut]
    quiet_hours: QuietHoursOut | None


class SettingChange(Request):
    """What is left out stays as it is."""

    is_on: bool | None = None
    severity: Severity | None = Field(None, description="null: as each alert says")
    resolves_itself: bool | None = None
    channel_ids: Annotated[list[UUID], Field(max_length=MAX_CHANNELS + 1)] | None = Field(
        None, description="null: all channels; empty: none"
    )
    figures: Annotated[dict[Annotated[Line, Field(max_length=64)], Exact], Field(max_length=20)] | None = None

    def changes(self) -> dict[str, Any]:
        """By the names of the setting. Null means something only for severity and channels."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        kept = {
            name: value for name, value in given.items() if value is not None or name in {"severity", "channel_ids"}
        }
        if kept.get("channel_ids") is not None:
            kept["channel_ids"] = tuple(dict.fromkeys(kept["channel_ids"]))
        if "figures" in kept:
            kept["own_figures"] = kept.pop("figures")
        return kept


# --- channels ---


def _mail(value: str) -> str:
    try:
        check_address(ChannelKind.EMAIL, Address(value))
    except BadAddress as error:
        raise ValueError(str(error)) from None
    return value


def _storable(value: SecretStr) -> SecretStr:
    text = value.get_secret_value().strip()
    if not text or not is_storable(text):
        raise ValueError("is empty, or holds what cannot be kept")
    return SecretStr(text)


Recipient = Annotated[Line, AfterValidator(_mail)]
Recipients = Annotated[list[Recipient], Field(max_length=MAX_RECIPIENTS)]
AddressIn = Annotated[SecretStr, Field(max_length=2048), AfterValidator(_storable)]
SigningSecret = Annotated[SecretStr, Field(max_length=256), AfterValidator(_storable)]


class ChannelChange(Request):
    """What is left out stays as it is."""

    name: Label | None = None
    is_on: bool | None = None
    min_severity: Severity | None = Field(None, description="what matters less does not go here")
    sends_resolved: bool | None = Field(None, description="whether it is told when something is over")
    recipients: Recipients | None = Field(None, description="mail addresses, of an email channel only")
    to_admins: bool | None = Field(None, description="mail to who are owners and admins, of an email channel only")
    address: AddressIn | None = Field(None, description="the URL, or PagerDuty's routing key; never shown again")
    secret: SigningSecret | None = Field(None, description="signs what a webhook gets; never shown again")

    def changes(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in PLAIN}
        if self.recipients is not None:
            given["recipients"] = tuple(dict.fromkeys(self.recipients))
        return {name: value for name, value in given.items() if value is not None}

    def secrets(self) -> Secrets:
        return Secrets(self.address, self.secret)


class ChannelIn(ChannelChange):
    """A new channel. A webhook's secret is made here where none is given."""

    kind: ChannelKind
    name: Label

    def way(self) -> Way:
        return Way(DEFAULT_CHANNEL_ID, self.kind, **self.changes())


class ChannelOut(Response):
    """A channel. Of its address the last characters are told; recipients are whole for admins only."""

    id: UUID
    kind: ChannelKind
    name: str
    is_on: bool
    is_default: bool = Field(description="there in every workspace; it can be switched off, but not deleted")
    min_severity: Severity
    sends_resolved: bool
    recipients: Sequence[str]
    to_admins: bool
    hint: str

    @classmethod
    def of(cls, way: Way, *, is_whole: bool) -> "ChannelOut":
        return cls(**cls._fields(way, is_whole=is_whole))

    @classmethod
    def _fields(cls, way: Way, *, is_whole: bool) -> dict[str, Any]:
        names = ("id", "kind", "name", "is_on", "is_default", "min_severity", "sends_resolved", "to_admins", "hint")
        recipients = way.recipients if is_whole else [masked(mail) for mail in way.recipients]
        return {name: getattr(way, name) for name in names} | {"recipients": recipients}


class ChannelMade(ChannelOut):
    """A new channel. `secret` is what signs a webhook's messages, shown this once; null where it was given."""

    secret: str | None

    @classmethod
    def made(cls, way: Way, secret: str | None) -> "ChannelMade":
        return cls(**cls._fields(way, is_whole=True), secret=secret)


class DeliveryOut(Response):
    """One message to one place. `dead` was given up; `reason` says why, or why it is tried again at `due_at`."""

    id: UUID
    channel_id: UUID | None
    kind: ChannelKind
    label: str
    subject: str
    state: DeliveryState
    attempts: int
    due_at: datetime
    reason: str | None
    created_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, row: object) -> "DeliveryOut":
        return cls.model_validate(row)


class TrialOut(Response):
    """What became of a test: `ok` when every delivery was taken."""

    ok: bool
    deliveries: Sequence[DeliveryOut]

    @classmethod
    def of(cls, rows: Sequence[Any]) -> "TrialOut":
        is_ok = all(row.state == DeliveryState.SENT for row in rows)
        return cls(ok=is_ok, deliveries=[DeliveryOut.of(row) for row in rows])
