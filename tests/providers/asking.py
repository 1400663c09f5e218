"""A client's way to a stand-in in the same process."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from typing import TypeVar

import httpx
from pydantic import SecretStr
from starlette.types import ASGIApp

from app.core.periods import Period
from app.providers.clients.base import Credentials
from app.providers.rules.reports import Page
from tests.providers.fakes.world import midnight

Row = TypeVar("Row")


class Plain:
    """`Http` without retries, so that a test sees each answer."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._client = httpx.AsyncClient(transport=transport)

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
        query = httpx.QueryParams(tuple(params or ()))
        return await self._client.request(method, url, headers=headers, params=query, json=json, content=content)


def over(app: ASGIApp) -> Plain:
    """Plain HTTP to the app."""
    return Plain(httpx.ASGITransport(app))


def saying(text: str) -> Plain:
    """Plain HTTP to somebody who always answers this."""
    return Plain(httpx.MockTransport(lambda _: httpx.Response(200, text=text)))


def scripted(answers: Mapping[str, str]) -> Plain:
    """Plain HTTP to somebody who knows these answers by path, or by path and query; anything else is a 404."""

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        text = answers.get(f"{path}?{request.url.query.decode()}", answers.get(path))
        return httpx.Response(404, text="{}") if text is None else httpx.Response(200, text=text)

    return Plain(httpx.MockTransport(answer))


def credentials(key: str, **fields: str) -> Credentials:
    return Credentials(SecretStr(key), base_url="https://stand-in.test", fields=fields)


def period(first: date, end: date) -> Period:
    return Period(midnight(first), midnight(end))


async def walked(pages: AsyncIterator[Page[Row]]) -> list[Row]:
    """All rows of a walk that came to its end, which is told exactly once."""
    rows: list[Row] = []
    last: list[bool] = []
    async for page in pages:
        rows.extend(page.rows)
        last.append(page.is_last)
    assert last[-1:] == [True]
    assert sum(last) == 1
    return rows
