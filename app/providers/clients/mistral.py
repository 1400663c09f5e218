"""Mistral: what a month has cost so far, out of the admin API's quantities and prices (Enterprise only)."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

from app.core.http import Http
from app.core.periods import Granularity, Period, floor, month_of, step, utc_now
from app.providers.clients import mistral_bill
from app.providers.clients.answers import Answer
from app.providers.clients.asking import REFUSED, Api, Silent, bearer, root_of, unusable
from app.providers.clients.base import Credentials
from app.providers.rules.reports import BilledLine, Feed, FeedPlan, KeyClass, KeyReport, Page

HEADER: Final = "header"
_NEEDED: Final = (
    "An Admin API key is needed, which Mistral gives to Enterprise plans only: ask the Mistral account team. "
    "Keys that call models do not read the bill, and other plans have no API for it."
)
_REFUSED: Final = f"Mistral refused the key. {_NEEDED}"


class Mistral(Silent):
    """`UsageSource` of an organization. Months, not days: a line spans its whole month and grows within it."""

    plans: Sequence[FeedPlan] = (FeedPlan(Feed.COSTS, history_days=365, slice_days=93, reread_days=7),)

    def __init__(self, http: Http, credentials: Credentials) -> None:
        key = credentials.api_key.get_secret_value()
        root = root_of(credentials.base_url, "https://api.mistral.ai", "/v1/admin")
        # the documents say one, the specification the other
        headers: Mapping[str, Mapping[str, str]] = {"bearer": bearer(key), "x-api-key": {"x-api-key": key}}
        first = credentials.fields.get(HEADER)
        tried = sorted(headers, key=lambda name: name != first)
        self._apis = {name: Api(http, "Mistral", root, headers[name], _REFUSED) for name in tried}

    async def verify(self) -> KeyReport:
        name, answer = await self._ask(month_of(utc_now()))
        if answer.status in (*REFUSED, 404):
            return unusable(KeyClass.UNKNOWN, _REFUSED)
        if not answer.is_ok:
            raise self._apis[name].failure(answer)
        return KeyReport(
            KeyClass.ORGANIZATION,
            is_usable=True,
            message="Mistral admin key: the cost of each month by model. Mistral reports no days here.",
            can=frozenset((Feed.COSTS,)),
            facts={HEADER: name},
        )

    async def costs(self, period: Period) -> AsyncIterator[Page[BilledLine]]:
        """A month for every month that the period touches, also where it touches only a part of it."""
        month = floor(period.start, Granularity.MONTH)
        while month < period.end:
            after = step(month, Granularity.MONTH)
            name, answer = await self._ask(month_of(month))
            if not answer.is_ok:
                raise self._apis[name].failure(answer)
            yield Page(mistral_bill.lines(answer.body, Period(month, after)), is_last=after >= period.end)
            month = after

    async def _ask(self, month: str) -> tuple[str, Answer]:
        """The answer to the first way of naming the key that is not refused, else to the last."""
        year, number = month.split("-")
        asked = [("month", str(int(number))), ("year", year)]
        answers = []
        for name, api in self._apis.items():
            answers.append((name, await api.ask("/usage", asked)))
            if answers[-1][1].status not in REFUSED:
                break
        return answers[-1]


def make(http: Http, credentials: Credentials) -> Mistral:
    return Mistral(http, credentials)
