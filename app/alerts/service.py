"""What others tell, and what people do with it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from app.alerts import queries
from app.alerts.errors import AlertGoesOn, AlertNotFound, AlertResolved
from app.alerts.models import Alert
from app.alerts.rules import Kind, NewAlert, Setting, Severity, State
from app.core.database import AsyncSession
from app.core.errors import FieldError, Forbidden, InvalidRequest
from app.core.ids import new_id
from app.core.periods import utc_now
from app.workspaces.rules import Member

# Older ones that somebody never looked at no longer count as news.
UNREAD_FOR: Final = timedelta(days=30)
LONGEST_SNOOZE: Final = timedelta(days=90)
# A year can be compared with the one before it.
KEPT: Final = timedelta(days=400)


async def raise_alert(session: AsyncSession, workspace_id: UUID, new: NewAlert) -> bool:
    """Tell it, in the caller's transaction; True when it is new, and its notices go out once that is committed.

    Two small statements, and one more for what is told already; they hold rows of nobody else. Who raises several in
    one transaction does it in the order of their keys, so that two who do so never wait for each other.
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


async def resolve(session: AsyncSession, workspace_id: UUID, condition: str, at: datetime | None = None) -> bool:
    """It is over: by its condition, which is its key where it has no other. True when something was resolved."""
    return await queries.resolve(session, workspace_id, condition, at or utc_now())


async def unresolve(session: AsyncSession, workspace_id: UUID, condition: str, resolved_at: datetime) -> None:
    """It is not over after all: what resolved by itself at that time goes on as it was, and nobody is told again."""
    await queries.unresolve(session, workspace_id, condition, resolved_at)


async def told_since(session: AsyncSession, workspace_id: UUID, kinds: Sequence[Kind], since: datetime) -> list[Alert]:
    """For detectors: what is not resolved, or was only since then."""
    return list(await queries.told_since(session, workspace_id, kinds, since))


async def forget_old(session: AsyncSession, now: datetime) -> int:
    """Of all workspaces what was resolved long ago, and nothing else; how many."""
    return await queries.delete_resolved(session, now - KEPT)


async def settings(session: AsyncSession, workspace_id: UUID) -> dict[Kind, Setting]:
    """How the workspace wants each kind."""
    return await queries.settings(session, workspace_id)


async def forget(session: AsyncSession, workspace_id: UUID) -> None:
    """Delete every alert of a workspace; its settings and channels stay."""
    await queries.delete_all(session, workspace_id)


# --- what people do ---


async def find(session: AsyncSession, member: Member, alert_id: UUID) -> Alert:
    """Raises AlertNotFound."""
    return _found(await queries.alert(session, member.workspace_id, alert_id))


async def acknowledge(session: AsyncSession, member: Member, alert_id: UUID) -> Alert:
    """Somebody looks after it. Raises AlertNotFound, AlertResolved."""
    alert = await _live(session, member, alert_id)
    if alert.state == State.OPEN:
        alert.state, alert.acknowledged_at, alert.acknowledged_by = State.ACKNOWLEDGED, utc_now(), member.user_id
    return alert


async def snooze(session: AsyncSession, member: Member, alert_id: UUID, until: datetime | None) -> Alert:
    """Put it off; it is told again then, if it is not resolved by that time. None ends it now, silently.

    Raises AlertNotFound, AlertResolved, and InvalidRequest for a time that is past or too far.
    """
    now = utc_now()
    if until is not None and not now < until <= now + LONGEST_SNOOZE:
        fault = FieldError("until", f"must lie in the next {LONGEST_SNOOZE.days} days")
        raise InvalidRequest("Look at: until.", errors=[fault])
    alert = await _live(session, member, alert_id)
    alert.snoozed_until = until
    return alert


async def close(session: AsyncSession, member: Member, alert_id: UUID) -> Alert:
    """Resolve it by hand; the channels are told. Raises AlertNotFound."""
    alert = await _held(session, member, alert_id)
    if alert.state != State.RESOLVED:
        alert.state, alert.resolved_at, alert.resolved_by = State.RESOLVED, utc_now(), member.user_id
        alert.snoozed_until, alert.is_kept_open, alert.resolved_due = None, False, True
    return alert


async def reopen(session: AsyncSession, member: Member, alert_id: UUID) -> Alert:
    """Back to open, until a person resolves it. Raises AlertNotFound, AlertGoesOn."""
    alert = await _held(session, member, alert_id)
    if alert.state == State.OPEN:
        return alert
    if not await queries.reopen(session, member.workspace_id, alert_id):
        raise AlertGoesOn("It began again since, and that is another alert. Look at the newer one.")
    return await find(session, member, alert_id)


async def _live(session: AsyncSession, member: Member, alert_id: UUID) -> Alert:
    alert = await _held(session, member, alert_id)
    if alert.state == State.RESOLVED:
        raise AlertResolved("It is over. Reopen it first if it is not.")
    return alert


async def _held(session: AsyncSession, member: Member, alert_id: UUID) -> Alert:
    return _found(await queries.alert(session, member.workspace_id, alert_id, is_held=True))


def _found(alert: Alert | None) -> Alert:
    if alert is None:
        raise AlertNotFound
    return alert


# --- who has seen which ---


async def count_unread(session: AsyncSession, member: Member) -> tuple[int, Severity | None]:
    """How many, and the greatest severity among those that are not resolved. Of a key nothing is ever unread."""
    if member.user_id is None:
        return 0, None
    now = utc_now()
    return await queries.count_unread(session, member.workspace_id, member.user_id, now - UNREAD_FOR, now)


async def read_among(session: AsyncSession, member: Member, alerts: Sequence[Alert]) -> set[UUID]:
    """Which of these the member has seen."""
    ids = [alert.id for alert in alerts]
    if member.user_id is None:
        return set(ids)
    return await queries.read_among(session, member.workspace_id, member.user_id, ids)


async def mark_read(session: AsyncSession, member: Member, ids: Sequence[UUID] | None) -> None:
    """These, or with None all. Raises Forbidden for an API key, which sees nothing."""
    if member.user_id is None:
        raise Forbidden("Alerts are read by people, not by API keys.")
    now = utc_now()
    await queries.mark_read(session, member.workspace_id, member.user_id, now - UNREAD_FOR, now, ids)
