"""What the questions mean: figures, the periods they cover, and how a series is made whole. No I/O."""

from app.analytics.rules.arrivals import arrivals_period
from app.analytics.rules.calls import Call, CallFilter, Tokens, tokens_of
from app.analytics.rules.evidence import evidence
from app.analytics.rules.explanation import EarlierPrice, Explanation, explain
from app.analytics.rules.figure import Figure, Freshness, MonthTotals, change
from app.analytics.rules.grouping import NONE_LABEL, OTHER, Grouping, Point, fill_gaps, rank, share
from app.analytics.rules.inbox import Prospect, UnpricedModel
from app.analytics.rules.ledgers import AskedLedger, Ledger
from app.analytics.rules.period import MonthView, day_period, month_view, parse_instant, trend_period
from app.analytics.rules.tags import TagTotal, TagValue, only_one, tag_of

__all__ = [
    "NONE_LABEL",
    "OTHER",
    "AskedLedger",
    "Call",
    "CallFilter",
    "EarlierPrice",
    "Explanation",
    "Figure",
    "Freshness",
    "Grouping",
    "Ledger",
    "MonthTotals",
    "MonthView",
    "Point",
    "Prospect",
    "TagTotal",
    "TagValue",
    "Tokens",
    "UnpricedModel",
    "arrivals_period",
    "change",
    "day_period",
    "evidence",
    "explain",
    "fill_gaps",
    "month_view",
    "only_one",
    "parse_instant",
    "rank",
    "share",
    "tag_of",
    "tokens_of",
    "trend_period",
]
