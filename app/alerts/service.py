"""What others tell and what people do with it."""

from uuid import UUID

from app.alerts import queries
from app.alerts.rules import NewAlert, State
from app.core.database import AsyncSession
from app.core.ids import new_id
from app.core.periods import utc_now


async def raise_alert(session: AsyncSession, workspace_id: UUID, new: NewAlert) -> bool:
    """Tell it, in the caller's transaction; True when it is new, and its notices go out once that is committed.

    Two small statements, and one more for what is told already, which holds rows of nobody else. Who raises several in
    one transaction does it in the order of their conditions, so that two who do so never wait for each other.
    """
    wanted = await queries.wanted(session, workspace_id, new.kind)
    if not wanted.is_on:
        return False
    condition, facts = new.condition or new.key, [list(fact) for fact in new.facts]
    values = {
        "workspace_id": workspace_id,
        "id": new_id(),
        "key": new.key,
        "condition": condition,
        "kind": new.kind,
        "severity": wanted.severity or new.severity,
        "state": State.OPEN,
        "title": new.title,
        "facts": facts,
        "link": new.link,
        "occurrences": 1,
        "occurred_at": new.occurred_at,
        "last_occurred_at": new.occurred_at,
        "created_at": utc_now(),
        "is_kept_open": False,
        "fired_due": True,
        "resolved_due": False,
    }
    if await queries.insert(session, values):
        return True
    await queries.count_again(session, workspace_id, condition, new.occurred_at, new.title, facts)
    return False


async def resolve(session: AsyncSession, workspace_id: UUID, condition: str) -> bool:
    """It is over: by its condition, which is its key where it has no other. True when something was resolved."""
    return await queries.resolve(session, workspace_id, condition, utc_now())
