"""What travels on the wire: `asked` are query strings, `answers` bodies, `calls` single calls, `tables` CSV."""

from app.analytics.schemas.answers import BreakdownOut, FigureOut, FreshnessOut, SummaryOut, TagOut, TagsOut, TrendOut
from app.analytics.schemas.arrivals import IngestStatsOut
from app.analytics.schemas.asked import (
    BreakdownQuery,
    BreakdownTableQuery,
    CallsFilterQuery,
    CallsQuery,
    CoverageQuery,
    IngestStatsQuery,
    KnownModelsQuery,
    ReconciliationQuery,
    SummaryQuery,
    TagsQuery,
    TrendQuery,
    UnpricedQuery,
)
from app.analytics.schemas.calls import CallDetailOut, CallOut
from app.analytics.schemas.coverage import CoverageOut
from app.analytics.schemas.credits import AccountOut, CreditsOut
from app.analytics.schemas.inbox import KnownModelOut, UnpricedModelOut
from app.analytics.schemas.reconciliation import ReconciliationOut

__all__ = [
    "AccountOut",
    "BreakdownOut",
    "BreakdownQuery",
    "BreakdownTableQuery",
    "CallDetailOut",
    "CallOut",
    "CallsFilterQuery",
    "CallsQuery",
    "CoverageOut",
    "CoverageQuery",
    "CreditsOut",
    "FigureOut",
    "FreshnessOut",
    "IngestStatsOut",
    "IngestStatsQuery",
    "KnownModelOut",
    "KnownModelsQuery",
    "ReconciliationOut",
    "ReconciliationQuery",
    "SummaryOut",
    "SummaryQuery",
    "TagOut",
    "TagsOut",
    "TagsQuery",
    "TrendOut",
    "TrendQuery",
    "UnpricedModelOut",
    "UnpricedQuery",
]
