"""Fireworks: rated dollars by day and model, of the whole account or of one user."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

from app.core.http import Http
from app.core.periods import Granularity, Period, floor, utc_now
from app.providers.clients import fireworks_costs
from app.providers.clients.answers import Answer, rows, text
from app.providers.clients.asking import REFUSED, Api, Silent, bearer, root_of, unusable
from app.providers.clients.base import BadAnswer, Credentials, KeyRefused
from app.providers.clients.fireworks_costs import DAY
from app.providers.rules.reports import BilledLine, Feed, FeedPlan, KeyClass, KeyReport, Page

ACCOUNT: Final = "account"
SCOPE: Final = "scope"
_NEEDED: Final = "An admin of the account makes a key at app.fireworks.ai > Settings > API Keys."


class Fireworks(Silent):
    """`UsageSource` of an account. The cost of a day comes a day late or more, so a week is read again."""

    plans: Sequence[FeedPlan] = (FeedPlan(Feed.COSTS, history_days=365, slice_days=31, reread_days=7),)

    def __init__(self, http: Http, credentials: Credentials, scope: str | None = None) -> None:
        """`scope` SELF asks for the key's own user only; None for the account, or what was found at connecting."""
        root = root_of(credentials.base_url, "https://api.fireworks.ai", "/v1")
        key = bearer(credentials.api_key.get_secret_value())
        self._api = Api(http, "Fireworks", root, key, f"Fireworks refused the key. {_NEEDED}")
        self._fields = credentials.fields
        self._scope = scope

    async def verify(self) -> KeyReport:
        listed = await self._api.ask("/accounts")
        if listed.status in REFUSED:
            return unusable(KeyClass.UNKNOWN, self._api.refused)
        if not listed.is_ok:
            raise self._api.failure(listed)
        account = self._chosen(listed)
        if account is None:
            return unusable(KeyClass.UNKNOWN, self._which(listed))
        return await self._try_scopes(account)

    async def _try_scopes(self, account: str) -> KeyReport:
        """The account first; where only its admins may ask, the user alone, and the report says so."""
        today = floor(utc_now(), Granularity.DAY)
        for scope in (self._scope,) if self._scope else ("ACCOUNT", "SELF"):
            answer = await fireworks_costs.ask(self._api, account, Period(today - DAY, today), scope)
            if answer.is_ok:
                return _report(account, scope, was_chosen=self._scope is not None)
            if answer.status not in REFUSED:
                raise self._api.failure(answer)
        return unusable(KeyClass.UNKNOWN, f"This Fireworks key may not read costs. {_NEEDED}")

    async def costs(self, period: Period) -> AsyncIterator[Page[BilledLine]]:
        """Never of a narrower scope than was agreed to: an account's key that lost its rights is refused."""
        account = self._fields.get(ACCOUNT) or await self._found()
        scope = self._scope or self._fields.get(SCOPE) or "ACCOUNT"
        async for page in fireworks_costs.read(self._api, account, period, scope):
            yield page

    async def _found(self) -> str:
        listed = await self._api.ask("/accounts")
        if not listed.is_ok:
            raise self._api.failure(listed)
        account = self._chosen(listed)
        if account is None:
            raise KeyRefused(self._which(listed))
        return account

    def _chosen(self, listed: Answer) -> str | None:
        """The account that was typed in, or the only one there is."""
        known, typed = accounts(listed), self._fields.get(ACCOUNT, "").strip()
        if typed:
            return typed if typed in known else None
        return known[0] if len(known) == 1 else None

    def _which(self, listed: Answer) -> str:
        known = accounts(listed)
        if not known:
            return f"This Fireworks key belongs to no account. {_NEEDED}"
        typed = self._fields.get(ACCOUNT, "").strip()
        what = f"does not read the account {typed}" if typed else "reads several accounts"
        return f"This Fireworks key {what}; enter which one: {', '.join(known)}."


def accounts(listed: Answer) -> list[str]:
    """The accounts' slugs, out of names like `accounts/acme`. Raises BadAnswer when one cannot be read."""
    slugs = [(text(row, "name") or "").removeprefix("accounts/") for row in rows(listed.body, "accounts")]
    if any(not slug.replace("-", "").replace("_", "").isalnum() for slug in slugs):
        raise BadAnswer("Fireworks gave an account without a readable name.")
    return slugs


def _report(account: str, scope: str, *, was_chosen: bool) -> KeyReport:
    facts: Mapping[str, str] = {ACCOUNT: account, SCOPE: scope}
    can = frozenset((Feed.COSTS,))
    if scope == "ACCOUNT":
        message = f"Fireworks key of an admin: cost of the account {account} by day and model, a day late or more."
        return KeyReport(KeyClass.ORGANIZATION, is_usable=True, message=message, can=can, facts=facts)
    message = f"Fireworks key of one user: only this user's cost in {account}, not the whole account's."
    if not was_chosen:
        message += (
            " The key's owner is no admin of it: what others spend is missing. For all of it, use an admin's key."
        )
    key_class = KeyClass.PERSONAL if was_chosen else KeyClass.RESTRICTED
    return KeyReport(key_class, is_usable=True, message=message, can=can, facts=facts)


def account(http: Http, credentials: Credentials) -> Fireworks:
    return Fireworks(http, credentials)


def user(http: Http, credentials: Credentials) -> Fireworks:
    return Fireworks(http, credentials, scope="SELF")
