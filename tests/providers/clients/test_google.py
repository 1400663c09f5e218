"""Google: late rows, credits, jobs that are not done yet, against a stand-in with a growing export."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import httpx
import pytest
from pydantic import SecretStr

from app.providers.clients import google
from app.providers.clients.base import BadAnswer, Credentials, KeyRefused, RateLimited, SourceFailure
from app.providers.clients.google import table_of
from app.providers.clients.google_access import ServiceAccount
from app.providers.rules.reports import BilledLine, Feed, KeyClass
from tests.providers.asking import Plain, credentials, over, period, walked
from tests.providers.fakes.faults import Fault
from tests.providers.fakes.google import EMAIL, TABLE, Charge, Google, key_file, serve
from tests.providers.fakes.world import DAY, summed

D = Decimal
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
INPUT, OUTPUT = "Gemini 2.5 Flash GA Text Input - Predictions", "Gemini 2.5 Flash GA Text Output - Predictions"
PICTURES = "Gemini 2.5 Flash Image Input - Predictions"


def october() -> list[Charge]:
    return list(_charges())


def _charges() -> Iterator[Charge]:
    for n in range(31):
        for sku in (INPUT, OUTPUT, PICTURES):
            yield Charge(OCTOBER + n * DAY, sku, D(f"2.{n:02d}0000001"), credit=D("-0.000000001"))
    yield Charge(OCTOBER, INPUT, D("-0.5"), cost_type="adjustment", project=None)
    yield Charge(OCTOBER, "N1 Core", D(99), service="Compute Engine")


def is_ai(charge: Charge) -> bool:
    return charge.service != "Compute Engine"


def given(key: str = "", **fields: str) -> Credentials:
    return credentials(key or key_file(), **{"table": TABLE, **fields})


def source(state: Google, asked_with: Credentials | None = None) -> google.GoogleCosts:
    return google.GoogleCosts(over(serve(state)), asked_with or given(), _no_wait)


async def _no_wait(_: float) -> None: ...


async def costs(state: Google, start: date = OCTOBER, end: date = NOVEMBER) -> list[BilledLine]:
    return await walked(source(state).costs(period(start, end)))


async def test_a_month_over_several_pages_is_exact_by_day_sku_and_project() -> None:
    state = Google(october())
    lines = await costs(state)
    kept = [charge for charge in october() if is_ai(charge)]
    assert sum(line.amount for line in lines) == state.total(is_ai)
    for of_line, of_charge in (
        ([line.start.date() for line in lines], [c.day for c in kept]),
        ([line.line_item for line in lines], [c.sku for c in kept]),
        ([line.project for line in lines], [c.project for c in kept]),
    ):
        billed = summed(zip(of_line, (line.amount for line in lines), strict=True))
        assert billed == summed(zip(of_charge, (c.cost + c.credit for c in kept), strict=True))
    assert len(state.queries) == 1


async def test_kinds_of_cost_stay_apart() -> None:
    lines = await costs(Google(october()))
    [adjustment] = [line for line in lines if line.dimensions["cost_type"] == "adjustment"]
    assert (adjustment.amount, adjustment.project) == (D("-0.5"), None)


async def test_a_model_is_told_only_where_the_sku_tells_it() -> None:
    lines = await costs(Google(october()))
    assert {(line.line_item, line.model) for line in lines} == {
        (INPUT, "gemini-2.5-flash"),
        (OUTPUT, "gemini-2.5-flash"),
        (PICTURES, None),
    }


async def test_a_day_of_which_something_came_late_is_given_again_whole() -> None:
    early = Charge(OCTOBER, INPUT, D("1.25"))
    late = Charge(OCTOBER, INPUT, D("0.5"), exported=date(2026, 10, 30))
    lines = await costs(Google([early, late]), date(2026, 10, 29))
    assert [(line.start.date(), line.amount) for line in lines] == [(OCTOBER, D("1.75"))]


async def test_a_day_of_which_nothing_came_is_not_given_again() -> None:
    assert await costs(Google([Charge(OCTOBER, INPUT, D("1.25"))]), date(2026, 10, 29)) == []


async def test_other_services_are_named_by_the_workspace() -> None:
    state = Google(october())
    lines = await walked(source(state, given(services="Compute Engine, Vertex AI")).costs(period(OCTOBER, NOVEMBER)))
    assert sum(line.amount for line in lines) == state.total()


async def test_amounts_are_text_on_the_way_and_rounded_by_the_query_first() -> None:
    state = Google(october())
    await costs(state)
    sql = state.queries[0]["query"]
    assert "CAST(cost AS NUMERIC)" in sql
    assert "CAST(credit.amount AS NUMERIC)" in sql
    assert state.queries[0]["parameterMode"] == "NAMED"


async def test_a_job_that_takes_long_is_waited_for_and_not_started_again() -> None:
    state = Google(october(), polls=4)
    assert sum(line.amount for line in await costs(state)) == state.total(is_ai)
    assert len(state.queries) == 1


async def test_a_job_that_never_ends_is_given_up() -> None:
    with pytest.raises(SourceFailure, match="not finished"):
        await costs(Google(october(), polls=1000))


async def test_pages_that_never_end_are_a_failure() -> None:
    with pytest.raises(BadAnswer, match="twice"):
        await costs(Google(october(), never_ends=True))


async def test_a_used_up_quota_is_told_from_a_missing_role() -> None:
    state = Google(october())
    state.faults.next("/queries", Fault(403, {"error": {"message": "Quota", "errors": [{"reason": "quotaExceeded"}]}}))
    with pytest.raises(RateLimited):
        await costs(state)


async def test_a_good_key_is_told_what_it_covers_and_nothing_is_read() -> None:
    state = Google(october())
    report = await source(state).verify()
    assert report.is_usable
    assert report.key_class is KeyClass.CLOUD
    assert report.can == {Feed.COSTS}
    assert TABLE in report.message
    assert state.queries == []


@pytest.mark.parametrize(("lacks", "role"), [("jobs", "BigQuery Job User"), ("data", "BigQuery Data Viewer")])
async def test_the_missing_role_is_named_with_who_lacks_it(lacks: str, role: str) -> None:
    report = await source(Google(lacks=lacks)).verify()
    assert not report.is_usable
    assert role in report.message
    assert EMAIL in report.message


@pytest.mark.parametrize(
    ("asked_with", "words"),
    [
        (given("AIzaSomeApiKey"), "not a key file"),
        (given('{"type": "authorized_user"}'), "not the key file of a service account"),
        (given(key_file(private_key="-----BEGIN nothing-----")), "private key"),
        (given(key_file(client_email="other@x.test")), "refused the sign-in"),
        (given(key_file(token_uri="https://elsewhere.test/token")), "another sign-in"),
        (given(table="one.two"), "must be written"),
        (given(table=f"{TABLE.rpartition('.')[0]}.gcp_billing_export_v1_other"), "no such table"),
    ],
)
async def test_what_is_wrong_is_said_in_words(asked_with: Credentials, words: str) -> None:
    report = await source(Google(october()), asked_with).verify()
    assert not report.is_usable
    assert words in report.message
    assert "PRIVATE KEY" not in report.message


@pytest.mark.parametrize(
    "table",
    [
        "",
        "p.d.t",
        "project-one.set.table` WHERE 1=1 --",
        "project-one.set.table; DROP TABLE x",
        "project-one.set.ta ble",
        "project-one.set.{table}",
        "project-one.set.table.more",
        "project-one.s-et.täble",
    ],
)
def test_only_a_name_gets_into_the_query(table: str) -> None:
    with pytest.raises(KeyRefused):
        table_of({"table": table})


@pytest.mark.parametrize("table", [TABLE, f"`{TABLE}`", "example.com:project-one.set.gcp_billing_export_resource_v1_0"])
def test_names_of_tables_are_taken_as_bigquery_shows_them(table: str) -> None:
    assert table_of({"table": table}) == table.strip("`")


def test_a_key_file_without_a_gateway_signs_in_at_google() -> None:
    plain = Credentials(SecretStr(key_file(token_uri="https://oauth2.googleapis.com/token")))
    assert ServiceAccount.read(plain).token_uri == "https://oauth2.googleapis.com/token"
    assert "PRIVATE" not in repr(ServiceAccount.read(plain))


@pytest.mark.parametrize("cells", [[{"v": "2026-10-01"}], []])
async def test_a_row_that_does_not_fit_its_columns_is_a_failure(cells: list[object]) -> None:
    body = {"schema": {"fields": [{"name": "day"}, {"name": "amount"}]}, "rows": [{"f": cells}]}
    texts = {True: '{"access_token": "t", "expires_in": 3600}', False: json.dumps(body)}
    http = Plain(httpx.MockTransport(lambda asked: httpx.Response(200, text=texts[asked.url.path == "/token"])))
    with pytest.raises(BadAnswer):
        await walked(google.make(http, given()).costs(period(OCTOBER, NOVEMBER)))
