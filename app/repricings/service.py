"""What people do with re-pricings: ask for a preview, apply it, undo it, stop it. Every step leaves an audit row."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from app.core.database import AsyncSession
from app.core.errors import FieldError, InvalidRequest, NotFound
from app.core.ids import new_id
from app.core.periods import utc_now
from app.repricings import queries
from app.repricings.errors import AnotherAtWork, NotNow, PricesChanged, UndoLaterFirst
from app.repricings.models import Repricing
from app.repricings.rules import Job, Order, Status, Summary, summary
from app.usage import changing
from app.usage.rules.changing import Selection
from app.workspaces import service as workspaces
from app.workspaces.rules import Member

Described = tuple[Job, Summary]
BEFORE_APPLYING: Final = (Status.PREVIEWING, Status.READY)


def selection_of(job: Repricing) -> Selection:
    """Which calls the job looks at."""
    return Selection(job.period_start, job.period_end, job.provider, job.model, job.only_unpriced)


async def preview(session: AsyncSession, member: Member, order: Order, price_version: str) -> Repricing:
    """Ask for a preview; a worker makes it.

    Raises InvalidRequest for a period that ends before it begins, and for one with calls that are no longer kept.
    """
    calls = order.calls
    if calls.start is not None and calls.end < calls.start:
        fault = FieldError("to", "lies before from: a period begins with from and ends before to")
        raise InvalidRequest("Look at: to.", errors=[fault])
    since = await changing.complete_since(session, member.workspace_id)
    if since is not None and calls.start is not None and calls.start < since:
        fault = FieldError("from", f"calls before {since:%Y-%m-%d} are no longer kept and cannot be priced again")
        raise InvalidRequest("Look at: from.", errors=[fault])
    job = Repricing(
        workspace_id=member.workspace_id,
        id=new_id(),
        status=Status.PREVIEWING,
        period_start=calls.start or since,
        period_end=calls.end,
        provider=calls.provider,
        model=calls.model,
        only_unpriced=calls.only_unpriced,
        reread_usage=order.reread_usage,
        price_version=price_version,
        calls_done=0,
        created_by=member.user_id,
        created_at=utc_now(),
    )
    await queries.insert(session, job)
    await _audit(session, member, "repricing.previewed", job)
    return await _job(session, member, job.id)


async def apply(session: AsyncSession, member: Member, repricing_id: UUID, price_version: str) -> Repricing:
    """Let a worker apply what the preview showed.

    Raises NotFound, NotNow, PricesChanged, AnotherAtWork, SumsPending.
    """
    job = await _job(session, member, repricing_id)
    if job.status != Status.READY:
        raise NotNow(f"Only a re-pricing that is ready can be applied; this one is {job.status}.")
    if job.price_version != price_version:
        raise PricesChanged(
            f"The preview was made with the prices {job.price_version}; now they are {price_version}. Preview again."
        )
    await changing.check_sums(session, member.workspace_id)
    done = (await describe(session, [job]))[0][1].total
    return await _begin(session, member, job, "applied", status=Status.APPLYING, calls_total=done.calls)


async def undo(session: AsyncSession, member: Member, repricing_id: UUID) -> Repricing:
    """Let a worker put back what was there before. Raises NotFound, NotNow, UndoLaterFirst, SumsPending."""
    job = await _job(session, member, repricing_id)
    if job.status != Status.APPLIED or job.applied_at is None:
        raise NotNow(f"Only a re-pricing that was applied can be undone; this one is {job.status}.")
    await changing.check_sums(session, member.workspace_id)
    others = await queries.later(session, member.workspace_id, job.applied_at)
    upon = await changing.changed_again_by(session, member.workspace_id, job.id, others)
    if upon is not None:
        raise UndoLaterFirst(f"The re-pricing {upon} changed some of the same calls later: undo that one first.")
    total = await changing.count_kept(session, member.workspace_id, job.id)
    return await _begin(session, member, job, "undone", status=Status.UNDOING, ending=Status.UNDONE, calls_total=total)


async def cancel(session: AsyncSession, member: Member, repricing_id: UUID) -> Repricing:
    """Stop it. What was applied so far is put back. Raises NotFound, NotNow."""
    job = await _job(session, member, repricing_id)
    if job.status in BEFORE_APPLYING:
        return await _begin(session, member, job, "cancelled", status=Status.CANCELLED)
    if job.status != Status.APPLYING:
        raise NotNow(f"There is nothing to stop: this re-pricing is {job.status}.")
    return await _begin(session, member, job, "cancelled", status=Status.UNDOING, ending=Status.CANCELLED)


async def _begin(session: AsyncSession, member: Member, job: Repricing, action: str, **values: object) -> Repricing:
    expected = [Status(job.status)]
    try:
        is_begun = await queries.begin(session, member.workspace_id, job.id, expected, **values)
    except LookupError:
        raise AnotherAtWork("Wait until it is done; one at a time changes the calls of a workspace.") from None
    if not is_begun:
        raise NotNow("The re-pricing has just moved on. Look again.")
    await _audit(session, member, f"repricing.{action}", job)
    return await _job(session, member, job.id)


async def find(session: AsyncSession, member: Member, repricing_id: UUID) -> Described:
    """Raises NotFound."""
    return (await describe(session, [await _job(session, member, repricing_id)]))[0]


async def describe(session: AsyncSession, jobs: Sequence[Repricing]) -> list[Described]:
    """Jobs of one workspace, each with what its preview found so far."""
    if not jobs:
        return []
    figures = await queries.figures(session, jobs[0].workspace_id, [job.id for job in jobs])
    return [(_view(job), summary(figures[job.id])) for job in jobs]


def _view(job: Repricing) -> Job:
    return Job(
        id=job.id,
        status=Status(job.status),
        order=Order(selection_of(job), job.reread_usage),
        done=job.calls_done,
        total=job.calls_total,
        price_version=job.price_version,
        created_at=job.created_at,
        applied_at=job.applied_at,
        undone_at=job.undone_at,
        created_by=job.created_by,
        error=job.error,
    )


async def _job(session: AsyncSession, member: Member, repricing_id: UUID) -> Repricing:
    found = await queries.job(session, member.workspace_id, repricing_id)
    if found is None:
        raise NotFound("There is no such re-pricing in this workspace.")
    return found


async def _audit(session: AsyncSession, member: Member, action: str, job: Repricing) -> None:
    await workspaces.audit(
        session,
        member.workspace_id,
        member.user_id,
        action,
        str(job.id),
        price_version=job.price_version,
        **{name: _text(getattr(job, name)) for name in ("period_start", "period_end", "provider", "model")},
        only_unpriced=job.only_unpriced,
        reread_usage=job.reread_usage,
    )


def _text(value: datetime | str | None) -> str | None:
    return value.isoformat() if isinstance(value, datetime) else value
