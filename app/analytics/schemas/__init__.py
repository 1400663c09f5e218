"""What travels on the wire: `asked` are query strings, `answers` bodies, `calls` single calls."""

from app.analytics.schemas.answers import BreakdownOut, FigureOut, SummaryOut, TrendOut
from app.analytics.schemas.asked import BreakdownQuery, CallsQuery, SummaryQuery, TrendQuery
from app.analytics.schemas.calls import CallOut

__all__ = [
    "BreakdownOut",
    "BreakdownQuery",
    "CallOut",
    "CallsQuery",
    "FigureOut",
    "SummaryOut",
    "SummaryQuery",
    "TrendOut",
    "TrendQuery",
]
