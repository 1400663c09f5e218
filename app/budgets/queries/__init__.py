"""Every statement of budgets: `budgets` with their history, `firings` of thresholds, `holds` of reservations."""

from app.budgets.queries.budgets import (
    add_change,
    changes,
    delete,
    find,
    hold,
    insert,
    limiting,
    live,
    measured,
    put,
    workspaces_with_budgets,
)
from app.budgets.queries.firings import fire, fired_of, take_over
from app.budgets.queries.holds import Hold, end, extend, held, insert_holds, reserved, reserved_now, sweep

__all__ = [
    "Hold",
    "add_change",
    "changes",
    "delete",
    "end",
    "extend",
    "find",
    "fire",
    "fired_of",
    "held",
    "hold",
    "insert",
    "insert_holds",
    "limiting",
    "live",
    "measured",
    "put",
    "reserved",
    "reserved_now",
    "sweep",
    "take_over",
    "workspaces_with_budgets",
]
