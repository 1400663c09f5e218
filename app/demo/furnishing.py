"""What people set up beside the calls: budgets, a channel; and what they would have been told while the calls came."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from app.alerts import announcing, channels, wishes
from app.alerts import service as alerts
from app.alerts.rules import DEFAULT_CHANNEL_ID, Kind, Secrets, Severity, Way
from app.budgets import service as budgets
from app.core.config import Settings
from app.core.database import AsyncSession
from app.core.periods import utc_now
from app.delivery.rules import ChannelKind
from app.demo.rules import company
from app.demo.rules.calls import OUTAGE_AT, SPIKE_AT, Plan
from app.demo.rules.company import WORKLOADS
from app.demo.rules.planning import PLANNED, Planned
from app.detection import service as detection
from app.forecasts import service as forecasts
from app.usage import spending
from app.usage.rules.spending import Ledger
from app.workspaces.rules import Member

# Nobody else is to look before the calls are in.
LONG_ENOUGH: Final = timedelta(hours=1)
# The points of the period from which on the company was watched, and at which there was something to be seen.
WATCHED_SINCE: Final = 0.5
EVENTS: Final = (OUTAGE_AT, *{use.since for work in WORKLOADS for use in work.uses if use.since}, SPIKE_AT)
DAY: Final = timedelta(days=1)
EVERY: Final = timedelta(hours=2)
MINUTE: Final = timedelta(minutes=1)
ON_CALL: Final = "On call"
# A company that makes a thousand calls a day wants to hear of fewer that fail.
FEW_CALLS: Final = Decimal(10)


async def begin(session: AsyncSession, member: Member) -> None:
    """A workspace that is about to be filled is not judged by half of its calls."""
    await detection.begin(session, member.workspace_id, utc_now() + LONG_ENOUGH)
    await wishes.change(session, member, Kind.ERROR_RATE, {"own_figures": {"min_errors": FEW_CALLS}})


async def clear(session: AsyncSession, member: Member) -> None:
    """Take away what was told of calls that are gone, and the budgets that were set by what they cost."""
    names = {planned.name for planned in PLANNED}
    for standing in await budgets.listed(session, member.workspace_id):
        if standing.budget.terms.name in names:
            await budgets.delete(session, member, standing.budget.id)
    for way in await channels.listed(session, member):
        if way.name == ON_CALL:
            await channels.delete(session, member, way.id)
    await alerts.forget(session, member.workspace_id)
    await forecasts.forget(session, member.workspace_id)
    await begin(session, member)


def looks(plan: Plan) -> list[datetime]:
    """When somebody looked: at the end of each day, and often while there was something to be seen."""
    days = range(int(plan.days * WATCHED_SINCE), plan.days)
    eventful = {int(plan.days * point) + after for point in EVENTS for after in (0, 1)}
    return [
        datetime.combine(plan.first_day, time(), UTC) + day * DAY + hour - MINUTE
        for day in days
        for hour in ([n * EVERY for n in range(1, DAY // EVERY + 1)] if day in eventful else [DAY])
    ]


async def watch(session: AsyncSession, member: Member, at: datetime) -> None:
    """Tell what would have been told then. The calls until then must be in, and no later ones."""
    await detection.look_back(session, member.workspace_id, at)


async def furnish(session: AsyncSession, settings: Settings, member: Member, now: datetime) -> None:
    """Once, the channel and the budgets, which tell at once what they passed; then what holds now is told.

    What was told of the past is old and seen: nobody is sent anything of it.
    """
    if all(way.name != ON_CALL for way in await channels.listed(session, member)):
        await _leave_the_past(session, settings, member, now)
        await channels.create(session, member, _on_call(settings), Secrets(), allow_http=False)
        for planned in PLANNED:
            await _set(session, member, planned, now)
    await detection.look_now(session, member.workspace_id, now)


async def _leave_the_past(session: AsyncSession, settings: Settings, member: Member, now: datetime) -> None:
    await channels.update(session, member, DEFAULT_CHANNEL_ID, {"is_on": False}, Secrets(), allow_http=False)
    while not (await announcing.announce(session, member.workspace_id, settings, now)).is_done:
        pass
    await alerts.mark_read(session, member, None)
    # somebody is asking what the company's own model costs
    for alert in await alerts.told_since(session, member.workspace_id, [Kind.UNPRICED_SPEND], now):
        await alerts.acknowledge(session, member, alert.id)


def _on_call(settings: Settings) -> Way:
    """Mail to somebody who does not exist: kept in a folder while developing, and switched off in production."""
    return Way(
        DEFAULT_CHANNEL_ID,
        ChannelKind.EMAIL,
        name=ON_CALL,
        is_on=not settings.is_production,
        min_severity=Severity.WARNING,
        recipients=(company.ON_CALL,),
    )


async def _set(session: AsyncSession, member: Member, planned: Planned, now: datetime) -> None:
    spent = await spending.spent(session, member.workspace_id, Ledger.TRACKED, planned.only, planned.looks_at(now))
    if amount := planned.amount(spent.cost):
        await budgets.create(session, member, planned.terms(amount, now))
