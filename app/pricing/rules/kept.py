"""A rule as the workspace keeps it: who made it, whether it is in force, and which calls a change of it may touch."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.pricing.rules.workspace import ANY, Rule, RuleKind


class RuleState(StrEnum):
    """Whether a rule counts for calls made now."""

    SCHEDULED = "scheduled"
    IN_FORCE = "in_force"
    ENDED = "ended"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class KeptRule:
    """A rule and its story. A revoked one counts for no call, past ones neither."""

    rule: Rule
    note: str
    created_by: UUID | None
    created_at: datetime
    revoked_by: UUID | None
    revoked_at: datetime | None

    def state(self, now: datetime) -> RuleState:
        """Whether it counts for calls made now."""
        if self.revoked_at is not None:
            return RuleState.REVOKED
        if self.rule.effective_to is not None and self.rule.effective_to <= now:
            return RuleState.ENDED
        return RuleState.IN_FORCE if self.rule.holds(now) else RuleState.SCHEDULED


@dataclass(frozen=True, slots=True)
class Reach:
    """Which past calls a change of a rule may touch: half-open in time, None is open; `provider` None is any."""

    start: datetime | None
    end: datetime | None
    provider: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """A rule as it is after a change, and which calls may now be priced otherwise."""

    kept: KeptRule
    reach: Reach


def reach(rule: Rule, others: Iterable[Rule]) -> Reach:
    """Wide rather than narrow: it names no model, because a rule also means calls by other names than their `model`.

    `others` are the workspace's rules: a deployment map may have moved calls of other providers to this rule's.
    """
    is_moved = any(other.target_provider == rule.provider for other in others if other.kind is RuleKind.DEPLOYMENT)
    provider = None if rule.provider == ANY or is_moved else rule.provider
    return Reach(rule.effective_from, rule.effective_to, provider)
