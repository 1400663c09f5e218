from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Connection(Base):
    """Credentials to a provider's reports, and how reading them goes.

    `sealed_key` is encrypted under the key named by `key_id`; both are gone once the connection is deleted.
    `key_fingerprint` is a SHA-256 of the key and of what must be given beside it: an account connected twice would be
    counted twice. `fields` is what was given beside the key, `facts` what the provider told.
    """

    __tablename__ = "connections"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["created_by"], ["users.id"], ondelete="SET NULL"),
        Index(
            "uq_connections_key",
            "workspace_id",
            "provider",
            "mode",
            "key_fingerprint",
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index("ix_connections_due", "next_try_at", postgresql_where=text("deleted_at IS NULL")),
    )

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    provider: Mapped[str]
    mode: Mapped[str]
    label: Mapped[str]
    base_url: Mapped[str | None]
    fields: Mapped[dict[str, str]] = mapped_column(JSONB)

    key_class: Mapped[str]
    key_last4: Mapped[str]
    key_fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    key_id: Mapped[str | None]
    facts: Mapped[dict[str, str]] = mapped_column(JSONB)
    can: Mapped[list[str]] = mapped_column(ARRAY(Text))
    message: Mapped[str]

    status: Mapped[str]
    error_code: Mapped[str | None]
    error_detail: Mapped[str | None]
    failures: Mapped[int]
    next_try_at: Mapped[datetime | None]
    verified_at: Mapped[datetime]
    last_synced_at: Mapped[datetime | None]

    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class SyncLease(Base):
    """Whose a connection is just now. It dies with its holder, who must renew it while at work."""

    __tablename__ = "sync_leases"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "connection_id"], ["connections.workspace_id", "connections.id"], ondelete="CASCADE"
        ),
    )

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    owner: Mapped[UUID]
    expires_at: Mapped[datetime]


class SyncCursor(Base):
    """How much of a feed was read: every day of `[backfilled_from, synced_until)`, by walks that were complete.

    `empty_days` are the days in a row, at the old end, that held nothing. `slice_days` is set where a walk of the
    plan's size did not fit into the time there was.
    """

    __tablename__ = "sync_cursors"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "connection_id"], ["connections.workspace_id", "connections.id"], ondelete="CASCADE"
        ),
    )

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    feed: Mapped[str] = mapped_column(primary_key=True)
    backfilled_from: Mapped[datetime | None]
    synced_until: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    empty_days: Mapped[int]
    slice_days: Mapped[int | None]
    is_complete: Mapped[bool]


class SyncRun(Base):
    """One pull: what set it off, how far it is, what it found."""

    __tablename__ = "sync_runs"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "connection_id"], ["connections.workspace_id", "connections.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["requested_by"], ["users.id"], ondelete="SET NULL"),
        # a connection has one run that is not over: who asks for another is shown that one
        Index(
            "uq_sync_runs_open",
            "workspace_id",
            "connection_id",
            unique=True,
            postgresql_where=text("status IN ('queued', 'running')"),
        ),
        Index("ix_sync_runs_of_connection", "workspace_id", "connection_id", "id"),
    )

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID]
    trigger: Mapped[str]
    status: Mapped[str]
    requested_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    feed: Mapped[str | None]
    window_start: Mapped[datetime | None]
    window_end: Mapped[datetime | None]
    windows_done: Mapped[int]
    windows_total: Mapped[int | None]
    pages: Mapped[int]
    rows_new: Mapped[int] = mapped_column(BigInteger)
    rows_changed: Mapped[int] = mapped_column(BigInteger)
    rows_unchanged: Mapped[int] = mapped_column(BigInteger)
    rows_flagged: Mapped[int] = mapped_column(BigInteger)
    # what a run that stopped early leaves to the next: [{feed, start, end}]
    left: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    error_code: Mapped[str | None]
    error_detail: Mapped[str | None]
