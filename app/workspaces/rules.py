"""Roles, scopes, and what each may do."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from itertools import count
from typing import Final, NewType
from uuid import UUID

from app.core.errors import Forbidden

KEY_PREFIX = "tb_"
# so much of a key is kept in clear, for people to tell keys apart
KEY_PREFIX_CHARACTERS = 10
# `last_used_at` is for people to find forgotten keys by; a minute is fine enough for that
TOUCH_INTERVAL = timedelta(minutes=1)
INVITATION_LIFETIME = timedelta(days=7)
# how long a workspace that is to be deleted can be taken back
GRACE = timedelta(days=14)
SLUG_MAX_CHARACTERS = 48
SLUG_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"

# Minted only in `dependencies`, after membership was checked, and in `service.create`, where a
# workspace is born; every tenant query asks for one.
WorkspaceId = NewType("WorkspaceId", UUID)


class Role(StrEnum):
    """What a member may do, from most to least."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"

    @property
    def rank(self) -> int:
        return _Rank[self.name]

    def covers(self, needed: "Role") -> bool:
        """Whether this role may do what `needed` may."""
        return self.rank >= needed.rank


class _Rank(IntEnum):
    VIEWER = 1
    MEMBER = 2
    ADMIN = 3
    OWNER = 4


class Scope(StrEnum):
    """What an API key may do: send calls, read answers."""

    INGEST = "ingest"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Member:
    """Who asks, in a workspace that was checked. `user_id` is None when an API key asks."""

    workspace_id: WorkspaceId
    user_id: UUID | None
    role: Role


@dataclass(frozen=True, slots=True)
class Machine:
    """An API key that was checked: its workspace and what it may do."""

    workspace_id: WorkspaceId
    key_id: UUID
    scopes: frozenset[Scope]
    is_leaving: bool = False


@dataclass(frozen=True, slots=True)
class WorkspaceView:
    """A workspace as one of its members sees it. With `deletes_at` it is leaving, and gone from then on."""

    id: UUID
    name: str
    slug: str
    role: Role
    created_at: datetime
    deletes_at: datetime | None


@dataclass(frozen=True, slots=True)
class Offer:
    """An invitation that can still be accepted. Without an email it is to whoever has its link."""

    id: UUID
    workspace_id: UUID
    workspace: str
    role: Role
    email: str | None
    inviter_id: UUID | None
    invited_by: str | None
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries of the audit log; what is None lets all through. `action` ending in `.*` is all of a kind."""

    actor_id: UUID | None = None
    action: str | None = None
    target: str | None = None
    start: datetime | None = None
    end: datetime | None = None


def check_role(role: Role, needed: Role) -> None:
    """Raises Forbidden when the role does not reach."""
    if not role.covers(needed):
        raise Forbidden(f"This needs the role {needed.value}; yours is {role.value}. Ask an owner of the workspace.")


def check_scope(scopes: Collection[Scope], needed: Scope) -> None:
    """Raises Forbidden when the key was made without this scope."""
    if needed not in scopes:
        raise Forbidden(f"This API key lacks the scope {needed.value}. Create one that has it.")


# letters that no normal form splits into a plain one and its mark
UNSPLIT_LETTERS: Final = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i"}
)


def slug_from(name: str) -> str:
    """A slug that reads like the name: `Café Zürich GmbH` is `cafe-zurich-gmbh`."""
    folded = name.casefold().translate(UNSPLIT_LETTERS)
    plain = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:SLUG_MAX_CHARACTERS].strip("-") or "workspace"


def free_slug(wanted: str, taken: Collection[str]) -> str:
    """`wanted`, or the first of `wanted-2`, `wanted-3`, ... that is free."""
    if wanted not in taken:
        return wanted
    return next(slug for slug in (_numbered(wanted, number) for number in count(2)) if slug not in taken)


def _numbered(slug: str, number: int) -> str:
    ending = f"-{number}"
    return slug[: SLUG_MAX_CHARACTERS - len(ending)].rstrip("-") + ending
