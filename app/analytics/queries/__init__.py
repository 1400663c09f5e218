"""Every SQL statement of the questions, one a function: session first, workspace second.

`rollups`, `inbox` and `spending` read sums, `arrivals` what became of what was sent, `events` single calls, `billed`,
`reported` and `credits` what providers say. This is the face of the package: whoever stands upstairs may ask here.
"""

from app.analytics.queries.arrivals import arrival_lag, arrivals, examples, sending_keys, sending_processes
from app.analytics.queries.billed import charges, names, rates, sources, tracked_providers
from app.analytics.queries.coverage import metric_coverage
from app.analytics.queries.events import call, calls, earlier_prices
from app.analytics.queries.inbox import unpriced_models
from app.analytics.queries.reported import counted
from app.analytics.queries.rollups import breakdown, latency, previous, totals, trend
from app.analytics.queries.spending import Spent, spent
from app.analytics.queries.tags import breakdown_of_value, known_tags, tag_breakdown, tag_trend, trend_of_value

__all__ = [
    "Spent",
    "arrival_lag",
    "arrivals",
    "breakdown",
    "breakdown_of_value",
    "call",
    "calls",
    "charges",
    "counted",
    "earlier_prices",
    "examples",
    "known_tags",
    "latency",
    "metric_coverage",
    "names",
    "previous",
    "rates",
    "sending_keys",
    "sending_processes",
    "sources",
    "spent",
    "tag_breakdown",
    "tag_trend",
    "totals",
    "tracked_providers",
    "trend",
    "trend_of_value",
    "unpriced_models",
]
