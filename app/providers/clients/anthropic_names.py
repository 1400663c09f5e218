"""What people call Anthropic's workspaces, keys and users."""

from collections.abc import AsyncIterator, Callable
from typing import Final

from app.providers.clients.answers import Answer, Fields, Params, text
from app.providers.clients.anthropic_api import NEEDED, WHO, Api
from app.providers.clients.anthropic_costs import DEFAULT_WORKSPACE
from app.providers.clients.paging import listed
from app.providers.rules.reports import Name, Page

_LIMIT: Final = ("limit", "1000")


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


def _list(api: Api, path: str, params: Params) -> AsyncIterator[list[Fields]]:
    def refusal(_: Answer) -> str:
        return f"Anthropic refused the key. {NEEDED}"

    return listed(lambda asked: api.ask(path, asked), params, "after_id", who=WHO, refusal=refusal)


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
