"""Long answers without a model for each figure: the same JSON as the models write, in a quarter of the time."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

import msgspec
from fastapi import Response

from app.analytics.rules import Figure, Grouping, Point, fill_gaps, rank, share
from app.analytics.rules.figure import CURRENCY, total_of
from app.analytics.rules.ledgers import Sources
from app.analytics.schemas.answers import BreakdownOut, TrendOut
from app.core.money import to_wire
from app.core.periods import Granularity, Period


def breakdown_answer(
    month: str,
    period: Period,
    grouping: Grouping,
    groups: Iterable[tuple[str, str, Figure]],
    sources: Sources,
    tag: str | None = None,
    *,
    complete: bool = True,
) -> Response:
    """What `BreakdownOut.of` answers."""
    ranked = sorted(groups, key=lambda group: rank(group[:2], group[2]))
    total = total_of([figure for _, _, figure in ranked])
    frame = BreakdownOut.of(month, period, grouping, [], sources, tag, complete=complete)
    rows = [
        {"key": key, "label": label, "share": _amount(share(figure, total)), **_figure(figure)}
        for key, label, figure in ranked
    ]
    return _answer(frame, has_data=bool(ranked), total=_figure(total), rows=rows)


def trend_answer(
    period: Period,
    granularity: Granularity,
    grouping: Grouping | None,
    points: Sequence[Point],
    sources: Sources,
    tag: str | None = None,
    *,
    complete: bool = True,
) -> Response:
    """What `TrendOut.of` answers."""
    frame = TrendOut.of(period, granularity, Grouping.MODEL, [], sources, tag, complete=complete)
    filled = fill_gaps(points, period, granularity, grouped=grouping is not None)
    found = [
        {"start": _instant(point.start), "key": point.key, "label": point.label, **_figure(point.figure)}
        for point in filled
    ]
    return _answer(frame, group_by=grouping, has_data=bool(points), points=found)


def _answer(frame: BreakdownOut | TrendOut, **told: Any) -> Response:
    body = msgspec.json.encode({**frame.model_dump(mode="json"), **told})
    return Response(body, media_type="application/json")


def _figure(figure: Figure) -> dict[str, Any]:
    """What `FigureOut` makes of it."""
    return _nothing() if not figure.calls else _told(figure)


@cache
def _nothing() -> dict[str, Any]:
    """A trend is full of it."""
    return _told(Figure())


def _told(figure: Figure) -> dict[str, Any]:
    settled = figure.priced_calls + figure.free_calls
    return {
        "cost": _amount(figure.cost),
        "currency": CURRENCY,
        "calls": figure.calls,
        "errors": figure.errors,
        "priced_calls": figure.priced_calls,
        "free_calls": figure.free_calls,
        "unpriced_calls": figure.calls - settled,
        "input_tokens": figure.input_tokens,
        "cache_read_tokens": figure.cache_read_tokens,
        "cache_write_tokens": figure.cache_write_tokens,
        "output_tokens": figure.output_tokens,
        "reasoning_tokens": figure.reasoning_tokens,
        "list_cost": _amount(figure.list_cost),
        "cost_per_call": _amount(figure.cost_per_call),
        "other_currencies": (),
    }


def _amount(value: Decimal | None) -> str | None:
    return None if value is None else to_wire(value)


@lru_cache(maxsize=4096)
def _instant(at: datetime) -> str:
    """As pydantic writes it."""
    return at.isoformat().replace("+00:00", "Z")
