"""What travels on the wire: `asked` are query strings, `answers` bodies, `calls` single calls, `tables` CSV."""

from app.analytics.schemas.answers import BreakdownOut, FigureOut, SummaryOut, TrendOut
from app.analytics.schemas.asked import (
    BreakdownQuery,
    CallsFilterQuery,
    CallsQuery,
    KnownModelsQuery,
    SummaryQuery,
    TrendQuery,
    UnpricedQuery,
)
from app.analytics.schemas.calls import CallDetailOut, CallOut
from app.analytics.schemas.inbox import KnownModelOut, UnpricedModelOut

__all__ = [
    "BreakdownOut",
    "BreakdownQuery",
    "CallDetailOut",
    "CallOut",
    "CallsFilterQuery",
    "CallsQuery",
    "FigureOut",
    "KnownModelOut",
    "KnownModelsQuery",
    "SummaryOut",
    "SummaryQuery",
    "TrendOut",
    "TrendQuery",
    "UnpricedModelOut",
    "UnpricedQuery",
]
