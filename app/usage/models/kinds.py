from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, case, literal_column, select
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base
from app.usage.rules.kinds import OWN_BITS


class CallKind(Base):
    """What many calls of a workspace say alike, by a number of its own there (see `rules.kinds`).

    Rows are never changed, and stay when calls go: every process remembers those it has seen.
    """

    __tablename__ = "call_kinds"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    usage_status: Mapped[str]
    convention: Mapped[str | None]
    price_version: Mapped[str]


def of_kind(said: Any, kept: Any, workspace_id: Any, kind: Any) -> ColumnElement[Any]:
    """What a call says where it may leave it to its kind."""
    of_call = (CallKind.workspace_id == workspace_id) & (CallKind.number == kind.op("&")(literal_column(str(OWN_BITS))))
    return case((kind.is_(None), kept), else_=select(said).where(of_call).correlate_except(CallKind).scalar_subquery())


def as_cost(bit: int, kept: Any, cost: Any, kind: Any) -> ColumnElement[Any]:
    """An amount of a call that leaves it out where it is the cost."""
    return case((kind.op("&")(literal_column(str(bit))) != literal_column("0"), cost), else_=kept)
