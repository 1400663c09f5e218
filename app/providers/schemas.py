"""Connections and runs on the wire. A key goes in and never comes out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, SecretStr

from app.core.money import Money
from app.core.schemas import Label, Line, Request, Response, is_storable
from app.providers.rules.connections import Mode, RunStatus, Status, Trigger
from app.providers.rules.guide import Guide
from app.providers.rules.reports import Feed, KeyClass
from app.providers.rules.windows import Cursor
from app.usage.rules.reports import Holdings

MAX_FIELDS = 12
KEEP = (
    "The key is forgotten and nothing new is read; what was read stays in every total. The same key, connected again, "
    "goes on with it. Another key of the same account would read the same days again, and they would count twice."
)
DELETE = "The key is forgotten, and everything that was read through it is deleted. It cannot be taken back."


def _checked(key: SecretStr) -> SecretStr:
    text = key.get_secret_value().strip()
    if not text or not is_storable(text):
        raise ValueError("is no key")
    return SecretStr(text)


def _few(fields: dict[str, str]) -> dict[str, str]:
    if len(fields) > MAX_FIELDS:
        raise ValueError(f"holds more than {MAX_FIELDS} fields")
    return fields


# A service account's key is a JSON file of some kilobytes.
ProviderKey = Annotated[SecretStr, Field(min_length=1, max_length=20_000), AfterValidator(_checked)]
ProviderName = Annotated[Line, Field(min_length=1, max_length=64)]
BaseUrl = Annotated[Line, Field(min_length=1, max_length=300)]
FieldName = Annotated[Line, Field(min_length=1, max_length=64)]
FieldValue = Annotated[Line, Field(max_length=320)]


class ConnectionIn(Request):
    """A new connection. `fields` is what the provider needs beside the key (see `providers`); none of it is secret."""

    provider: ProviderName
    mode: Mode
    api_key: ProviderKey
    base_url: BaseUrl | None = Field(None, description="of a gateway, where the provider's own is not asked")
    label: Label | None = None
    fields: Annotated[dict[FieldName, FieldValue], AfterValidator(_few)] = Field(default_factory=dict)


class ConnectionChange(Request):
    """What is left out stays as it is."""

    label: Label | None = None
    paused: bool | None = Field(None, description="true stops reading it, at once; false goes on")


class KeyChange(Request):
    """A new key of the same account."""

    api_key: ProviderKey


class LeftOut(Response):
    """What a run left to the next; `start` is null where the provider names no end to its history."""

    feed: Feed
    start: datetime | None
    end: datetime


class SyncRunOut(Response):
    """One pull. Windows are walks: of `windows_total` (an estimate while the past is being read) so many are done."""

    id: UUID
    connection_id: UUID
    trigger: Trigger
    status: RunStatus
    requested_by: UUID | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    feed: Feed | None
    window_start: datetime | None
    window_end: datetime | None
    windows_done: int
    windows_total: int | None
    pages: int
    rows_new: int
    rows_changed: int
    rows_unchanged: int
    rows_flagged: int
    left: Sequence[LeftOut]
    error_code: str | None
    error_detail: str | None

    @classmethod
    def of(cls, run: object) -> "SyncRunOut":
        return cls.model_validate(run)


class FeedOut(Response):
    """How much of a feed was read: every day from `backfilled_from` up to `synced_until`."""

    feed: str
    backfilled_from: datetime | None
    synced_until: datetime | None
    read_at: datetime | None
    is_complete: bool


class ConnectionOut(Response):
    """A connection. Of its key the last four characters are told."""

    id: UUID
    provider: str
    mode: Mode
    label: str
    base_url: str | None
    fields: Mapping[str, str]
    key_class: KeyClass
    key_last4: str
    can: Sequence[Feed]
    message: str
    status: Status
    error_code: str | None
    error_detail: str | None
    next_try_at: datetime | None
    verified_at: datetime
    last_synced_at: datetime | None
    created_by: UUID | None
    created_at: datetime
    feeds: Sequence[FeedOut]
    run: SyncRunOut | None = Field(description="the run that is under way, else the last one")

    @classmethod
    def of(cls, row: object, cursors: Mapping[str, Cursor], run: object | None) -> "ConnectionOut":
        own = {name: getattr(row, name) for name in cls.model_fields.keys() - {"feeds", "run"}}
        feeds = [_feed(feed, cursor) for feed, cursor in sorted(cursors.items())]
        return cls(**own, feeds=feeds, run=None if run is None else SyncRunOut.of(run))


def _feed(feed: str, cursor: Cursor) -> FeedOut:
    return FeedOut(
        feed=feed,
        backfilled_from=cursor.backfilled_from,
        synced_until=cursor.synced_until,
        read_at=cursor.read_at,
        is_complete=cursor.is_complete,
    )


class DeletionOut(Response):
    """What would become of a connection's data. `billed` is the money by currency, over all `months`."""

    billed_lines: int
    usage_lines: int
    credit_snapshots: int
    names: int
    months: Sequence[str]
    billed: Mapping[str, Money]
    keep: str
    delete: str

    @classmethod
    def of(cls, held: Holdings) -> "DeletionOut":
        return cls(
            billed_lines=held.billed_lines,
            usage_lines=held.usage_lines,
            credit_snapshots=held.credit_snapshots,
            names=held.names,
            months=held.months,
            billed=held.billed,
            keep=KEEP,
            delete=DELETE,
        )


class FieldOut(Response):
    """What is asked beside the key."""

    name: str
    label: str
    hint: str
    is_required: bool


class ProviderOut(Response):
    """A provider in one mode, and what a person must bring to connect it."""

    provider: str
    mode: Mode
    label: str
    key_label: str
    key_hint: str
    key_starts_with: str | None
    make_key_at: str
    reads: str
    fields: Sequence[FieldOut]

    @classmethod
    def of(cls, provider: str, mode: str, guide: Guide) -> "ProviderOut":
        own: dict[str, Any] = {name: getattr(guide, name) for name in cls.model_fields.keys() - {"provider", "mode"}}
        return cls(provider=provider, mode=Mode(mode), **own)


class ProvidersOut(Response):
    """What can be connected."""

    items: Sequence[ProviderOut]
