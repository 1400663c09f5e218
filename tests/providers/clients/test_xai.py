"""xAI: signs turned round, three units of money, lists that are cut, keys of the wrong kind."""

from datetime import date
from decimal import Decimal

import pytest

from app.core.periods import Period, month_period
from app.providers.clients import xai, xai_invoice
from app.providers.clients.base import BadAnswer, KeyRefused, RateLimited, SourceFailure
from app.providers.rules.reports import Feed, KeyClass
from tests.providers.asking import credentials, over, period, scripted, walked
from tests.providers.fakes import faults
from tests.providers.fakes.world import DAY, summed, today
from tests.providers.fakes.xai import INFERENCE_KEY, MANAGEMENT_KEY, TEAM, XAI, Item, make_app, make_world

D = Decimal
DAY_ONE = date(2026, 11, 1)


def source(state: XAI, key: str = MANAGEMENT_KEY, team: str = TEAM, **fields: str) -> xai.XAI:
    return xai.make(over(make_app(state)), credentials(key, team_id=team, **fields))


def everything() -> Period:
    return period(today() - DAY * 40, today() + DAY)


async def test_costs_are_exact_by_day_model_and_key() -> None:
    state = make_world()
    lines = await walked(source(state).costs(everything()))
    assert sum(line.amount for line in lines) == state.total_usd()
    spent = [line for line in lines if line.amount]
    assert summed((line.start.date(), line.amount) for line in spent) == summed((i.day, i.usd) for i in state.items)
    assert summed((line.api_key, line.amount) for line in spent) == summed((i.api_key_id, i.usd) for i in state.items)
    by_item = summed((item.description, item.usd) for item in state.items)
    assert summed((line.line_item, line.amount) for line in spent) == by_item
    assert {line.currency for line in lines} == {"USD"}


async def test_a_tool_is_no_model() -> None:
    lines = await walked(source(make_world()).costs(everything()))
    assert {line.model for line in lines if line.line_item == "Web search tool"} == {None}
    assert {line.model for line in lines if line.line_item == "grok-1-fast"} == {"grok-1-fast"}


async def test_a_list_that_is_cut_is_asked_for_in_narrower_windows() -> None:
    state = make_world()
    state.limit = 7
    assert sum(line.amount for line in await walked(source(state).costs(everything()))) == state.total_usd()
    assert state.faults.count("usage") > 2


async def test_a_single_day_that_is_cut_is_a_failure_and_never_a_part() -> None:
    state = make_world()
    state.limit = 1
    with pytest.raises(BadAnswer, match="cut its list"):
        await walked(source(state).costs(everything()))


async def test_a_team_that_may_not_group_by_key_is_read_by_model() -> None:
    state = make_world()
    state.groups_by_key = False
    report = await source(state).verify()
    assert report.facts == {"team_id": TEAM, "split": "model"}
    lines = await walked(source(state, split="model").costs(everything()))
    assert sum(line.amount for line in lines) == state.total_usd()
    assert {line.group_by for line in lines} == {("description",)}


async def test_a_fault_while_that_is_found_out_settles_nothing() -> None:
    state = make_world()
    state.faults.next("/usage", faults.broken())
    with pytest.raises(SourceFailure):
        await source(state).verify()


async def test_days_without_cost_are_zero_because_the_report_says_so() -> None:
    state = XAI(items=[Item(DAY_ONE, "grok-4", "key-1", D("1.5"))])
    lines = await walked(source(state).costs(period(DAY_ONE, DAY_ONE + 3 * DAY)))
    assert [(line.start.date(), line.amount) for line in lines] == [
        (DAY_ONE, D("1.5")),
        (DAY_ONE + DAY, D(0)),
        (DAY_ONE + 2 * DAY, D(0)),
    ]


async def test_prepaid_credit_is_cents_with_the_sign_turned_round() -> None:
    [balance] = await source(XAI(changes=[("PURCHASE", -5000), ("SPEND", 1234), ("REFUND", -100)])).credits()
    assert (balance.available, balance.granted, balance.used) == (D("38.66"), D("51"), D("12.34"))
    assert balance.currency == "USD"


async def test_a_cut_list_of_changes_tells_no_sums() -> None:
    [balance] = await source(XAI(changes=[("SPEND", 1234)], total=-999)).credits()
    assert (balance.available, balance.granted, balance.used) == (D("9.99"), None, None)


async def test_the_running_invoice_is_told_beside_the_bill_and_never_in_it() -> None:
    month = month_period(f"{today():%Y-%m}")
    [line] = await walked(source(make_world()).usage(everything()))
    assert (line.start, line.end) == (month.start, month.end)
    assert line.counts == {"invoiced_usd": D("0.3"), "invoiced_units": 1_500_000, "unit_price_usd": D("0.0002")}
    assert line.model == "grok-0-fast"
    assert await walked(source(make_world()).usage(period(DAY_ONE - 400 * DAY, DAY_ONE - 300 * DAY))) == []


@pytest.mark.parametrize(
    ("convert", "given", "dollars"),
    [
        (xai.dollars_of_credit, "-5000", "50"),
        (xai.dollars_of_credit, "1", "-0.01"),
        (xai_invoice.line_dollars, "12345", "123.45"),
        (xai_invoice.price_dollars, "20000", "0.0002"),
        (xai_invoice.price_dollars, "1", "0.00000001"),
    ],
)
def test_each_endpoint_has_its_own_unit(convert, given: str, dollars: str) -> None:  # type: ignore[no-untyped-def]
    assert convert(D(given)) == D(dollars)


async def test_a_management_key_of_the_team_is_usable_and_warned_of_late_deductions() -> None:
    report = await source(make_world()).verify()
    assert (report.key_class, report.is_usable) == (KeyClass.MANAGEMENT, True)
    assert report.can == {Feed.COSTS, Feed.USAGE, Feed.CREDITS}
    assert report.facts == {"team_id": TEAM, "split": "api_key"}
    assert "more than is left" in report.message


async def test_a_key_that_calls_models_is_refused_in_words() -> None:
    report = await source(make_world(), INFERENCE_KEY).verify()
    assert (report.key_class, report.is_usable) == (KeyClass.INFERENCE, False)
    assert "Management Keys" in report.message
    with pytest.raises(KeyRefused):
        await source(make_world(), INFERENCE_KEY).credits()


async def test_a_wrong_team_is_told_from_a_wrong_key() -> None:
    report = await source(make_world(), team="99999999-0000").verify()
    assert (report.key_class, report.is_usable) == (KeyClass.MANAGEMENT, False)
    assert "team" in report.message


@pytest.mark.parametrize("team", ["", "  ", "a/b", "../x"])
async def test_without_a_team_nothing_is_asked(team: str) -> None:
    state = make_world()
    report = await source(state, team=team).verify()
    assert not report.is_usable
    assert "id of the team" in report.message
    assert state.faults.asked == []


async def test_part_of_a_day_is_not_believed() -> None:
    series = '{"group": ["grok-4", "k"], "dataPoints": [{"timestamp": "2026-11-01T05:00:00Z", "values": [1]}]}'
    answers = {f"/v1/billing/teams/{TEAM}/usage": f'{{"timeSeries": [{series}], "limitReached": false}}'}
    client = xai.make(scripted(answers), credentials(MANAGEMENT_KEY, team_id=TEAM, split="api_key"))
    with pytest.raises(BadAnswer, match="part of a day"):
        await walked(client.costs(period(DAY_ONE, DAY_ONE + DAY)))


async def test_being_asked_to_wait_keeps_its_name() -> None:
    state = make_world()
    state.faults.next("/usage", faults.too_many(30))
    with pytest.raises(RateLimited):
        await walked(source(state, split="api_key").costs(everything()))
