"""Who is asking, in which workspace, and as what. The one place where a request is let into a workspace."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import Headers

from app.auth import service as auth
from app.auth.dependencies import SessionCookie, SettingsDep
from app.auth.rules import Person
from app.core.crypto import fingerprint
from app.core.database import AsyncSession, SessionDep
from app.core.errors import NotAuthenticated, NotFound
from app.workspaces import rules, service
from app.workspaces.errors import WorkspaceLeaving
from app.workspaces.keyring import KeyRing
from app.workspaces.rules import Machine, Member, Role, Scope, WorkspaceId

_bearer = HTTPBearer(scheme_name="api_key", auto_error=False, description="An API key: tb_...")
_header = APIKeyHeader(name="x-tokenboard-key", scheme_name="api_key_header", auto_error=False)


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person who is signed in, or a machine with a key: one of the two."""

    person: Person | None
    machine: Machine | None


async def presented_key(
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    header: Annotated[str | None, Depends(_header)],
) -> str | None:
    """The API key that the request carries, not checked yet."""
    return bearer.credentials if bearer else header


# For routes that read the key themselves: how the API's documentation says that one is needed.
KEY_SCHEMES = (Depends(_bearer), Depends(_header))


def key_in(headers: Headers) -> str | None:
    """The same key, from the headers."""
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and (credentials := credentials.strip()):
        return credentials
    return headers.get("x-tokenboard-key") or None


PresentedKey = Annotated[str | None, Depends(presented_key)]


async def current_machine(request: Request, key: PresentedKey) -> Machine:
    """Whose key this is. Raises NotAuthenticated when it is missing, unknown or revoked."""
    ring: KeyRing = request.app.state.key_ring
    if not key or not key.startswith(rules.KEY_PREFIX):
        raise NotAuthenticated("Send an API key: Authorization: Bearer tb_...")
    mark = fingerprint(key)
    if known := ring.find(mark):
        return known
    # a transaction of its own: ingest must not hold a connection while it waits for its group to be written
    async with request.app.state.sessionmaker() as session, session.begin():
        machine = await service.use_key(session, mark)
    if machine is None or ring.is_refused(machine.key_id):
        ring.drop(mark)
        raise NotAuthenticated("This API key is unknown or was revoked. Create another in the settings.")
    ring.keep(mark, machine)
    return machine


CurrentMachine = Annotated[Machine, Depends(current_machine)]


async def ingest_key(request: Request) -> Machine:
    """A key that may send calls. Raises NotAuthenticated, Forbidden when it may not, WorkspaceLeaving."""
    machine = await current_machine(request, key_in(request.headers))
    rules.check_scope(machine.scopes, Scope.INGEST)
    if machine.is_leaving:
        raise WorkspaceLeaving("Nothing is taken any more. An owner can restore the workspace in its settings.")
    return machine


IngestKey = Annotated[Machine, Depends(ingest_key)]


async def current_visitor(
    request: Request, session: SessionDep, settings: SettingsDep, key: PresentedKey, cookie: SessionCookie
) -> Visitor:
    """The machine when a key is shown, else the person. Raises NotAuthenticated when it is neither."""
    if key:
        return Visitor(None, await current_machine(request, key))
    return Visitor((await auth.resume(session, settings, cookie)).user, None)


CurrentVisitor = Annotated[Visitor, Depends(current_visitor)]


async def enter(session: AsyncSession, visitor: Visitor, workspace_id: str) -> Member:
    """Let the visitor in. Raises NotFound, the same for a workspace of others as for none at all."""
    try:
        wanted = UUID(workspace_id)
    except ValueError:
        raise _no_such_workspace() from None
    if visitor.machine:
        return _enter_as_machine(visitor.machine, wanted)
    assert visitor.person is not None  # noqa: S101 - a visitor is one of the two
    role = await service.role_of(session, wanted, visitor.person.id)
    if role is None:
        raise _no_such_workspace()
    return Member(WorkspaceId(wanted), visitor.person.id, role)


def _enter_as_machine(machine: Machine, wanted: UUID) -> Member:
    if machine.workspace_id != wanted:
        raise _no_such_workspace()
    rules.check_scope(machine.scopes, Scope.READ)
    return Member(machine.workspace_id, None, Role.VIEWER)


def _no_such_workspace() -> NotFound:
    return NotFound("There is no such workspace, or you are not a member of it.")


async def current_member(
    # text, so that an id that is none is answered like one that leads nowhere
    workspace_id: Annotated[str, Path(json_schema_extra={"format": "uuid"})],
    visitor: CurrentVisitor,
    session: SessionDep,
) -> Member:
    return await enter(session, visitor, workspace_id)


CurrentMember = Annotated[Member, Depends(current_member)]


def require(needed: Role) -> Callable[[Member], Awaitable[Member]]:
    """A dependency that lets in members of at least this role. Raises Forbidden for the others."""

    async def member_with_role(member: CurrentMember) -> Member:
        rules.check_role(member.role, needed)
        return member

    return member_with_role


CurrentWriter = Annotated[Member, Depends(require(Role.MEMBER))]
CurrentAdmin = Annotated[Member, Depends(require(Role.ADMIN))]
CurrentOwner = Annotated[Member, Depends(require(Role.OWNER))]
