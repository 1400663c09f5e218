"""An Anthropic organization, read with an admin key: costs, usage, Claude Code, and names."""

from collections.abc import AsyncIterator, Sequence

from app.core.http import Http
from app.core.periods import Period
from app.providers.clients import (
    anthropic_analytics,
    anthropic_code,
    anthropic_costs,
    anthropic_keys,
    anthropic_names,
    anthropic_usage,
)
from app.providers.clients.anthropic_api import Api
from app.providers.clients.base import Credentials
from app.providers.clients.paging import in_turn
from app.providers.rules.reports import (
    BilledLine,
    CreditSnapshot,
    Feed,
    FeedPlan,
    KeyReport,
    Name,
    Page,
    UsageLine,
)


class AnthropicOrganization:
    """`UsageSource` of an organization. There is no endpoint for its balance.

    `fields["costs_from"] == "analytics"` reads costs from the analytics report instead of the cost report. Earlier
    days are revised in place, to a depth that is not published; analytics is final after thirty days.
    """

    def __init__(self, http: Http, credentials: Credentials) -> None:
        self._api = Api(http, credentials)
        self._has_analytics = credentials.fields.get("costs_from") == "analytics"
        reread, history = (30, 365) if self._has_analytics else (3, None)
        self.plans: Sequence[FeedPlan] = (
            FeedPlan(Feed.COSTS, history_days=history, slice_days=30, reread_days=reread),
            FeedPlan(Feed.NAMES, history_days=None, slice_days=1, reread_days=0),
            FeedPlan(Feed.USAGE, history_days=None, slice_days=30, reread_days=3),
        )

    async def verify(self) -> KeyReport:
        return await anthropic_keys.verify(self._api)

    def costs(self, period: Period) -> AsyncIterator[Page[BilledLine]]:
        if self._has_analytics:
            return anthropic_analytics.read(self._api, period)
        return anthropic_costs.read(self._api, period)

    def usage(self, period: Period) -> AsyncIterator[Page[UsageLine]]:
        return in_turn(anthropic_usage.read(self._api, period), anthropic_code.read(self._api, period))

    async def credits(self) -> Sequence[CreditSnapshot]:
        return ()

    def names(self) -> AsyncIterator[Page[Name]]:
        return anthropic_names.read(self._api)


def make(http: Http, credentials: Credentials) -> AnthropicOrganization:
    return AnthropicOrganization(http, credentials)
