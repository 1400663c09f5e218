"""Azure: positional cells, silent cuts and quotas, against a stand-in that has them."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import httpx
import pytest

from app.core.http import HttpClient
from app.core.periods import Period
from app.providers.clients import azure
from app.providers.clients.base import BadAnswer, Credentials, KeyRefused, RateLimited, SourceFailure
from app.providers.rules.reports import BilledLine, Feed, KeyClass
from tests.providers.asking import Plain, credentials, over, period, saying, walked
from tests.providers.fakes.azure import (
    CLIENT,
    MANAGEMENT_GROUP,
    SECRET,
    SUBSCRIPTION,
    TENANT,
    Azure,
    Charge,
    serve,
    too_many,
)
from tests.providers.fakes.world import DAY, midnight, summed, today

D = Decimal
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
METERS = ("gpt-4o-0806 Inp glbl Tokens", "gpt-4o-0806 Outp glbl Tokens", "gpt 4.1 mini cached Inp glbl Tokens", "PTU")


class Slept:
    """Waits that take no time and are remembered."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def october() -> list[Charge]:
    return list(_charges(OCTOBER, 31))


def _charges(first: date, days: int) -> Iterator[Charge]:
    for n in range(days):
        for m, meter in enumerate(METERS):
            for account in ("chat", "search"):
                yield Charge(first + n * DAY, meter, D(f"0.{n + 1:02d}{m}000000000{len(account)}"), account)


def given(secret: str = SECRET, **fields: str) -> Credentials:
    return credentials(secret, **{"tenant_id": TENANT, "client_id": CLIENT, "scope": SUBSCRIPTION, **fields})


def source(state: Azure, asked_with: Credentials | None = None, slept: Slept | None = None) -> azure.AzureCosts:
    return azure.AzureCosts(over(serve(state)), asked_with or given(), slept or Slept())


def table(columns: list[str], rows: list[list[object]]) -> str:
    return json.dumps({"properties": {"columns": [{"name": name} for name in columns], "rows": rows}})


async def costs(state: Azure, start: date = OCTOBER, end: date = NOVEMBER, **fields: str) -> list[BilledLine]:
    return await walked(source(state, given(**fields)).costs(period(start, end)))


async def test_a_month_over_several_pages_is_exact_by_day_meter_and_resource() -> None:
    state = Azure(october())
    lines = await costs(state)
    assert len(state.asked) == 7
    assert sum(line.amount for line in lines) == state.total()
    assert summed((line.start.date(), line.amount) for line in lines) == summed((c.day, c.amount) for c in october())
    assert summed((line.line_item, line.amount) for line in lines) == summed((c.meter, c.amount) for c in october())
    assert {line.project for line in lines} == {"prod/chat", "prod/search"}
    assert {line.end - line.start for line in lines} == {timedelta(days=1)}


async def test_cells_are_found_by_the_columns_of_their_own_page() -> None:
    state = Azure(october(), columns_turned=True)
    lines = await costs(state)
    assert sum(line.amount for line in lines) == state.total()


async def test_a_model_is_told_only_where_the_meter_tells_it() -> None:
    lines = await costs(Azure(october()))
    assert {(line.line_item, line.model) for line in lines} == {
        ("gpt-4o-0806 Inp glbl Tokens", "gpt-4o-2024-08-06"),
        ("gpt-4o-0806 Outp glbl Tokens", "gpt-4o-2024-08-06"),
        ("gpt 4.1 mini cached Inp glbl Tokens", "gpt-4.1-mini"),
        ("PTU", None),
    }


async def test_a_resource_is_the_same_whatever_the_case_of_its_id() -> None:
    amounts = {"Prod": D("1.5"), "PROD": D("0.25")}
    [line] = await costs(Azure([Charge(OCTOBER, METERS[0], amount, group=name) for name, amount in amounts.items()]))
    assert (line.amount, line.project) == (D("1.75"), "prod/chat")


async def test_a_long_window_is_asked_in_parts_of_31_days() -> None:
    state = Azure(list(_charges(date(2026, 7, 1), 123)), page_rows=1000)
    lines = await costs(state, date(2026, 7, 1))
    assert sum(line.amount for line in lines) == state.total()
    asked = [(body["timePeriod"]["from"][:10], body["timePeriod"]["to"][:10]) for body in state.asked]
    assert asked == [
        ("2026-07-01", "2026-07-31"),
        ("2026-08-01", "2026-08-31"),
        ("2026-09-01", "2026-10-01"),
        ("2026-10-02", "2026-10-31"),
    ]


async def test_days_to_come_are_never_asked_for() -> None:
    charges = [Charge(today() - 365 * DAY, METERS[0], D(9)), Charge(today(), METERS[0], D(2))]
    state = Azure(charges)
    lines = await costs(state, today(), today() + 30 * DAY)
    assert [line.amount for line in lines] == [D(2)]
    assert await costs(state, today() + DAY, today() + 3 * DAY) == []
    assert len(state.asked) == 1


async def test_an_answer_for_other_days_is_not_believed() -> None:
    state = Azure([Charge(OCTOBER - 365 * DAY, METERS[0], D(9))], now=OCTOBER)
    with pytest.raises(BadAnswer, match="other days"):
        await costs(state)


async def test_currencies_stay_apart() -> None:
    charges = [Charge(OCTOBER, METERS[0], D(2)), Charge(OCTOBER, METERS[0], D(3), currency="EUR")]
    lines = await costs(Azure(charges))
    assert {line.currency: line.amount for line in lines} == {"USD": D(2), "EUR": D(3)}


async def test_resources_of_another_type_are_not_asked_for() -> None:
    state = Azure(
        [Charge(OCTOBER, METERS[0], D(2)), Charge(OCTOBER, "B2s", D(7), resource_type="microsoft.compute/vm")]
    )
    assert [line.amount for line in await costs(state)] == [D(2)]


async def test_above_a_subscription_costs_are_told_by_resource_group() -> None:
    lines = await costs(Azure(october()), scope=MANAGEMENT_GROUP)
    assert {line.project for line in lines} == {"prod"}
    assert {line.group_by for line in lines} == {("Meter", "ResourceGroupName")}


async def test_the_next_page_is_asked_where_the_first_one_was() -> None:
    state = Azure(october(), foreign_links=True)
    assert sum(line.amount for line in await costs(state)) == state.total()


async def test_pages_that_never_end_are_a_failure() -> None:
    with pytest.raises(BadAnswer, match="twice"):
        await costs(Azure(october(), never_ends=True))


async def test_no_more_than_four_questions_a_minute_are_asked() -> None:
    slept = Slept()
    await walked(source(Azure(october()), slept=slept).costs(period(OCTOBER, NOVEMBER)))
    assert len(slept.seconds) == 3
    assert all(58 < seconds <= 60 for seconds in slept.seconds)


async def test_a_run_whose_time_is_up_waits_no_longer_than_that() -> None:
    state, slept = Azure(october()), Slept()
    http = HttpClient(transport=httpx.ASGITransport(serve(state)))
    with pytest.raises(RateLimited):
        await walked(azure.AzureCosts(http.within(20), given(), slept).costs(period(OCTOBER, NOVEMBER)))
    await http.aclose()
    assert len(state.asked) == 4
    assert [seconds <= 20 for seconds in slept.seconds] == [True]


async def test_the_longest_of_three_waits_is_kept() -> None:
    state, slept = Azure(october(), page_rows=1000), Slept()
    state.faults.next("CostManagement", too_many(qpu=9, entity=31, tenant=4))
    http = HttpClient(transport=httpx.ASGITransport(serve(state)), pause=slept)
    lines = await walked(azure.make(http.within(600), given()).costs(period(OCTOBER, NOVEMBER)))
    await http.aclose()
    assert slept.seconds == [31]
    assert sum(line.amount for line in lines) == state.total()


async def test_what_is_left_of_the_wait_is_told() -> None:
    state = Azure(october())
    state.faults.next("CostManagement", too_many(qpu=9, entity=31, tenant=700))
    with pytest.raises(RateLimited) as caught:
        await costs(state)
    assert caught.value.retry_after_seconds == 700


async def test_a_window_without_a_cost_has_no_body_and_no_lines() -> None:
    assert await costs(Azure()) == []


async def test_a_good_secret_is_told_what_it_covers() -> None:
    state = Azure([Charge(today() - DAY, METERS[0], D(2))])
    report = await source(state).verify()
    assert report.is_usable
    assert report.key_class is KeyClass.CLOUD
    assert report.can == {Feed.COSTS}
    assert "Marketplace" in report.message
    assert "Nothing was billed" not in report.message
    assert [body["dataset"]["granularity"] for body in state.asked] == ["None"]


async def test_a_scope_without_ai_is_pointed_out() -> None:
    report = await source(Azure()).verify()
    assert report.is_usable
    assert "Nothing was billed" in report.message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"secret": "wrong"}, "the client secret is wrong"),
        ({"client_id": ""}, "client_id"),
        ({"scope": "../../x"}, "must look like"),
        ({"scope": "/subscriptions/unknown"}, "knows no scope"),
    ],
)
async def test_what_is_wrong_is_said_in_words(change: dict[str, str], words: str) -> None:
    report = await source(Azure(), given(**change)).verify()
    assert not report.is_usable
    assert words in report.message
    assert SECRET not in report.message


async def test_a_missing_role_is_named() -> None:
    report = await source(Azure(may_read=False)).verify()
    assert not report.is_usable
    assert "Cost Management Reader" in report.message


async def test_an_expired_secret_is_told_from_a_wrong_one() -> None:
    report = await source(Azure(sign_in_error="AADSTS7000222: The provided client secret keys are expired.")).verify()
    assert "expired" in report.message


async def test_a_bare_id_is_a_subscription() -> None:
    state = Azure(october())
    lines = await costs(state, scope=SUBSCRIPTION.removeprefix("/subscriptions/"))
    assert sum(line.amount for line in lines) == state.total()


async def test_one_sign_in_serves_a_walk() -> None:
    state = Azure(october())
    await costs(state)
    assert state.faults.count("/oauth2/") == 1


@pytest.mark.parametrize(
    "body",
    [
        table(["Cost"], [[1]]),
        table(["Cost", "UsageDate", "Meter", "ResourceId", "Currency"], [[1, 20261001]]),
        table(["Cost", "UsageDate", "Meter", "ResourceId", "Currency"], [[1, 20261001, "m", "r", None]]),
        table(["Cost", "UsageDate", "Meter", "ResourceId", "Currency"], [["a", 20261001, "m", "r", "USD"]]),
        table(["Cost", "UsageDate", "Meter", "ResourceId", "Currency"], [[1, "soon", "m", "r", "USD"]]),
        "not json",
    ],
)
async def test_an_answer_that_cannot_be_read_is_a_failure(body: str) -> None:
    sign_in = '{"access_token": "t", "expires_in": 3600}'
    bodies = httpx.MockTransport(
        lambda asked: httpx.Response(200, text=sign_in if "oauth2" in asked.url.path else body)
    )
    with pytest.raises(BadAnswer):
        await walked(azure.AzureCosts(Plain(bodies), given(), Slept()).costs(period(OCTOBER, NOVEMBER)))


async def test_a_sign_in_without_a_token_is_a_failure() -> None:
    with pytest.raises(SourceFailure):
        await walked(azure.AzureCosts(saying("{}"), given(), Slept()).costs(period(OCTOBER, NOVEMBER)))


async def test_a_role_taken_away_later_is_a_refusal() -> None:
    with pytest.raises(KeyRefused):
        await costs(Azure(october(), may_read=False))


def test_the_last_window_ends_now() -> None:
    now = midnight(NOVEMBER) + timedelta(hours=9)
    [window] = azure.windows(Period(midnight(NOVEMBER), midnight(NOVEMBER + 5 * DAY)), now)
    assert window.end == now
