"""Every statement that writes to the ledger.

All keep to forms that hold on Citus unchanged: `INSERT .. SELECT unnest .. ON CONFLICT`, COPY, and one statement per
table. None leaves anything behind in the database session, so a pooler in transaction mode may stand between.
"""

from app.usage.queries.changing import (
    calls_after,
    changed_again_by,
    count_calls,
    count_kept,
    delete_empty,
    keep_history,
    kept_after,
    nothing_added,
    plan_each_time,
    settle,
    write_figures,
    write_readings,
)
from app.usage.queries.writing import (
    KeptEvent,
    add_daily,
    add_hourly,
    add_latency,
    claim_keys,
    copy_events,
    delete_everything,
    delete_rollups,
    has_key,
    kept_events,
    lock_rollups,
    make_month,
    named_failures,
)

__all__ = [
    "KeptEvent",
    "add_daily",
    "add_hourly",
    "add_latency",
    "calls_after",
    "changed_again_by",
    "claim_keys",
    "copy_events",
    "count_calls",
    "count_kept",
    "delete_empty",
    "delete_everything",
    "delete_rollups",
    "has_key",
    "keep_history",
    "kept_after",
    "kept_events",
    "lock_rollups",
    "make_month",
    "named_failures",
    "nothing_added",
    "plan_each_time",
    "settle",
    "write_figures",
    "write_readings",
]
