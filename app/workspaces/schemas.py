from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from app.auth.rules import Person
from app.core.schemas import Label, Line, Request, Response
from app.workspaces.rules import SLUG_MAX_CHARACTERS, SLUG_PATTERN, Role, Scope, WorkspaceView

Slug = Annotated[str, StringConstraints(min_length=1, max_length=SLUG_MAX_CHARACTERS, pattern=SLUG_PATTERN)]


class WorkspaceIn(Request):
    """A new workspace; without a slug one is made from its name."""

    name: Label
    slug: Slug | None = None


class WorkspaceChange(Request):
    """What is left out stays as it is."""

    name: Label | None = None
    slug: Slug | None = None


class MeOut(Response):
    """The person who is signed in, and where they belong."""

    user: Person
    workspaces: list[WorkspaceView]


class MemberIn(Request):
    """An account that exists already, and what it may do here."""

    email: Line
    role: Role


class RoleChange(Request):
    """A member's next role."""

    role: Role


class MemberOut(Response):
    """A member of the workspace."""

    user_id: UUID
    email: str
    name: str
    role: Role
    created_at: datetime


class ApiKeyIn(Request):
    """A new key and what it may do."""

    name: Label
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope), default_factory=lambda: list(Scope))]


class ApiKeyOut(Response):
    """A key without its secret. `last_used_at` is exact to the minute; `created_by` is the creator's user id."""

    id: UUID
    name: str
    prefix: str
    scopes: list[Scope]
    created_at: datetime
    created_by: UUID | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class NewApiKeyOut(ApiKeyOut):
    """The one answer that holds the key itself."""

    key: str


class AuditOut(Response):
    """One change that somebody made; `actor_email` is null when the account is gone."""

    id: UUID
    action: str
    actor_id: UUID | None
    actor_email: str | None
    target: str
    detail: dict[str, Any]
    created_at: datetime
