"""One provider, one key: where it is asked, with which headers, and what its refusals mean."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, TypeVar

from app.core.http import Http
from app.core.periods import Period
from app.providers.clients.answers import Answer, Fields, Params, ask, decimal, failure
from app.providers.clients.base import BadAnswer, SourceFailure
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

Row = TypeVar("Row")

REFUSED: Final = (401, 403)
CREDITS: Final = FeedPlan(Feed.CREDITS, history_days=None, slice_days=1, reread_days=0)
NAMES: Final = FeedPlan(Feed.NAMES, history_days=None, slice_days=1, reread_days=0)


@dataclass(frozen=True, slots=True)
class Api:
    """`who` is the provider's name for people, `refused` what they read when the key is turned away."""

    http: Http
    who: str
    root: str
    headers: Mapping[str, str] = field(repr=False)
    refused: str

    async def ask(self, path: str, params: Params = (), json: object | None = None) -> Answer:
        """The answer, whatever its status; a POST where there is a body. Raises SourceFailure when there is none."""
        method = "GET" if json is None else "POST"
        return await ask(self.http, f"{self.root}{path}", self.headers, params, who=self.who, method=method, json=json)

    async def read(self, path: str, params: Params = (), json: object | None = None) -> Fields:
        """The body of a successful answer. Raises SourceFailure."""
        answer = await self.ask(path, params, json)
        if not answer.is_ok:
            raise self.failure(answer)
        return answer.body

    def failure(self, answer: Answer) -> SourceFailure:
        return failure(answer, self.who, refused=self.refused)

    def amount(self, fields: Fields, name: str) -> Decimal:
        """The number or decimal string under `name`. Raises BadAnswer when it is missing, null or no number."""
        number = decimal(fields.get(name), self.who)
        if number is None:
            raise BadAnswer(f"{self.who} left out {name}.")
        return number


def bearer(key: str) -> Mapping[str, str]:
    return {"authorization": f"Bearer {key}", "accept": "application/json"}


def root_of(base_url: str | None, host: str, path: str) -> str:
    """`host` with `path`, or `base_url` with what it lacks of `path`: a gateway is given with or without it."""
    base = (base_url or host).rstrip("/")
    parts = path.strip("/").split("/") if path else []
    for size in range(len(parts), 0, -1):
        if base.endswith("/" + "/".join(parts[:size])):
            return "/".join([base, *parts[size:]])
    return "/".join([base, *parts])


def unusable(key_class: KeyClass, message: str) -> KeyReport:
    return KeyReport(key_class, is_usable=False, message=message)


async def nothing() -> AsyncIterator[Page[Row]]:
    """A walk that is complete and found no rows."""
    yield Page((), is_last=True)


class Silent:
    """A source without reports. Each provider answers the questions that it can."""

    plans: Sequence[FeedPlan] = ()

    def costs(self, period: Period) -> AsyncIterator[Page[BilledLine]]:
        return nothing()

    def usage(self, period: Period) -> AsyncIterator[Page[UsageLine]]:
        return nothing()

    async def credits(self) -> Sequence[CreditSnapshot]:
        return ()

    def names(self) -> AsyncIterator[Page[Name]]:
        return nothing()
