"""How Anthropic is asked: its address, its headers, its refusals in words for people."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from app.core.http import Http
from app.core.periods import Period
from app.providers.clients.answers import Answer, Params, ask, failure
from app.providers.clients.base import Credentials
from app.providers.clients.paging import CursorExpired

WHO: Final = "Anthropic"
ADDRESS: Final = "https://api.anthropic.com"
VERSION: Final = "2023-06-01"
WHERE: Final = "console.anthropic.com > Settings > Admin keys"
NEEDED: Final = f"An administrator of the organization makes an admin key (it begins with sk-ant-admin) at {WHERE}."
_SURE: Final = timedelta(days=1)


class Api:
    """GET requests with one key."""

    def __init__(self, http: Http, credentials: Credentials) -> None:
        self._http = http
        self._key = credentials.api_key
        self._root = (credentials.base_url or ADDRESS).rstrip("/").removesuffix("/v1")

    @property
    def key(self) -> str:
        """The key itself, to look at how it begins. Never to be written anywhere."""
        return self._key.get_secret_value()

    async def ask(self, path: str, params: Params = (), *, beta: str | None = None) -> Answer:
        """The answer, whatever its status. Raises SourceFailure when there is none."""
        return await ask(self._http, f"{self._root}{path}", self._headers(beta), params, who=WHO)

    async def read(self, path: str, params: Params = (), *, beta: str | None = None) -> Answer:
        """A successful answer. Raises SourceFailure, or CursorExpired when a cursor is no longer known."""
        answer = await self.ask(path, params, beta=beta)
        if answer.is_ok:
            return answer
        if answer.status in (400, 404, 410) and any(name == "page" for name, _ in params):
            raise CursorExpired
        raise failure(answer, WHO, refused=f"Anthropic refused the key. It may be deleted, or no admin key. {NEEDED}")

    def _headers(self, beta: str | None) -> Mapping[str, str]:
        headers = {"anthropic-version": VERSION, "accept": "application/json"}
        if beta:
            headers["anthropic-beta"] = beta
        # a person's or a service's token of OAuth travels as a bearer, a key in a header of its own
        if self.key.startswith("sk-ant-oat"):
            return {**headers, "authorization": f"Bearer {self.key}"}
        return {**headers, "x-api-key": self.key}


def instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def question(period: Period, group_by: tuple[str, ...], most: int) -> list[tuple[str, str]]:
    """The parameters of a report by day.

    The period must be whole days: times are snapped down to their day, and an end that is then not after its start
    is refused. Buckets are promised that end *before* `ending_at`, so one day more is asked for than is kept.
    """
    days = max(1, (period.end - period.start).days)
    return [
        ("starting_at", instant(period.start)),
        ("ending_at", instant(period.end + _SURE)),
        ("bucket_width", "1d"),
        ("limit", str(min(days + 1, most))),
        *(("group_by[]", name) for name in group_by),
    ]
