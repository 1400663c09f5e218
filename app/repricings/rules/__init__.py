"""What a re-pricing is, and what it makes of a call. No I/O."""

from app.repricings.rules.figures import Figure, FigureKey, Preview, Summary, day_of, summary
from app.repricings.rules.jobs import AT_WORK, WAITING, Job, Order, Status
from app.repricings.rules.pricing import change_of, read_again

__all__ = [
    "AT_WORK",
    "WAITING",
    "Figure",
    "FigureKey",
    "Job",
    "Order",
    "Preview",
    "Status",
    "Summary",
    "change_of",
    "day_of",
    "read_again",
    "summary",
]
