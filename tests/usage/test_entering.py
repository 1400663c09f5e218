"""What people enter by hand: exchange rates and balances."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.ids import new_id
from app.core.periods import utc_now
from app.usage import billing
from app.usage.models import CreditRow
from app.usage.rules.reports import CreditSnapshot
from app.workspaces.models import AuditEntry, Workspace
from tests.factories.auth import make_user, signed_in
from tests.factories.workspaces import make_workspace

Send = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def workspace(session: AsyncSession) -> Workspace:
    return await make_workspace(session)


@pytest.fixture
async def send(client: httpx.AsyncClient, session: AsyncSession, settings: Settings) -> Send:
    owner = await make_user(session)
    made = await make_workspace(session, owner)
    headers = await signed_in(session, settings, owner)
    await session.commit()

    async def request(method: str, path: str, expected: int, /, **content: Any) -> httpx.Response:
        url = f"/api/v1/workspaces/{made.id}/{path}"
        answer = await client.request(method, url, headers=headers, **content)
        assert answer.status_code == expected, answer.text
        return answer

    return request


async def test_a_rate_is_entered_changed_listed_and_taken_back(send: Send, session: AsyncSession) -> None:
    rate = {"currency": "eur", "day": "2026-11-01", "usd_per_unit": "1.0825"}
    assert (await send("PUT", "exchange-rates", 200, json=rate)).json()["currency"] == "EUR"
    await send("PUT", "exchange-rates", 200, json={**rate, "usd_per_unit": "1.09"})
    await send("PUT", "exchange-rates", 200, json={**rate, "day": "2026-11-05"})
    items = (await send("GET", "exchange-rates", 200)).json()["items"]
    assert [(item["day"], item["usd_per_unit"]) for item in items] == [("2026-11-05", "1.0825"), ("2026-11-01", "1.09")]
    await send("DELETE", "exchange-rates", 204, params={"currency": "EUR", "day": "2026-11-05"})
    await send("DELETE", "exchange-rates", 404, params={"currency": "EUR", "day": "2026-11-05"})
    actions = (await session.execute(select(AuditEntry.action))).scalars().all()
    assert sorted(actions) == ["exchange_rate.deleted", *["exchange_rate.set"] * 3]


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"currency": "USD"}, "currency"),
        ({"currency": "EURO"}, "currency"),
        ({"usd_per_unit": "0"}, "usd_per_unit"),
        ({"usd_per_unit": 1.08}, "usd_per_unit"),
        ({"day": "November"}, "day"),
    ],
)
async def test_a_rate_that_is_none_is_refused_by_name(send: Send, over: dict[str, Any], field: str) -> None:
    body = {"currency": "EUR", "day": "2026-11-01", "usd_per_unit": "1.08", **over}
    problem = (await send("PUT", "exchange-rates", 422, json=body)).json()
    assert [error["field"] for error in problem["errors"]] == [field]


async def test_a_balance_is_typed_in_and_taken_back(send: Send, session: AsyncSession) -> None:
    body = {"provider": "OpenAI", "amount": "250.00", "note": "from the billing page"}
    made = (await send("POST", "credits", 201, json=body)).json()
    assert (made["provider"], made["available"], made["currency"]) == ("openai", "250", "USD")
    [account] = (await send("GET", "credits", 200)).json()["items"]
    assert (account["available"], account["source"], account["history"][0]["note"]) == (
        "250",
        "manual",
        "from the billing page",
    )
    await send("DELETE", f"credits/{made['id']}", 204)
    await send("DELETE", f"credits/{made['id']}", 404)
    assert (await send("GET", "credits", 200)).json()["items"] == []
    actions = (await session.execute(select(AuditEntry.action))).scalars().all()
    assert sorted(actions) == ["balance.taken_back", "balance.typed_in"]


async def test_a_balance_of_tomorrow_is_refused(send: Send) -> None:
    at = (utc_now() + timedelta(days=1)).isoformat()
    problem = (await send("POST", "credits", 422, json={"provider": "openai", "amount": "1", "at": at})).json()
    assert problem["errors"][0]["field"] == "at"


async def test_a_balance_that_was_read_cannot_be_taken_back(
    send: Send, session: AsyncSession, workspace: Workspace
) -> None:
    snapshot = CreditSnapshot(at=utc_now(), available=None, currency="USD")
    await billing.add_credit(session, workspace.id, new_id(), "openai", snapshot)
    await session.commit()
    row = (await session.execute(select(CreditRow))).scalar_one()
    await send("DELETE", f"credits/{row.id}", 404)
