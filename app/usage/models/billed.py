from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Date, ForeignKey, Index, Numeric, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class _ReportRow:
    """What rows of any report have.

    `line_key` is a 128-bit hash of the row's identity within the connection (see `rules.reports.line_key`), which a
    primary key could not hold: dimensions are null or absent, and the two differ. `group_by` are the names of the
    dimensions that were asked for, in order of the alphabet, with commas between. A row that was not seen again when
    its bucket was read is marked in `vanished_at` and keeps its figures; where the same bucket was seen under another
    set of dimensions, it is `superseded_at` and counts no longer, because the other rows are the same money.
    """

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True)
    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    line_key: Mapped[UUID] = mapped_column(primary_key=True)
    provider: Mapped[str]
    endpoint: Mapped[str]
    start: Mapped[datetime]
    end: Mapped[datetime]
    group_by: Mapped[str]
    dimensions: Mapped[dict[str, Any]] = mapped_column(JSONB)
    project: Mapped[str | None]
    api_key: Mapped[str | None]
    model: Mapped[str | None]
    first_seen_at: Mapped[datetime]
    last_changed_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    vanished_at: Mapped[datetime | None]
    superseded_at: Mapped[datetime | None]


class BilledRow(_ReportRow, Base):
    """What a provider charges for one bucket and one set of dimensions. `first_amount` is what it said at first."""

    __tablename__ = "billed_lines"
    __table_args__ = (Index("ix_billed_lines_workspace_id_start", "workspace_id", "start"),)

    amount: Mapped[Decimal] = mapped_column(Numeric)
    currency: Mapped[str]
    line_item: Mapped[str | None]
    quantity: Mapped[Decimal | None] = mapped_column(Numeric)
    quantity_unit: Mapped[str | None]
    is_estimated: Mapped[bool]
    first_amount: Mapped[Decimal] = mapped_column(Numeric)


class ReportedRow(_ReportRow, Base):
    """What a provider counted for one bucket and one set of dimensions; leaves and meters as events keep them.

    `is_level` marks amounts that are levels and not flows (stored bytes): they are never summed over time.
    """

    __tablename__ = "reported_usage"
    __table_args__ = (Index("ix_reported_usage_workspace_id_start", "workspace_id", "start"),)

    user: Mapped[str | None] = mapped_column("user_ref")  # the provider's id of a person; USER is a word of SQL
    fresh_tokens: Mapped[int | None] = mapped_column(BigInteger)
    cache_read_tokens: Mapped[int | None] = mapped_column(BigInteger)
    cache_write_tokens: Mapped[int | None] = mapped_column(BigInteger)
    visible_tokens: Mapped[int | None] = mapped_column(BigInteger)
    reasoning_tokens: Mapped[int | None] = mapped_column(BigInteger)
    meters: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    requests: Mapped[int | None] = mapped_column(BigInteger)
    is_level: Mapped[bool]


class CreditRow(Base):
    """A balance at an instant: read from a provider, or typed in by a person (then it may have no connection)."""

    __tablename__ = "credit_snapshots"
    __table_args__ = (Index("ix_credit_snapshots_workspace_id_at", "workspace_id", "at"),)

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID | None]
    provider: Mapped[str]
    source: Mapped[str]
    at: Mapped[datetime]
    granted: Mapped[Decimal | None] = mapped_column(Numeric)
    used: Mapped[Decimal | None] = mapped_column(Numeric)
    available: Mapped[Decimal | None] = mapped_column(Numeric)
    currency: Mapped[str]
    account: Mapped[str]
    expires_at: Mapped[datetime | None]
    note: Mapped[str]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]


class ProviderName(Base):
    """What people call a provider's id. Never deleted while its connection stands: rows outlive what they name.

    `former_names` are the names it had before, oldest first.
    """

    __tablename__ = "provider_names"

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True)
    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    parent: Mapped[str | None]
    is_archived: Mapped[bool]
    former_names: Mapped[list[str]] = mapped_column(ARRAY(Text))
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]


class ExchangeRate(Base):
    """What a unit of a currency was worth in US dollars from a day on, as the workspace entered it."""

    __tablename__ = "exchange_rates"

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    usd_per_unit: Mapped[Decimal] = mapped_column(Numeric)
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
