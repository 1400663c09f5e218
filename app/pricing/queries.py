"""SQL of the workspaces' own prices."""

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import event, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.pricing.models import PriceRule
from app.pricing.rules.kept import KeptRule
from app.pricing.rules.workspace import Rule, RuleKind
from app.workspaces.rules import WorkspaceId

_FIELDS: Final = tuple(field.name for field in fields(Rule))
_STORY: Final = tuple(field.name for field in fields(KeptRule))[1:]


def _rule(row: PriceRule) -> Rule:
    values = {name: getattr(row, name) for name in _FIELDS}
    return Rule(**{**values, "kind": RuleKind(row.kind)})


def _kept(row: PriceRule) -> KeptRule:
    return KeptRule(_rule(row), *(getattr(row, name) for name in _STORY))


async def rules_in_force(session: AsyncSession, workspace_id: UUID) -> list[Rule]:
    """The rules that are not revoked, whatever their period."""
    found = await session.execute(
        select(PriceRule).where(PriceRule.workspace_id == workspace_id, PriceRule.revoked_at.is_(None))
    )
    return [_rule(row) for row in found.scalars()]


async def lock(session: AsyncSession, workspace_id: WorkspaceId) -> None:
    """Changes of one workspace's prices come one after another, until the end of the transaction."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"price_rules {workspace_id}"}
    )


async def insert(session: AsyncSession, workspace_id: WorkspaceId, kept: KeptRule) -> None:
    told = {name: getattr(kept, name) for name in _STORY}
    rule = {name: getattr(kept.rule, name) for name in _FIELDS}
    session.add(PriceRule(workspace_id=workspace_id, **rule, **told))
    await session.flush()


async def rule(session: AsyncSession, workspace_id: WorkspaceId, rule_id: UUID) -> KeptRule | None:
    found = await session.execute(
        select(PriceRule)
        .where(PriceRule.workspace_id == workspace_id, PriceRule.id == rule_id)
        .execution_options(populate_existing=True)
    )
    row = found.scalar()
    return None if row is None else _kept(row)


async def set_revoked(
    session: AsyncSession, workspace_id: WorkspaceId, rule_id: UUID, *, at: datetime | None, by: UUID | None
) -> bool:
    """Revoke a rule, or with `at` None restore it; False when it was so already."""
    is_other = PriceRule.revoked_at.is_(None) if at else PriceRule.revoked_at.is_not(None)
    changed = await session.execute(
        update(PriceRule)
        .where(PriceRule.workspace_id == workspace_id, PriceRule.id == rule_id, is_other)
        .values(revoked_at=at, revoked_by=by)
        .returning(PriceRule.id)
        .execution_options(synchronize_session=False)
    )
    return changed.scalar() is not None


async def rules(session: AsyncSession, workspace_id: WorkspaceId, *, before: UUID | None, limit: int) -> list[KeptRule]:
    """Newest first, the revoked ones too; those that come after the rule `before`."""
    # ids sort by the time they were made, and the primary key already holds them in this order
    statement = (
        select(PriceRule).where(PriceRule.workspace_id == workspace_id).order_by(PriceRule.id.desc()).limit(limit)
    )
    if before:
        statement = statement.where(PriceRule.id < before)
    return [_kept(row) for row in (await session.execute(statement)).scalars()]


async def all_rules(session: AsyncSession, workspace_id: WorkspaceId) -> list[KeptRule]:
    """All of them, newest first."""
    found = await session.execute(
        select(PriceRule).where(PriceRule.workspace_id == workspace_id).order_by(PriceRule.id.desc())
    )
    return [_kept(row) for row in found.scalars()]


def when_committed(session: AsyncSession, action: Callable[[], None]) -> None:
    """Do it once the session's transaction is committed, and not at all when it is rolled back."""
    event.listen(session.sync_session, "after_commit", lambda _: action(), once=True)
