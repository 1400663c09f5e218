"""Own prices through the API: made, used, revoked, restored, audited; refused with what to mend."""

from datetime import timedelta
from typing import Any

import pytest

from app.core.ids import new_id
from app.core.periods import utc_now
from app.workspaces.rules import Role
from tests.pricing.conftest import Office

RATE = {"kind": "rate", "model_pattern": "gpt-4*", "meter": "input", "price": "12.50", "per": 1_000_000}
DISCOUNT = {"kind": "discount", "model_pattern": "*", "percent": "10"}
DEPLOYMENT = {
    "kind": "deployment",
    "provider": "azure",
    "model_pattern": "chat-prod",
    "target_provider": "openai",
    "target_model": "gpt-4-0613",
    "capacity": "provisioned",
}


def costs(call: dict[str, Any]) -> tuple[Any, ...]:
    return call["cost"], call["list_cost"], call["contracted_cost"], call["price_state"]


async def state_of(office: Office, rule_id: str) -> str:
    items = (await office.ask("GET", "/prices", Role.MEMBER)).json()["items"]
    return str(next(item["state"] for item in items if item["id"] == rule_id))


# --- what a change does ---


async def test_a_rate_prices_the_very_next_call_and_its_revocation_the_one_after(office: Office) -> None:
    assert costs(await office.call("1")) == ("30", "30", "30", "priced")
    rule = await office.add(**RATE)
    assert costs(await office.call("2")) == ("12.5", "30", "12.5", "priced")
    await office.ask("DELETE", f"/prices/{rule['id']}")
    assert costs(await office.call("3")) == ("30", "30", "30", "priced")
    await office.ask("POST", f"/prices/{rule['id']}/restore")
    assert costs(await office.call("4")) == ("12.5", "30", "12.5", "priced")
    assert costs((await office.ask("GET", "/calls/1")).json()) == ("30", "30", "30", "priced")


async def test_the_version_of_a_call_tells_which_own_prices_it_had(office: Office) -> None:
    listed = (await office.call("1"))["price_version"]
    rule = await office.add(**DISCOUNT)
    owned = (await office.call("2"))["price_version"]
    await office.ask("DELETE", f"/prices/{rule['id']}")
    assert owned.startswith(f"{listed}+own.")
    assert (await office.call("3"))["price_version"] == listed


async def test_a_discount_comes_off_and_a_whole_one_is_free(office: Office) -> None:
    await office.add(**DISCOUNT)
    assert costs(await office.call("1")) == ("27", "30", "27", "priced")
    await office.add(**{**DISCOUNT, "model_pattern": "gpt-4-0613", "percent": "100"})
    assert costs(await office.call("2")) == ("0", "30", "0", "free")


async def test_a_deployment_on_provisioned_capacity_is_free_and_shows_its_list_cost(office: Office) -> None:
    azure = {"provider": "azure", "model": "gpt-unknown", "deployment": "chat-prod"}
    assert costs(await office.call("1", **azure)) == (None, None, None, "unpriced")
    await office.add(**DEPLOYMENT)
    call = await office.call("2", **azure)
    assert costs(call) == ("0", "30", "0", "free")
    assert (call["provider"], call["model"], call["capacity"]) == ("azure", "gpt-unknown", "provisioned")


async def test_the_prices_of_one_workspace_are_not_those_of_another(office: Office) -> None:
    await office.add(**RATE)
    assert costs(await office.call("1", model="gpt-4-0613"))[0] == "12.5"
    assert costs(await office.call("2", provider="anthropic", model="nobody-knows")) == (None, None, None, "unpriced")


async def test_a_rule_holds_for_calls_of_its_period(office: Office) -> None:
    now = utc_now()
    begin, end = now - timedelta(hours=2), now - timedelta(hours=1)
    rule = await office.add(**DISCOUNT, effective_from=begin.isoformat(), effective_to=end.isoformat())
    assert rule["state"] == "ended"
    instant = timedelta(microseconds=1)
    for number, (at, expected) in enumerate(
        [(begin - instant, "30"), (begin, "27"), (end - instant, "27"), (end, "30")]
    ):
        assert (await office.call(str(number), occurred_at=at.isoformat()))["cost"] == expected


# --- lists and answers ---


async def test_an_answer_holds_the_rule_and_which_calls_it_may_touch(office: Office) -> None:
    rule = await office.add(**RATE, effectiveFrom="2026-11-01T00:00:00+01:00", note="the contract of 2026")
    assert {name: rule[name] for name in ("kind", "provider", "model_pattern", "meter", "price", "per", "note")} == {
        **RATE,
        "provider": "openai",
        "price": "12.5",
        "note": "the contract of 2026",
    }
    assert (rule["state"], rule["revoked_at"], rule["percent"], rule["capacity"]) == ("in_force", None, None, None)
    assert rule["reprice"] == {"from": "2026-10-31T23:00:00Z", "to": None, "provider": "openai", "model": None}


async def test_a_rule_that_maps_may_reach_touches_calls_of_any_provider(office: Office) -> None:
    await office.add(**DEPLOYMENT)
    assert (await office.add(**RATE))["reprice"]["provider"] is None
    assert (await office.add(**{**DISCOUNT, "provider": "*"}))["reprice"]["provider"] is None


async def test_names_are_kept_as_they_are_compared(office: Office) -> None:
    rule = await office.add(**{**RATE, "provider": "Azure_OpenAI", "model_pattern": "GPT-4*", "meter": "Input"})
    assert (rule["provider"], rule["model_pattern"], rule["meter"]) == ("azure", "gpt-4*", "input")


async def test_states_of_rules(office: Office) -> None:
    tomorrow = (utc_now() + timedelta(days=1)).isoformat()
    scheduled = await office.add(**RATE, effective_from=tomorrow)
    in_force = await office.add(**RATE, effective_to=tomorrow)
    assert (scheduled["state"], in_force["state"]) == ("scheduled", "in_force")
    await office.ask("DELETE", f"/prices/{in_force['id']}")
    assert await state_of(office, in_force["id"]) == "revoked"


async def test_pages_hold_every_rule_once_newest_first(office: Office) -> None:
    ids = [(await office.add(**{**DISCOUNT, "model_pattern": f"m-{number}"}))["id"] for number in range(5)]
    seen: list[str] = []
    cursor, pages = None, 0
    while pages == 0 or cursor:
        params = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await office.ask("GET", "/prices", Role.MEMBER, params=params)).json()
        seen += [item["id"] for item in page["items"]]
        cursor, pages = page["next_cursor"], pages + 1
    assert (seen, pages) == (ids[::-1], 3)


# --- revoking, restoring, who may ---


async def test_revoking_and_restoring_again_change_nothing_and_are_noted_once(office: Office) -> None:
    rule = await office.add(**RATE)
    first = (await office.ask("DELETE", f"/prices/{rule['id']}")).json()
    again = await office.ask("DELETE", f"/prices/{rule['id']}")
    assert (again.status_code, again.json()["revoked_at"]) == (200, first["revoked_at"])
    for _ in range(2):
        restored = await office.ask("POST", f"/prices/{rule['id']}/restore")
        assert (restored.status_code, restored.json()) == (200, rule)
    log = (await office.ask("GET", "/audit-log", Role.OWNER)).json()["items"]
    assert [entry["action"] for entry in log] == ["price_rule.restored", "price_rule.revoked", "price_rule.created"]


async def test_the_audit_log_tells_what_the_rule_says(office: Office) -> None:
    rule = await office.add(**RATE, effective_to="2027-01-01T00:00:00Z")
    [entry] = (await office.ask("GET", "/audit-log", Role.OWNER)).json()["items"]
    assert (entry["actor_email"], entry["target"]) == (
        "admin@example.com",
        "rate openai/gpt-4* input: $12.50 per 1000000",
    )
    assert entry["detail"] == {
        "rule_id": rule["id"],
        "kind": "rate",
        "provider": "openai",
        "model_pattern": "gpt-4*",
        "meter": "input",
        "price": "12.5",
        "per": 1_000_000,
        "effective_to": "2027-01-01 00:00:00+00:00",
    }


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/prices/{id}"), ("POST", "/prices/{id}/restore")])
async def test_a_rule_that_is_not_there_is_not_found(office: Office, method: str, path: str) -> None:
    assert (await office.ask(method, path.format(id=new_id()))).status_code == 404


async def test_members_read_and_do_not_write(office: Office) -> None:
    assert (await office.ask("POST", "/prices", Role.MEMBER, json=RATE)).status_code == 403
    assert (await office.ask("GET", "/prices", Role.MEMBER)).status_code == 200


# --- what is refused ---


@pytest.mark.parametrize(
    ("rule", "field", "mend"),
    [
        ({**RATE, "model_pattern": "gpt*mini"}, "model_pattern", "beginning or at its end"),
        ({**RATE, "model_pattern": "*gpt*"}, "model_pattern", "beginning or at its end"),
        ({**RATE, "meter": "inputs"}, "meter", "did you mean input?"),
        ({**RATE, "meter": "*"}, "meter", "only a price of 0"),
        ({**RATE, "price": "-1"}, "price", "negative"),
        ({**RATE, "price": 2.5}, "price", "in quotes"),
        ({**RATE, "price": "NaN"}, "price", "finite"),
        ({**RATE, "per": 0}, "per", "1 or more"),
        ({**RATE, "per": None}, "per", "missing"),
        ({**RATE, "percent": "5"}, "percent", "does not belong to a rate"),
        ({**DISCOUNT, "percent": "0"}, "percent", "above 0"),
        ({**DISCOUNT, "percent": "100.01"}, "percent", "at most 100"),
        ({"kind": "discount", "model_pattern": "*"}, "percent", "missing"),
        ({"kind": "deployment", "model_pattern": "d"}, "target_model", "at least one"),
        ({**DEPLOYMENT, "meter": "input"}, "meter", "leave it out"),
        ({**DEPLOYMENT, "capacity": "borrowed"}, "capacity", "provisioned"),
        ({**DISCOUNT, "effective_from": "2026-11-01T00:00:00"}, "effective_from", "timezone"),
        (
            {**DISCOUNT, "effective_from": "2026-11-01T00:00:00Z", "effective_to": "2026-11-01T00:00:00Z"},
            "effective_to",
            "later than",
        ),
        ({**DISCOUNT, "workspace_id": "x"}, "workspace_id", "Extra"),
    ],
)
async def test_what_means_nothing_is_refused_by_field_with_the_mend(
    office: Office, rule: dict[str, Any], field: str, mend: str
) -> None:
    answer = await office.ask("POST", "/prices", json=rule)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert mend in answer.json()["errors"][0]["detail"]


async def test_two_rules_of_one_scope_do_not_hold_at_the_same_time(office: Office) -> None:
    first = await office.add(**RATE, effective_to="2026-11-01T00:00:00Z")
    again = {**RATE, "provider": "openai", "price": "11"}
    answer = await office.ask("POST", "/prices", json=again)
    assert (answer.status_code, answer.json()["code"]) == (409, "price_rule_overlaps")
    assert first["id"] in answer.json()["detail"]
    assert answer.json()["errors"][0]["field"] == "effective_from"
    await office.add(**again, effective_from="2026-11-01T00:00:00Z")


async def test_rules_of_other_scopes_stand_beside_each_other(office: Office) -> None:
    await office.add(**RATE)
    await office.add(**{**RATE, "meter": "output"})
    await office.add(**{**RATE, "provider": "azure"})
    await office.add(**{**RATE, "model_pattern": "gpt-4-0613"})
    await office.add(**DISCOUNT)


async def test_a_rule_is_not_restored_into_the_place_of_another(office: Office) -> None:
    first = await office.add(**RATE)
    await office.ask("DELETE", f"/prices/{first['id']}")
    second = await office.add(**{**RATE, "price": "11"})
    answer = await office.ask("POST", f"/prices/{first['id']}/restore")
    assert (answer.status_code, second["id"] in answer.json()["detail"]) == (409, True)
    await office.ask("DELETE", f"/prices/{second['id']}")
    assert (await office.ask("POST", f"/prices/{first['id']}/restore")).json()["state"] == "in_force"


# --- the prices of one model ---


async def test_a_model_shows_every_price_of_the_book_with_its_source_and_the_rules_that_mean_it(office: Office) -> None:
    family = await office.add(**RATE)
    await office.add(**{**RATE, "model_pattern": "claude*", "provider": "anthropic"})
    await office.add(**{**DISCOUNT, "provider": "azure"})
    await office.ask("DELETE", f"/prices/{family['id']}")
    found = (await office.ask("GET", "/prices/OpenAI/gpt-4-0613", Role.MEMBER)).json()
    assert (found["provider"], found["model"]) == ("openai", "gpt-4-0613")
    [fresh] = [row for row in found["rows"] if row["unit"] == "input.fresh.text" and not row["processing"]]
    assert (fresh["price"], fresh["per"], fresh["currency"]) == ("30", 1_000_000, "USD")
    assert fresh["source"]
    assert fresh["checked_on"]
    assert [(rule["id"], rule["state"]) for rule in found["own"]] == [(family["id"], "revoked")]


@pytest.mark.parametrize("model", ["nobody-knows", "accounts/mine/models/own-llama"])
async def test_a_model_without_prices_shows_none(office: Office, model: str) -> None:
    found = await office.ask("GET", f"/prices/openai/{model}")
    assert (found.status_code, found.json()["rows"], found.json()["own"]) == (200, [], [])
    assert found.json()["model"] == model
