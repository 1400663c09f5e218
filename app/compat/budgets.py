"""The predecessors' budgets: one had an amount for a month, the other a list."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from pydantic import BeforeValidator, ConfigDict, Field, ValidationError

from app.budgets import service
from app.budgets.rules import Every, Standing, Terms
from app.budgets.schemas import BudgetIn, BudgetOut
from app.compat.failures import RefusingRoute
from app.compat.routes import QueriedMember, enter_one
from app.core import schemas as core
from app.core.database import AsyncSession, SessionDep
from app.core.periods import month_of, month_period, utc_now
from app.core.schemas import Label, Month
from app.workspaces.dependencies import CurrentVisitor
from app.workspaces.rules import Member, Role, check_role

router = APIRouter(route_class=RefusingRoute, include_in_schema=False)
_PERIODS = {"monthly": "month", "weekly": "week", "daily": "day"}


def _as_written(value: object) -> object:
    """Their clients sent numbers: one is taken for the digits that it was written with."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _period(value: object) -> object:
    return _PERIODS.get(value, value) if isinstance(value, str) else value


Amount = Annotated[Decimal, BeforeValidator(_as_written)]
Currency = Annotated[Literal["USD"], BeforeValidator(_upper)]


class MonthBudgetIn(core.Request):
    """What may be spent in a month, the present one if none is named."""

    model_config = ConfigDict(extra="ignore")
    workspace_id: str | None = None
    month: Month | None = None
    amount: Amount
    currency: Currency = "USD"


class MonthBudgetOut(core.Response):
    """The budget as ours tell it."""

    ok: Literal[True]
    budget: BudgetOut


class ListedBudgetIn(core.Request):
    """A budget of the list, of everything that is spent."""

    model_config = ConfigDict(extra="ignore")
    workspace_id: str | None = None
    name: Label = "Budget"
    amount: Amount | None = None
    limit: Amount | None = Field(None, description="what one of them called the amount")
    currency: Currency = "USD"
    period: Annotated[Every, BeforeValidator(_period)] = Every.MONTH


class BudgetsOut(core.Response):
    """The same list under their name and under ours."""

    items: Sequence[BudgetOut]
    budgets: Sequence[BudgetOut]
    next_cursor: None


@router.post("/api/budgets")
async def set_month(body: MonthBudgetIn, visitor: CurrentVisitor, session: SessionDep) -> MonthBudgetOut:
    """Of one month; again for the same month changes the amount, as it did there."""
    member = await _admin(session, visitor, body.workspace_id)
    month = body.month or month_of(utc_now())
    period = month_period(month)
    wanted = _terms(
        name=f"Budget {month}",
        amount=body.amount,
        currency=body.currency,
        period=Every.CUSTOM,
        start=period.start.date(),
        end=period.end.date(),
    )
    return MonthBudgetOut(ok=True, budget=BudgetOut.of(await _put(session, member, wanted)))


async def _put(session: AsyncSession, member: Member, wanted: Terms) -> Standing:
    for standing in await service.listed(session, member.workspace_id):
        if standing.budget.terms.name == wanted.name:
            return await service.change(
                session, member, standing.budget.id, lambda terms: replace(terms, amount=wanted.amount)
            )
    return await service.create(session, member, wanted)


@router.get("/api/v1/budgets")
async def list_budgets(member: QueriedMember, session: SessionDep) -> BudgetsOut:
    found = [BudgetOut.of(each) for each in await service.listed(session, member.workspace_id)]
    return BudgetsOut(items=found, budgets=found, next_cursor=None)


@router.post("/api/v1/budgets", status_code=HTTPStatus.CREATED)
async def create_budget(body: ListedBudgetIn, visitor: CurrentVisitor, session: SessionDep) -> BudgetOut:
    member = await _admin(session, visitor, body.workspace_id)
    amount = body.limit if body.amount is None else body.amount
    wanted = _terms(name=body.name, amount=amount, currency=body.currency, period=body.period)
    return BudgetOut.of(await service.create(session, member, wanted))


async def _admin(session: AsyncSession, visitor: CurrentVisitor, workspace_id: str | None) -> Member:
    member = await enter_one(session, visitor, workspace_id)
    check_role(member.role, Role.ADMIN)
    return member


def _terms(**said: Any) -> Terms:
    """As ours reads them, and refuses what makes no sense."""
    try:
        return BudgetIn.model_validate(said).terms()
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from None
