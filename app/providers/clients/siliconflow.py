"""SiliconFlow: what is left, in yuan at `.cn`; which currency `.com` means is written nowhere."""

from collections.abc import Mapping
from typing import Final

from app.core.http import Http
from app.core.money import EXACT
from app.core.periods import utc_now
from app.providers.clients.answers import Fields
from app.providers.clients.asking import Api
from app.providers.clients.base import Credentials
from app.providers.clients.regional import RegionalBalance
from app.providers.clients.regions import Site
from app.providers.rules.reports import CreditSnapshot

SITES: Final[Mapping[str, Site]] = {
    "cn": Site("api.siliconflow.cn", "https://api.siliconflow.cn", "CNY"),
    "com": Site("api.siliconflow.com", "https://api.siliconflow.com", None),
}


class SiliconFlow(RegionalBalance):
    """The answer also holds a person's name and address, which go no further than this file."""

    who = "SiliconFlow"
    path = "/user/info"
    success = 20000
    sites = SITES
    where = "cloud.siliconflow.cn (China) or cloud.siliconflow.com (international) > API keys"

    def balance(self, api: Api, data: Fields, currency: str) -> CreditSnapshot:
        """In whole units. `totalBalance` is gifts and payments together; `balance` alone is only the gifts."""
        return CreditSnapshot(utc_now(), EXACT.plus(api.amount(data, "totalBalance")), currency)


def make(http: Http, credentials: Credentials) -> SiliconFlow:
    return SiliconFlow(http, credentials)
