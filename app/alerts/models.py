from datetime import datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Alert(Base):
    """Something somebody was told.

    Whoever raises it commits it together with its cause; `fired_due` and `resolved_due` say which notices are still to
    be handed to the channels. `is_kept_open` is one that a person opened again: it does not resolve by itself.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["acknowledged_by"], ["users.id"], ondelete="SET NULL"),
        ForeignKeyConstraint(["resolved_by"], ["users.id"], ondelete="SET NULL"),
        Index("uq_alerts_key", "workspace_id", "key", unique=True),
        # one at a time for what can be over and come again
        Index(
            "uq_alerts_condition",
            "workspace_id",
            "condition",
            unique=True,
            postgresql_where=text("state <> 'resolved'"),
        ),
        Index("ix_alerts_due", "workspace_id", "id", postgresql_where=text("fired_due OR resolved_due")),
        Index("ix_alerts_snoozed", "snoozed_until", postgresql_where=text("snoozed_until IS NOT NULL")),
    )

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str]
    condition: Mapped[str]
    kind: Mapped[str]
    severity: Mapped[str]
    state: Mapped[str]
    title: Mapped[str]
    facts: Mapped[list[list[str]]] = mapped_column(JSONB)
    link: Mapped[str]
    occurrences: Mapped[int]
    occurred_at: Mapped[datetime]
    last_occurred_at: Mapped[datetime]
    created_at: Mapped[datetime]
    snoozed_until: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[UUID | None]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[UUID | None]
    is_kept_open: Mapped[bool]
    fired_due: Mapped[bool]
    resolved_due: Mapped[bool]


class AlertSetting(Base):
    """How a workspace wants a kind, where it is other than the default. `channel_ids` null are all."""

    __tablename__ = "alert_settings"
    __table_args__ = (ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], ondelete="CASCADE"),)

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    is_on: Mapped[bool]
    severity: Mapped[str | None]
    resolves_itself: Mapped[bool]
    channel_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB)
    updated_at: Mapped[datetime]


class AlertRead(Base):
    """Who has seen which alert."""

    __tablename__ = "alert_reads"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "alert_id"], ["alerts.workspace_id", "alerts.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        Index("ix_alert_reads_user_id", "user_id"),
    )

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    alert_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    read_at: Mapped[datetime]


class QuietTime(Base):
    """When a workspace is not to be disturbed, by the clocks of its time zone. No row: never."""

    __tablename__ = "quiet_times"
    __table_args__ = (ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], ondelete="CASCADE"),)

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    starts: Mapped[time]
    ends: Mapped[time]
    time_zone: Mapped[str]
    holds_critical: Mapped[bool]
    updated_at: Mapped[datetime]


class Channel(Base):
    """A way to people. Mail goes to `recipients` and, if `to_admins`, to who are owners and admins when it is sent.

    Of the others `sealed` is the address, under the key `key_id`, and `hint` its last characters.
    """

    __tablename__ = "channels"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["created_by"], ["users.id"], ondelete="SET NULL"),
    )

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    is_on: Mapped[bool]
    min_severity: Mapped[str]
    sends_resolved: Mapped[bool]
    recipients: Mapped[list[str]] = mapped_column(ARRAY(Text))
    to_admins: Mapped[bool]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    key_id: Mapped[str | None]
    hint: Mapped[str]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
