"""Azure, AWS and Google from the form to the ledger: connected, synced, restated, and exact all the while."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from starlette.types import ASGIApp

from app.core.config import Settings
from app.core.http import Http, HttpClient
from app.core.periods import utc_now
from app.providers.clients import SOURCES, aws, azure, google
from app.providers.clients.base import Credentials
from app.providers.models import Connection
from app.providers.rules.connections import RunStatus, Trigger
from app.providers.rules.guide import GUIDES
from app.providers.sync import Sources, Syncer
from app.providers.vault import make_sealer
from app.usage.models import BilledRow
from tests.factories.auth import make_user, signed_in
from tests.factories.workspaces import make_workspace
from tests.providers.fakes import aws as aws_fake
from tests.providers.fakes import azure as azure_fake
from tests.providers.fakes import google as google_fake
from tests.providers.fakes.world import DAY, summed, today

D = Decimal
DAYS = 70
BUDGET_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Bill:
    """One cloud: how it is connected, what it charges by day, and how it restates the newest day."""

    provider: str
    form: Mapping[str, Any]
    app: ASGIApp
    by_day: Callable[[], Mapping[date, Decimal]]
    restate: Callable[[], None]


async def _no_wait(_: float) -> None: ...


def _slow_azure(http: Http, credentials: Credentials) -> azure.AzureCosts:
    return azure.AzureCosts(http, credentials, _no_wait)


def _slow_google(http: Http, credentials: Credentials) -> google.GoogleCosts:
    return google.GoogleCosts(http, credentials, _no_wait)


SOURCES_WITHOUT_WAITS: Sources = {
    ("aws.bedrock", "organization"): aws.make,
    ("azure", "organization"): _slow_azure,
    ("google", "organization"): _slow_google,
}


def _days() -> Sequence[date]:
    return [today() - n * DAY for n in range(DAYS)]


def azure_bill() -> Bill:
    meters = ("gpt-4o-0806 Inp glbl Tokens", "gpt-4o-0806 Outp glbl Tokens")
    charges = [
        azure_fake.Charge(day, meter, D(f"1.{n:02d}000000007"), account)
        for n, day in enumerate(_days())
        for meter in meters
        for account in ("chat", "search")
    ]
    state = azure_fake.Azure(charges)
    fields = {"tenant_id": azure_fake.TENANT, "client_id": azure_fake.CLIENT, "scope": azure_fake.SUBSCRIPTION}

    def restate() -> None:
        charges[0] = replace(charges[0], amount=D("9.000000000001"))

    return Bill(
        "azure",
        {"provider": "azure", "api_key": azure_fake.SECRET, "fields": fields},
        azure_fake.serve(state),
        lambda: summed((charge.day, charge.amount) for charge in charges),
        restate,
    )


def aws_bill() -> Bill:
    services = (
        (aws_fake.SONNET, "USW2-MP:USW2_InputTokenCount-Units"),
        (aws_fake.BEDROCK, "USE1-NovaPro-input-tokens"),
    )
    charges = [
        aws_fake.Charge(day, service, usage_type, D(f"0.{n:02d}0000000003"))
        for n, day in enumerate(_days())
        for service, usage_type in services
    ]
    state = aws_fake.Aws(charges)

    def restate() -> None:
        charges[0] = replace(charges[0], amount=D("9.000000000001"))

    return Bill(
        "aws.bedrock",
        {"provider": "bedrock", "api_key": aws_fake.SECRET, "fields": {"access_key_id": aws_fake.KEY_ID}},
        aws_fake.serve(state),
        lambda: summed((charge.day, charge.amount) for charge in charges),
        restate,
    )


def google_bill() -> Bill:
    charges = [
        google_fake.Charge(day, sku, D(f"3.{n:02d}0000001"), credit=D("-0.1"), project=project)
        for n, day in enumerate(_days())
        for sku in ("Gemini 2.5 Pro Text Input - Predictions", "Gemini 2.5 Pro Text Output - Predictions")
        for project in ("shop", None)
    ]
    state = google_fake.Google(charges)

    def restate() -> None:
        # an export only grows: what is restated comes as another row, here for a day that is long past
        charges.append(google_fake.Charge(_days()[40], charges[0].sku, D("-0.000000001"), exported=today()))

    return Bill(
        "google",
        {"provider": "google", "api_key": google_fake.key_file(), "fields": {"table": google_fake.TABLE}},
        google_fake.serve(state),
        lambda: summed((charge.day, charge.cost + charge.credit) for charge in charges),
        restate,
    )


@dataclass(frozen=True, slots=True)
class House:
    """A workspace whose owner is signed in."""

    workspace_id: UUID
    client: httpx.AsyncClient
    session: AsyncSession
    sync: Callable[..., Awaitable[RunStatus | None]]

    async def connect(self, bill: Bill, **changes: Any) -> httpx.Response:
        body = {"mode": "organization", "base_url": "https://stand-in.test", **bill.form, **changes}
        return await self.client.post(f"/api/v1/workspaces/{self.workspace_id}/connections", json=body)

    async def read(self, connection_id: UUID) -> Mapping[str, Any]:
        answer = await self.client.get(f"/api/v1/workspaces/{self.workspace_id}/connections/{connection_id}")
        found: Mapping[str, Any] = answer.json()
        return found

    async def last_run(self, connection_id: UUID) -> Mapping[str, Any]:
        run: Mapping[str, Any] = (await self.read(connection_id))["run"]
        return run

    async def billed(self) -> Sequence[BilledRow]:
        self.session.expire_all()
        kept = (BilledRow.workspace_id == self.workspace_id, BilledRow.superseded_at.is_(None))
        return list(await self.session.scalars(select(BilledRow).where(*kept)))


@pytest.fixture(params=[azure_bill, aws_bill, google_bill], ids=["azure", "aws", "google"])
def bill(request: pytest.FixtureRequest) -> Bill:
    made: Bill = request.param()
    return made


@pytest.fixture
async def house(
    app: FastAPI,
    client: httpx.AsyncClient,
    session: AsyncSession,
    settings: Settings,
    sessionmaker: async_sessionmaker[AsyncSession],
    bill: Bill,
) -> House:
    owner = await make_user(session)
    workspace_id = (await make_workspace(session, owner)).id
    await session.commit()
    client.headers.update(await signed_in(session, settings, owner))
    await session.commit()
    app.state.http = HttpClient(transport=httpx.ASGITransport(bill.app), resolver=_public, pause=_no_wait)
    app.state.sources = SOURCES_WITHOUT_WAITS
    app.state.wakes.listen(lambda _job: None)  # the test itself is the worker
    syncer = Syncer(sessionmaker, app.state.http, make_sealer(settings), app.state.sources)

    async def sync(connection_id: UUID, trigger: Trigger = Trigger.MANUAL) -> RunStatus | None:
        return await syncer.sync(workspace_id, connection_id, trigger, BUDGET_SECONDS)

    return House(workspace_id, client, session, sync)


async def _public(_host: str, _port: int) -> list[str]:
    return ["93.184.215.14"]


async def test_a_bill_is_exact_by_day_and_goes_on_being_so(house: House, bill: Bill) -> None:
    made = await house.connect(bill)
    assert made.status_code == 201, made.text
    connection_id = UUID(made.json()["id"])
    assert made.json()["provider"] == bill.provider

    assert await house.sync(connection_id) is RunStatus.DONE
    rows = await house.billed()
    assert summed((row.start.date(), row.amount) for row in rows) == bill.by_day()
    assert {row.currency for row in rows} == {"USD"}
    first = await house.last_run(connection_id)
    assert (first["rows_changed"], first["rows_flagged"]) == (0, 0)

    assert await house.sync(connection_id) is RunStatus.DONE
    again = await house.last_run(connection_id)
    assert (again["rows_new"], again["rows_changed"], again["rows_flagged"]) == (0, 0, 0)

    bill.restate()
    assert await house.sync(connection_id) is RunStatus.DONE
    restated = await house.last_run(connection_id)
    assert (restated["rows_new"], restated["rows_changed"], restated["rows_flagged"]) == (0, 1, 0)
    assert summed((row.start.date(), row.amount) for row in await house.billed()) == bill.by_day()


async def test_what_is_rationed_is_not_read_every_hour_and_does_not_say_it_was(house: House, bill: Bill) -> None:
    connection_id = UUID((await house.connect(bill)).json()["id"])
    await house.sync(connection_id)
    before = await house.read(connection_id)
    due = update(Connection).where(Connection.id == connection_id).values(next_try_at=utc_now())
    await house.session.execute(due)
    await house.session.commit()
    assert await house.sync(connection_id, Trigger.SCHEDULE) is RunStatus.DONE
    after = await house.read(connection_id)
    assert (after["run"]["trigger"], after["run"]["windows_done"]) == ("schedule", 0)
    assert after["last_synced_at"] == before["last_synced_at"]


async def test_the_answer_never_holds_the_key(house: House, bill: Bill) -> None:
    made = await house.connect(bill)
    assert bill.form["api_key"] not in made.text
    assert "PRIVATE KEY" not in made.text


async def test_a_field_that_is_missing_is_named(house: House, bill: Bill) -> None:
    answer = await house.connect(bill, fields={})
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {f"fields.{name}" for name in bill.form["fields"]}


async def test_the_same_account_is_not_connected_twice(house: House, bill: Bill) -> None:
    assert (await house.connect(bill)).status_code == 201
    assert (await house.connect(bill)).status_code == 409


@pytest.mark.parametrize("bill", [azure_bill()], ids=["azure"])
async def test_one_secret_may_read_several_scopes(house: House, bill: Bill) -> None:
    assert (await house.connect(bill)).status_code == 201
    other = {**bill.form["fields"], "scope": azure_fake.MANAGEMENT_GROUP}
    assert (await house.connect(bill, fields=other)).status_code == 201


def test_what_can_be_connected_has_words_for_its_form() -> None:
    assert SOURCES.keys() == GUIDES.keys()
