"""Requests to other people's servers: timeouts always, retries by policy, addresses of users checked.

The one client of the service. A request that may be repeated is tried again on network faults, 408, 425, 429 and 5xx,
waiting at least what `Retry-After` asks and never longer than the budget that the caller gave.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import httpx


class Http(Protocol):
    """What clients ask through. `httpx.AsyncClient` has the same words; ours adds retries, a budget and checks."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Sequence[tuple[str, str]] | None = None,
        json: object | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """The answer, whatever its status once retries are spent. Raises HttpFailure when there was none."""
        ...


class HttpFailure(Exception):
    """No answer: no connection, a timeout, a body that broke off, or the budget is spent. Names the host only."""
