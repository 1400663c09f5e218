"""Calls of several parts, of parents and of paid capacity, from the door to the rollups."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.periods import Granularity, Period, floor, step
from app.ingest.errors import EventRefused
from app.pricing.rules.call import PriceState
from app.usage import service as ledger
from app.usage.models import DailyUsage, Event
from app.workspaces.models import ApiKey
from tests.factories.ingest import make_event
from tests.ingest.conftest import Send
from tests.usage.ledger import everything

ZERO = Decimal(0)
# hand-priced at 2026-11-20: claude-opus-4-6 $5 and $25, claude-haiku-4-5 $1 and $5 per million
ADVISED: dict[str, Any] = {
    "event_id": "advised",
    "provider": "anthropic",
    "model": "claude-opus-4-6",
    "occurred_at": "2026-11-20T12:00:00Z",
    "api": "messages",
    "raw_usage": {
        "input_tokens": 1000,
        "output_tokens": 100,
        "iterations": [
            {"type": "message", "input_tokens": 1000, "output_tokens": 100},
            {"type": "advisor_message", "model": "claude-haiku-4-5", "input_tokens": 2000, "output_tokens": 300},
        ],
    },
}
PROVISIONED: dict[str, Any] = {
    "provider": "vertex",
    "model": "gemini-2.5-flash",
    "occurred_at": "2026-11-20T12:00:00Z",
    "raw_usage": {
        "promptTokenCount": 1_000_000,
        "candidatesTokenCount": 0,
        "totalTokenCount": 1_000_000,
        "trafficType": "PROVISIONED_THROUGHPUT",
    },
}


async def taken(session: AsyncSession, workspace_id: UUID) -> Event:
    found = await session.execute(select(Event).where(Event.workspace_id == workspace_id))
    return found.scalar_one()


async def day_of(session: AsyncSession, workspace_id: UUID) -> DailyUsage:
    found = await session.execute(select(DailyUsage).where(DailyUsage.workspace_id == workspace_id))
    return found.scalar_one()


async def test_the_parts_of_a_call_cost_what_their_models_do_and_their_tokens_count(
    send: Send, session: AsyncSession, api_key: tuple[ApiKey, str]
) -> None:
    assert (await send(ADVISED)).json()["accepted"] == 1
    event, day = (await taken(session, api_key[0].workspace_id)), await day_of(session, api_key[0].workspace_id)
    # 1,000 x $5 + 100 x $25 + 2,000 x $1 + 300 x $5, per million
    assert event.cost == event.list_cost == event.contracted_cost == day.cost == Decimal("0.011")
    assert (event.fresh_tokens, event.visible_tokens, event.priced_as) == (1000, 100, "anthropic/claude-opus-4-6")
    assert event.parts == [
        {
            "role": "advisor",
            "model": "claude-haiku-4-5",
            "counts": {"input.fresh.text": 2000, "output.visible.text": 300},
        }
    ]
    assert (day.fresh_tokens, day.visible_tokens) == (3000, 400)


async def test_rebuilding_counts_the_parts_of_a_call_too(
    send: Send, session: AsyncSession, api_key: tuple[ApiKey, str]
) -> None:
    await send(ADVISED)
    workspace_id = api_key[0].workspace_id
    before = await everything(session, workspace_id)
    day = floor((await taken(session, workspace_id)).occurred_at, Granularity.DAY)
    await ledger.rebuild_rollups(session, workspace_id, Period(day, step(day, Granularity.DAY)))
    assert await everything(session, workspace_id) == before


async def test_one_part_without_a_price_leaves_the_call_unpriced(
    send: Send, session: AsyncSession, api_key: tuple[ApiKey, str]
) -> None:
    raw = {**ADVISED["raw_usage"], "iterations": [dict(step) for step in ADVISED["raw_usage"]["iterations"]]}
    raw["iterations"][1]["model"] = "nobody-knows"
    await send({**ADVISED, "raw_usage": raw})
    event = await taken(session, api_key[0].workspace_id)
    assert (event.cost, event.price_state, event.unpriced_reason) == (None, "unpriced", "unknown_model")


async def test_a_parent_repeats_its_children_and_adds_nothing_to_them(
    send: Send, session: AsyncSession, api_key: tuple[ApiKey, str]
) -> None:
    await send({**ADVISED, "role": "parent", "span_id": "root", "reported_cost": "5"})
    event, day = (await taken(session, api_key[0].workspace_id)), await day_of(session, api_key[0].workspace_id)
    assert (event.cost, event.list_cost, event.price_state, event.role) == (ZERO, ZERO, "free", "parent")
    assert (event.fresh_tokens, event.parts, event.unpriced_reason) == (None, None, None)
    assert event.raw_usage is not None
    assert (day.calls, day.cost, day.fresh_tokens, day.visible_tokens) == (1, ZERO, 0, 0)


async def test_provisioned_traffic_is_free_and_shown_apart_with_its_list_cost(
    send: Send, session: AsyncSession, api_key: tuple[ApiKey, str]
) -> None:
    await send(PROVISIONED)
    event, day = (await taken(session, api_key[0].workspace_id)), await day_of(session, api_key[0].workspace_id)
    assert (event.price_state, event.cost, event.contracted_cost, event.capacity) == ("free", ZERO, ZERO, "provisioned")
    assert event.list_cost == day.list_cost == Decimal("0.3")
    assert (day.capacity, day.cost) == ("provisioned", ZERO)


def test_what_a_provider_reports_goes_before_what_we_find(api_key: tuple[ApiKey, str]) -> None:
    event = make_event(api_key[0].workspace_id, reported_cost="0.07")
    assert (event.cost, event.price_state) == (Decimal("0.07"), PriceState.PRICED)
    assert event.list_cost == event.contracted_cost == Decimal("0.06")


def test_a_part_cannot_hold_more_than_any_call_uses(api_key: tuple[ApiKey, str]) -> None:
    raw = {
        **ADVISED["raw_usage"],
        "iterations": [{**ADVISED["raw_usage"]["iterations"][1], "input_tokens": 10**12 + 1}],
    }
    given = {**ADVISED, "raw_usage": raw, "input_tokens": None, "output_tokens": None}
    with pytest.raises(EventRefused, match="more than any call uses"):
        make_event(api_key[0].workspace_id, **given)


@pytest.mark.parametrize("keeps", [True, False])
async def test_a_setting_says_whether_usage_objects_are_kept_as_they_came(
    send: Send, app: FastAPI, session: AsyncSession, api_key: tuple[ApiKey, str], keeps: bool
) -> None:
    settings: Settings = app.state.settings
    app.state.settings = settings.model_copy(update={"keep_raw_usage": keeps})
    await send(ADVISED)
    event = await taken(session, api_key[0].workspace_id)
    assert (event.raw_usage is not None, event.cost) == (keeps, Decimal("0.011"))
