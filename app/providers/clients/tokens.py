"""Bearer tokens that are bought with a credential: asked for when needed, kept in memory, never written anywhere."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from urllib.parse import urlencode

from app.core.http import Http
from app.providers.clients.answers import Answer, ask, count, text
from app.providers.clients.base import BadAnswer

_MARGIN_SECONDS: Final = 120
_FORM: Final = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}


class BearerToken:
    """A token and its end. `ask` gives an answer of OAuth 2 or raises."""

    def __init__(self, ask: Callable[[], Awaitable[Answer]], who: str) -> None:
        self._ask = ask
        self._who = who
        self._token = ""
        self._good_until = 0.0

    async def headers(self) -> Mapping[str, str]:
        """What every request carries, with a token that is good for some minutes yet."""
        if time.monotonic() >= self._good_until:
            await self._renew()
        return {"authorization": f"Bearer {self._token}", "accept": "application/json"}

    async def _renew(self) -> None:
        body = (await self._ask()).body
        token, seconds = text(body, "access_token"), count(body, "expires_in")
        if not token or not seconds:
            raise BadAnswer(f"{self._who} answered a sign-in without a token.")
        self._token, self._good_until = token, time.monotonic() + seconds - _MARGIN_SECONDS


async def post_form(http: Http, url: str, form: Mapping[str, str], *, who: str) -> Answer:
    """A form as a body: what it holds stays out of the address, and so out of every log."""
    return await ask(http, url, _FORM, (), who=who, method="POST", content=urlencode(form).encode())
