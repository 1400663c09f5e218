"""Every SQL statement of the questions, one a function: session first, workspace second.

`rollups` and `inbox` read sums, `events` reads single calls. This is the public face of the package: whoever stands
upstairs may ask here.
"""

from app.analytics.queries.events import call, calls, earlier_prices
from app.analytics.queries.inbox import unpriced_models
from app.analytics.queries.rollups import breakdown, latency, newest, previous, totals, trend

__all__ = [
    "breakdown",
    "call",
    "calls",
    "earlier_prices",
    "latency",
    "newest",
    "previous",
    "totals",
    "trend",
    "unpriced_models",
]
