"""OpenRouter: an account read with a management key, or one key that reads itself."""

from collections.abc import AsyncIterator, Sequence
from typing import Final

from app.core.http import Http
from app.core.periods import Period, utc_now
from app.providers.clients import openrouter_activity as activity
from app.providers.clients import openrouter_keys as keys
from app.providers.clients.answers import decimal, mapping, text
from app.providers.clients.asking import CREDITS, NAMES, REFUSED, Api, Silent, bearer, root_of, unusable
from app.providers.clients.base import Credentials, KeyRefused
from app.providers.rules.reports import (
    BilledLine,
    CreditSnapshot,
    Feed,
    FeedPlan,
    KeyClass,
    KeyReport,
    Name,
    Page,
    UsageLine,
)

HISTORY_DAYS: Final = 30


class OpenRouterAccount(Silent):
    """`UsageSource` of an account. Today is in no report, and after 30 days a day is gone for good."""

    plans: Sequence[FeedPlan] = (
        NAMES,
        FeedPlan(Feed.COSTS, HISTORY_DAYS, slice_days=HISTORY_DAYS, reread_days=3, lag_days=1),
        FeedPlan(Feed.USAGE, HISTORY_DAYS, slice_days=HISTORY_DAYS, reread_days=3, lag_days=1),
        CREDITS,
    )

    def __init__(self, http: Http, credentials: Credentials) -> None:
        self._api = _api(http, credentials)
        self._facts = credentials.fields

    async def verify(self) -> KeyReport:
        return await keys.verify(self._api)

    async def costs(self, period: Period) -> AsyncIterator[Page[BilledLine]]:
        yield activity.costs(await activity.read(self._api, period, self._facts))

    async def usage(self, period: Period) -> AsyncIterator[Page[UsageLine]]:
        yield activity.usage(await activity.read(self._api, period, self._facts))

    async def credits(self) -> Sequence[CreditSnapshot]:
        """Raises KeyRefused on zeros that an ordinary key is answered with."""
        answer = await self._api.ask("/credits")
        if not answer.is_ok:
            raise self._api.failure(answer)
        if keys.has_no_money(self._api, answer) and not keys.says_management(await self._api.ask("/key")):
            raise KeyRefused(f"OpenRouter answers this key with zeros. {keys.NEEDED}")
        granted, used = keys.lifetime(self._api, answer.body)
        return [CreditSnapshot(utc_now(), keys.dollars(granted - used), "USD", granted, used)]

    async def names(self) -> AsyncIterator[Page[Name]]:
        spaces = await keys.workspaces(self._api)
        yield Page(keys.names(spaces, await keys.keys(self._api, spaces)), is_last=True)


class OpenRouterKey(Silent):
    """`UsageSource` of one ordinary key: what it has used, and what is left under its own limit."""

    plans: Sequence[FeedPlan] = (CREDITS,)

    def __init__(self, http: Http, credentials: Credentials) -> None:
        self._api = _api(http, credentials)

    async def verify(self) -> KeyReport:
        answer = await self._api.ask("/key")
        if answer.status in REFUSED:
            return unusable(KeyClass.UNKNOWN, "OpenRouter does not know this key. Keys are at openrouter.ai > Keys.")
        if not answer.is_ok:
            raise self._api.failure(answer)
        return KeyReport(
            KeyClass.PERSONAL,
            is_usable=True,
            message="OpenRouter key: what this one key has used and its own limit, not the balance of the account. "
            f"For the account by day and model: {keys.NEEDED}",
            can=frozenset((Feed.CREDITS,)),
        )

    async def credits(self) -> Sequence[CreditSnapshot]:
        """`usage` is all the key ever used; a limit that resets is no sum of money, so it is not called granted."""
        data = mapping(await self._api.read("/key"), "data")
        resets = text(data, "limit_reset") is not None
        return [
            CreditSnapshot(
                at=utc_now(),
                available=decimal(data.get("limit_remaining"), self._api.who),
                currency="USD",
                granted=None if resets else decimal(data.get("limit"), self._api.who),
                used=self._api.amount(data, "usage"),
                account="key limit",
            )
        ]


def _api(http: Http, credentials: Credentials) -> Api:
    return Api(
        http,
        "OpenRouter",
        root_of(credentials.base_url, "https://openrouter.ai", "/api/v1"),
        bearer(credentials.api_key.get_secret_value()),
        f"OpenRouter refused the key. {keys.NEEDED}",
    )


def account(http: Http, credentials: Credentials) -> OpenRouterAccount:
    return OpenRouterAccount(http, credentials)


def key(http: Http, credentials: Credentials) -> OpenRouterKey:
    return OpenRouterKey(http, credentials)
