"""How a workspace wants its alerts."""

from typing import Any

import pytest

from app.alerts.rules import ABOUT, FIGURES, Kind
from app.workspaces.rules import Role
from tests.alerts.conftest import House

SPIKE = "/alert-settings/spend_spike"


async def settings(house: House) -> dict[str, Any]:
    answer = (await house.ask(Role.VIEWER, "GET", "/alert-settings")).json()
    return {item["kind"]: item for item in answer["items"]}


async def test_everything_is_on_without_a_row(house: House) -> None:
    found = await settings(house)
    assert list(found) == [kind.value for kind in Kind]
    assert all(item["is_on"] and item["channel_ids"] is None for item in found.values())
    figure = found["spend_spike"]["figures"][0]
    assert (figure["name"], figure["value"], figure["default"], figure["unit"]) == ("min_rise_usd", "2", "2", "usd")


def test_every_kind_is_described_and_its_defaults_are_allowed() -> None:
    assert set(ABOUT) == set(FIGURES) == set(Kind)
    for figures in FIGURES.values():
        assert [figure.fault(figure.default) for figure in figures] == [None] * len(figures)


async def test_what_is_left_out_stays(house: House) -> None:
    await house.ask(Role.ADMIN, "PATCH", SPIKE, json={"severity": "critical", "figures": {"min_rise_usd": "25"}})
    await house.ask(Role.ADMIN, "PATCH", SPIKE, json={"is_on": False, "figures": {"min_times": "3"}})
    found = (await settings(house))["spend_spike"]
    assert (found["is_on"], found["severity"]) == (False, "critical")
    assert {each["name"]: each["value"] for each in found["figures"]} == {
        "min_rise_usd": "25",
        "min_times": "3",
        "deviations": "6",
    }


async def test_null_lets_each_alert_say_how_loud_it_is(house: House) -> None:
    await house.ask(Role.ADMIN, "PATCH", SPIKE, json={"severity": "critical"})
    answer = await house.ask(Role.ADMIN, "PATCH", SPIKE, json={"severity": None, "is_on": None})
    assert (answer.json()["severity"], answer.json()["is_on"]) == (None, True)


async def test_a_kind_goes_back_to_its_default(house: House) -> None:
    await house.ask(Role.ADMIN, "PATCH", SPIKE, json={"is_on": False})
    assert (await house.ask(Role.ADMIN, "DELETE", SPIKE)).json()["is_on"] is True
    assert await house.actions() == ["alert_settings.reset", "alert_settings.updated"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"figures": {"min_rise_usd": "0"}}, "figures.min_rise_usd"),
        ({"figures": {"min_rise_usd": 2.5}}, "figures.min_rise_usd"),
        ({"figures": {"days_left": "1"}}, "figures.days_left"),
        ({"channel_ids": ["00000000-0000-7000-8000-00000000ffff"]}, "channel_ids"),
    ],
)
async def test_what_cannot_be_set_is_refused_by_field(house: House, change: dict[str, Any], field: str) -> None:
    answer = await house.ask(Role.ADMIN, "PATCH", SPIKE, json=change)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_count_is_whole(house: House) -> None:
    path = "/alert-settings/sync_failing"
    assert (await house.ask(Role.ADMIN, "PATCH", path, json={"figures": {"failures": "2.5"}})).status_code == 422
    assert (await house.ask(Role.ADMIN, "PATCH", path, json={"figures": {"failures": "2"}})).status_code == 200


async def test_quiet_hours_are_set_and_taken_off(house: House) -> None:
    night = {"starts": "22:00", "ends": "07:00", "time_zone": "Europe/Berlin", "holds_critical": False}
    assert (await house.ask(Role.ADMIN, "PUT", "/alert-settings/quiet-hours", json=night)).json() == night
    assert (await house.ask(Role.VIEWER, "GET", "/alert-settings")).json()["quiet_hours"] == night
    assert (await house.ask(Role.ADMIN, "DELETE", "/alert-settings/quiet-hours")).status_code == 204
    assert (await house.ask(Role.VIEWER, "GET", "/alert-settings")).json()["quiet_hours"] is None
    assert await house.actions() == ["quiet_hours.deleted", "quiet_hours.updated"]


@pytest.mark.parametrize(
    ("change", "field"),
    [({"time_zone": "Berlin"}, "time_zone"), ({"ends": "22:00"}, "ends"), ({"starts": "22:00:30"}, "starts")],
)
async def test_hours_that_cannot_be_are_refused(house: House, change: dict[str, str], field: str) -> None:
    night = {"starts": "22:00", "ends": "07:00", "time_zone": "Europe/Berlin"} | change
    answer = await house.ask(Role.ADMIN, "PUT", "/alert-settings/quiet-hours", json=night)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
