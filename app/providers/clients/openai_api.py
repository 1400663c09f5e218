"""How OpenAI is asked: its address, its headers, its refusals in words for people."""

import re
from collections.abc import Mapping
from typing import Final

from app.core.http import Http
from app.providers.clients.answers import Answer, Params, ask, failure
from app.providers.clients.base import Credentials
from app.providers.clients.paging import CursorExpired

WHO: Final = "OpenAI"
ADDRESS: Final = "https://api.openai.com/v1"
WHERE: Final = "platform.openai.com > Settings > Organization > Admin keys"
NEEDED: Final = f"An owner of the organization makes an admin key (it begins with sk-admin-) at {WHERE}."

_SCOPE: Final = re.compile(r"\b(?:api|organization|model)\.[a-z_]+(?:\.[a-z_]+)*\b")


class Api:
    """GET requests with one key."""

    def __init__(self, http: Http, credentials: Credentials) -> None:
        self._http = http
        self._key = credentials.api_key
        self._root = root_of(credentials.base_url)
        self.is_gateway = credentials.base_url is not None and self._root != ADDRESS

    @property
    def key(self) -> str:
        """The key itself, to look at how it begins. Never to be written anywhere."""
        return self._key.get_secret_value()

    async def ask(self, path: str, params: Params = ()) -> Answer:
        """The answer, whatever its status. Raises SourceFailure when there is none."""
        return await ask(self._http, f"{self._root}{path}", self._headers(), params, who=WHO)

    async def read(self, path: str, params: Params = ()) -> Answer:
        """A successful answer. Raises SourceFailure, or CursorExpired when a cursor is no longer known."""
        answer = await self.ask(path, params)
        if answer.is_ok:
            return answer
        if answer.status in (400, 404, 410) and any(name == "page" for name, _ in params):
            raise CursorExpired
        raise failure(answer, WHO, refused=refusal(answer))

    def _headers(self) -> Mapping[str, str]:
        return {"authorization": f"Bearer {self.key}", "accept": "application/json"}


def root_of(base_url: str | None) -> str:
    """The address that paths are put behind; a gateway may be given with or without its `/v1`."""
    if not base_url:
        return ADDRESS
    root = base_url.rstrip("/")
    return root if root.endswith("/v1") else f"{root}/v1"


def missing_scopes(answer: Answer) -> tuple[str, ...]:
    """The scopes that a refusal names, like `api.usage.read`."""
    return tuple(dict.fromkeys(_SCOPE.findall(answer.said)))


def refusal(answer: Answer) -> str:
    """Why OpenAI refused, and what to do."""
    scopes = missing_scopes(answer)
    if scopes:
        return f"The OpenAI key lacks {', '.join(scopes)}. Add it to the key at {WHERE}, or use an unrestricted one."
    return f"OpenAI refused the key. It may be revoked, or of the wrong kind. {NEEDED}"
