"""From a model without a price to one with: what the inbox suggests is what the door of prices takes."""

from decimal import Decimal
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.pricing.shelf import PriceShelf
from app.workspaces.models import Workspace
from app.workspaces.rules import Role
from tests.analytics.conftest import NOW, Ask, Record
from tests.factories.auth import make_user, signed_in
from tests.factories.workspaces import add_member
from tests.pricing.books import book_of

PRICES = {"input.fresh.text": "2", "output.visible.text": "10"}


@pytest.fixture
async def admin(session: AsyncSession, settings: Settings, workspace: Workspace) -> dict[str, str]:
    user = await make_user(session)
    await add_member(session, workspace, user, Role.ADMIN)
    headers = await signed_in(session, settings, user)
    await session.commit()
    return headers


async def add_price(client: httpx.AsyncClient, workspace: Workspace, admin: dict[str, str], rule: Any) -> str:
    answer = await client.post(f"/api/v1/workspaces/{workspace.id}/prices", json=rule, headers=admin)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@pytest.fixture(autouse=True)
def _book(app: FastAPI) -> None:
    app.state.price_shelf = PriceShelf(book_of({"src": "hand", "prices": PRICES}, model="nova-1"))


async def test_a_suggestion_taken_gives_the_model_a_price_and_its_calls_an_explanation(
    record: Record, ask: Ask, client: httpx.AsyncClient, workspace: Workspace, admin: dict[str, str]
) -> None:
    counts: dict[str, int | Decimal] = {"input.fresh.text": 1_000_000}
    await record(NOW, None, event_id="one", model="nova-2", counts=counts)
    (row,) = (await ask("unpriced-models"))["items"]
    assert row["is_priced_now"] is False
    rule = row["suggestions"][0] | {"provider": row["provider"], "model_pattern": row["model"]}
    await add_price(client, workspace, admin, rule)
    (row,) = (await ask("unpriced-models"))["items"]
    assert (row["is_priced_now"], row["calls"]) == (True, 1)
    explanation = (await ask("calls/one"))["explanation"]
    assert (explanation["stored_cost"], explanation["current_cost"], explanation["is_exact"]) == (None, "2", False)
    (line,) = explanation["lines"]
    assert (line["priced_as"], line["source"], line["checked"]) == ("openai/nova-1", "hand", "2026-11-21")


async def test_a_discount_is_told_on_the_lines_it_comes_off(
    record: Record, ask: Ask, client: httpx.AsyncClient, workspace: Workspace, admin: dict[str, str]
) -> None:
    rule = {"kind": "discount", "provider": "openai", "model_pattern": "*", "percent": "25"}
    rule_id = await add_price(client, workspace, admin, rule)
    await record(NOW, event_id="one", model="nova-1", counts={"input.fresh.text": 1_000_000})
    explanation = (await ask("calls/one"))["explanation"]
    (line,) = explanation["lines"]
    assert (line["cost"], line["contracted"]) == ("2", "1.5")
    assert line["own"] == {"rule_id": rule_id, "price": None, "per": None, "percent": "25"}
    assert (explanation["list_cost"], explanation["contracted_cost"]) == ("2", "1.5")
