"""SQL of the audit log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.models import User
from app.workspaces.models import AuditEntry
from app.workspaces.rules import AuditFilter, WorkspaceId


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One entry of the audit log; `actor_email` is None when the actor's account is gone."""

    id: UUID
    action: str
    actor_id: UUID | None
    actor_email: str | None
    target: str
    detail: Mapping[str, Any]
    created_at: datetime


async def insert_audit(session: AsyncSession, workspace_id: WorkspaceId, entry: AuditEntry) -> None:
    entry.workspace_id = workspace_id
    session.add(entry)
    await session.flush()


async def audit_log(
    session: AsyncSession, workspace_id: WorkspaceId, wanted: AuditFilter, *, before: UUID | None, limit: int
) -> Sequence[AuditRow]:
    """Newest first, those that come after the row `before`."""
    statement = (
        select(AuditEntry, User.email)
        .outerjoin(User, User.id == AuditEntry.actor_id)
        .where(AuditEntry.workspace_id == workspace_id, *_conditions(wanted))
        # ids sort by the time they were made, and the primary key already holds them in this order
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )
    if before:
        statement = statement.where(AuditEntry.id < before)
    found = await session.execute(statement)
    return [
        AuditRow(row.id, row.action, row.actor_id, email, row.target, row.detail, row.created_at)
        for row, email in found
    ]


def _conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.actor_id is not None:
        conditions.append(AuditEntry.actor_id == wanted.actor_id)
    if wanted.action is not None:
        kind = wanted.action.removesuffix("*")
        is_kind = kind.endswith(".") and kind != wanted.action
        conditions.append(
            AuditEntry.action.startswith(kind, autoescape=True) if is_kind else AuditEntry.action == wanted.action
        )
    if wanted.target is not None:
        conditions.append(AuditEntry.target.icontains(wanted.target, autoescape=True))
    if wanted.start is not None:
        conditions.append(AuditEntry.created_at >= wanted.start)
    if wanted.end is not None:
        conditions.append(AuditEntry.created_at < wanted.end)
    return conditions
