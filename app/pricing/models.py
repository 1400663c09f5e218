from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class PriceRule(Base):
    """One price of a workspace's own: a rate, a discount, or what a deployment is. See `rules.workspace`.

    Never changed but to be revoked and restored, so that what was in force can always be told. Which columns are null
    depends on `kind`; `"*"` stands for every provider, model or meter.
    """

    __tablename__ = "price_rules"

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    provider: Mapped[str]
    model_pattern: Mapped[str]
    meter: Mapped[str]
    price: Mapped[Decimal | None] = mapped_column(Numeric)
    per: Mapped[int | None] = mapped_column(BigInteger)
    percent: Mapped[Decimal | None] = mapped_column(Numeric)
    target_provider: Mapped[str | None]
    target_model: Mapped[str | None]
    geo: Mapped[str | None]
    tier: Mapped[str | None]
    capacity: Mapped[str | None]
    effective_from: Mapped[datetime | None]
    effective_to: Mapped[datetime | None]
    note: Mapped[str]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    revoked_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    revoked_at: Mapped[datetime | None]
