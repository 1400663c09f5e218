"""Reasons of budgets: what they are, which periods they have, when a threshold is crossed, what may be reserved."""

from app.budgets.rules.budgets import (
    EVERY_DAY,
    Budget,
    Change,
    Every,
    Kind,
    Limit,
    OnUnavailable,
    Terms,
    Threshold,
    check,
    is_rearmed,
    period_at,
    shown_period,
)
from app.budgets.rules.standing import Fired, Standing, crossed

__all__ = [
    "EVERY_DAY",
    "Budget",
    "Change",
    "Every",
    "Fired",
    "Kind",
    "Limit",
    "OnUnavailable",
    "Standing",
    "Terms",
    "Threshold",
    "check",
    "crossed",
    "is_rearmed",
    "period_at",
    "shown_period",
]
