"""DeepSeek: what is left, by currency. It has no report of costs or usage."""

from collections.abc import Sequence

from app.core.http import Http
from app.core.money import EXACT
from app.core.periods import utc_now
from app.providers.clients.answers import Fields, rows, text
from app.providers.clients.asking import CREDITS, REFUSED, Api, Silent, bearer, root_of, unusable
from app.providers.clients.base import BadAnswer, Credentials
from app.providers.rules.reports import CreditSnapshot, Feed, FeedPlan, KeyClass, KeyReport

_REFUSED = "DeepSeek refused the key. Any key from platform.deepseek.com > API keys reads the balance."


class DeepSeek(Silent):
    """`UsageSource` of an account. Granted credit can expire, so a falling balance is no proof of calls."""

    plans: Sequence[FeedPlan] = (CREDITS,)

    def __init__(self, http: Http, credentials: Credentials) -> None:
        # their address for calls ends in /v1, which the balance does not stand under
        given = (credentials.base_url or "").rstrip("/").removesuffix("/v1")
        root = root_of(given or None, "https://api.deepseek.com", "")
        self._api = Api(http, "DeepSeek", root, bearer(credentials.api_key.get_secret_value()), _REFUSED)

    async def verify(self) -> KeyReport:
        answer = await self._api.ask("/user/balance")
        if answer.status in REFUSED:
            return unusable(KeyClass.UNKNOWN, _REFUSED)
        if not answer.is_ok:
            raise self._api.failure(answer)
        self._balances(answer.body)
        blocked = answer.body.get("is_available") is False
        return KeyReport(
            KeyClass.PERSONAL,
            is_usable=True,
            message="DeepSeek key: the balance of the account; DeepSeek reports no costs or usage."
            + (" The balance does not suffice for calls." if blocked else ""),
            can=frozenset((Feed.CREDITS,)),
        )

    async def credits(self) -> Sequence[CreditSnapshot]:
        return self._balances(await self._api.read("/user/balance"))

    def _balances(self, body: Fields) -> Sequence[CreditSnapshot]:
        """One for each currency: either or both may be there, and they are not added. Amounts are in whole units.

        `granted_balance` is the part of what is left that was a gift, not what was ever granted: it is left out.
        """
        if not isinstance(body.get("balance_infos"), list):
            raise BadAnswer("DeepSeek answered without balances.")
        at = utc_now()
        return [
            CreditSnapshot(at, EXACT.plus(self._api.amount(info, "total_balance")), _currency(info))
            for info in rows(body, "balance_infos")
        ]


def _currency(info: Fields) -> str:
    currency = text(info, "currency")
    if currency is None:
        raise BadAnswer("DeepSeek gave a balance without its currency.")
    return currency.upper()


def make(http: Http, credentials: Credentials) -> DeepSeek:
    return DeepSeek(http, credentials)
