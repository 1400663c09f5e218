from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, EmailStr, Field, StringConstraints

from app.auth.rules import Person
from app.core.schemas import Label, Line, Password, Request, Response
from app.workspaces.rules import (
    SLUG_MAX_CHARACTERS,
    SLUG_PATTERN,
    AuditFilter,
    Role,
    Scope,
    WorkspaceView,
)

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
    """A member of the workspace. API keys are not told the email: to them it is null."""

    user_id: UUID
    email: str | None
    name: str
    role: Role
    created_at: datetime


class HeirIn(Request):
    """Who is to own the workspace."""

    user_id: UUID


class InvitationIn(Request):
    """With an email the invitation is mailed there, without one whoever has the link may use it."""

    role: Role
    email: EmailStr | None = None


class InvitationOut(Response):
    """An invitation that can still be accepted."""

    id: UUID
    email: str | None
    role: Role
    invited_by: str | None
    created_at: datetime
    expires_at: datetime


class NewInvitationOut(InvitationOut):
    """`link` is shown this once; null when it was mailed."""

    link: str | None


class InvitationTokenIn(Request):
    """What the link carried behind its #."""

    token: Line


class OfferOut(Response):
    """What an invitation offers. `has_account` tells of the address it is to, and is null when it is to none."""

    workspace: str
    role: Role
    email: str | None
    invited_by: str | None
    expires_at: datetime
    has_account: bool | None


class InvitedIn(Request):
    """A new account for who is invited; the email only where the invitation names none."""

    model_config = ConfigDict(str_strip_whitespace=False)
    token: Line
    password: Password
    email: Annotated[EmailStr, StringConstraints(strip_whitespace=True)] | None = None
    name: Label | None = None


class InvitedAwayOut(Response):
    """The provider's page to go to."""

    url: str


class JoinedOut(Response):
    """The new account, signed in, and where it belongs."""

    user: Person
    workspace: WorkspaceView


class EndIn(Request):
    """The end of one's account: its email, typed; its password and a code, where it has them."""

    model_config = ConfigDict(str_strip_whitespace=False)
    email: Line
    password: Password | None = None
    code: Line | None = None


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


class AuditQuery(BaseModel):
    """Which entries; what is left out lets all through."""

    model_config = ConfigDict(extra="forbid")

    actor_id: UUID | None = None
    action: Line | None = Field(None, description="`member.added`, or `member.*` for all of a kind")
    target: Line | None = Field(None, description="a part of what was changed")
    start: AwareDatetime | None = Field(None, alias="from")
    end: AwareDatetime | None = Field(None, alias="to")

    def filter(self) -> AuditFilter:
        return AuditFilter(self.actor_id, self.action, self.target, self.start, self.end)

    def period_name(self) -> str:
        """The days that the filter names, for the name of a file."""
        return "-".join(f"{at:%Y-%m-%d}" for at in (self.start, self.end) if at)


class AuditPageQuery(AuditQuery):
    """One page of them."""

    limit: int = Field(50, ge=1, le=200)
    cursor: str | None = Field(None, max_length=400)
