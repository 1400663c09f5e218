"""What people do with budgets, and what is known of them. Every change leaves a row of history and an audit row."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from app.budgets import projecting, queries, rules, telling, watching
from app.budgets.errors import BudgetNameTaken, NoUpperEstimate
from app.budgets.gate import Gate, wire
from app.budgets.rules import Budget, Change, Kind, Standing, Terms, period_at, shown_period
from app.budgets.rules.asking import ReserveIn
from app.budgets.rules.budgets import is_of_month, preference, told
from app.budgets.rules.reserving import Ask, upper_estimate
from app.budgets.watching import watch_calls, watch_days
from app.core.database import AsyncSession
from app.core.errors import FieldError, NotFound
from app.core.ids import new_id
from app.core.log import get_logger
from app.core.money import to_wire
from app.core.periods import Period, utc_now
from app.forecasts.rules.forecasting import Forecast
from app.pricing.shelf import PriceShelf
from app.usage import spending
from app.usage.service import Sessions, named_failures
from app.workspaces import service as workspaces
from app.workspaces.rules import Machine, Member

__all__ = [
    "change",
    "count_leases",
    "create",
    "delete",
    "describe",
    "do_due",
    "end_reservations",
    "find",
    "history",
    "listed",
    "of_month",
    "reserve",
    "restore",
    "watch_calls",
    "watch_days",
]

# The event that settles a reservation is stored in the same transaction; lock no budget after it.
end_reservations = queries.end
count_leases = queries.count_leases
log = get_logger(__name__)
WORKSPACES_AT_A_TIME: Final = 100
LOOK_AHEAD_SECONDS: Final = 900.0
MOST_REMEMBERED: Final = 10_000
# When the forecasts of budgets, by their versions, were last looked at; who knows nothing looks once more.
_looked_ahead: dict[tuple[UUID, int], float] = {}


async def listed(session: AsyncSession, workspace_id: UUID) -> list[Standing]:
    """All of a workspace, by name, each as it stands now."""
    return await describe(session, await queries.live(session, workspace_id))


async def find(session: AsyncSession, workspace_id: UUID, budget_id: UUID) -> Standing:
    """Raises NotFound."""
    return (await describe(session, [await _budget(session, workspace_id, budget_id)]))[0]


async def describe(session: AsyncSession, budgets: Sequence[Budget]) -> list[Standing]:
    """Budgets of one workspace, each as it stands in its present period."""
    now = utc_now()
    return await _stand(session, [(budget, shown_period(budget.terms, now)) for budget in budgets])


async def of_month(session: AsyncSession, workspace_id: UUID, month: Period) -> Standing | None:
    """The budget of all that a workspace spends in a month, as it stands in that month; None where there is none.

    Without a forecast, which takes longer than all else that is asked of a month.

    One of this month alone goes before one of every month, then one on calls before one on bills, then the oldest.
    """
    found = [budget for budget in await queries.live(session, workspace_id) if is_of_month(budget.terms, month)]
    if not found:
        return None
    chosen = min(found, key=lambda budget: (*preference(budget.terms), budget.created_at, budget.id))
    return (await _stand(session, [(chosen, month)], is_forecast=False))[0]


async def _stand(
    session: AsyncSession, wanted: Sequence[tuple[Budget, Period]], *, is_forecast: bool = True
) -> list[Standing]:
    """Budgets of one workspace, each in a period of its. What is reserved counts in the present one."""
    if not wanted:
        return []
    now, owner = utc_now(), wanted[0][0].workspace_id
    held = await queries.reserved(session, [(owner, budget.id) for budget, _ in wanted])
    fired = await queries.fired_of(session, owner, [(budget.id, budget.version, at.start) for budget, at in wanted])
    return [
        Standing(
            budget,
            period,
            await spending.spent(session, owner, budget.terms.ledger, budget.terms.only, period),
            held[owner, budget.id] if period.start <= now < period.end else Decimal(0),
            fired.get(budget.id, ()),
            await projecting.forecast_of(session, budget, period) if is_forecast else None,
        )
        for budget, period in wanted
    ]


async def create(session: AsyncSession, actor: Member, terms: Terms) -> Standing:
    """Raises InvalidRequest for terms that contradict one another, BudgetNameTaken."""
    rules.check(terms)
    now = utc_now()
    budget = Budget(
        workspace_id=actor.workspace_id,
        id=new_id(),
        terms=terms,
        version=1,
        armed_at=now,
        created_by=actor.user_id,
        created_at=now,
        updated_at=now,
    )
    try:
        await queries.insert(session, budget)
    except LookupError:
        raise _taken(terms) from None
    await _note(session, actor, budget, None, terms)
    return await _looked_at(session, budget)


async def change(session: AsyncSession, actor: Member, budget_id: UUID, amend: Callable[[Terms], Terms]) -> Standing:
    """Give it other terms, made from those it has. What thresholds are measured by makes a new version: they may fire
    again. Raises NotFound, InvalidRequest, BudgetNameTaken."""
    before = await _held(session, actor, budget_id)
    terms = amend(before.terms)
    rules.check(terms)
    if terms == before.terms:
        return await find(session, actor.workspace_id, budget_id)
    now = utc_now()
    budget = replace(before, terms=terms, updated_at=now)
    if rules.is_rearmed(before.terms, terms):
        budget = replace(budget, version=before.version + 1, armed_at=now)
    try:
        await queries.put(session, budget)
    except LookupError:
        raise _taken(terms) from None
    await _note(session, actor, budget, before.terms, terms)
    await put_to_rest(session, actor.workspace_id, budget_id)
    return await _looked_at(session, budget)


async def delete(session: AsyncSession, actor: Member, budget_id: UUID) -> None:
    """Its history stays, and so does what fired, until it is restored. Raises NotFound."""
    budget, now = await _held(session, actor, budget_id), utc_now()
    await queries.set_deleted(session, budget, now)
    await _note(session, actor, budget, budget.terms, None)
    await put_to_rest(session, actor.workspace_id, budget_id, now)


async def restore(session: AsyncSession, actor: Member, budget_id: UUID) -> Standing:
    """Take its deletion back: it goes on as it was, and what fired does not fire again. What was crossed meanwhile
    fires now. One that was not deleted stays as it is. Raises NotFound, BudgetNameTaken."""
    found = await queries.hold_deleted(session, actor.workspace_id, budget_id)
    if found is None:
        return await find(session, actor.workspace_id, budget_id)
    budget, deleted_at = found
    try:
        await queries.set_deleted(session, budget, None)
    except LookupError:
        raise _taken(budget.terms) from None
    await _note(session, actor, budget, budget.terms, budget.terms)
    for row in await queries.take_up(session, budget, deleted_at, utc_now()):
        await telling.go_on(session, actor.workspace_id, row, deleted_at)
    return await _looked_at(session, budget)


async def history(
    session: AsyncSession, workspace_id: UUID, budget_id: UUID, *, before: UUID | None, limit: int
) -> Sequence[Change]:
    """Every change, the newest first; of a budget that was deleted, too. Raises NotFound."""
    found = await queries.changes(session, workspace_id, budget_id, before, limit)
    if not found and before is None:
        raise _no_such_budget()
    return found


async def _looked_at(session: AsyncSession, budget: Budget) -> Standing:
    """What is crossed already fires at once. The budget is held: it was just written."""
    period = period_at(budget.terms, utc_now())
    if period is not None:
        await watching.look_at(session, budget, period)
        if forecast := await _forecast(session, budget, period):
            await watching.look_ahead(session, budget, period, forecast)
    return await find(session, budget.workspace_id, budget.id)


async def _budget(session: AsyncSession, workspace_id: UUID, budget_id: UUID) -> Budget:
    found = await queries.find(session, workspace_id, budget_id)
    if found is None:
        raise _no_such_budget()
    return found


async def _held(session: AsyncSession, actor: Member, budget_id: UUID) -> Budget:
    found = await queries.hold(session, [(actor.workspace_id, budget_id)])
    if not found:
        raise _no_such_budget()
    return found[0]


def _no_such_budget() -> NotFound:
    return NotFound("There is no such budget in this workspace.")


def _taken(terms: Terms) -> BudgetNameTaken:
    return BudgetNameTaken(f"Another budget of this workspace is called {terms.name!r}. Choose another name.")


async def _note(
    session: AsyncSession, actor: Member, budget: Budget, before: Terms | None, after: Terms | None
) -> None:
    words = [None if terms is None else told(terms) for terms in (before, after)]
    noted = Change(new_id(), budget.version, utc_now(), actor.user_id, words[0], words[1])
    await queries.add_change(session, budget, noted)
    await workspaces.audit(
        session,
        actor.workspace_id,
        actor.user_id,
        f"budget.{noted.action}",
        budget.terms.name,
        budget_id=str(budget.id),
        before=words[0],
        after=words[1],
    )


async def reserve(gate: Gate, shelf: PriceShelf, machine: Machine, asked: ReserveIn) -> dict[str, Any]:
    """As it is answered. Raises InvalidRequest, NoUpperEstimate, BudgetExhausted, TooMuchWaits, LedgerUnavailable."""
    call, amount = asked.coming(machine.key_id), asked.given_amount()
    if amount is None:
        size = asked.size()
        with named_failures():
            pricing = await shelf.of(gate.sessions, machine.workspace_id)
        amount = upper_estimate(pricing.price, call, size, utc_now())
    if amount is None:
        raise NoUpperEstimate(
            f"{asked.provider}/{asked.model} has no price: give amount, what the call may cost at most.",
            errors=[FieldError("amount", "is needed for a model without a price")],
        )
    grant = await gate.reserve(Ask(machine.workspace_id, new_id(), call, amount, asked.lease_seconds))
    return {
        "reservation_id": grant.reservation_id,
        "amount": to_wire(grant.amount),
        "expires_at": grant.expires_at,
        "budgets": [wire(left) for left in grant.budgets],
    }


async def put_to_rest(
    session: AsyncSession, workspace_id: UUID, budget_id: UUID | None = None, now: datetime | None = None
) -> None:
    """Take back what was told of periods that are over, and of terms that hold no more: of one budget, or of all."""
    now = now or utc_now()
    for row in await queries.take_over(session, workspace_id, now, budget_id):
        await telling.take_back(session, workspace_id, row, now)


async def do_due(sessions: Sessions, seconds: float, is_stopped: Callable[[], bool] = lambda: False) -> int:
    """A round over all budgets, as far as the time goes; how many workspaces it came to.

    Forecasts are held against thresholds here, a few times an hour. What was spent was looked at when it was: here
    only what a fault kept from it is made up for. Leases that ran out are deleted, alerts of what is over taken back.
    """
    ends_at, after, done = time.monotonic() + seconds, None, 0
    async with sessions() as session, session.begin():
        await queries.sweep(session)
    while True:
        async with sessions() as session:
            found = await queries.workspaces_with_budgets(session, after, WORKSPACES_AT_A_TIME)
        for workspace_id in found:
            if is_stopped() or time.monotonic() >= ends_at:
                return done
            await _do_workspace(sessions, workspace_id)
            after, done = workspace_id, done + 1
        if len(found) < WORKSPACES_AT_A_TIME:
            return done


async def _do_workspace(sessions: Sessions, workspace_id: UUID) -> None:
    """One workspace failing leaves the others running."""
    try:
        async with sessions() as session, session.begin():
            await put_to_rest(session, workspace_id)
            budgets = await queries.live(session, workspace_id)
        for budget in budgets:  # each for itself: who holds several takes them in the order of their keys
            async with sessions() as session, session.begin():
                await _do_budget(session, budget)
    except Exception:
        log.exception("budgets could not be looked at", workspace_id=str(workspace_id))


async def _do_budget(session: AsyncSession, budget: Budget) -> None:
    """Its forecast is made before it is held: that takes a while, and calls that come in would wait for it."""
    period = period_at(budget.terms, utc_now())
    if period is None or not budget.terms.thresholds:
        return
    forecast = await _forecast(session, budget, period) if _is_to_look_ahead(budget) else None
    for held in await queries.hold(session, [(budget.workspace_id, budget.id)]):
        if held.version == budget.version:  # else it was looked at when it was changed
            await watching.look_at(session, held, period)
            if forecast:
                await watching.look_ahead(session, held, period, forecast)


def _is_to_look_ahead(budget: Budget) -> bool:
    """Whether this process has not done so for a while: a forecast takes some milliseconds, and moves slowly."""
    now, key = time.monotonic(), (budget.id, budget.version)
    if now - _looked_ahead.get(key, -math.inf) < LOOK_AHEAD_SECONDS:
        return False
    if len(_looked_ahead) >= MOST_REMEMBERED:
        _looked_ahead.clear()
    _looked_ahead[key] = now
    return True


async def _forecast(session: AsyncSession, budget: Budget, period: Period) -> Forecast | None:
    """Where there are thresholds to hold it against."""
    if all(threshold.of is not Kind.FORECAST for threshold in budget.terms.thresholds):
        return None
    return await projecting.forecast_of(session, budget, period)
