"""What the predecessors' clients send and read, where that is not what ours do."""

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, EmailStr, Field

from app.analytics.rules import parse_instant
from app.auth.rules import Person
from app.auth.schemas import LoginIn, RegisterIn
from app.core import schemas as core
from app.core.schemas import Label, Password
from app.providers.rules.connections import Mode
from app.providers.schemas import BaseUrl, ConnectionOut, ProviderKey, SyncRunOut
from app.workspaces.rules import Role, Scope, WorkspaceView
from app.workspaces.schemas import ApiKeyOut

WITHOUT_ZONE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?")


def _utc_instant(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = value.strip()
    return parse_instant(f"{text}Z" if WITHOUT_ZONE.fullmatch(text) else text)


# A bound of a period, in UTC where it names no zone.
UtcBound = Annotated[datetime, BeforeValidator(_utc_instant)]


class OpenAIState(core.Response):
    """What their workspaces told of the OpenAI connection; null where there is none."""

    is_configured: Annotated[bool, Field(serialization_alias="openAIConfigured")]
    mode: Annotated[str | None, Field(serialization_alias="openAIMode")]
    state: Annotated[str | None, Field(serialization_alias="openAIStatus")]
    updated_at: Annotated[datetime | None, Field(serialization_alias="openAIUpdatedAt")]
    last_sync_at: Annotated[datetime | None, Field(serialization_alias="openAILastSyncAt")]


NOT_CONNECTED = OpenAIState(is_configured=False, mode=None, state=None, updated_at=None, last_sync_at=None)


class WorkspaceOut(OpenAIState):
    """A workspace under both names of its name."""

    id: UUID
    name: str
    display_name: Annotated[str, Field(serialization_alias="displayName")]
    slug: str
    role: Role
    created_at: datetime

    @classmethod
    def of(cls, view: WorkspaceView, openai: OpenAIState = NOT_CONNECTED) -> Self:
        return cls(
            **openai.model_dump(),
            id=view.id,
            name=view.name,
            display_name=view.name,
            slug=view.slug,
            role=view.role,
            created_at=view.created_at,
        )


class WorkspacesOut(core.Response):
    """The same list under their name and under ours."""

    items: Sequence[WorkspaceOut]
    workspaces: Sequence[WorkspaceOut]
    next_cursor: str | None


class MeOut(core.Response):
    """Who is signed in, and where they belong."""

    user: Person
    workspaces: Sequence[WorkspaceOut]


class SignedUpOut(core.Response):
    """A new account and its first workspace."""

    user: Person
    workspace: WorkspaceOut


class DoneOut(core.Response):
    """Their clients read a body from every answer."""

    ok: Literal[True]


class SignUpIn(RegisterIn):
    """Their sign-up also names the workspace. What else old clients send is not needed."""

    model_config = ConfigDict(extra="ignore")
    workspace_name: Label | None = None


class SignInIn(LoginIn):
    """What else old clients send is not needed."""

    model_config = ConfigDict(extra="ignore")


class View(StrEnum):
    """The pages of a predecessor's dashboard."""

    OVERVIEW = "overview"
    PROVIDERS = "providers"
    MODELS = "models"
    QUERIES = "queries"


class By(StrEnum):
    """What their breakdown could be split by."""

    PROJECT = "project"
    LINE_ITEM = "line_item"
    MODEL = "model"


class LineItemsOut(core.Response):
    """The month by line item: lines of a bill, which tracked calls do not have."""

    month: str
    ledger: Literal["billed"]
    by: Literal["line_item"]
    has_data: Literal[False]
    rows: Sequence[None]
    detail: str


class KeyIn(core.Request):
    """A new key; it may send and read where nothing else is said."""

    model_config = ConfigDict(extra="ignore")
    workspace_id: str | None = None
    name: Label = "API key"
    scopes: list[Scope] = Field(default_factory=lambda: list(Scope), min_length=1, max_length=len(Scope))


class KeyRef(core.Request):
    """Which key to revoke."""

    model_config = ConfigDict(extra="ignore")
    workspace_id: str | None = None
    id: UUID | None = None
    key_id: UUID | None = None


class OnboardIn(core.Request):
    """Everything at once. Without an email, for the person who is signed in."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=False)
    email: EmailStr | None = None
    password: Password | None = None
    name: Label | None = None
    workspace_name: Label | None = None
    key_name: Label = "First key"


class OnboardOut(SignedUpOut):
    """`key` is the key itself, shown this once; `api_key` is what lists show of it."""

    key: str
    api_key: ApiKeyOut


class OpenAIConnectIn(core.Request):
    """A key for OpenAI's reports."""

    model_config = ConfigDict(extra="ignore")
    workspace_id: str | None = None
    api_key: ProviderKey
    mode: Mode = Mode.ORGANIZATION
    base_url: BaseUrl | None = None


class OpenAISyncIn(core.Request):
    """Which workspace to read OpenAI's reports for."""

    model_config = ConfigDict(extra="ignore")
    workspace_id: str | None = None


class OpenAIConnectedOut(core.Response):
    """The connection, and the workspace as their clients show it."""

    ok: Literal[True]
    workspace: WorkspaceOut
    connection: ConnectionOut


class OpenAISyncOut(core.Response):
    """The runs that were asked for."""

    ok: Literal[True]
    workspace: WorkspaceOut
    runs: Sequence[SyncRunOut]
