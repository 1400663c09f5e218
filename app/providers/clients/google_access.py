"""How BigQuery is asked: a service account's sign-in, one query and its pages, its refusals in words for people."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlsplit

import jwt

from app.core.http import Http
from app.core.ids import new_id
from app.providers.clients.answers import Answer, Fields, ask, failure, mapping, rows, text
from app.providers.clients.base import BadAnswer, Credentials, KeyRefused, RateLimited, SourceFailure
from app.providers.clients.tokens import BearerToken, post_form

WHO: Final = "Google"
_ADDRESS: Final = "https://bigquery.googleapis.com"
_SIGN_IN: Final = "https://oauth2.googleapis.com/token"
_SCOPE: Final = "https://www.googleapis.com/auth/bigquery"
_PAGE_ROWS: Final = 5000
_WAIT_MILLISECONDS: Final = 20_000
_MOST_POLLS: Final = 30
_MOST_PAGES: Final = 2000
_TOO_OFTEN: Final = ("rateLimitExceeded", "quotaExceeded", "jobRateLimitExceeded")
_NEEDED: Final = "Paste the whole JSON key file of a service account: IAM > Service accounts > Keys > Add key."


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """What is used of a service account's key file."""

    email: str
    project: str
    key_id: str
    private_key: str = field(repr=False)
    token_uri: str

    @classmethod
    def read(cls, credentials: Credentials) -> "ServiceAccount":
        """Raises KeyRefused on anything that is not a service account's key file."""
        try:
            parsed = json.loads(credentials.api_key.get_secret_value())
        except ValueError:
            raise KeyRefused(f"This is not a key file. {_NEEDED}") from None
        values = [text(parsed, name) for name in ("client_email", "project_id", "private_key")]
        email, project, private_key = values
        if not email or not project or not private_key:
            raise KeyRefused(f"This is JSON, but not the key file of a service account. {_NEEDED}")
        key_id, token_uri = text(parsed, "private_key_id") or "", text(parsed, "token_uri") or _SIGN_IN
        return cls(email, project, key_id, private_key, _sign_in_at(token_uri, credentials.base_url))


def _sign_in_at(token_uri: str, base_url: str | None) -> str:
    """Google's own address, or the gateway's: a key file cannot send its own signature anywhere else."""
    if token_uri == _SIGN_IN:
        return token_uri if base_url is None else f"{base_url.rstrip('/')}/token"
    if base_url is not None and urlsplit(token_uri)[:2] == urlsplit(base_url)[:2]:
        return token_uri
    raise KeyRefused(f"The key file names another sign-in than Google's. {_NEEDED}")


class BigQuery:
    """Queries with one service account. What is malformed comes out as KeyRefused when it is used."""

    def __init__(
        self, http: Http, credentials: Credentials, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._http = http
        self._credentials = credentials
        self._root = (credentials.base_url or _ADDRESS).rstrip("/")
        self._token = BearerToken(self._sign_in, WHO)
        self._sleep = sleep

    async def dry_run(self, query: Fields) -> None:
        """What the query would need is checked, nothing is read and nothing is charged. Raises SourceFailure."""
        await self._post({**query, "dryRun": True})

    async def pages(self, query: Fields) -> AsyncIterator[tuple[list[Mapping[str, str | None]], bool]]:
        """Rows by column name, as text, page by page, each with whether it is the last."""
        body = await self._complete(await self._post(query))
        schema = mapping(body, "schema")
        seen: set[str] = set()
        for _ in range(_MOST_PAGES):
            token = text(body, "pageToken")
            yield _named(body, schema), token is None
            if token is None:
                return
            if token in seen:
                raise BadAnswer("Google gave the same next page twice.")
            seen.add(token)
            body = await self._complete(await self._results(body, (("pageToken", token),)))
        raise BadAnswer(f"Google has not come to the end of its pages after {_MOST_PAGES} of them.")

    async def _complete(self, body: Fields) -> Fields:
        """The answer of a job that has ended; a long one answers first without rows."""
        for tried in range(_MOST_POLLS):
            if body.get("jobComplete") is not False:
                return body
            await self._sleep(min(tried, 5))
            body = await self._results(body, ())
        raise SourceFailure("Google has not finished the query. It is tried again later.")

    async def _post(self, query: Fields) -> Fields:
        project = self._credentials.fields.get("job_project", "").strip() or self._account().project
        # the id makes a repeated request the same job, which is not charged twice
        body = {
            **query,
            "useLegacySql": False,
            "timeoutMs": _WAIT_MILLISECONDS,
            "maxResults": _PAGE_ROWS,
            "requestId": str(new_id()),
        }
        return await self._read("POST", f"/projects/{quote(project, safe=':')}/queries", json=body)

    async def _results(self, body: Fields, params: tuple[tuple[str, str], ...]) -> Fields:
        job = mapping(body, "jobReference")
        project, job_id, location = (text(job, name) for name in ("projectId", "jobId", "location"))
        if not project or not job_id:
            raise BadAnswer("Google has more rows, but does not say where.")
        asked = [("timeoutMs", str(_WAIT_MILLISECONDS)), ("maxResults", str(_PAGE_ROWS)), *params]
        if location:
            asked.append(("location", location))
        path = f"/projects/{quote(project, safe=':')}/queries/{quote(job_id, safe='')}"
        # the answers after the first do not all say again which job they belong to
        return {"jobReference": job, **await self._read("GET", path, params=asked)}

    async def _read(
        self, method: str, path: str, *, params: list[tuple[str, str]] | None = None, json: object | None = None
    ) -> Fields:
        url, headers = f"{self._root}/bigquery/v2{path}", await self._token.headers()
        answer = await ask(self._http, url, headers, params or (), who=WHO, method=method, json=json)
        if answer.is_ok:
            return answer.body
        raise refused(answer, self._account().email)

    def _account(self) -> ServiceAccount:
        return ServiceAccount.read(self._credentials)

    async def _sign_in(self) -> Answer:
        account = self._account()
        now = int(time.time())
        claims = {"iss": account.email, "scope": _SCOPE, "aud": account.token_uri, "iat": now, "exp": now + 3600}
        try:
            assertion = jwt.encode(claims, account.private_key, "RS256", headers={"kid": account.key_id})
        except (jwt.PyJWTError, ValueError, TypeError):
            raise KeyRefused(f"The private key in the key file cannot be read. {_NEEDED}") from None
        form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
        answer = await post_form(self._http, account.token_uri, form, who=WHO)
        if answer.is_ok:
            return answer
        if answer.status in (400, 401, 403):
            raise KeyRefused("Google refused the sign-in: the key was deleted, or the service account is disabled.")
        raise failure(answer, WHO, refused="")


def _named(body: Fields, schema: Fields) -> list[Mapping[str, str | None]]:
    names = [text(column, "name") or "" for column in rows(schema, "fields")]
    found: list[Mapping[str, str | None]] = []
    for row in rows(body, "rows"):
        cells = list(rows(row, "f"))
        if len(cells) != len(names):
            raise BadAnswer("Google gave a row that does not fit its columns.")
        found.append({name: text(cell, "v") for name, cell in zip(names, cells, strict=True)})
    return found


def refused(answer: Answer, email: str) -> SourceFailure:
    """What a refusal means; a limit that is used up comes as 403, too."""
    reasons = {text(error, "reason") for error in rows(mapping(answer.body, "error"), "errors")}
    if reasons.intersection(_TOO_OFTEN):
        return RateLimited("Google asks to wait before the next query.", retry_after_seconds=answer.retry_after_seconds)
    if answer.status in (401, 403):
        is_job = "jobs.create" in answer.said
        role, where = ("Job User", "project that runs the queries") if is_job else ("Data Viewer", "export's dataset")
        return KeyRefused(f"{email} lacks the role BigQuery {role} on the {where}. Give it there and try again.")
    if answer.status == 404:
        return KeyRefused(
            "Google knows no such table. Check its name, and that the billing export to BigQuery is on: the table"
            " appears some hours after that."
        )
    return failure(answer, WHO, refused="")
