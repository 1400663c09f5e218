"""What people do with alerts."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.alerts import service
from app.alerts.models import Alert, AlertRead
from app.alerts.rules import Kind, Severity, State
from app.core.periods import utc_now
from app.workspaces.rules import Role
from tests.alerts.conftest import House
from tests.factories.alerts import NOON, new_alert
from tests.factories.workspaces import make_api_key, make_workspace


async def tell(session: AsyncSession, house: House, key: str = "one", **changes: object) -> str:
    """The id of an alert that was told just now."""
    assert await service.raise_alert(session, house.workspace.id, new_alert(key, **changes))
    await session.commit()
    return (await listed(house))[0]["id"]  # type: ignore[no-any-return]


async def listed(house: House, query: str = "") -> list[dict[str, Any]]:
    answer = await house.ask(Role.VIEWER, "GET", f"/alerts{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]  # type: ignore[no-any-return]


async def test_an_alert_says_what_drove_it_and_where_to_look(session: AsyncSession, house: House) -> None:
    await tell(session, house)
    (alert,) = await listed(house)
    assert alert["title"] == "Production is at 80 % of its budget"
    assert alert["facts"] == [{"label": "Spent", "value": "$80.00"}, {"label": "Limit", "value": "$100.00"}]
    assert (alert["link"], alert["state"], alert["severity"], alert["is_read"]) == (
        "/budgets",
        "open",
        "warning",
        False,
    )


async def test_the_list_is_newest_first_in_pages(session: AsyncSession, house: House) -> None:
    told = [await tell(session, house, f"alert {number}") for number in range(5)]
    seen, cursor = [], ""
    for _ in range(3):
        page = (await house.ask(Role.VIEWER, "GET", f"/alerts?limit=2{cursor}")).json()
        seen += [item["id"] for item in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == told[::-1]
    assert page["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("?state=open", ["b"]),
        ("?state=resolved", ["a"]),
        ("?state=open&state=resolved", ["b", "a"]),
        ("?kind=spend_spike", ["b"]),
        ("?severity=critical", ["b"]),
        ("?severity=critical&kind=budget_threshold", []),
    ],
)
async def test_the_list_can_be_narrowed(session: AsyncSession, house: House, query: str, titles: list[str]) -> None:
    await tell(session, house, "a", title="a")
    await tell(session, house, "b", title="b", kind=Kind.SPEND_SPIKE, severity=Severity.CRITICAL)
    await service.resolve(session, house.workspace.id, "a")
    await session.commit()
    assert [alert["title"] for alert in await listed(house, query)] == titles


async def test_a_member_acknowledges_and_it_is_noted_who(session: AsyncSession, house: House) -> None:
    alert_id = await tell(session, house)
    answer = (await house.ask(Role.MEMBER, "POST", f"/alerts/{alert_id}/acknowledge")).json()
    assert (answer["state"], answer["acknowledged_by"]) == ("acknowledged", str(house.id_of(Role.MEMBER)))
    again = (await house.ask(Role.ADMIN, "POST", f"/alerts/{alert_id}/acknowledge")).json()
    assert again["acknowledged_by"] == str(house.id_of(Role.MEMBER)), "the first one looks after it"


async def test_a_resolved_alert_is_not_acknowledged(session: AsyncSession, house: House) -> None:
    alert_id = await tell(session, house)
    resolved = (await house.ask(Role.MEMBER, "POST", f"/alerts/{alert_id}/resolve")).json()
    assert (resolved["state"], resolved["resolved_by"]) == ("resolved", str(house.id_of(Role.MEMBER)))
    answer = await house.ask(Role.MEMBER, "POST", f"/alerts/{alert_id}/acknowledge")
    assert (answer.status_code, answer.json()["code"]) == (409, "alert_resolved")


async def test_what_a_person_reopens_waits_for_a_person(session: AsyncSession, house: House) -> None:
    alert_id = await tell(session, house)
    await house.ask(Role.MEMBER, "POST", f"/alerts/{alert_id}/resolve")
    reopened = (await house.ask(Role.MEMBER, "POST", f"/alerts/{alert_id}/reopen")).json()
    assert (reopened["state"], reopened["resolved_at"], reopened["resolved_by"]) == ("open", None, None)
    assert not await service.resolve(session, house.workspace.id, "one")
    assert (await house.ask(Role.MEMBER, "POST", f"/alerts/{alert_id}/resolve")).json()["state"] == "resolved"


async def test_what_began_again_since_is_not_reopened(session: AsyncSession, house: House) -> None:
    first = await tell(session, house, "spike:1", condition="spike")
    await house.ask(Role.MEMBER, "POST", f"/alerts/{first}/resolve")
    await tell(session, house, "spike:2", condition="spike")
    answer = await house.ask(Role.MEMBER, "POST", f"/alerts/{first}/reopen")
    assert (answer.status_code, answer.json()["code"]) == (409, "alert_goes_on")


async def test_a_snooze_lies_ahead_and_not_too_far(session: AsyncSession, house: House) -> None:
    alert_id = await tell(session, house)
    for until in (utc_now() - timedelta(minutes=1), utc_now() + timedelta(days=91)):
        answer = await house.ask(Role.MEMBER, "POST", f"/alerts/{alert_id}/snooze", json={"until": until.isoformat()})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "until")


async def test_a_snoozed_alert_does_not_count_as_unread_until_it_wakes(session: AsyncSession, house: House) -> None:
    alert_id = await tell(session, house)
    until = (utc_now() + timedelta(hours=1)).isoformat()
    answer = await house.ask(Role.MEMBER, "POST", f"/alerts/{alert_id}/snooze", json={"until": until})
    assert answer.json()["snoozed_until"] is not None
    assert (await house.ask(Role.OWNER, "GET", "/alerts/unread")).json() == {"unread": 0, "worst": None}
    await house.ask(Role.MEMBER, "POST", f"/alerts/{alert_id}/snooze", json={"until": None})
    assert (await house.ask(Role.OWNER, "GET", "/alerts/unread")).json() == {"unread": 1, "worst": "warning"}


async def test_everybody_reads_for_himself(session: AsyncSession, house: House) -> None:
    first = await tell(session, house, "a")
    await tell(session, house, "b", severity=Severity.CRITICAL)
    left = await house.ask(Role.VIEWER, "POST", "/alerts/read", json={"ids": [first]})
    assert left.json() == {"unread": 1, "worst": "critical"}
    assert [alert["is_read"] for alert in await listed(house)] == [False, True]
    left = await house.ask(Role.VIEWER, "POST", "/alerts/read", json={})
    assert left.json() == {"unread": 0, "worst": None}
    assert (await house.ask(Role.OWNER, "GET", "/alerts/unread")).json()["unread"] == 2


async def test_reading_what_belongs_to_others_reads_nothing(session: AsyncSession, house: House) -> None:
    other = await make_workspace(session)
    assert await service.raise_alert(session, other.id, new_alert())
    (theirs,) = await service.told_since(session, other.id, [Kind.BUDGET_THRESHOLD], utc_now())
    answer = await house.ask(Role.VIEWER, "POST", "/alerts/read", json={"ids": [str(theirs.id)]})
    assert answer.status_code == 200
    assert (await house.ask(Role.VIEWER, "GET", f"/alerts/{theirs.id}")).status_code == 404
    assert (await house.ask(Role.MEMBER, "POST", f"/alerts/{theirs.id}/resolve")).status_code == 404


async def test_an_api_key_sees_alerts_and_has_nothing_unread(session: AsyncSession, house: House) -> None:
    await tell(session, house)
    _, key = await make_api_key(session, house.workspace)
    headers = {"authorization": f"Bearer {key}"}
    answer = await house.client.get(f"{house.url}/alerts", headers=headers)
    assert [item["is_read"] for item in answer.json()["items"]] == [True]
    assert (await house.client.get(f"{house.url}/alerts/unread", headers=headers)).json()["unread"] == 0


async def test_what_detectors_ask_holds_the_open_and_the_just_resolved(session: AsyncSession, house: House) -> None:
    for key in ("open", "over"):
        await tell(session, house, key)
    await service.resolve(session, house.workspace.id, "over")

    async def keys(ago: timedelta) -> list[str]:
        found = await service.told_since(
            session, UUID(str(house.workspace.id)), [Kind.BUDGET_THRESHOLD], utc_now() - ago
        )
        return [alert.key for alert in found]

    assert await keys(timedelta(hours=1)) == ["open", "over"]
    assert await keys(timedelta(hours=-1)) == ["open"]


async def test_what_was_resolved_long_ago_is_forgotten_and_nothing_that_is_open(
    session: AsyncSession, house: House
) -> None:
    workspace_id = house.workspace.id
    for key in ("old", "newer", "open", "acknowledged"):
        await service.raise_alert(session, workspace_id, new_alert(key, title=key))
    long_ago = NOON - service.KEPT
    await service.resolve(session, workspace_id, "old", long_ago - timedelta(seconds=1))
    await service.resolve(session, workspace_id, "newer", long_ago)
    await session.execute(update(Alert).values(created_at=long_ago - timedelta(days=1)))
    await session.execute(update(Alert).where(Alert.key == "acknowledged").values(state=State.ACKNOWLEDGED))
    session.add(
        AlertRead(
            workspace_id=workspace_id,
            alert_id=await _id_of(session, "old"),
            user_id=house.id_of(Role.OWNER),
            read_at=NOON,
        )
    )
    await session.flush()
    assert await service.forget_old(session, NOON) == 1
    kept = await session.scalars(select(Alert.key).where(Alert.workspace_id == workspace_id).order_by(Alert.id))
    assert kept.all() == ["newer", "open", "acknowledged"]


async def _id_of(session: AsyncSession, key: str) -> UUID:
    return (await session.execute(select(Alert.id).where(Alert.key == key))).scalar_one()
