"""What people call OpenAI's projects, keys and users. No list holds all keys: each project is asked for its own."""

from collections.abc import AsyncIterator, Callable
from typing import Final
from urllib.parse import quote

from app.providers.clients.answers import Fields, Params, text
from app.providers.clients.openai_api import WHO, Api, refusal
from app.providers.clients.paging import listed
from app.providers.rules.reports import Name, Page

_LIMIT: Final = ("limit", "100")


async def read(api: Api) -> AsyncIterator[Page[Name]]:
    """Projects with archived ones, the keys of each, keys of administrators, and users."""
    async for page in _list(api, "/organization/projects", [_LIMIT, ("include_archived", "true")]):
        yield _page(page, _project)
        for project in page:
            async for keys in _keys(api, text(project, "id") or ""):
                yield keys
    async for page in _list(api, "/organization/admin_api_keys", [_LIMIT]):
        yield _page(page, _key)
    async for page in _list(api, "/organization/users", [_LIMIT]):
        yield _page(page, _user)
    yield Page((), is_last=True)


async def _keys(api: Api, project: str) -> AsyncIterator[Page[Name]]:
    if not project:
        return
    asked = [_LIMIT, ("owner_project_access", "any")]
    async for page in _list(api, f"/organization/projects/{quote(project, safe='')}/api_keys", asked):
        yield _page(page, lambda row: _key(row, project))


def _list(api: Api, path: str, params: Params) -> AsyncIterator[list[Fields]]:
    return listed(lambda asked: api.ask(path, asked), params, "after", who=WHO, refusal=refusal)


def _page(items: list[Fields], name: Callable[[Fields], Name | None]) -> Page[Name]:
    return Page([found for found in map(name, items) if found is not None], is_last=False)


def _project(row: Fields) -> Name | None:
    ident = text(row, "id")
    if ident is None:
        return None
    is_archived = text(row, "status") == "archived" or row.get("archived_at") is not None
    return Name("project", ident, text(row, "name") or ident, is_archived=is_archived)


def _key(row: Fields, project: str | None = None) -> Name | None:
    ident = text(row, "id")
    name = text(row, "name") or text(row, "redacted_value")
    return Name("api_key", ident, name or ident, parent=project) if ident else None


def _user(row: Fields) -> Name | None:
    ident = text(row, "id")
    return Name("user", ident, text(row, "name") or text(row, "email") or ident) if ident else None
