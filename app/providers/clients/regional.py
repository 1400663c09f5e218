"""A balance at one of a provider's two sites. Its answers say by a code of their own whether they are answers."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

from app.core.http import Http
from app.providers.clients.answers import Answer, Fields, mapping
from app.providers.clients.asking import CREDITS, REFUSED, Api, Silent, bearer, root_of, unusable
from app.providers.clients.base import BadAnswer, Credentials, KeyRefused
from app.providers.clients.regions import SITE, UNKNOWN_CURRENCY, Site, candidates, currency_of
from app.providers.rules.reports import CreditSnapshot, Feed, FeedPlan, KeyClass, KeyReport


class RegionalBalance(Silent, ABC):
    """`UsageSource` of a balance. Subclasses say where, and how the answer reads."""

    plans: Sequence[FeedPlan] = (CREDITS,)
    who: ClassVar[str]
    path: ClassVar[str]
    success: ClassVar[int]
    sites: ClassVar[Mapping[str, Site]]
    where: ClassVar[str]

    def __init__(self, http: Http, credentials: Credentials) -> None:
        self._http = http
        self._credentials = credentials

    @abstractmethod
    def balance(self, api: Api, data: Fields, currency: str) -> CreditSnapshot: ...

    async def verify(self) -> KeyReport:
        """A key of one site is unknown at the other, so each is tried until one knows it."""
        for site, host in candidates(self.sites, self._credentials):
            api = self._api(host)
            answer = await api.ask(self.path)
            if answer.status not in REFUSED:
                return self._report(site, self._balance(api, answer, site))
        return unusable(KeyClass.UNKNOWN, self._refused)

    async def credits(self) -> Sequence[CreditSnapshot]:
        for site, host in candidates(self.sites, self._credentials):
            api = self._api(host)
            answer = await api.ask(self.path)
            if answer.status not in REFUSED:
                return [self._balance(api, answer, site)]
        raise KeyRefused(self._refused)

    @property
    def _refused(self) -> str:
        return f"{self.who} refused the key. A key works only at the site where it was made: {self.where}."

    def _api(self, host: str) -> Api:
        key = self._credentials.api_key.get_secret_value()
        return Api(self._http, self.who, root_of(host, host, "/v1"), bearer(key), self._refused)

    def _balance(self, api: Api, answer: Answer, site: Site) -> CreditSnapshot:
        if not answer.is_ok:
            raise api.failure(answer)
        if answer.body.get("code") != self.success:
            # 200 and another code is a refusal in the body
            raise BadAnswer(f"{self.who} answered with a code of failure instead of a balance.")
        return self.balance(api, mapping(answer.body, "data"), currency_of(site, self._credentials))

    def _report(self, site: Site, balance: CreditSnapshot) -> KeyReport:
        if balance.currency == UNKNOWN_CURRENCY:
            money = f"{self.who} does not say in which currency: enter it with the connection, or it joins no sum"
        else:
            money = f"read in {balance.currency}, the currency of {site.name}"
        return KeyReport(
            KeyClass.PERSONAL,
            is_usable=True,
            message=f"{self.who} key: the balance of the account, {money}. {self.who} reports no costs or usage.",
            can=frozenset((Feed.CREDITS,)),
            facts={SITE: next(name for name, each in self.sites.items() if each == site)},
        )
