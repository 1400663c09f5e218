"""Every statement of budgets: `budgets` with their history, `firings` of thresholds, `holds` of reservations."""

from app.budgets.queries.budgets import (
    add_change,
    changes,
    find,
    hold,
    hold_deleted,
    insert,
    limiting,
    live,
    measured,
    put,
    set_deleted,
    workspaces_with_budgets,
)
from app.budgets.queries.firings import fire, fired_of, take_over, take_up
from app.budgets.queries.holds import Hold, count_leases, end, extend, held, insert_holds, reserved, reserved_now, sweep

__all__ = [
    "Hold",
    "add_change",
    "changes",
    "count_leases",
    "end",
    "extend",
    "find",
    "fire",
    "fired_of",
    "held",
    "hold",
    "hold_deleted",
    "insert",
    "insert_holds",
    "limiting",
    "live",
    "measured",
    "put",
    "reserved",
    "reserved_now",
    "set_deleted",
    "sweep",
    "take_over",
    "take_up",
    "workspaces_with_budgets",
]
