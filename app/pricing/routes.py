"""The workspace's own prices."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.core.database import SessionDep
from app.core.pagination import decode_cursor, encode_cursor
from app.core.periods import utc_now
from app.core.routing import SmallBodyRoute
from app.core.schemas import Page
from app.pricing import own_prices, queries
from app.pricing.dependencies import PriceShelfDep
from app.pricing.rules.matching import canonical_provider
from app.pricing.schemas import ModelPricesOut, PriceRowOut, PriceRuleChanged, PriceRuleIn, PriceRuleOut
from app.workspaces.dependencies import CurrentAdmin, CurrentMember

router = APIRouter(prefix="/api/v1/workspaces/{workspace_id}/prices", tags=["prices"], route_class=SmallBodyRoute)
Limit = Annotated[int, Query(ge=1, le=200)]


@router.get("")
async def list_price_rules(
    member: CurrentMember, session: SessionDep, limit: Limit = 50, cursor: str | None = None
) -> Page[PriceRuleOut]:
    """The workspace's own prices, newest first, the revoked ones too."""
    before = decode_cursor(cursor)[1] if cursor else None
    rows = await queries.rules(session, member.workspace_id, before=before, limit=limit + 1)
    page, now = rows[:limit], utc_now()
    following = encode_cursor(page[-1].created_at, page[-1].rule.id) if len(rows) > limit else None
    return Page(items=[PriceRuleOut.of(kept, now) for kept in page], next_cursor=following)


@router.post("", status_code=HTTPStatus.CREATED)
async def create_price_rule(
    body: PriceRuleIn, member: CurrentAdmin, session: SessionDep, shelf: PriceShelfDep
) -> PriceRuleChanged:
    """In force at once for calls that come from now on; `reprice` says which past calls it may touch."""
    change = await own_prices.create(session, shelf, member, body.rule(), body.note)
    return PriceRuleChanged.after(change, utc_now())


@router.delete("/{rule_id}")
async def delete_price_rule(
    rule_id: UUID, member: CurrentAdmin, session: SessionDep, shelf: PriceShelfDep
) -> PriceRuleChanged:
    """Revokes the rule. It stays in the list, and can be restored."""
    change = await own_prices.revoke(session, shelf, member, rule_id)
    return PriceRuleChanged.after(change, utc_now())


@router.post("/{rule_id}/restore")
async def restore_price_rule(
    rule_id: UUID, member: CurrentAdmin, session: SessionDep, shelf: PriceShelfDep
) -> PriceRuleChanged:
    """Undoes the revocation."""
    change = await own_prices.restore(session, shelf, member, rule_id)
    return PriceRuleChanged.after(change, utc_now())


@router.get("/{provider}/{model:path}")
async def read_model_prices(
    provider: str, model: str, member: CurrentMember, session: SessionDep, shelf: PriceShelfDep
) -> ModelPricesOut:
    """Every price that ever applied to a model, from the book with its sources and from the workspace itself."""
    rows = shelf.book.rows(provider, model)
    names = {model.strip().lower(), *(row.model for row in rows)}
    now, kept = utc_now(), await queries.all_rules(session, member.workspace_id)
    return ModelPricesOut(
        provider=canonical_provider(provider),
        model=model,
        price_version=(await shelf.of(session, member.workspace_id)).version,
        rows=[PriceRowOut.of(row) for row in rows],
        own=[PriceRuleOut.of(one, now) for one in kept if one.rule.fits_model((canonical_provider(provider),), names)],
    )
