"""Alerts as people see them, and who has seen which."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts.models import Alert, AlertRead
from app.alerts.rules import Kind, Severity, State


@dataclass(frozen=True, slots=True)
class Only:
    """Which alerts; empty is any."""

    states: Sequence[State] = ()
    kinds: Sequence[Kind] = ()
    severities: Sequence[Severity] = ()

    def conditions(self) -> list[ColumnElement[bool]]:
        wanted = ((Alert.state, self.states), (Alert.kind, self.kinds), (Alert.severity, self.severities))
        return [column.in_(values) for column, values in wanted if values]


async def page(
    session: AsyncSession, workspace_id: UUID, only: Only, *, before: UUID | None, limit: int
) -> Sequence[Alert]:
    """Newest first, those that come after the alert `before`."""
    statement = select(Alert).where(Alert.workspace_id == workspace_id, *only.conditions())
    if before is not None:
        statement = statement.where(Alert.id < before)  # ids sort by the time they were made
    return (await session.execute(statement.order_by(Alert.id.desc()).limit(limit))).scalars().all()


async def alert(session: AsyncSession, workspace_id: UUID, alert_id: UUID, *, is_held: bool = False) -> Alert | None:
    """`is_held`: to the end of the transaction."""
    statement = select(Alert).where(Alert.workspace_id == workspace_id, Alert.id == alert_id)
    if is_held:
        statement = statement.with_for_update()
    return (await session.execute(statement.execution_options(populate_existing=True))).scalar()


async def delete_resolved(session: AsyncSession, before: datetime) -> int:
    """Of all workspaces, with who has seen them."""
    old = delete(Alert).where(Alert.state == State.RESOLVED, Alert.resolved_at < before)
    gone = await session.execute(old.returning(Alert.id).execution_options(synchronize_session=False))
    return len(gone.all())


async def delete_all(session: AsyncSession, workspace_id: UUID) -> None:
    """With who has seen them."""
    await session.execute(delete(Alert).where(Alert.workspace_id == workspace_id))


async def reopen(session: AsyncSession, workspace_id: UUID, alert_id: UUID) -> bool:
    """False when another alert of its condition is not resolved."""
    values: dict[str, Any] = {
        "state": State.OPEN,
        "is_kept_open": True,
        "resolved_at": None,
        "resolved_by": None,
        "acknowledged_at": None,
        "acknowledged_by": None,
        "snoozed_until": None,
        "resolved_due": False,
    }
    try:
        async with session.begin_nested():
            await session.execute(
                update(Alert)
                .where(Alert.workspace_id == workspace_id, Alert.id == alert_id)
                .values(values)
                .execution_options(synchronize_session=False)
            )
    except IntegrityError:
        return False
    return True


# --- who has seen which ---


def _is_read(user_id: UUID) -> ColumnElement[bool]:
    return exists().where(
        AlertRead.workspace_id == Alert.workspace_id, AlertRead.alert_id == Alert.id, AlertRead.user_id == user_id
    )


def _unread(workspace_id: UUID, user_id: UUID, since: datetime, now: datetime) -> Sequence[ColumnElement[bool]]:
    is_asleep = Alert.snoozed_until.is_not(None) & (Alert.snoozed_until > now)
    return Alert.workspace_id == workspace_id, Alert.created_at >= since, ~is_asleep, ~_is_read(user_id)


async def count_unread(
    session: AsyncSession, workspace_id: UUID, user_id: UUID, since: datetime, now: datetime
) -> tuple[int, Severity | None]:
    """How many that came since then, and the greatest severity among those that are not resolved."""
    per_severity = (
        select(Alert.severity, func.count(), func.count().filter(Alert.state != State.RESOLVED))
        .where(*_unread(workspace_id, user_id, since, now))
        .group_by(Alert.severity)
    )
    rows = (await session.execute(per_severity)).all()
    live = {severity for severity, _, unresolved in rows if unresolved}
    worst = next((severity for severity in reversed(Severity) if severity in live), None)
    return sum(count for _, count, _ in rows), worst


async def read_among(session: AsyncSession, workspace_id: UUID, user_id: UUID, ids: Sequence[UUID]) -> set[UUID]:
    found = await session.execute(
        select(AlertRead.alert_id).where(
            AlertRead.workspace_id == workspace_id, AlertRead.user_id == user_id, AlertRead.alert_id.in_(ids)
        )
    )
    return set(found.scalars())


async def mark_read(
    session: AsyncSession,
    workspace_id: UUID,
    user_id: UUID,
    since: datetime,
    now: datetime,
    ids: Sequence[UUID] | None,
) -> None:
    """These, or with None all that count as unread."""
    is_wanted = _unread(workspace_id, user_id, since, now) if ids is None else _named(workspace_id, ids)
    chosen = select(Alert.workspace_id, Alert.id, literal(user_id), literal(now)).where(*is_wanted)
    await session.execute(
        insert(AlertRead)
        .from_select(["workspace_id", "alert_id", "user_id", "read_at"], chosen)
        .on_conflict_do_nothing()
    )


def _named(workspace_id: UUID, ids: Sequence[UUID]) -> Sequence[ColumnElement[bool]]:
    return Alert.workspace_id == workspace_id, Alert.id.in_(ids)


# --- what detectors ask ---


async def told_since(
    session: AsyncSession, workspace_id: UUID, kinds: Sequence[Kind], since: datetime
) -> Sequence[Alert]:
    """What is not resolved, or was only since then."""
    found = await session.execute(
        select(Alert)
        .where(
            Alert.workspace_id == workspace_id,
            Alert.kind.in_(kinds),
            or_(Alert.state != State.RESOLVED, Alert.resolved_at >= since),
        )
        .order_by(Alert.id)
        .execution_options(populate_existing=True)
    )
    return found.scalars().all()
