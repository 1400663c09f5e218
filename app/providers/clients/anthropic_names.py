"""What people call Anthropic's workspaces, keys and users."""

from collections.abc import AsyncIterator, Callable
from typing import Final

from app.providers.clients.answers import Fields, Params, failure, rows, text
from app.providers.clients.anthropic_api import NEEDED, WHO, Api
from app.providers.clients.anthropic_costs import DEFAULT_WORKSPACE
from app.providers.clients.base import BadAnswer
from app.providers.rules.reports import Name, Page

_LIMIT: Final = ("limit", "1000")
_MOST_PAGES: Final = 1_000
# refused or unknown: a key that may not read names still reads costs
_PASSED_OVER: Final = frozenset((400, 403, 404))


async def read(api: Api) -> AsyncIterator[Page[Name]]:
    """Workspaces with archived ones and the default one, keys, users."""
    yield Page([Name("project", DEFAULT_WORKSPACE, "Default workspace")], is_last=False)
    asked = [_LIMIT, ("include_archived", "true"), ("include_default", "true")]
    async for page in _list(api, "/v1/organizations/workspaces", asked):
        yield _page(page, _workspace)
    async for page in _list(api, "/v1/organizations/api_keys", [_LIMIT]):
        yield _page(page, _key)
    # the largest page of users is not known: without a limit none is too large
    async for page in _list(api, "/v1/organizations/users", []):
        yield _page(page, _user)
    yield Page((), is_last=True)


async def _list(api: Api, path: str, params: Params) -> AsyncIterator[list[Fields]]:
    """Every page of an `after_id` list; nothing where this key may not read it."""
    after: str | None = None
    for _ in range(_MOST_PAGES):
        answer = await api.ask(path, [*params, ("after_id", after)] if after else params)
        if answer.status in _PASSED_OVER:
            return
        if not answer.is_ok:
            raise failure(answer, WHO, refused=f"Anthropic refused the key. {NEEDED}")
        items = list(rows(answer.body, "data"))
        yield items
        if answer.body.get("has_more") is not True:
            return
        last = text(answer.body, "last_id") or (text(items[-1], "id") if items else None)
        if last is None or last == after:
            raise BadAnswer("Anthropic says that there are more names, but not where.")
        after = last
    raise BadAnswer(f"Anthropic has not come to the end of its names after {_MOST_PAGES} pages.")


def _page(items: list[Fields], name: Callable[[Fields], Name | None]) -> Page[Name]:
    return Page([found for found in map(name, items) if found is not None], is_last=False)


def _workspace(row: Fields) -> Name | None:
    ident = text(row, "id")
    if ident is None:
        return None
    return Name("project", ident, text(row, "name") or ident, is_archived=row.get("archived_at") is not None)


def _key(row: Fields) -> Name | None:
    ident = text(row, "id")
    if ident is None:
        return None
    name = text(row, "name") or text(row, "partial_key_hint") or ident
    workspace = text(row, "workspace_id") or DEFAULT_WORKSPACE
    return Name("api_key", ident, name, parent=workspace, is_archived=text(row, "status") in ("archived", "expired"))


def _user(row: Fields) -> Name | None:
    ident = text(row, "id")
    return Name("user", ident, text(row, "name") or text(row, "email") or ident) if ident else None
