"""An OpenAI organization, read with an admin key: costs, usage, and names."""

from collections.abc import AsyncIterator, Sequence

from app.core.http import Http
from app.core.periods import Period
from app.providers.clients import openai_costs, openai_keys, openai_names, openai_usage
from app.providers.clients.base import Credentials
from app.providers.clients.openai_api import Api
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


class OpenAIOrganization:
    """`UsageSource` of an organization. There is no endpoint for its balance.

    How late OpenAI restates a day is not published; three days are read again by those who watched it.
    """

    plans: Sequence[FeedPlan] = (
        FeedPlan(Feed.COSTS, history_days=None, slice_days=30, reread_days=3),
        FeedPlan(Feed.NAMES, history_days=None, slice_days=1, reread_days=0),
        FeedPlan(Feed.USAGE, history_days=None, slice_days=31, reread_days=3),
    )

    def __init__(self, http: Http, credentials: Credentials) -> None:
        self._api = Api(http, credentials)

    async def verify(self) -> KeyReport:
        return await openai_keys.verify(self._api)

    def costs(self, period: Period) -> AsyncIterator[Page[BilledLine]]:
        return openai_costs.read(self._api, period)

    def usage(self, period: Period) -> AsyncIterator[Page[UsageLine]]:
        return openai_usage.read(self._api, period)

    async def credits(self) -> Sequence[CreditSnapshot]:
        return ()

    def names(self) -> AsyncIterator[Page[Name]]:
        return openai_names.read(self._api)


def make(http: Http, credentials: Credentials) -> OpenAIOrganization:
    return OpenAIOrganization(http, credentials)
