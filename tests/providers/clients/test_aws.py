"""AWS: signatures, Marketplace services and money that reading costs, against a stand-in that charges for it."""

import logging
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import httpx
import pytest

from app.providers.clients import aws
from app.providers.clients.base import BadAnswer, Credentials, KeyRefused, RateLimited, SourceFailure
from app.providers.rules.reports import BilledLine, Feed, KeyClass
from tests.providers.asking import Plain, credentials, over, period, walked
from tests.providers.fakes.aws import BEDROCK, KEY_ID, SECRET, SONNET, Aws, Charge, serve
from tests.providers.fakes.faults import Fault
from tests.providers.fakes.world import DAY, summed, today

D = Decimal
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
TOKENS_IN, TOKENS_OUT = "USW2-MP:USW2_InputTokenCount-Units", "USW2-MP:USW2_OutputTokenCount-Units"


def october() -> list[Charge]:
    return list(_charges())


def _charges() -> Iterator[Charge]:
    for n in range(31):
        day = OCTOBER + n * DAY
        yield Charge(day, SONNET, TOKENS_IN, D(f"1.{n:02d}00000001"), D("0.3"), "Units")
        yield Charge(day, SONNET, TOKENS_OUT, D(f"4.{n:02d}00000003"), D("0.1"), "Units")
        yield Charge(day, BEDROCK, "USE1-NovaPro-input-tokens", D("0.0000008"), D(1), "1K tokens")
        yield Charge(day, "Amazon Elastic Compute Cloud - Compute", "BoxUsage:m5", D("11.5"), D(24), "Hrs")
    yield Charge(OCTOBER, SONNET, "Credit", D("-3"), record_type="Credit")
    yield Charge(OCTOBER, SONNET, "Refund", D("-2"), record_type="Refund")
    yield Charge(OCTOBER, BEDROCK, "Tax", D("7"), record_type="Tax")


def given(secret: str = SECRET, **fields: str) -> Credentials:
    return credentials(secret, **{"access_key_id": KEY_ID, **fields})


def source(state: Aws, asked_with: Credentials | None = None) -> aws.AwsCosts:
    return aws.make(over(serve(state)), asked_with or given())


async def costs(state: Aws, start: date = OCTOBER, end: date = NOVEMBER) -> list[BilledLine]:
    return await walked(source(state).costs(period(start, end)))


async def test_a_month_over_several_pages_is_exact_by_day_service_and_usage_type() -> None:
    state = Aws(october())
    lines = await costs(state)
    kept = [c for c in state.charges if "Bedrock" in c.service and c.record_type == "Usage"]
    assert sum(line.amount for line in lines) == state.total()
    assert summed((line.start.date(), line.amount) for line in lines) == summed((c.day, c.amount) for c in kept)
    assert summed((line.dimensions["SERVICE"], line.amount) for line in lines) == summed(
        (c.service, c.amount) for c in kept
    )
    assert {line.end - line.start for line in lines} == {timedelta(days=1)}
    assert {line.currency for line in lines} == {"USD"}


async def test_models_of_the_marketplace_are_services_of_their_own_and_are_found() -> None:
    lines = await costs(Aws(october()))
    assert {(line.dimensions["SERVICE"], line.model) for line in lines} == {
        (SONNET, "Claude Sonnet 4.5"),
        (BEDROCK, "NovaPro"),
    }


async def test_credits_refunds_and_tax_are_left_out() -> None:
    lines = await costs(Aws(october()))
    assert not {line.dimensions["USAGE_TYPE"] for line in lines} & {"Credit", "Refund", "Tax"}


async def test_quantities_come_in_the_units_of_the_meter() -> None:
    lines = await costs(Aws(october()))
    assert {(line.model, str(line.quantity), line.quantity_unit) for line in lines} == {
        ("Claude Sonnet 4.5", "0.3", "Units"),
        ("Claude Sonnet 4.5", "0.1", "Units"),
        ("NovaPro", "1", "1K tokens"),
    }


async def test_an_estimate_says_so_and_is_the_same_row_later() -> None:
    [early] = await costs(Aws([october()[0]], estimated_from=OCTOBER))
    [late] = await costs(Aws([october()[0]], estimated_from=NOVEMBER))
    assert (early.is_estimated, late.is_estimated) == (True, False)
    assert (early.group_by, early.dimensions) == (late.group_by, late.dimensions)


async def test_reading_costs_one_request_for_the_services_and_one_a_page() -> None:
    state = Aws(october(), page_groups=1000)
    await costs(state)
    assert state.requests == 2
    assert aws.PLAN.slice_days >= aws.PLAN.reread_days
    assert 24 / aws.PLAN.every_hours <= 3


async def test_an_account_without_bedrock_is_asked_once() -> None:
    state = Aws([Charge(OCTOBER, "Amazon Simple Storage Service", "Requests", D(1))])
    assert await costs(state) == []
    assert state.requests == 1


async def test_days_to_come_are_never_asked_for() -> None:
    state = Aws([Charge(today(), SONNET, TOKENS_IN, D(2))])
    assert [line.amount for line in await costs(state, today(), today() + 30 * DAY)] == [D(2)]
    assert {body["TimePeriod"]["End"] for body in state.asked} == {(today() + DAY).isoformat()}
    assert await costs(state, today() + DAY, today() + 2 * DAY) == []


def test_the_previous_month_is_read_again_whole_on_every_day_of_the_year() -> None:
    for n in range(366):
        day = date(2028, 1, 1) + n * DAY
        previous = (day.replace(day=1) - DAY).replace(day=1)
        assert day - aws.PLAN.reread_days * DAY <= previous


async def test_pages_that_never_end_are_a_failure() -> None:
    with pytest.raises(BadAnswer, match="twice"):
        await costs(Aws(october(), never_ends=True))


async def test_a_lost_place_is_no_reason_to_doubt_the_key() -> None:
    with pytest.raises(SourceFailure) as caught:
        await costs(Aws(october(), forgets_place=True))
    assert caught.value.is_retryable


async def test_throttling_is_told_from_a_refusal() -> None:
    state = Aws(october())
    state.faults.next("/", Fault(400, {"__type": "LimitExceededException", "Message": "slow down"}))
    with pytest.raises(RateLimited):
        await costs(state)


async def test_a_good_key_is_told_what_it_covers_for_one_request() -> None:
    state = Aws([Charge(today(), SONNET, TOKENS_IN, D(2))])
    report = await source(state).verify()
    assert report.is_usable
    assert report.key_class is KeyClass.CLOUD
    assert report.can == {Feed.COSTS}
    assert SONNET in report.message
    assert "0.01 USD" in report.message
    assert state.requests == 1


@pytest.mark.parametrize(
    ("asked_with", "words"),
    [
        (given("wrong"), "does not belong"),
        (given(access_key_id="AKIAOTHER00000000000"), "knows no such access key"),
        (given(access_key_id=""), "access_key_id"),
    ],
)
async def test_what_is_wrong_is_said_in_words(asked_with: Credentials, words: str) -> None:
    report = await source(Aws(october()), asked_with).verify()
    assert not report.is_usable
    assert words in report.message
    assert SECRET not in report.message


async def test_a_missing_permission_is_named() -> None:
    report = await source(Aws(may_read=False)).verify()
    assert not report.is_usable
    assert "ce:GetCostAndUsage" in report.message


async def test_an_account_that_is_too_new_is_asked_to_wait() -> None:
    with pytest.raises(SourceFailure, match="no data yet"):
        await source(Aws(is_new=True)).verify()


async def test_a_session_token_comes_behind_the_secret_and_is_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    state = Aws(october(), session_token="stand-in-session-token")
    with caplog.at_level(logging.DEBUG):
        lines = await walked(source(state, given(f"{SECRET}:stand-in-session-token")).costs(period(OCTOBER, NOVEMBER)))
    assert sum(line.amount for line in lines) == state.total()
    assert "stand-in-session-token" not in caplog.text
    assert SECRET not in caplog.text


async def test_a_session_that_has_ended_says_what_to_use_instead() -> None:
    report = await source(Aws(session_token="another")).verify()
    assert "session token has ended" in report.message


async def test_china_is_signed_for_its_own_region() -> None:
    state = Aws(october(), region="cn-northwest-1")
    lines = await walked(source(state, given(region="cn-north-1")).costs(period(OCTOBER, NOVEMBER)))
    assert sum(line.amount for line in lines) == state.total()


async def test_without_botocore_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "botocore.auth", None)
    with pytest.raises(SourceFailure, match=r"tokenboard-server\[clouds\]"):
        await source(Aws()).verify()


@pytest.mark.parametrize(
    "group",
    [
        '{"Keys": [], "Metrics": {}}',
        '{"Keys": ["Amazon Bedrock", "x"], "Metrics": {"UnblendedCost": {"Amount": "1"}}}',
        '{"Keys": ["Amazon Bedrock", "x"], "Metrics": {"UnblendedCost": {"Amount": "NaN", "Unit": "USD"}}}',
        '{"Keys": ["Amazon Bedrock"], "Metrics": {}}',
    ],
)
async def test_an_answer_that_cannot_be_read_is_a_failure(group: str) -> None:
    window = '"TimePeriod": {"Start": "2026-10-01", "End": "2026-10-02"}'
    text = f'{{"ResultsByTime": [{{{window}, "Total": {{}}, "Groups": [{group}]}}]}}'
    http = Plain(httpx.MockTransport(lambda _: httpx.Response(200, text=text)))
    with pytest.raises(BadAnswer):
        await walked(aws.make(http, given()).costs(period(OCTOBER, NOVEMBER)))


async def test_a_right_taken_away_later_is_a_refusal() -> None:
    with pytest.raises(KeyRefused):
        await costs(Aws(october(), may_read=False))
