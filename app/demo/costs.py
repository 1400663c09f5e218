"""What the demo company spends on each day, without a database: to judge forecasts by."""

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from app.demo.rules.calls import Plan, calls
from app.ingest.rules.incoming import read_event
from app.ingest.rules.preparing import Sender, prepare
from app.pricing.service import PriceBook

_NOBODY = UUID(int=0)


def daily_costs(plan: Plan, book: PriceBook) -> dict[date, Decimal]:
    """Dollars a day of the plan's calls, priced as they are when they are sent."""
    costs: dict[date, Decimal] = defaultdict(Decimal)
    after = datetime.combine(plan.until + timedelta(days=1), time(), UTC)
    for call in calls(plan):
        priced = prepare(read_event(call.event), Sender(_NOBODY, None), book.pricing, after)
        costs[call.occurred_at.date()] += priced.cost or 0
    return costs
