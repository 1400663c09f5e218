"""Channels: what goes in never comes out, and every change is noted."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts.models import AlertSetting, Channel
from app.alerts.rules import DEFAULT_CHANNEL_ID, Kind
from app.core.crypto import Sealed
from app.core.database import sealer_of
from app.delivery import sealing
from app.delivery.rules import Address
from app.workspaces.rules import Role
from tests.alerts.conftest import House

SLACK = "https://hooks.slack.com/services/T000/B000/secretsecretsecret9999"


def body(**changes: Any) -> dict[str, Any]:
    return {"kind": "slack", "name": "Ops", "address": SLACK} | changes


async def make(house: House, **changes: Any) -> dict[str, Any]:
    answer = await house.ask(Role.ADMIN, "POST", "/channels", json=body(**changes))
    assert answer.status_code == 201, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def row(session: AsyncSession, house: House) -> Channel:
    mine = select(Channel).where(Channel.workspace_id == house.workspace.id)
    return (await session.execute(mine.execution_options(populate_existing=True))).scalar_one()


async def address(session: AsyncSession, house: House) -> Address:
    kept, sealer = await row(session, house), sealer_of(session)
    assert kept.sealed is not None
    assert kept.key_id is not None
    assert sealer is not None
    return sealing.open_address(sealer, kept.workspace_id, kept.id, Sealed(kept.key_id, kept.sealed))


async def test_every_workspace_has_a_channel_to_its_owners_and_admins(house: House) -> None:
    (only,) = (await house.ask(Role.VIEWER, "GET", "/channels")).json()["items"]
    assert only["id"] == str(DEFAULT_CHANNEL_ID)
    assert (only["kind"], only["to_admins"], only["is_on"], only["is_default"]) == ("email", True, True, True)


async def test_the_default_channel_is_switched_off_but_not_deleted(house: House) -> None:
    path = f"/channels/{DEFAULT_CHANNEL_ID}"
    answer = await house.ask(Role.ADMIN, "DELETE", path)
    assert (answer.status_code, answer.json()["code"]) == (409, "channel_stays")
    assert (await house.ask(Role.ADMIN, "PATCH", path, json={"is_on": False})).json()["is_on"] is False
    (only,) = (await house.ask(Role.VIEWER, "GET", "/channels")).json()["items"]
    assert (only["is_on"], only["is_default"]) == (False, True)


async def test_of_an_address_the_host_and_the_last_characters_are_shown(session: AsyncSession, house: House) -> None:
    made = await make(house)
    assert made["hint"] == "hooks.slack.com…9999"
    assert "secretsecret" not in str(made)
    answer = await house.ask(Role.ADMIN, "GET", f"/channels/{made['id']}")
    assert "secretsecret" not in answer.text
    assert (await address(session, house)).target == SLACK
    kept = await row(session, house)
    assert kept.sealed is not None
    assert b"secretsecret" not in kept.sealed


async def test_a_webhooks_secret_is_made_and_shown_once(session: AsyncSession, house: House) -> None:
    made = await make(house, kind="webhook", address="https://example.com/hook")
    assert len(made["secret"]) > 40
    assert await address(session, house) == Address("https://example.com/hook", made["secret"])
    assert "secret" not in (await house.ask(Role.ADMIN, "GET", f"/channels/{made['id']}")).json()


async def test_a_webhooks_address_changes_and_its_secret_stays(session: AsyncSession, house: House) -> None:
    made = await make(house, kind="webhook", address="https://example.com/hook", secret="s" * 20)
    assert made["secret"] is None, "whoever gave it knows it"
    path = f"/channels/{made['id']}"
    await house.ask(Role.ADMIN, "PATCH", path, json={"address": "https://example.com/other"})
    assert await address(session, house) == Address("https://example.com/other", "s" * 20)
    await house.ask(Role.ADMIN, "PATCH", path, json={"secret": "t" * 20})
    assert await address(session, house) == Address("https://example.com/other", "t" * 20)


async def test_recipients_are_whole_for_admins_only(house: House) -> None:
    made = await make(house, kind="email", address=None, recipients=["ann@example.com", "ann@example.com"])
    assert made["recipients"] == ["ann@example.com"]
    seen = (await house.ask(Role.MEMBER, "GET", f"/channels/{made['id']}")).json()
    assert seen["recipients"] == ["a***@example.com"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"address": None}, "address"),
        ({"address": "hooks.slack.com"}, "address"),
        ({"address": "http://hooks.slack.com/x"}, "address"),
        ({"kind": "email", "to_admins": True}, "address"),
        ({"kind": "email", "address": None}, "recipients"),
        ({"kind": "email", "address": None, "recipients": ["nobody"]}, "recipients.0"),
        ({"recipients": ["ann@example.com"]}, "recipients"),
        ({"secret": "s" * 20}, "address"),
        ({"kind": "webhook", "secret": "short"}, "address"),
        ({"kind": "pagerduty", "address": "no key"}, "address"),
        ({"kind": "fax"}, "kind"),
        ({"name": ""}, "name"),
    ],
)
async def test_what_cannot_work_is_refused_by_field(house: House, wrong: dict[str, Any], field: str) -> None:
    answer = await house.ask(Role.ADMIN, "POST", "/channels", json=body(**wrong))
    assert answer.status_code == 422, answer.text
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert "secretsecret" not in answer.text


async def test_every_change_leaves_an_audit_row_without_secrets(house: House) -> None:
    made = await make(house)
    path = f"/channels/{made['id']}"
    await house.ask(Role.ADMIN, "PATCH", path, json={"name": "Night", "address": SLACK.replace("9999", "8888")})
    await house.ask(Role.ADMIN, "PATCH", path, json={"name": "Night"})
    await house.ask(Role.ADMIN, "DELETE", path)
    log = await house.ask(Role.OWNER, "GET", "/audit-log")
    rows = {item["action"]: item["detail"] for item in log.json()["items"]}
    assert list(rows) == ["channel.deleted", "channel.updated", "channel.created"]
    assert rows["channel.updated"]["name"] == ["Ops", "Night"]
    assert rows["channel.updated"]["address"] == ["hooks.slack.com…9999", "hooks.slack.com…8888"]
    assert "secretsecret" not in log.text


async def test_a_kind_that_went_to_a_deleted_channel_alone_goes_to_all(session: AsyncSession, house: House) -> None:
    first, second = await make(house), await make(house, name="Second")
    for kind, ids in (("spend_spike", [first["id"]]), ("new_model", [first["id"], second["id"]])):
        answer = await house.ask(Role.ADMIN, "PATCH", f"/alert-settings/{kind}", json={"channel_ids": ids})
        assert answer.status_code == 200, answer.text
    await house.ask(Role.ADMIN, "DELETE", f"/channels/{first['id']}")
    found = await session.execute(
        select(AlertSetting.kind, AlertSetting.channel_ids).where(AlertSetting.workspace_id == house.workspace.id)
    )
    kept = {kind: None if ids is None else [str(each) for each in ids] for kind, ids in found}
    assert kept == {Kind.SPEND_SPIKE: None, Kind.NEW_MODEL: [second["id"]]}
