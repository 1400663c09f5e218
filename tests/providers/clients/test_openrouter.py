"""OpenRouter: wrong keys that get zeros, keys of several workspaces, days that are gone, money of others."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from app.core.periods import Period
from app.providers.clients import openrouter
from app.providers.clients.base import BadAnswer, KeyRefused, RateLimited, SourceFailure
from app.providers.rules.reports import BilledLine, Feed, KeyClass
from tests.providers.asking import credentials, over, saying, scripted, walked
from tests.providers.fakes import faults
from tests.providers.fakes.openrouter import (
    INFERENCE_KEY,
    MANAGEMENT_KEY,
    ZEROS_KEY,
    Calls,
    OpenRouter,
    make_app,
    make_world,
)
from tests.providers.fakes.world import DAY, Thing, midnight, summed, today

D = Decimal
BY_KEY = {"split": "api_key"}
WHOLE = {"split": "whole"}


def source(account: OpenRouter, key: str = MANAGEMENT_KEY, **fields: str) -> openrouter.OpenRouterAccount:
    return openrouter.account(over(make_app(account)), credentials(key, **fields))


def a_month() -> Period:
    return Period(midnight(today() - DAY * 30), midnight(today() + DAY))


def total(lines: Sequence[BilledLine]) -> Decimal:
    return sum((line.amount for line in lines), D(0))


async def test_a_month_is_exact_by_day_model_and_key() -> None:
    account = make_world()
    lines = await walked(source(account, **BY_KEY).costs(a_month()))
    assert total(lines) == account.total()
    assert summed((line.start.date(), line.amount) for line in lines) == account.totals(lambda row: row.day)
    assert summed((line.model, line.amount) for line in lines) == account.totals(lambda row: row.model)
    assert summed((line.line_item, line.amount) for line in lines) == account.totals(lambda row: row.provider)
    assert summed((line.api_key, line.amount) for line in lines) == account.totals(
        lambda row: None if row.key in account.deleted else row.key
    )


async def test_a_key_names_its_workspace_and_what_no_key_did_names_none() -> None:
    account = make_world()
    spaces = {key.id: key.parent for key in account.keys if key.id not in account.deleted}
    lines = await walked(source(account, **BY_KEY).costs(a_month()))
    assert {(line.api_key, line.project) for line in lines} <= {*spaces.items(), (None, None)}
    assert {line.project for line in lines} == {"ws-default", "ws-lab", "ws-shop", None}


async def test_without_a_list_of_keys_the_month_is_as_exact_and_under_no_key() -> None:
    account = make_world()
    account.lists_keys = False
    lines = await walked(source(account).costs(a_month()))
    assert total(lines) == account.total()
    assert {line.api_key for line in lines} == {None}
    assert {line.group_by for line in lines} == {("endpoint_id", "model", "model_permaslug", "provider_name")}


async def test_how_keys_are_told_apart_stays_as_it_was_when_the_connection_was_made() -> None:
    account = make_world()
    lines = await walked(source(account, **WHOLE).costs(a_month()))
    assert total(lines) == account.total()
    assert {line.api_key for line in lines} == {None}
    account.lists_keys = False
    with pytest.raises(KeyRefused):
        await walked(source(account, **BY_KEY).costs(a_month()))


async def test_a_deleted_keys_days_are_told_under_another_set_of_keys() -> None:
    account = make_world()
    before = await walked(source(account, **BY_KEY).costs(a_month()))
    gone = next(line for line in before if line.api_key)
    assert gone.api_key
    account.deleted.add(gone.api_key)
    after = await walked(source(account, **BY_KEY).costs(a_month()))
    assert total(after) == account.total()
    days = {line.start for line in before if line.api_key == gone.api_key}
    asked = [{(line.start, line.group_by) for line in lines} for lines in (before, after)]
    assert {start for start, _ in asked[0] ^ asked[1]} == days


async def test_a_key_made_later_does_not_touch_the_days_before() -> None:
    account = make_world()
    before = await walked(source(account, **BY_KEY).costs(a_month()))
    account.keys.append(Thing("hash99", "New", parent="ws-lab"))
    assert await walked(source(account, **BY_KEY).costs(a_month())) == before


async def test_no_row_is_there_twice() -> None:
    lines = await walked(source(make_world(), **BY_KEY).costs(a_month()))
    identities = [(line.endpoint, line.start, tuple(line.dimensions.items())) for line in lines]
    assert len(set(identities)) == len(identities)


async def test_only_the_days_of_the_window_are_read() -> None:
    account = make_world()
    day = today() - DAY * 5
    lines = await walked(source(account, **BY_KEY).costs(Period(midnight(day), midnight(day + DAY))))
    assert total(lines) == account.totals(lambda row: row.day)[day]
    assert all((line.start, line.end) == (midnight(day), midnight(day + DAY)) for line in lines)


async def test_today_and_what_is_older_than_thirty_days_are_in_no_report() -> None:
    account = make_world(days=40)
    everything = Period(midnight(today() - DAY * 400), midnight(today() + DAY))
    days = {line.start.date() for line in await walked(source(account, **BY_KEY).costs(everything))}
    assert (min(days), max(days)) == (today() - DAY * 30, today() - DAY)
    plans = {plan.feed: plan for plan in source(account).plans}
    assert plans[Feed.COSTS].history_days == 30


async def test_what_upstream_providers_bill_is_beside_the_bill_and_never_in_it() -> None:
    day = today() - DAY
    account = OpenRouter(calls=[Calls(day, "gone", "maker/model", "Alpha", D("0.05"), byok=D("3.21"))])
    [billed] = await walked(source(account, **BY_KEY).costs(a_month()))
    [used] = await walked(source(account, **BY_KEY).usage(a_month()))
    assert billed.amount == D("0.05")
    assert used.counts["byok_inference_usd"] == D("3.21")


async def test_tokens_are_split_without_overlap() -> None:
    account = OpenRouter(
        calls=[Calls(today() - DAY, "gone", "m/x", "Alpha", D(1), requests=7, prompt=100, completion=50, reasoning=20)]
    )
    [line] = await walked(source(account, **BY_KEY).usage(a_month()))
    assert line.counts == {"input.fresh.text": 100, "output.visible.text": 30, "output.reasoning.text": 20}
    assert line.requests == 7


async def test_usage_by_key_adds_up_to_the_whole() -> None:
    account = make_world()
    lines = await walked(source(account, **BY_KEY).usage(a_month()))
    assert sum(line.requests or 0 for line in lines) == sum(row.requests for row in account.kept())
    assert sum(line.counts.get("input.fresh.text", 0) for line in lines) == sum(r.prompt for r in account.kept())


async def test_a_free_model_costs_zero_and_is_there() -> None:
    account = OpenRouter(calls=[Calls(today() - DAY, "gone", "m/x:free", "Alpha", D(0))])
    [line] = await walked(source(account, **BY_KEY).costs(a_month()))
    assert line.amount == 0


async def test_noise_in_the_last_digits_of_doubles_is_no_call() -> None:
    day = (today() - DAY).isoformat()
    row = f'"date": "{day}", "model": "m", "endpoint_id": "e", "requests": 2, "prompt_tokens": 1'
    answers = {
        "/api/v1/keys": '{"data": [{"hash": "h1", "name": "one", "workspace_id": "w"}]}',
        "/api/v1/workspaces": '{"data": []}',
        "/api/v1/activity": f'{{"data": [{{{row}, "usage": 0.30000000000000004}}]}}',
        "/api/v1/activity?api_key_hash=h1": f'{{"data": [{{{row}, "usage": 0.3}}]}}',
    }
    lines = await walked(openrouter.account(scripted(answers), credentials(MANAGEMENT_KEY, **BY_KEY)).costs(a_month()))
    assert [(line.api_key, line.amount) for line in lines] == [("h1", D("0.3"))]


async def test_names_are_those_of_all_workspaces_and_of_disabled_keys() -> None:
    account = make_world()
    names = await walked(source(account).names())
    assert {name.id: name.name for name in names if name.kind == "project"} == {
        "ws-default": "Default",
        "ws-lab": "Lab",
        "ws-shop": "Shop",
    }
    keys = {name.id: (name.name, name.parent, name.is_archived) for name in names if name.kind == "api_key"}
    assert keys == {
        key.id: (key.name, key.parent, key.is_archived) for key in account.keys if key.id not in account.deleted
    }


async def test_the_balance_is_the_difference_of_two_lifetimes() -> None:
    account = OpenRouter(granted=D("150.0"), used=D("97.31"))
    [balance] = await source(account).credits()
    assert (balance.available, balance.granted, balance.used) == (D("52.69"), D("150.0"), D("97.31"))
    assert balance.currency == "USD"


async def test_zeros_for_an_ordinary_key_are_a_refusal_and_no_balance() -> None:
    with pytest.raises(KeyRefused, match="management key"):
        await source(make_world(), ZEROS_KEY).credits()


async def test_zeros_for_a_management_key_are_a_balance() -> None:
    [balance] = await source(OpenRouter(granted=D(0), used=D(0))).credits()
    assert balance.available == 0


async def test_a_management_key_is_told_by_what_it_may_read() -> None:
    report = await source(make_world()).verify()
    assert (report.key_class, report.is_usable) == (KeyClass.MANAGEMENT, True)
    assert report.can == {Feed.COSTS, Feed.USAGE, Feed.CREDITS, Feed.NAMES}
    assert report.facts == BY_KEY
    assert "30 days" in report.message


async def test_a_management_key_that_may_not_list_keys_says_so() -> None:
    account = make_world()
    account.lists_keys = False
    report = await source(account).verify()
    assert report.facts == WHOLE
    assert report.is_usable
    assert "not by key" in report.message


async def test_a_fault_while_keys_are_listed_settles_nothing() -> None:
    account = make_world()
    account.faults.next("/keys", faults.broken())
    with pytest.raises(SourceFailure):
        await source(account).verify()


@pytest.mark.parametrize("key", [INFERENCE_KEY, ZEROS_KEY])
async def test_an_ordinary_key_is_told_which_one_is_needed(key: str) -> None:
    report = await source(make_world(), key).verify()
    assert (report.key_class, report.is_usable) == (KeyClass.INFERENCE, False)
    assert "management key is needed" in report.message
    assert key not in report.message


async def test_zeros_are_the_wrong_key_where_nothing_else_tells() -> None:
    answers = {"/api/v1/credits": '{"data": {"total_credits": 0, "total_usage": 0.0}}'}
    report = await openrouter.account(scripted(answers), credentials("any")).verify()
    assert (report.key_class, report.is_usable) == (KeyClass.INFERENCE, False)
    assert "zero" in report.message


async def test_an_unknown_key_is_refused_in_words() -> None:
    report = await source(make_world(), "sk-or-nobody").verify()
    assert (report.key_class, report.is_usable) == (KeyClass.UNKNOWN, False)


async def test_an_ordinary_key_by_itself_reads_its_own_limit() -> None:
    personal = openrouter.key(over(make_app(make_world())), credentials(INFERENCE_KEY))
    report = await personal.verify()
    assert (report.key_class, report.is_usable, report.can) == (KeyClass.PERSONAL, True, frozenset((Feed.CREDITS,)))
    [balance] = await personal.credits()
    assert (balance.used, balance.available, balance.granted) == (D("7.25"), D("12.75"), D("20"))
    assert balance.account == "key limit"
    assert await walked(personal.costs(a_month())) == []


@pytest.mark.parametrize(
    ("fault", "failure"),
    [(faults.too_many(7), RateLimited), (faults.broken(), SourceFailure), (faults.refused(403), KeyRefused)],
)
async def test_a_failure_has_its_name(fault: faults.Fault, failure: type[SourceFailure]) -> None:
    account = make_world()
    account.faults.next("/activity", fault)
    with pytest.raises(failure) as raised:
        await walked(source(account, **BY_KEY).costs(a_month()))
    assert MANAGEMENT_KEY not in str(raised.value)


async def test_a_key_that_goes_away_while_it_is_read_stays_in_the_whole() -> None:
    account = make_world()
    account.faults.next("/activity", faults.refused(404))
    lines = await walked(source(account, **BY_KEY).costs(a_month()))
    assert total(lines) == account.total()


@pytest.mark.parametrize("text", ["[]", "{}", '{"data": [{"usage": 1}]}', '{"data": [{"date": "2026-11-01"}]}', "no"])
async def test_what_cannot_be_read_is_a_bad_answer(text: str) -> None:
    with pytest.raises(BadAnswer):
        await walked(openrouter.account(saying(text), credentials(MANAGEMENT_KEY, **WHOLE)).costs(a_month()))


async def test_the_address_of_a_gateway_may_end_anywhere_in_the_path() -> None:
    account = OpenRouter(granted=D(9), used=D(4))
    for address in ("https://stand-in.test", "https://stand-in.test/api/", "https://stand-in.test/api/v1"):
        at = credentials(MANAGEMENT_KEY)
        at = type(at)(at.api_key, address, at.fields)
        [balance] = await openrouter.account(over(make_app(account)), at).credits()
        assert balance.available == 5
