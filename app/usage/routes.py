"""What people enter beside what providers report, and how long they want calls kept."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.auth.dependencies import SettingsDep
from app.core.database import SessionDep
from app.core.periods import utc_now
from app.core.routing import SmallBodyRoute
from app.core.schemas import Page
from app.usage import entering, retaining
from app.usage.rules.retaining import LEAST_DAYS, MOST_DAYS
from app.usage.schemas import (
    BalanceIn,
    BalanceOut,
    Day,
    ExchangeRateIn,
    ExchangeRateOut,
    Foreign,
    RetentionIn,
    RetentionOut,
    RetentionPreviewOut,
)
from app.workspaces.dependencies import CurrentAdmin, CurrentMember

router = APIRouter(prefix="/api/v1/workspaces/{workspace_id}", tags=["provider reports"], route_class=SmallBodyRoute)
kept = APIRouter(prefix="/api/v1/workspaces/{workspace_id}/retention", tags=["retention"], route_class=SmallBodyRoute)


@router.get("/exchange-rates")
async def list_exchange_rates(member: CurrentMember, session: SessionDep) -> Page[ExchangeRateOut]:
    """Every rate that the workspace entered, by currency and day, the newest day first."""
    rates = await entering.rates(session, member.workspace_id)
    return Page(items=[ExchangeRateOut.model_validate(rate) for rate in rates], next_cursor=None)


@router.put("/exchange-rates")
async def replace_exchange_rate(body: ExchangeRateIn, member: CurrentAdmin, session: SessionDep) -> ExchangeRateOut:
    """Enter the rate of a currency from a day on, or change it. Figures of days from then on follow at once."""
    rate = await entering.set_rate(session, member, body.currency, body.day, body.usd_per_unit)
    return ExchangeRateOut.model_validate(rate)


@router.delete("/exchange-rates", status_code=HTTPStatus.NO_CONTENT)
async def delete_exchange_rate(
    member: CurrentAdmin, session: SessionDep, currency: Annotated[Foreign, Query()], day: Annotated[Day, Query()]
) -> None:
    """Take a rate back: its days fall under the rate before it, or stay in their own currency."""
    await entering.drop_rate(session, member, currency, day)


@router.post("/credits", status_code=HTTPStatus.CREATED)
async def create_balance(body: BalanceIn, member: CurrentAdmin, session: SessionDep) -> BalanceOut:
    """Type in a balance. What was spent follows from the next one, or from what the provider bills since."""
    balance = entering.TypedIn(**body.model_dump())
    return BalanceOut.model_validate(await entering.type_in(session, member, balance))


@router.delete("/credits/{balance_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_balance(balance_id: UUID, member: CurrentAdmin, session: SessionDep) -> None:
    """Take back a balance that was typed in. Those that were read from a provider stay."""
    await entering.take_back(session, member, balance_id)


@kept.get("")
async def read_retention(member: CurrentMember, session: SessionDep, settings: SettingsDep) -> RetentionOut:
    """How long calls are kept. Sums are kept for ever."""
    found = await retaining.kept(session, member.workspace_id, settings.retention_days)
    return RetentionOut.model_validate(found)


@kept.put("")
async def replace_retention(
    body: RetentionIn, member: CurrentAdmin, session: SessionDep, settings: SettingsDep
) -> RetentionOut:
    """Say how long calls are kept; null is what the installation says. Older ones go within the hour, for good."""
    await retaining.keep(session, member, body.days)
    return RetentionOut.model_validate(await retaining.kept(session, member.workspace_id, settings.retention_days))


@kept.get("/preview")
async def preview_retention(
    member: CurrentMember, session: SessionDep, days: Annotated[int, Query(ge=LEAST_DAYS, le=MOST_DAYS)]
) -> RetentionPreviewOut:
    """How many calls would go if calls were kept for so many days."""
    before, calls = await retaining.would_go(session, member.workspace_id, days, utc_now())
    return RetentionPreviewOut(days=days, before=before, calls=calls)
