"""Models without a price, from daily rollups."""

from functools import cache
from typing import Any, Final

from sqlalchemy import BigInteger, DateTime, Integer, Select, Text, Uuid, bindparam, cast, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.analytics.rules import UnpricedModel
from app.core.periods import Period
from app.pricing.rules.call import PriceState
from app.usage.models import DailyUsage
from app.usage.rules.columns import TokenSums
from app.workspaces.rules import WorkspaceId

SortKey = tuple[int, str, str]
_INSTANT: Final = DateTime(timezone=True)
_SUMS: Final = ("calls", *TokenSums._fields)


async def unpriced_models(
    session: AsyncSession, workspace_id: WorkspaceId, period: Period, after: SortKey | None, limit: int
) -> list[UnpricedModel]:
    """The models of the period's whole days that have calls without a cost, in the order of their sort keys."""
    values: dict[str, Any] = {"workspace_id": workspace_id, "start": period.start, "end": period.end, "limit": limit}
    if after is not None:
        values |= dict(zip(("after_calls", "after_provider", "after_model"), after, strict=True))
    rows = await session.execute(_unpriced_models(is_first_page=after is None), values)
    return [_model(*row) for row in rows]


def _model(provider: str, model: str, *sums: Any) -> UnpricedModel:
    calls, *tokens, first_day, last_event_at, reasons = sums
    return UnpricedModel(provider, model, calls, TokenSums(*tokens), first_day, last_event_at, reasons)


@cache
def _unpriced_models(*, is_first_page: bool) -> Select[Any]:
    by_reason = _by_reason().cte("by_reason")
    sums = [cast(func.sum(by_reason.c[name]), BigInteger).label(name) for name in _SUMS]
    key = tuple_(-sums[0].element, by_reason.c.provider, by_reason.c.model)
    reasons = func.jsonb_object_agg(by_reason.c.unpriced_reason, by_reason.c.calls)
    statement: Select[Any] = (
        select(
            by_reason.c.provider,
            by_reason.c.model,
            *sums,
            func.min(by_reason.c.first_day),
            func.max(by_reason.c.last_event_at),
            reasons,
        )
        .group_by(by_reason.c.provider, by_reason.c.model)
        .order_by(-sums[0].element, by_reason.c.provider, by_reason.c.model)
        .limit(bindparam("limit", type_=Integer))
    )
    return statement if is_first_page else statement.having(key > _after())


def _by_reason() -> Select[Any]:
    workspace_id = bindparam("workspace_id", type_=Uuid())
    start, end = bindparam("start", type_=_INSTANT), bindparam("end", type_=_INSTANT)
    columns = DailyUsage.__table__.c
    key = [DailyUsage.provider, DailyUsage.model, DailyUsage.unpriced_reason]
    sums = [cast(func.sum(columns[name]), BigInteger).label(name) for name in _SUMS]
    last = [func.min(DailyUsage.start).label("first_day"), func.max(DailyUsage.last_event_at).label("last_event_at")]
    selected: list[Any] = [*key, *sums, *last]
    return (
        select(*selected)
        .where(
            DailyUsage.workspace_id == workspace_id,
            DailyUsage.start >= start,
            DailyUsage.start < end,
            DailyUsage.price_state == PriceState.UNPRICED.value,
        )
        .group_by(*key)
    )


def _after() -> Any:
    return tuple_(
        bindparam("after_calls", type_=BigInteger),
        bindparam("after_provider", type_=Text),
        bindparam("after_model", type_=Text),
    )
