"""Moonshot (Kimi): what is left, in dollars at `.ai` and in yuan at `.cn`."""

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
    "ai": Site("api.moonshot.ai", "https://api.moonshot.ai", "USD"),
    "cn": Site("api.moonshot.cn", "https://api.moonshot.cn", "CNY"),
}


class Moonshot(RegionalBalance):
    who = "Moonshot"
    path = "/users/me/balance"
    success = 0
    sites = SITES
    where = "platform.moonshot.ai (international) or platform.moonshot.cn (China) > API keys"

    def balance(self, api: Api, data: Fields, currency: str) -> CreditSnapshot:
        """In whole units. With debts (`cash_balance` below zero) the vouchers are still all that can be spent."""
        return CreditSnapshot(utc_now(), EXACT.plus(api.amount(data, "available_balance")), currency)


def make(http: Http, credentials: Credentials) -> Moonshot:
    return Moonshot(http, credentials)
