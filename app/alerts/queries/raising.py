"""What stands in the transactions of others: few statements, one row each, nothing that waits for long."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import case, exists, false, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts.models import Alert, AlertSetting
from app.alerts.rules import Kind, Severity, State


class Wanted(NamedTuple):
    """Whether a workspace wants a kind, and how loud; severity None is as whoever raises it says."""

    is_on: bool
    severity: Severity | None


async def wanted(session: AsyncSession, workspace_id: UUID, kind: Kind) -> Wanted:
    found = await session.execute(
        select(AlertSetting.is_on, AlertSetting.severity).where(
            AlertSetting.workspace_id == workspace_id, AlertSetting.kind == kind
        )
    )
    row = found.one_or_none()
    if row is None:
        return Wanted(True, None)
    return Wanted(row.is_on, None if row.severity is None else Severity(row.severity))


async def insert(session: AsyncSession, values: Mapping[str, Any]) -> bool:
    """False when its key was told before, or its condition is being told."""
    statement = postgresql.insert(Alert).values(dict(values)).on_conflict_do_nothing().returning(Alert.id)
    return (await session.execute(statement)).scalar() is not None


async def count_again(
    session: AsyncSession, workspace_id: UUID, condition: str, at: datetime, title: str, facts: list[list[str]]
) -> None:
    """Seen once more, if later than before: what drives it now stands in place of what drove it."""
    await session.execute(
        update(Alert)
        .where(
            Alert.workspace_id == workspace_id,
            Alert.condition == condition,
            Alert.state != State.RESOLVED,
            Alert.last_occurred_at < at,
        )
        .values(occurrences=Alert.occurrences + 1, last_occurred_at=at, title=title, facts=facts)
        .execution_options(synchronize_session=False)
    )


async def resolve(session: AsyncSession, workspace_id: UUID, condition: str, now: datetime) -> bool:
    """By itself: not one that a person opened again, nor of a kind that is to wait for a person."""
    waits = exists().where(
        AlertSetting.workspace_id == workspace_id,
        AlertSetting.kind == Alert.kind,
        AlertSetting.resolves_itself == false(),
    )
    done = await session.execute(
        update(Alert)
        .where(
            Alert.workspace_id == workspace_id,
            Alert.condition == condition,
            Alert.state != State.RESOLVED,
            ~Alert.is_kept_open,
            ~waits,
        )
        .values(state=State.RESOLVED, resolved_at=now, resolved_by=None, snoozed_until=None, resolved_due=True)
        .returning(Alert.id)
        .execution_options(synchronize_session=False)
    )
    return done.scalar() is not None


async def unresolve(session: AsyncSession, workspace_id: UUID, condition: str, resolved_at: datetime) -> None:
    """What resolved by itself at that time is open again, or acknowledged where it was."""
    await session.execute(
        update(Alert)
        .where(
            Alert.workspace_id == workspace_id,
            Alert.condition == condition,
            Alert.resolved_at == resolved_at,
            Alert.resolved_by.is_(None),
        )
        .values(
            state=case((Alert.acknowledged_at.is_(None), State.OPEN), else_=State.ACKNOWLEDGED),
            resolved_at=None,
            resolved_due=False,
        )
        .execution_options(synchronize_session=False)
    )
