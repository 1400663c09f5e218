"""What every provider's client can be asked."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import SecretStr

from app.core.errors import AppError
from app.core.http import Http
from app.core.periods import Period
from app.providers.rules.reports import (
    BilledLine,
    CreditSnapshot,
    FeedPlan,
    KeyReport,
    Name,
    Page,
    UsageLine,
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client is made with. `fields` are what a provider needs beside a key (team, subscription, table)."""

    api_key: SecretStr
    base_url: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


class UsageSource(Protocol):
    """A provider's reports for one connection.

    Every iterator is one walk of one window with a frozen end: it yields pages in order, the last one with `is_last`,
    or raises a `SourceFailure`; a walk that ends without `is_last` is not complete and its cursor must not move.
    """

    plans: Sequence[FeedPlan]

    async def verify(self) -> KeyReport:
        """Try the cheapest billing read. Raises SourceFailure only when the provider cannot be asked at all."""
        ...

    def costs(self, period: Period) -> AsyncIterator[Page[BilledLine]]: ...

    def usage(self, period: Period) -> AsyncIterator[Page[UsageLine]]: ...

    async def credits(self) -> Sequence[CreditSnapshot]: ...

    def names(self) -> AsyncIterator[Page[Name]]: ...


class Maker(Protocol):
    """Makes the client of one provider."""

    def __call__(self, http: Http, credentials: Credentials) -> UsageSource: ...


class SourceFailure(AppError):
    """A provider did not give what it was asked for.

    `detail` is for people: what happened and what to do; it never holds a key, an address with a query, or a body.
    """

    status, code, title = 502, "provider_failed", "The provider did not answer as expected"
    is_retryable = True


class KeyRefused(SourceFailure):
    """401 or 403: the key is wrong, gone, or may not read this."""

    status, code, title = 422, "provider_key_refused", "The provider refused the key"
    is_retryable = False


class BadAnswer(SourceFailure):
    """An answer that cannot be read, a cursor that repeats itself, a page that never ends."""

    code = "provider_bad_answer"


class RateLimited(SourceFailure):
    """429 (or 529) to the end of our patience; `retry_after_seconds` is what the provider asked for."""

    status, code, title = 429, "provider_rate_limited", "The provider asks to be left alone for a while"
