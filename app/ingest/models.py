from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, SmallInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class HourlyIngest(Base):
    """What became of the events that arrived in an hour; of bodies that were refused whole where `outcome` says so.

    Written in the transaction that stores the events. `code` is empty but for `rejected` and `refused`; events without
    an API key have the nil UUID, because a primary key holds no null. `example` is of the newest rejection.
    """

    __tablename__ = "ingest_hourly"
    # the newest row of one key, however long ago that was
    __table_args__ = (Index("ix_ingest_hourly_api_key_id", "workspace_id", "api_key_id", "start"),)

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    start: Mapped[datetime] = mapped_column(primary_key=True)
    api_key_id: Mapped[UUID] = mapped_column(primary_key=True)
    outcome: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    events: Mapped[int] = mapped_column(BigInteger)
    last_at: Mapped[datetime]
    example: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class HourlyLag(Base):
    """How long after the call its event arrived: of those stored in an hour, by bucket of `usage.rules.latency`."""

    __tablename__ = "arrival_lag_hourly"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    start: Mapped[datetime] = mapped_column(primary_key=True)
    bucket: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    events: Mapped[int] = mapped_column(BigInteger)


class SenderDrops(Base):
    """How many events a sending process says it gave up since it started, by reason.

    A row with the empty reason and 0 is there for every sender that reported. Counts are the greatest that were told.
    """

    __tablename__ = "senders"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    sender_id: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    api_key_id: Mapped[UUID]
    dropped: Mapped[int] = mapped_column(BigInteger)
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]


class MetricSeries(Base):
    """The last value of a series of token counts, which goes on from there.

    `series` is a digest of all that names it.
    """

    __tablename__ = "metric_series"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    series: Mapped[UUID] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)
    at_ns: Mapped[int] = mapped_column(BigInteger)
    recorded_at: Mapped[datetime]


class DailyMetricTokens(Base):
    """Tokens that OpenTelemetry's metrics count, to compare with the calls of the same project and model.

    `metric` is part of the key because some programs count the same tokens in two of them.
    """

    __tablename__ = "metric_tokens_daily"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    start: Mapped[datetime] = mapped_column(primary_key=True)
    service: Mapped[str] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(primary_key=True)
    direction: Mapped[str] = mapped_column(primary_key=True)
    metric: Mapped[str] = mapped_column(primary_key=True)
    tokens: Mapped[int] = mapped_column(BigInteger)
