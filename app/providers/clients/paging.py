"""Walking the pages of one question to their end, and knowing when there is no end."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final, TypeVar

from app.core.periods import Period
from app.providers.clients.answers import Answer, Fields, Params, failure, rows, text
from app.providers.clients.base import BadAnswer
from app.providers.rules.reports import Page

Row = TypeVar("Row")
Ask = Callable[[Params], Awaitable[Answer]]

# A page holds at least one bucket, so a walk has at most as many pages as days; some slack for providers that
# split a bucket. Whoever needs more has lost its way.
_PAGES_PER_DAY: Final = 8
_LEAST_PAGES: Final = 200
_RESTARTS: Final = 2
_MOST_LIST_PAGES: Final = 1_000
_NO_LIST: Final = frozenset((400, 403, 404))


class CursorExpired(Exception):
    """The provider no longer knows the cursor: the walk starts again at its first page."""


async def walk(ask: Ask, params: Params, period: Period, *, who: str) -> AsyncIterator[tuple[Fields, bool]]:
    """Every page of a `has_more` + `next_page` report, each with whether it is the last.

    All other parameters stay as they are: the cursor is tied to the exact question. A cursor that expired starts the
    walk again, at most twice. Raises BadAnswer when the next page is missing or was there before.
    """
    for _ in range(_RESTARTS + 1):
        try:
            async for page in _walk_once(ask, params, period, who):
                yield page
        except CursorExpired:
            continue
        return
    raise BadAnswer(f"{who} forgot its place in the pages again and again.")


async def _walk_once(ask: Ask, params: Params, period: Period, who: str) -> AsyncIterator[tuple[Fields, bool]]:
    most = max(_LEAST_PAGES, (period.end - period.start).days * _PAGES_PER_DAY)
    seen: set[str] = set()
    cursor: str | None = None
    for _ in range(most):
        page = (await ask([*params, ("page", cursor)] if cursor else params)).body
        cursor = next_cursor(page, seen, who)
        yield page, cursor is None
        if cursor is None:
            return
        seen.add(cursor)
    raise BadAnswer(f"{who} has not come to the end of its pages after {most} of them.")


def next_cursor(page: Fields, seen: set[str], who: str) -> str | None:
    """The next cursor, None on the last page. Raises BadAnswer when there should be one and is not."""
    cursor = text(page, "next_page")
    has_more = page.get("has_more")
    if not (has_more if isinstance(has_more, bool) else cursor):
        return None
    if cursor is None or cursor in seen:
        raise BadAnswer(f"{who} says that there is more, but not where.")
    return cursor


async def listed(
    ask: Ask, params: Params, cursor: str, *, who: str, refusal: Callable[[Answer], str]
) -> AsyncIterator[list[Fields]]:
    """Every page of a list of names that goes on behind the last id, told in the parameter `cursor`.

    Nothing where this key may not read it or there is no such list: costs are read without names.
    """
    after: str | None = None
    for _ in range(_MOST_LIST_PAGES):
        answer = await ask([*params, (cursor, after)] if after else params)
        if answer.status in _NO_LIST:
            return
        if not answer.is_ok:
            raise failure(answer, who, refused=refusal(answer))
        items = list(rows(answer.body, "data"))
        yield items
        if answer.body.get("has_more") is not True:
            return
        last = text(answer.body, "last_id") or (text(items[-1], "id") if items else None)
        if last is None or last == after:
            raise BadAnswer(f"{who} says that there are more names, but not where.")
        after = last
    raise BadAnswer(f"{who} has not come to the end of its names after {_MOST_LIST_PAGES} pages.")


async def in_turn(*walks: AsyncIterator[Page[Row]]) -> AsyncIterator[Page[Row]]:
    """Several walks as one: only the very last page is the last, and pages without rows are left out."""
    held: Sequence[Row] = ()
    for each in walks:
        async for page in each:
            if not page.rows:
                continue
            if held:
                yield Page(held, is_last=False)
            held = page.rows
    yield Page(held, is_last=True)
