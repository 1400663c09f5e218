"""Fireworks: money in two pieces, accounts to be found, and a scope that never narrows without a word."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from app.core.periods import Period
from app.providers.clients import fireworks
from app.providers.clients.base import BadAnswer, KeyRefused
from app.providers.rules.reports import Feed, KeyClass
from tests.providers.asking import credentials, over, period, scripted, walked
from tests.providers.fakes.fireworks import ADMIN_KEY, NARROW_KEY, USER_KEY, Fireworks, make_app, make_world
from tests.providers.fakes.world import DAY, midnight, summed, today

D = Decimal


def source(state: Fireworks, key: str = ADMIN_KEY, **fields: str) -> fireworks.Fireworks:
    return fireworks.account(over(make_app(state)), credentials(key, **fields))


def everything() -> Period:
    return period(today() - DAY * 60, today() + DAY)


async def test_costs_are_exact_by_day_and_model_over_all_pages() -> None:
    state = make_world()
    lines = await walked(source(state, account="acme", scope="ACCOUNT").costs(everything()))
    assert sum(line.amount for line in lines) == state.total()
    assert summed((line.start.date(), line.amount) for line in lines) == summed((i.day, i.usd) for i in state.items)
    assert summed((line.model, line.amount) for line in lines) == summed((i.model, i.usd) for i in state.items)
    assert state.faults.count("usageCosts") > 2


async def test_the_end_of_the_window_does_not_move_between_pages() -> None:
    state = make_world()
    await walked(source(state, account="acme").costs(everything()))
    questions = [{**body, "pageToken": None} for body in state.bodies]
    assert all(question == questions[0] for question in questions)


@pytest.mark.parametrize(
    ("subtotal", "dollars"),
    [
        ({"currencyCode": "USD", "units": "12", "nanos": 345_000_000}, "12.345"),
        ({"units": "3"}, "3"),
        ({"nanos": 1}, "0.000000001"),
        ({}, "0"),
        ({"units": "-1", "nanos": -500_000_000}, "-1.5"),
    ],
)
async def test_money_comes_in_two_pieces_of_which_either_may_be_missing(
    subtotal: Mapping[str, object], dollars: str
) -> None:
    text = str(subtotal).replace("'", '"')
    row = f'{{"dimensions": {{"startTime": "2026-11-01T00:00:00Z", "model": "m"}}, "subtotal": {text}}}'
    answers = {"/v1/accounts/acme/usageCosts:query": f'{{"rows": [{row}]}}'}
    client = fireworks.account(scripted(answers), credentials(ADMIN_KEY, account="acme"))
    [line] = await walked(client.costs(everything()))
    assert (line.amount, line.currency) == (D(dollars), "USD")


async def test_a_cost_without_its_amount_is_not_taken_for_nothing() -> None:
    row = '{"dimensions": {"startTime": "2026-11-01T00:00:00Z", "model": "m"}}'
    answers = {"/v1/accounts/acme/usageCosts:query": f'{{"rows": [{row}]}}'}
    client = fireworks.account(scripted(answers), credentials(ADMIN_KEY, account="acme"))
    with pytest.raises(BadAnswer, match="without its amount"):
        await walked(client.costs(everything()))


async def test_the_account_is_found_by_itself() -> None:
    report = await source(make_world()).verify()
    assert (report.key_class, report.is_usable, report.can) == (KeyClass.ORGANIZATION, True, frozenset((Feed.COSTS,)))
    assert report.facts == {"account": "acme", "scope": "ACCOUNT"}


async def test_of_several_accounts_one_must_be_named() -> None:
    state = make_world()
    state.accounts = ["acme", "umbrella"]
    report = await source(state).verify()
    assert not report.is_usable
    assert "acme, umbrella" in report.message
    assert (await source(state, account="umbrella").verify()).facts["account"] == "umbrella"
    assert "does not read the account other" in (await source(state, account="other").verify()).message
    with pytest.raises(KeyRefused):
        await walked(source(state).costs(everything()))


async def test_a_key_without_an_account_says_so() -> None:
    report = await source(Fireworks(accounts=[])).verify()
    assert not report.is_usable
    assert "no account" in report.message


async def test_a_users_key_is_warned_that_it_sees_one_user_only() -> None:
    state = make_world()
    report = await source(state, USER_KEY).verify()
    assert (report.key_class, report.is_usable) == (KeyClass.RESTRICTED, True)
    assert report.facts == {"account": "acme", "scope": "SELF"}
    assert "what others spend is missing" in report.message
    lines = await walked(source(state, USER_KEY, **report.facts).costs(everything()))
    assert sum(line.amount for line in lines) == state.total("ada")


async def test_a_key_that_lost_its_rights_is_refused_and_not_narrowed() -> None:
    with pytest.raises(KeyRefused):
        await walked(source(make_world(), USER_KEY, account="acme", scope="ACCOUNT").costs(everything()))


async def test_a_person_may_ask_for_their_own_cost() -> None:
    state = make_world()
    client = fireworks.user(over(make_app(state)), credentials(USER_KEY))
    report = await client.verify()
    assert (report.key_class, report.is_usable) == (KeyClass.PERSONAL, True)
    assert "missing" not in report.message
    assert sum(line.amount for line in await walked(client.costs(everything()))) == state.total("ada")


@pytest.mark.parametrize("key", [NARROW_KEY, "unknown"])
async def test_a_key_that_reads_no_costs_is_refused_in_words(key: str) -> None:
    report = await source(make_world(), key).verify()
    assert (report.key_class, report.is_usable) == (KeyClass.UNKNOWN, False)
    assert "admin" in report.message
    assert key not in report.message


async def test_a_token_that_repeats_is_a_failure() -> None:
    state = make_world()
    state.repeats = True
    with pytest.raises(BadAnswer, match="not where"):
        await walked(source(state, account="acme").costs(everything()))


async def test_part_of_a_day_is_not_believed() -> None:
    state = make_world()
    state.hour_offset = 7
    with pytest.raises(BadAnswer, match="part of a day"):
        await walked(source(state, account="acme").costs(everything()))


async def test_only_the_window_is_read() -> None:
    state = make_world()
    day = today() - DAY * 3
    lines = await walked(source(state, account="acme").costs(period(day, day + DAY)))
    assert {line.start for line in lines} == {midnight(day)}
    assert sum(line.amount for line in lines) == sum(item.usd for item in state.items if item.day == day)
