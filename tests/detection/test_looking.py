"""What is told of a workspace's real figures, and what is not."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts import service as alerts
from app.alerts.models import AlertSetting
from app.alerts.rules import Kind, Severity, State
from app.core.database import make_engine, make_sessionmaker
from app.core.ids import new_id
from app.core.periods import utc_now
from app.detection import service
from app.detection.detectors.spikes import JUDGED_HOURS
from app.detection.models import Look
from app.providers.models import Connection, SyncLease
from app.repricings.models import Repricing
from app.usage import service as usage
from app.usage.models import CreditRow
from app.workspaces.models import Workspace
from tests.detection.conftest import DAY, HOUR, NOW, Record, Watch, hours
from tests.factories.analytics import make_call
from tests.factories.workspaces import make_api_key, make_workspace

SPIKE = "spend_spike"


# --- whose turn it is ---


@pytest.mark.usefixtures("month")
async def test_the_past_is_looked_at_as_it_was_until_somebody_has_looked_since(
    session: AsyncSession, workspace: Workspace, record: Record
) -> None:
    await service.begin(session, workspace.id, NOW + HOUR)
    await record(NOW - timedelta(minutes=5), "80")
    await service.look_back(session, workspace.id, NOW)
    taken = await session.get_one(Look, workspace.id)
    assert (taken.looked_at, taken.next_at) == (NOW, NOW + HOUR)
    told = await alerts.told_since(session, workspace.id, [Kind.SPEND_SPIKE], NOW)
    assert [alert.occurrences for alert in told] == [1]
    await service.look_back(session, workspace.id, NOW - HOUR)
    assert taken.looked_at == NOW
    await service.look_now(session, workspace.id, NOW + timedelta(minutes=1))
    assert taken.next_at == NOW + timedelta(minutes=1) + service.EVERY


# --- spikes ---


@pytest.mark.usefixtures("month")
async def test_a_spike_is_told_while_its_hour_runs_with_what_drove_it(
    session: AsyncSession, workspace: Workspace, watch: Watch, record: Record
) -> None:
    key, _ = await make_api_key(session, workspace)
    await session.commit()
    await record(NOW - timedelta(minutes=5), "80", project="batch", model="o9", api_key_id=key.id)
    await watch.look()
    (alert,) = await watch.alerts(SPIKE)
    assert alert.title == "Spend $80.00 in an hour, usually $5.00"
    assert alert.severity == Severity.CRITICAL
    facts = dict(alert.facts)
    assert facts["Above the usual"] == "$75.00"
    assert facts["Project batch"] == "$80.00 more, 107 % of the rise"
    assert facts["API key test key"] == "$80.00 more, 107 % of the rise"
    assert facts["Model o9"] == "$80.00 more, 107 % of the rise"
    assert alert.link == "/calls?month=2026-11&day=2026-11-21"


@pytest.mark.usefixtures("month")
async def test_a_quiet_workspace_is_told_nothing(watch: Watch) -> None:
    assert await watch.look() == (1, 0, 0, True)
    assert await watch.alerts() == []


@pytest.mark.usefixtures("month")
async def test_a_spike_goes_on_is_over_and_does_not_flutter(watch: Watch, record: Record) -> None:
    await record([NOW - HOUR / 10, NOW + HOUR - HOUR / 10], "80")
    await watch.look()
    await watch.look(NOW + HOUR)
    (alert,) = await watch.alerts(SPIKE)
    assert (alert.occurrences, alert.state) == (2, State.OPEN)
    await watch.look(NOW + 4 * HOUR)
    assert await watch.told(SPIKE) == [(SPIKE, "resolved")]
    await record([NOW + 5 * HOUR, NOW + 11 * HOUR], "90")
    await watch.look(NOW + 5 * HOUR + timedelta(minutes=1))
    assert await watch.told(SPIKE) == [(SPIKE, "resolved")], "it was over only just"
    await watch.look(NOW + 11 * HOUR + timedelta(minutes=1))
    assert await watch.told(SPIKE) == [(SPIKE, "resolved"), (SPIKE, "open")]


@pytest.mark.usefixtures("month")
async def test_a_part_that_is_hidden_in_the_whole_is_told_by_itself(watch: Watch, record: Record) -> None:
    await record(hours(30), "60", project="main", model="big")
    await record(hours(30), "0.5", project="small", model="mini")
    await record(NOW - HOUR, "30", project="small", model="mini")
    await watch.look()
    assert await watch.told(SPIKE) == [("spend_spike:model:openai/mini", "open")]


@pytest.mark.usefixtures("month")
async def test_a_customers_day_is_compared_with_his_weeks(watch: Watch, record: Record) -> None:
    await record([NOW - number * DAY for number in range(1, 29)], "2", user_ref="acme")
    # spread so that no hour stands out
    await record([NOW.replace(hour=hour) for hour in range(14)], "4", user_ref="acme")
    await watch.look()
    (alert,) = await watch.alerts(SPIKE)
    assert alert.condition == "spend_spike:user:/acme"
    assert alert.title == "Customer acme: $56.00 in a day, usually $2.00"


@pytest.mark.usefixtures("month")
async def test_what_comes_late_or_is_imported_alarms_nobody(watch: Watch, record: Record) -> None:
    await record([NOW - 4 * HOUR, NOW - 2 * DAY, NOW - 20 * DAY], "500")
    await watch.look()
    assert await watch.told(SPIKE) == []


@pytest.mark.usefixtures("month")
async def test_a_repricing_alarms_nobody(
    session: AsyncSession, workspace: Workspace, watch: Watch, record: Record
) -> None:
    await record(NOW - timedelta(minutes=20), "80")
    job = Repricing(
        workspace_id=workspace.id,
        id=new_id(),
        status="applied",
        period_end=NOW,
        only_unpriced=False,
        reread_usage=False,
        price_version="x",
        calls_done=1,
        created_at=NOW - HOUR,
        applied_at=NOW - timedelta(minutes=10),
    )
    session.add(job)
    await session.commit()
    await watch.look()
    assert await watch.told(SPIKE) == []
    await record(NOW + HOUR - HOUR / 10, "80")
    await watch.look(NOW + HOUR)
    assert await watch.told(SPIKE) == [(SPIKE, "open")]


@pytest.mark.usefixtures("month")
async def test_the_figures_of_the_workspace_decide(
    session: AsyncSession, workspace: Workspace, watch: Watch, record: Record
) -> None:
    row = AlertSetting(
        workspace_id=workspace.id,
        kind=Kind.SPEND_SPIKE,
        is_on=True,
        resolves_itself=True,
        figures={"min_rise_usd": "500"},
        updated_at=NOW,
    )
    session.add(row)
    await session.commit()
    await record(NOW - HOUR, "80")
    await watch.look()
    assert await watch.told(SPIKE) == []


# --- newcomers and prices ---


@pytest.mark.usefixtures("month")
async def test_a_new_model_and_a_new_key_are_told_once(
    session: AsyncSession, workspace: Workspace, watch: Watch, record: Record
) -> None:
    key, _ = await make_api_key(session, workspace)
    await session.commit()
    await record(NOW - HOUR, "0.25", model="o9", api_key_id=key.id)
    for later in (timedelta(0), HOUR):
        await watch.look(NOW + later)
    told = [(alert.kind, alert.title, alert.severity) for alert in await watch.alerts("new_model", "new_key")]
    assert told == [
        ("new_key", "API key test key costs money for the first time", "info"),
        ("new_model", "Model openai o9 costs money for the first time", "info"),
    ]
    await watch.look(NOW + 3 * DAY)
    assert {state for _, state in await watch.told("new_model", "new_key")} == {"resolved"}


@pytest.mark.usefixtures("month")
async def test_cents_and_what_was_there_before_are_no_news(watch: Watch, record: Record) -> None:
    await record(NOW - HOUR, "0.09", model="o9")
    await record(NOW - 60 * DAY, "0.01", model="old")
    await record(NOW - HOUR, "2", model="old")
    await watch.look()
    assert await watch.told("new_model") == []


async def test_on_the_first_day_nothing_is_new(
    session: AsyncSession, workspace: Workspace, watch: Watch, record: Record
) -> None:
    await session.execute(update(Look).values(learning_until=None))
    await session.commit()
    await record(NOW - HOUR, "2", model="first")
    await watch.look()
    await record(NOW + 20 * HOUR, "2", model="second")
    await watch.look(NOW + 21 * HOUR)
    await watch.look(NOW + 25 * HOUR)
    assert await watch.told("new_model") == []
    await record(NOW + 26 * HOUR, "2", model="third")
    await watch.look(NOW + 27 * HOUR)
    assert await watch.told("new_model") == [("new_model:openai:third", "open")]


async def test_models_without_a_price_are_told_until_they_have_one(watch: Watch, record: Record) -> None:
    await record([NOW - HOUR, NOW - 2 * HOUR], None, model="mystery")
    await record(NOW - HOUR, None, model="failed", status="error")
    await watch.look()
    (alert,) = await watch.alerts("unpriced_spend")
    assert alert.title == "The price of openai mystery is not known"
    assert dict(alert.facts)["Calls without a price in a day"] == "2"
    await watch.look(NOW + DAY)
    assert await watch.told("unpriced_spend") == [("unpriced_spend:openai:mystery", "resolved")]


async def test_many_models_without_a_price_are_told_in_one(watch: Watch, record: Record) -> None:
    for number in range(8):
        await record(NOW - HOUR, None, model=f"m{number}")
    await watch.look()
    await watch.look(NOW + timedelta(minutes=10))
    told = await watch.alerts("unpriced_spend")
    assert len(told) == 6
    assert [alert.title for alert in told if alert.condition == "unpriced_spend"] == [
        "The prices of 3 more models are not known"
    ]


# --- errors ---


async def test_calls_that_fail_more_often_are_told_by_provider(watch: Watch, record: Record) -> None:
    await record([NOW - number * HOUR for number in range(60, 260)], "0.01", provider="anthropic")
    await record(
        [NOW - timedelta(minutes=number) for number in range(1, 31)], "0", provider="anthropic", status="error"
    )
    await record([NOW - timedelta(minutes=number) for number in range(1, 31)], "0.01", provider="openai")
    await watch.look()
    (alert,) = await watch.alerts("error_rate")
    assert alert.title == "100 % of the calls to anthropic fail, usually 0.0 %"
    assert dict(alert.facts)["Model gpt-4o"] == "30 failed"
    await watch.look(NOW + 3 * HOUR)
    assert [state for _, state in await watch.told("error_rate")] == ["resolved"]


# --- syncs ---


async def connect(session: AsyncSession, workspace: Workspace, **changes: Any) -> Connection:
    values: dict[str, Any] = {
        "provider": "openai",
        "mode": "organization",
        "label": "OpenAI",
        "fields": {},
        "key_class": "admin",
        "key_last4": "",
        "key_fingerprint": new_id().bytes,
        "facts": {},
        "can": [],
        "message": "",
        "status": "active",
        "failures": 0,
        "verified_at": NOW - 9 * DAY,
        "created_at": NOW - 9 * DAY,
        "last_synced_at": NOW - HOUR,
    }
    row = Connection(workspace_id=workspace.id, id=new_id(), **(values | changes))
    session.add(row)
    await session.commit()
    return row


async def test_a_sync_that_fails_again_and_again_is_told_until_it_does_not(
    session: AsyncSession, workspace: Workspace, watch: Watch
) -> None:
    row = await connect(session, workspace, status="failing", failures=2, error_detail="401: the key is not valid")
    await watch.look()
    assert await watch.alerts() == []
    await session.execute(update(Connection).values(failures=3))
    await session.commit()
    await watch.look(NOW + HOUR)
    (alert,) = await watch.alerts()
    assert (alert.kind, alert.title) == ("sync_failing", "OpenAI cannot be read")
    assert dict(alert.facts)["Reason"] == "401: the key is not valid"
    await session.execute(update(Connection).values(failures=0, status="active", last_synced_at=NOW + 2 * HOUR))
    await session.commit()
    await watch.look(NOW + 2 * HOUR)
    assert await watch.told() == [(f"sync_failing:{row.id}", "resolved")]


async def test_a_connection_is_not_told_of_the_time_before_it_was_made(
    session: AsyncSession, workspace: Workspace, watch: Watch
) -> None:
    await connect(session, workspace, status="failing", failures=3, created_at=NOW + HOUR)
    await watch.look()
    assert await watch.alerts() == []
    await watch.look(NOW + 2 * HOUR)
    assert [alert.kind for alert in await watch.alerts()] == ["sync_failing"]


async def test_a_connection_that_nobody_reads_is_told(
    session: AsyncSession, workspace: Workspace, watch: Watch
) -> None:
    row = await connect(session, workspace, last_synced_at=NOW - 5 * HOUR)
    await connect(session, workspace, last_synced_at=NOW - 5 * HOUR, status="paused")
    await connect(session, workspace, last_synced_at=NOW - 5 * HOUR, deleted_at=NOW)
    busy = await connect(session, workspace, last_synced_at=NOW - 5 * HOUR)
    session.add(SyncLease(workspace_id=workspace.id, connection_id=busy.id, owner=new_id(), expires_at=NOW + HOUR))
    await session.commit()
    await watch.look()
    assert await watch.told() == [(f"sync_stale:{row.id}", "open")]
    (alert,) = await watch.alerts()
    assert alert.title == "OpenAI was not read for 5 hours"


# --- credits ---


async def balance(session: AsyncSession, workspace: Workspace, at: datetime, available: str) -> None:
    row = CreditRow(
        workspace_id=workspace.id,
        id=new_id(),
        provider="openrouter",
        source="synced",
        at=at,
        available=Decimal(available),
        currency="USD",
        account="main",
        note="",
        created_at=at,
    )
    session.add(row)
    await session.commit()


async def test_credits_that_run_out_are_told_with_the_day_until_they_are_topped_up(
    session: AsyncSession, workspace: Workspace, watch: Watch
) -> None:
    for days, left in ((10, "100"), (5, "50"), (0, "40")):
        await balance(session, workspace, NOW - days * DAY, left)
    await watch.look()
    (alert,) = await watch.alerts()
    # sixty went in ten days, so forty last six days and sixteen hours
    assert (alert.kind, alert.title) == ("credits_low", "The credits of openrouter main are gone in 6 days")
    assert dict(alert.facts)["Left"] == "$40.00"
    assert alert.severity == Severity.WARNING
    await balance(session, workspace, NOW + HOUR, "500")
    await watch.look(NOW + 2 * HOUR)
    assert [state for _, state in await watch.told()] == ["resolved"]


async def test_credits_that_last_are_not_told(session: AsyncSession, workspace: Workspace, watch: Watch) -> None:
    for days, left in ((10, "100"), (0, "90")):
        await balance(session, workspace, NOW - days * DAY, left)
    await watch.look()
    assert await watch.alerts() == []


# --- turns ---


async def test_a_workspace_is_looked_at_every_few_minutes(watch: Watch) -> None:
    assert (await watch.look()).workspaces == 1
    assert (await watch.look(NOW + timedelta(minutes=4))).workspaces == 0
    assert (await watch.look(NOW + timedelta(minutes=5))).workspaces == 1


async def test_a_new_workspace_is_looked_at_without_being_asked_for(session: AsyncSession, watch: Watch) -> None:
    await make_workspace(session)
    await session.commit()
    assert (await watch.look()).workspaces == 2


async def test_one_that_cannot_be_looked_at_is_put_off_and_others_are_not(
    session: AsyncSession, workspace: Workspace, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_workspace(session)
    await session.commit()
    look = service.look

    async def fails(session: AsyncSession, taken: Look, now: datetime) -> Any:
        if taken.workspace_id == workspace.id:
            raise RuntimeError("trouble")
        return await look(session, taken, now)

    monkeypatch.setattr(service, "look", fails)
    assert (await watch.look()).workspaces == 1
    assert (await watch.look(NOW + timedelta(minutes=30))).workspaces == 1
    monkeypatch.setattr(service, "look", look)
    assert (await watch.look(NOW + timedelta(minutes=61))).workspaces == 2


async def test_a_kind_that_is_switched_off_is_not_looked_for_and_what_was_told_is_over(
    session: AsyncSession, workspace: Workspace, watch: Watch, record: Record
) -> None:
    await record(NOW - HOUR, None, model="mystery")
    await watch.look()
    row = AlertSetting(
        workspace_id=workspace.id,
        kind=Kind.UNPRICED_SPEND,
        is_on=False,
        resolves_itself=True,
        figures={},
        updated_at=NOW,
    )
    session.add(row)
    await session.commit()
    await watch.look(NOW + timedelta(minutes=5))
    assert [state for _, state in await watch.told()] == ["resolved"]


async def test_of_many_processes_each_workspace_is_looked_at_by_one(fresh_database: str) -> None:
    engine = make_engine(fresh_database)
    sessions = make_sessionmaker(engine)
    async with sessions() as session, session.begin():
        workspaces = [await make_workspace(session) for _ in range(12)]
    for workspace in workspaces:
        await usage.record(sessions, [make_call(workspace.id, NOW - HOUR, None, model="mystery")])
    done = await asyncio.gather(*(service.do_due(sessions, NOW, 60) for _ in range(4)))
    async with sessions() as session:
        told = [
            await alerts.told_since(session, UUID(str(workspace.id)), [Kind.UNPRICED_SPEND], utc_now())
            for workspace in workspaces
        ]
    await engine.dispose()
    assert sum(each.workspaces for each in done) == 12
    assert [len(each) for each in told] == [1] * 12
    assert all(alert.occurrences == 1 for each in told for alert in each)


def test_every_kind_that_is_detected_is_looked_for_by_one_detector() -> None:
    assert len(set(service.KINDS)) == len(service.KINDS)
    assert set(Kind) - set(service.KINDS) == {Kind.BUDGET_THRESHOLD, Kind.FORECAST_CROSSING}
    assert JUDGED_HOURS * HOUR < DAY
