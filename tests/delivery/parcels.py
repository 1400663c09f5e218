"""Notices and parcels to send."""

import base64
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from app.core.crypto import Sealer
from app.core.ids import new_id
from app.delivery import service
from app.delivery.rules import Action, Address, ChannelKind, Notice, Parcel, Severity
from tests.conftest import ENCRYPTION_KEY

SEALER = Sealer([base64.b64decode(ENCRYPTION_KEY)])
SECRET = "whsec-0123456789abcdef"
NOTICE = Notice(
    action=Action.FIRED,
    event_id="018f2f4e-0000-7000-8000-000000000001",
    kind="budget_threshold",
    severity=Severity.WARNING,
    title="Budget “Research” is at 80 %",
    workspace="Acme & Sons",
    occurred_at=datetime(2026, 11, 21, 12, 30, tzinfo=UTC),
    lines=("80.12 of 100.00 USD are spent.", "At this pace it ends on November 24."),
    facts=(("Spent", "80.12 USD"), ("Limit", "100.00 USD"), ("Model", "gpt-5 <mini> *x*")),
    link="https://tokenboard.example.com/w/acme/alerts/1",
)


def parcel(
    workspace_id: UUID,
    kind: ChannelKind = ChannelKind.WEBHOOK,
    target: str = "https://hooks.example.com/x",
    *,
    channel_id: UUID | None = None,
    notice: Notice = NOTICE,
    not_before: datetime | None = None,
    dedup_key: str | None = None,
) -> Parcel:
    channel_id = channel_id or new_id()
    address = Address(target, SECRET if kind is ChannelKind.WEBHOOK else None)
    sealed = service.seal_address(SEALER, workspace_id, channel_id, address)
    return Parcel(kind, channel_id, "#alerts", sealed, notice, not_before, dedup_key)


def resolved(notice: Notice = NOTICE) -> Notice:
    return replace(notice, action=Action.RESOLVED, title="Budget “Research” is below 80 % again")
