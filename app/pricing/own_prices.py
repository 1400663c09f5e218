"""What people do with their own prices. Rules are made, revoked and restored, never changed; all of it is audited."""

from dataclasses import fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.database import AsyncSession
from app.core.errors import FieldError, InvalidRequest, NotFound
from app.core.ids import new_id
from app.core.money import to_wire
from app.core.periods import utc_now
from app.pricing import queries
from app.pricing.errors import PriceRuleOverlaps
from app.pricing.rules import drafts
from app.pricing.rules.kept import Change, KeptRule, reach
from app.pricing.rules.matching import canonical_provider
from app.pricing.rules.workspace import Rule, overlaps
from app.pricing.shelf import PriceShelf
from app.workspaces import service as workspaces
from app.workspaces.rules import Member


async def create(session: AsyncSession, shelf: PriceShelf, actor: Member, wanted: Rule, note: str) -> Change:
    """A new rule, in force at once. Raises InvalidRequest, and PriceRuleOverlaps where another of its scope holds."""
    rule = _clean(wanted)
    if faults := drafts.faults(rule):
        raise InvalidRequest(f"Look at: {', '.join(fault.field for fault in faults)}.", errors=faults)
    others = await _others(session, actor, rule)
    kept = KeptRule(rule, note, actor.user_id, utc_now(), None, None)
    await queries.insert(session, actor.workspace_id, kept)
    return await _changed(session, shelf, actor, "price_rule.created", kept, others)


async def revoke(session: AsyncSession, shelf: PriceShelf, actor: Member, rule_id: UUID) -> Change:
    """Put a rule out of force, for past calls too when they are priced again. Doing it again changes nothing.

    Raises NotFound.
    """
    return await _set(session, shelf, actor, await _found(session, actor, rule_id), at=utc_now())


async def restore(session: AsyncSession, shelf: PriceShelf, actor: Member, rule_id: UUID) -> Change:
    """Undo the revocation. Raises NotFound, and PriceRuleOverlaps when another rule has taken its place."""
    return await _set(session, shelf, actor, await _found(session, actor, rule_id), at=None)


async def _set(session: AsyncSession, shelf: PriceShelf, actor: Member, kept: KeptRule, at: datetime | None) -> Change:
    await queries.lock(session, actor.workspace_id)
    others = await queries.rules_in_force(session, actor.workspace_id)
    if at is None:
        _check_scope(kept.rule, others)
    by = actor.user_id if at else None
    if not await queries.set_revoked(session, actor.workspace_id, kept.rule.id, at=at, by=by):
        return Change(kept, reach(kept.rule, others))
    kept = await _found(session, actor, kept.rule.id)
    action = "price_rule.revoked" if at else "price_rule.restored"
    return await _changed(session, shelf, actor, action, kept, others)


async def _found(session: AsyncSession, actor: Member, rule_id: UUID) -> KeptRule:
    kept = await queries.rule(session, actor.workspace_id, rule_id)
    if kept is None:
        raise NotFound("There is no such price rule in this workspace.")
    return kept


async def _others(session: AsyncSession, actor: Member, rule: Rule) -> list[Rule]:
    """The rules in force, under a lock, so that two of one scope cannot be made side by side."""
    await queries.lock(session, actor.workspace_id)
    others = await queries.rules_in_force(session, actor.workspace_id)
    _check_scope(rule, others)
    return others


def _check_scope(rule: Rule, others: list[Rule]) -> None:
    for other in others:
        if other.id != rule.id and other.scope == rule.scope and overlaps(rule, other):
            raise PriceRuleOverlaps(
                f"The rule {other.id} ({drafts.describe(other)}) holds {_period(other)}. Revoke it first, or choose a "
                "period beside its.",
                errors=[FieldError("effective_from", f"overlaps the period of rule {other.id}")],
            )


def _period(rule: Rule) -> str:
    start, end = rule.effective_from, rule.effective_to
    said = [f"from {start.isoformat()}" if start else "", f"up to {end.isoformat()}" if end else ""]
    return " ".join(filter(None, said)) or "at all times"


def _clean(rule: Rule) -> Rule:
    """The spellings by which rules are compared with calls."""
    return replace(
        rule,
        id=new_id(),
        provider=canonical_provider(rule.provider),
        model_pattern=rule.model_pattern.strip().lower(),
        meter=rule.meter.strip().lower(),
        target_provider=rule.target_provider and canonical_provider(rule.target_provider),
    )


async def _changed(
    session: AsyncSession, shelf: PriceShelf, actor: Member, action: str, kept: KeptRule, others: list[Rule]
) -> Change:
    """Note the change, and let this process price by it as soon as it is committed."""
    rule = kept.rule
    await workspaces.audit(
        session, actor.workspace_id, actor.user_id, action, drafts.describe(rule), rule_id=str(rule.id), **_said(rule)
    )
    queries.when_committed(session, lambda: shelf.forget(actor.workspace_id))
    return Change(kept, reach(rule, others))


def _said(rule: Rule) -> dict[str, Any]:
    """What a rule says, as JSON."""
    texts: dict[str, Any] = {}
    for field in fields(Rule):
        value = getattr(rule, field.name)
        if value is None or field.name == "id":
            continue
        is_number = field.name in {"price", "percent"}
        texts[field.name] = to_wire(value) if is_number else value if isinstance(value, int) else str(value)
    return texts
