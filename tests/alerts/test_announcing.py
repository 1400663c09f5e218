"""Handing what was told to the channels."""

import asyncio
import dataclasses
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.alerts import announcing, service
from app.alerts.announcing import do_due
from app.alerts.rules import Severity
from app.core.config import AppEnv, Settings
from app.core.database import make_engine, make_sessionmaker
from app.core.periods import utc_now
from app.delivery.models import Delivery
from app.workspaces.rules import Role
from tests.alerts.conftest import House
from tests.delivery.parcels import SEALER
from tests.delivery.receiver import Answer, Receiver
from tests.delivery.sending import HERE, transports
from tests.factories.alerts import NOON, new_alert
from tests.factories.auth import make_user
from tests.factories.workspaces import make_workspace

Sessions = async_sessionmaker[AsyncSession]
WEBHOOK = {"kind": "webhook", "name": "Hook", "address": "https://example.com/hook", "secret": "s" * 20}


async def deliveries(session: AsyncSession, *columns: Any) -> Sequence[Any]:
    found = await session.execute(select(*columns).select_from(Delivery).order_by(Delivery.id))
    return [tuple(row) for row in found]


async def told(session: AsyncSession) -> list[tuple[str, str, str]]:
    """(label, action, title) of everything in the outbox."""
    rows = await deliveries(session, Delivery.label, Delivery.notice)
    notices = [(label, json.loads(notice)) for label, notice in rows]
    return [(label, notice["action"], notice["title"]) for label, notice in notices]


async def tell(session: AsyncSession, house: House, key: str = "one", **changes: Any) -> None:
    await service.raise_alert(session, house.workspace.id, new_alert(key, **({"title": key} | changes)))
    await session.commit()


async def test_mail_goes_to_owners_and_admins_by_itself(
    session: AsyncSession, sessionmaker: Sessions, settings: Settings, house: House
) -> None:
    await tell(session, house)
    done = await do_due(sessionmaker, settings, NOON, 10)
    assert (done.alerts, done.deliveries, done.is_done) == (1, 2, True)
    assert await told(session) == [("a***@example.com", "fired", "one"), ("o***@example.com", "fired", "one")]


async def test_what_was_announced_is_not_announced_again(
    session: AsyncSession, sessionmaker: Sessions, settings: Settings, house: House
) -> None:
    await tell(session, house)
    await do_due(sessionmaker, settings, NOON, 10)
    await tell(session, house)
    assert (await do_due(sessionmaker, settings, NOON, 10)).deliveries == 0


async def test_a_workspace_that_is_about_to_be_deleted_tells_nobody_until_that_is_taken_back(
    session: AsyncSession, sessionmaker: Sessions, settings: Settings, house: House
) -> None:
    house.workspace.deletes_at = NOON
    await tell(session, house)
    assert not await announcing.is_due(sessionmaker, NOON)
    assert await do_due(sessionmaker, settings, NOON, 10) == (0, 0, True)
    house.workspace.deletes_at = None
    await session.commit()
    assert (await do_due(sessionmaker, settings, NOON, 10)).alerts == 1


async def test_where_no_mail_can_be_sent_the_default_channel_is_silent(
    session: AsyncSession, sessionmaker: Sessions, settings: Settings, house: House
) -> None:
    await tell(session, house)
    live = settings.model_copy(update={"app_env": AppEnv.PRODUCTION})
    assert await do_due(sessionmaker, live, NOON, 10) == (1, 0, True)


async def test_what_is_only_good_to_know_goes_to_nobodys_mail(
    session: AsyncSession, sessionmaker: Sessions, settings: Settings, house: House
) -> None:
    await tell(session, house, severity=Severity.INFO)
    assert (await do_due(sessionmaker, settings, NOON, 10)).deliveries == 0


async def _only_webhook(house: House, **changes: Any) -> str:
    made = await house.ask(Role.ADMIN, "POST", "/channels", json=WEBHOOK | changes)
    default = (await house.ask(Role.ADMIN, "GET", "/channels")).json()["items"][0]["id"]
    await house.ask(Role.ADMIN, "PATCH", f"/channels/{default}", json={"is_on": False})
    return made.json()["id"]  # type: ignore[no-any-return]


async def test_a_notice_names_the_workspace_and_leads_into_the_dashboard(
    session: AsyncSession, sessionmaker: Sessions, settings: Settings, house: House
) -> None:
    await _only_webhook(house)
    await tell(session, house)
    await do_due(sessionmaker, settings, NOON, 10)
    ((notice,),) = await deliveries(session, Delivery.notice)
    said = json.loads(notice)
    assert said["workspace"] == "Acme"
    assert said["link"] == f"http://localhost:8000/w/{house.workspace.slug}/budgets"
    assert said["facts"] == [["Spent", "$80.00"], ["Limit", "$100.00"]]
    assert said["kind"] == "budget_threshold"


async def test_what_is_over_is_told_where_it_is_wanted(
    session: AsyncSession, sessionmaker: Sessions, settings: Settings, house: House
) -> None:
    channel = await _only_webhook(house)
    for key in ("first", "second"):
        await tell(session, house, key)
        await do_due(sessionmaker, settings, NOON, 10)
        await service.resolve(session, house.workspace.id, key)
        await session.commit()
        await do_due(sessionmaker, settings, NOON, 10)
        await house.ask(Role.ADMIN, "PATCH", f"/channels/{channel}", json={"sends_resolved": False})
    assert [said[1:] for said in await told(session)] == [
        ("fired", "first"),
        ("resolved", "first"),
        ("fired", "second"),
    ]


async def test_what_was_over_before_it_was_announced_is_told_in_its_order(
    session: AsyncSession, sessionmaker: Sessions, settings: Settings, house: House
) -> None:
    await _only_webhook(house)
    await tell(session, house)
    await service.resolve(session, house.workspace.id, "one")
    await session.commit()
    await do_due(sessionmaker, settings, NOON, 10)
    assert [action for _, action, _ in await told(session)] == ["fired", "resolved"]


async def test_a_kind_goes_to_the_channels_that_were_chosen_for_it(
    session: AsyncSession, sessionmaker: Sessions, settings: Settings, house: House
) -> None:
    chosen = await _only_webhook(house)
    await house.ask(Role.ADMIN, "POST", "/channels", json=WEBHOOK | {"address": "https://example.org/hook"})
    path = "/alert-settings/budget_threshold"
    await house.ask(Role.ADMIN, "PATCH", path, json={"channel_ids": [chosen]})
    await tell(session, house, "one")
    await do_due(sessionmaker, settings, NOON, 10)
    assert [label for label, _, _ in await told(session)] == ["example.com…hook"]
    await house.ask(Role.ADMIN, "PATCH", path, json={"channel_ids": []})
    await tell(session, house, "two")
    assert (await do_due(sessionmaker, settings, NOON, 10)).deliveries == 0


async def test_a_channel_takes_what_matters_enough(
    session: AsyncSession, sessionmaker: Sessions, settings: Settings, house: House
) -> None:
    await _only_webhook(house, min_severity="critical")
    for severity in Severity:
        await tell(session, house, severity.value, severity=severity)
    await do_due(sessionmaker, settings, NOON, 10)
    assert [title for _, _, title in await told(session)] == ["critical"]


async def test_in_the_quiet_only_what_is_critical_leaves_at_once(
    session: AsyncSession, sessionmaker: Sessions, settings: Settings, house: House
) -> None:
    await _only_webhook(house)
    noon = {"starts": "11:00", "ends": "13:30", "time_zone": "UTC"}
    await house.ask(Role.ADMIN, "PUT", "/alert-settings/quiet-hours", json=noon)
    for severity in (Severity.WARNING, Severity.CRITICAL):
        await tell(session, house, severity.value, severity=severity)
    await do_due(sessionmaker, settings, NOON, 10)
    due = [at for (at,) in await deliveries(session, Delivery.due_at)]
    assert due == [NOON + timedelta(hours=1, minutes=30), NOON]


async def test_a_snoozed_alert_is_told_again_when_its_time_is_over(
    session: AsyncSession, sessionmaker: Sessions, settings: Settings, house: House
) -> None:
    await _only_webhook(house)
    await tell(session, house)
    await do_due(sessionmaker, settings, NOON, 10)
    (alert,) = (await house.ask(Role.MEMBER, "GET", "/alerts")).json()["items"]
    until = utc_now() + timedelta(hours=1)
    await house.ask(Role.MEMBER, "POST", f"/alerts/{alert['id']}/snooze", json={"until": until.isoformat()})
    assert (await do_due(sessionmaker, settings, until - timedelta(seconds=1), 10)).alerts == 0
    assert (await do_due(sessionmaker, settings, until, 10)).alerts == 1
    assert [action for _, action, _ in await told(session)] == ["fired", "fired"]
    assert (await do_due(sessionmaker, settings, until, 10)).alerts == 0


async def test_the_trouble_of_one_workspace_is_not_its_neighbours(
    session: AsyncSession,
    sessionmaker: Sessions,
    settings: Settings,
    house: House,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    troubled = await make_workspace(session, await make_user(session))
    await service.raise_alert(session, troubled.id, new_alert())
    await tell(session, house)
    announce = announcing.announce

    async def fails(session: AsyncSession, workspace_id: Any, *rest: Any) -> Any:
        if workspace_id == troubled.id:
            raise RuntimeError("trouble")
        return await announce(session, workspace_id, *rest)

    monkeypatch.setattr(announcing, "announce", fails)
    assert (await do_due(sessionmaker, settings, NOON, 10)).alerts == 1


async def test_of_many_processes_each_alert_is_announced_by_one(fresh_database: str, settings: Settings) -> None:
    engine = make_engine(fresh_database)
    sessions = make_sessionmaker(engine, SEALER)
    async with sessions() as session, session.begin():
        workspace = await make_workspace(session, await make_user(session))
        for number in range(30):
            await service.raise_alert(session, workspace.id, new_alert(str(number)))
    done = await asyncio.gather(*(do_due(sessions, settings, NOON, 10) for _ in range(4)))
    async with sessions() as session:
        assert len(await deliveries(session, Delivery.id)) == 30
    await engine.dispose()
    assert sum(each.deliveries for each in done) == 30


# --- the test button ---


@pytest.fixture
async def receiver() -> Any:
    async with Receiver() as receiver:
        yield receiver


@pytest.fixture
async def hook(app: FastAPI, settings: Settings, house: House, receiver: Receiver) -> Any:
    """The address of a channel that leads to the receiver."""
    settings.webhook_networks = HERE  # http is let through with them
    made = await house.ask(Role.ADMIN, "POST", "/channels", json=WEBHOOK | {"address": receiver.url})
    assert made.status_code == 201, made.text
    return f"/channels/{made.json()['id']}"


@pytest.fixture
def here(app: FastAPI) -> None:
    """Let webhooks out to this machine."""
    app.state.transports = dataclasses.replace(app.state.transports, http=transports().http)


async def test_the_test_button_delivers_at_once(
    app: FastAPI, house: House, hook: str, receiver: Receiver, here: None
) -> None:
    answer = await house.ask(Role.ADMIN, "POST", f"{hook}/test")
    assert answer.status_code == 200, answer.text
    assert answer.json()["ok"] is True
    assert [json.loads(each.body)["action"] for each in receiver.received] == ["test"]


async def test_the_test_button_says_why_not(
    app: FastAPI, house: House, hook: str, receiver: Receiver, here: None
) -> None:
    receiver.answers = [Answer(500)]
    answer = (await house.ask(Role.ADMIN, "POST", f"{hook}/test")).json()
    assert answer["ok"] is False
    (tried,) = answer["deliveries"]
    assert tried["attempts"] == 1
    assert "500" in tried["reason"]


async def test_the_test_button_mails_only_so_often(app: FastAPI, settings: Settings, house: House) -> None:
    """Else a channel would be a way to fill the letterbox of whomever one names."""
    settings.mails_per_address = "1/hour"
    (default,) = (await house.ask(Role.ADMIN, "GET", "/channels")).json()["items"]
    answers = [await house.ask(Role.ADMIN, "POST", f"/channels/{default['id']}/test") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]


async def test_what_was_given_up_is_listed_and_sent_again(
    session: AsyncSession, app: FastAPI, house: House, hook: str, receiver: Receiver, here: None
) -> None:
    receiver.answers = [Answer(404), Answer(200)]
    tried = (await house.ask(Role.ADMIN, "POST", f"{hook}/test")).json()["deliveries"][0]
    dead = (await house.ask(Role.VIEWER, "GET", f"{hook}/deliveries?state=dead")).json()["items"]
    assert [each["id"] for each in dead] == [tried["id"]]
    again = (await house.ask(Role.ADMIN, "POST", f"{hook}/deliveries/{tried['id']}/resend")).json()
    assert (again["state"], again["attempts"]) == ("waiting", 0)
    default = (await house.ask(Role.ADMIN, "GET", "/channels")).json()["items"][0]["id"]
    other = await house.ask(Role.ADMIN, "POST", f"/channels/{default}/deliveries/{tried['id']}/resend")
    assert other.status_code == 404


async def test_a_private_address_is_not_reached(house: House, hook: str, receiver: Receiver) -> None:
    answer = (await house.ask(Role.ADMIN, "POST", f"{hook}/test")).json()
    assert answer["ok"] is False
    assert receiver.received == []
