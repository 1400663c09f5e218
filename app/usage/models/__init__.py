"""The ledger's tables: `tracked` are the calls we were told of, `billed` what providers say."""

from app.usage.models.billed import (
    BilledRow,
    CreditRow,
    ExchangeRate,
    ProviderName,
    ReportedRow,
)
from app.usage.models.kept import Retention, RollupRebuild, TagSumsDue
from app.usage.models.kinds import CallKind
from app.usage.models.tracked import (
    PARTITION_PATTERN,
    DailyLatency,
    DailyTagTotal,
    DailyTagUsage,
    DailyUsage,
    Event,
    EventKey,
    EventPrice,
    HourlyUsage,
    MonthlyTagUsage,
    ReopenedMonth,
    TagDay,
    TagMonth,
    text_mark,
)

__all__ = [
    "PARTITION_PATTERN",
    "BilledRow",
    "CallKind",
    "CreditRow",
    "DailyLatency",
    "DailyTagTotal",
    "DailyTagUsage",
    "DailyUsage",
    "Event",
    "EventKey",
    "EventPrice",
    "ExchangeRate",
    "HourlyUsage",
    "MonthlyTagUsage",
    "ProviderName",
    "ReopenedMonth",
    "ReportedRow",
    "Retention",
    "RollupRebuild",
    "TagDay",
    "TagMonth",
    "TagSumsDue",
    "text_mark",
]
