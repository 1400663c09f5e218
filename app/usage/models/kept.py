from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Retention(Base):
    """How long the calls of a workspace are kept, and from when on they are all there.

    A row comes with the first wish or the first drop. `days` null is what the installation says. Rollups outlive the
    calls, so whoever adds calls up anew must not begin before `complete_since` (null: nothing was ever dropped).
    Identities of calls before `keys_until` are still to be looked through, from `keys_after` on.
    """

    __tablename__ = "retentions"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    days: Mapped[int | None]
    complete_since: Mapped[datetime | None]
    keys_until: Mapped[datetime | None]
    keys_after: Mapped[UUID | None]


class RollupRebuild(Base):
    """How far a rebuild of a workspace's rollups is; gone when it is done, so that one that was cut goes on.

    `differences` counts the rows that differed, by day. Until `lease_expires_at` somebody is at it (null: nobody).
    """

    __tablename__ = "rollup_rebuilds"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    period_start: Mapped[datetime | None]
    period_end: Mapped[datetime | None]
    is_check: Mapped[bool]
    done_until: Mapped[datetime | None]
    calls: Mapped[int] = mapped_column(BigInteger)
    differences: Mapped[dict[str, Any]] = mapped_column(JSONB)
    started_at: Mapped[datetime]
    lease_expires_at: Mapped[datetime | None]


class TagSumsDue(Base):
    """Sums by customer and tag that an upgrade left to be made from the calls there were; gone when they are.

    Days from `until` on never lacked any; those before `done_until` (null: none) have theirs by now. The counts of
    calls tell people how far it is.
    """

    __tablename__ = "tag_sums_due"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    until: Mapped[datetime]
    done_until: Mapped[datetime | None]
    calls_total: Mapped[int] = mapped_column(BigInteger)
    calls_done: Mapped[int] = mapped_column(BigInteger)
