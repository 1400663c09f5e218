"""xAI: a team's cost by day, model and key, its running invoice, and what is left of prepaid credit."""

from collections.abc import AsyncIterator, Iterator, Sequence
from decimal import Decimal
from typing import Final

from app.core.http import Http
from app.core.money import EXACT
from app.core.periods import Period, utc_now
from app.providers.clients import xai_invoice, xai_usage
from app.providers.clients.answers import Fields, mapping, rows, text
from app.providers.clients.asking import CREDITS, REFUSED, Api, Silent, bearer, root_of, unusable
from app.providers.clients.base import BadAnswer, Credentials
from app.providers.rules.reports import (
    BilledLine,
    CreditSnapshot,
    Feed,
    FeedPlan,
    KeyClass,
    KeyReport,
    Page,
    UsageLine,
)

TEAM: Final = "team_id"
NEEDED: Final = (
    "A management key is needed (not a key that calls models): console.x.ai > Settings > Management Keys. "
    "The team's id stands on the team's page there."
)
_CENTS: Final = Decimal(100)


class XAI(Silent):
    """`UsageSource` of a team. How late a day can still change is not published."""

    plans: Sequence[FeedPlan] = (
        FeedPlan(Feed.COSTS, history_days=365, slice_days=31, reread_days=3),
        FeedPlan(Feed.USAGE, history_days=1, slice_days=31, reread_days=0),
        CREDITS,
    )

    def __init__(self, http: Http, credentials: Credentials) -> None:
        self._team = credentials.fields.get(TEAM, "").strip()
        self._facts = credentials.fields
        root = root_of(credentials.base_url, "https://management-api.x.ai", "/v1")
        key = bearer(credentials.api_key.get_secret_value())
        self._api = Api(http, "xAI", f"{root}/billing/teams/{self._team}", key, f"xAI refused the key. {NEEDED}")

    async def verify(self) -> KeyReport:
        if not self._team.replace("-", "").isalnum():
            return unusable(KeyClass.UNKNOWN, f"xAI needs the id of the team beside the key. {NEEDED}")
        answer = await self._api.ask("/prepaid/balance")
        if answer.status in REFUSED:
            return unusable(KeyClass.INFERENCE, f"xAI refused the key for billing. {NEEDED}")
        if answer.status == 404:
            return unusable(KeyClass.MANAGEMENT, f"xAI does not know this team, or not for this key. {NEEDED}")
        if not answer.is_ok:
            raise self._api.failure(answer)
        self._balance(answer.body)
        split = await xai_usage.split(self._api)
        return KeyReport(
            KeyClass.MANAGEMENT,
            is_usable=True,
            message="xAI management key: cost by day and model, the running invoice, and prepaid credit. What was "
            "spent is taken off prepaid credit when the month closes, so until then it shows more than is left.",
            can=frozenset((Feed.COSTS, Feed.USAGE, Feed.CREDITS)),
            facts={TEAM: self._team, xai_usage.SPLIT: split},
        )

    def costs(self, period: Period) -> AsyncIterator[Page[BilledLine]]:
        return xai_usage.read(self._api, period, self._facts)

    def usage(self, period: Period) -> AsyncIterator[Page[UsageLine]]:
        return xai_invoice.read(self._api, period)

    async def credits(self) -> Sequence[CreditSnapshot]:
        return [self._balance(await self._api.read("/prepaid/balance"))]

    def _balance(self, body: Fields) -> CreditSnapshot:
        """Granted and used only where the list of changes adds up to the total: it may have been cut."""
        total = dollars_of_credit(self._api.amount(mapping(body, "total"), "val"))
        granted, used = self._sums(body)
        is_whole = EXACT.subtract(granted, used) == total
        return CreditSnapshot(
            at=utc_now(),
            available=total,
            currency="USD",
            granted=granted if is_whole else None,
            used=used if is_whole else None,
            account="prepaid",
        )

    def _sums(self, body: Fields) -> tuple[Decimal, Decimal]:
        granted = used = Decimal(0)
        for origin, amount in self._changes(body):
            if origin == "SPEND":
                used = EXACT.subtract(used, amount)
            else:
                granted = EXACT.add(granted, amount)
        return granted, used

    def _changes(self, body: Fields) -> Iterator[tuple[str | None, Decimal]]:
        for change in rows(body, "changes"):
            if not isinstance(change.get("amount"), dict):
                raise BadAnswer("xAI gave a change of prepaid credit without an amount.")
            yield text(change, "changeOrigin"), dollars_of_credit(self._api.amount(mapping(change, "amount"), "val"))


def dollars_of_credit(value: Decimal) -> Decimal:
    """The prepaid ledger counts cents from xAI's side: what was bought is negative, what was spent positive."""
    return EXACT.divide(EXACT.minus(value), _CENTS)


def make(http: Http, credentials: Credentials) -> XAI:
    return XAI(http, credentials)
