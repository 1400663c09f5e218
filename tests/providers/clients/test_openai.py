"""OpenAI: every trap that other tools fell into, against a stand-in that sets them."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qsl

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from app.providers.clients import anthropic, openai
from app.providers.clients.base import BadAnswer, KeyRefused, Maker, RateLimited, SourceFailure
from app.providers.clients.openai_api import root_of
from app.providers.clients.openai_usage import KINDS
from app.providers.rules.reports import Feed, KeyClass
from tests.providers.asking import credentials, over, period, saying, walked
from tests.providers.fakes import faults
from tests.providers.fakes.openai import ADMIN_KEY, PROJECT_KEY, OpenAI, make_world, serve
from tests.providers.fakes.world import DAY, Cost, Use, World, midnight, summed, today

D = Decimal
NOVEMBER = date(2026, 11, 1)
DECEMBER = date(2026, 12, 1)


def november() -> World:
    return make_world(until=date(2026, 11, 30), days=30)


def source(state: OpenAI | World, key: str = ADMIN_KEY) -> openai.OpenAIOrganization:
    state = OpenAI(state) if isinstance(state, World) else state
    return openai.make(over(serve(state)), credentials(key))


async def test_a_month_of_costs_is_exact_by_every_dimension() -> None:
    world = november()
    lines = await walked(source(world).costs(period(NOVEMBER, DECEMBER)))
    assert sum(line.amount for line in lines) == world.total()
    assert summed((line.start.date(), line.amount) for line in lines) == world.totals(lambda cost: cost.day)
    assert summed((line.project, line.amount) for line in lines) == world.totals(lambda cost: cost.project)
    assert summed((line.line_item, line.amount) for line in lines) == world.totals(lambda cost: cost.line_item)
    assert summed((line.api_key, line.amount) for line in lines) == world.totals(lambda cost: cost.api_key)
    assert summed((line.model, line.amount) for line in lines) == world.totals(lambda cost: cost.model)
    assert {line.currency for line in lines} == {"USD"}


async def test_an_amount_is_the_same_as_a_number_and_as_text() -> None:
    world = World(keys={ADMIN_KEY: "admin"})
    for n, as_text in enumerate((True, False)):
        world.bill(Cost(NOVEMBER, f"proj_{n}", None, "item", None, D("0.000001234567890123"), as_text=as_text))
    lines = await walked(source(world).costs(period(NOVEMBER, NOVEMBER + DAY)))
    assert [str(line.amount.normalize()) for line in lines] == ["0.000001234567890123"] * 2


async def test_quantity_and_unit_come_with_the_line_item() -> None:
    world = World(keys={ADMIN_KEY: "admin"})
    world.bill(Cost(NOVEMBER, "p", "k", "gpt-5, input", "gpt-5", D("4.2"), quantity=1687000, unit="tokens"))
    [line] = await walked(source(world).costs(period(NOVEMBER, NOVEMBER + DAY)))
    assert (line.quantity, line.quantity_unit, line.model) == (D(1687000), "tokens", "gpt-5")


async def test_a_window_over_the_first_day_of_keys_is_asked_in_two_questions() -> None:
    world = make_world(until=date(2025, 12, 10), days=10)
    state = OpenAI(world)
    lines = await walked(source(state).costs(period(date(2025, 12, 1), date(2025, 12, 11))))
    assert sum(line.amount for line in lines) == world.total()
    grouped = {line.start.date() < date(2025, 12, 6): line.group_by for line in lines}
    assert grouped == {True: ("project_id", "line_item"), False: ("project_id", "line_item", "api_key_id")}
    asked = [dict(parse_qsl(query)) for _, query in state.faults.asked]
    assert [(q["start_time"], q["end_time"]) for q in asked] == [
        ("1764547200", "1764979200"),
        ("1764979200", "1765411200"),
    ]


async def test_every_page_is_walked_with_the_same_question() -> None:
    state = OpenAI(november())
    lines = await walked(source(state).usage(period(NOVEMBER - 40 * DAY, DECEMBER)))
    pages = [query for path, query in state.faults.asked if path.endswith("completions")]
    assert len(pages) == 3
    without = [[pair for pair in parse_qsl(query) if pair[0] != "page"] for query in pages]
    assert without[0] == without[1] == without[2]
    assert ("group_by[]", "api_key_id") in without[0]
    assert sum(line.requests or 0 for line in lines) > 0


@pytest.mark.parametrize("trouble", ["repeats", "forgets_next", "never_ends"])
async def test_pages_without_an_end_are_a_failure_and_not_the_end(trouble: str) -> None:
    state = OpenAI(november())
    setattr(state.pages, trouble, True)
    with pytest.raises(BadAnswer):
        await walked(source(state).usage(period(NOVEMBER - 40 * DAY, DECEMBER)))


async def test_a_cursor_that_expired_starts_the_walk_again() -> None:
    world = make_world(until=date(2026, 11, 30), days=60)
    state = OpenAI(world)
    state.pages.expired = 1
    lines = await walked(source(state).usage(period(date(2026, 10, 2), DECEMBER)))
    identities = {(line.start, line.endpoint, tuple(line.dimensions.items())) for line in lines}
    assert len(identities) == sum(len(uses) for uses in world.uses.values())


async def test_a_cursor_that_always_expires_is_a_failure() -> None:
    state = OpenAI(make_world(until=date(2026, 11, 30), days=60))
    state.pages.expired = 9
    with pytest.raises(BadAnswer):
        await walked(source(state).usage(period(date(2026, 10, 2), DECEMBER)))


async def test_the_older_spelling_of_results_is_read_too() -> None:
    world = november()
    lines = await walked(source(OpenAI(world, result_key="result")).costs(period(NOVEMBER, DECEMBER)))
    assert sum(line.amount for line in lines) == world.total()


async def test_a_partial_bucket_is_refused() -> None:
    shifted = replace(period(NOVEMBER, DECEMBER), start=midnight(NOVEMBER) + timedelta(hours=6))
    with pytest.raises(BadAnswer, match="part of a day"):
        await walked(source(november()).costs(shifted))


async def test_a_row_without_an_amount_is_not_a_zero() -> None:
    body = {"data": [{"start_time": 1793491200, "results": [{"object": "x", "amount": None}]}], "has_more": False}
    http = saying(json.dumps(body))
    lines = await walked(openai.make(http, credentials(ADMIN_KEY)).costs(period(NOVEMBER, DECEMBER)))
    assert lines == []


async def test_rows_that_are_the_same_to_us_are_added_up() -> None:
    row = {"amount": {"value": "1.25", "currency": "usd"}, "project_id": "p", "line_item": "i", "user_id": "u"}
    body = {"data": [{"start_time": 1793491200, "results": [row, {**row, "user_id": "v"}]}], "has_more": False}
    http = saying(json.dumps(body))
    [line] = await walked(openai.make(http, credentials(ADMIN_KEY)).costs(period(NOVEMBER, DECEMBER)))
    assert line.amount == D("2.50")


@pytest.mark.parametrize("value", ['"many"', "true", "NaN", "[1]"])
async def test_an_amount_that_cannot_be_read_is_a_failure(value: str) -> None:
    text = f'{{"data":[{{"start_time":1793491200,"results":[{{"amount":{{"value":{value}}}}}]}}],"has_more":false}}'
    http = saying(text)
    with pytest.raises(BadAnswer):
        await walked(openai.make(http, credentials(ADMIN_KEY)).costs(period(NOVEMBER, DECEMBER)))


async def test_completions_become_leaves_that_add_up_to_the_whole() -> None:
    world = World(keys={ADMIN_KEY: "admin"})
    fields = {
        "input_tokens": 12000,
        "input_cached_tokens": 7000,
        "input_cache_write_tokens": 500,
        "input_audio_tokens": 300,
        "input_cached_image_tokens": 1000,
        "output_tokens": 900,
        "output_audio_tokens": 100,
        "num_model_requests": 31,
    }
    world.count(Use(NOVEMBER, "completions", {"model": "gpt-5.6", "batch": True}, fields))
    [line] = await walked(source(world).usage(period(NOVEMBER, NOVEMBER + DAY)))
    assert line.counts == {
        "input.fresh.text": 4200,
        "input.fresh.audio": 300,
        "input.cache_read.text": 6000,
        "input.cache_read.image": 1000,
        "input.cache_write_30m.text": 500,
        "output.visible.text": 800,
        "output.visible.audio": 100,
    }
    assert (line.requests, line.dimensions["batch"], line.model) == (31, "true", "gpt-5.6")


async def test_every_usage_report_has_its_meter() -> None:
    world = World(keys={ADMIN_KEY: "admin"})
    for kind in KINDS[1:]:
        world.count(Use(NOVEMBER, kind.name, {"project_id": "p"}, {kind.field: 7, "num_model_requests": 3}))
    lines = {line.endpoint: line for line in await walked(source(world).usage(period(NOVEMBER, NOVEMBER + DAY)))}
    assert {line.endpoint: dict(line.counts) for line in lines.values()} == {
        f"organization/usage/{kind.name}": {kind.meter: 7} for kind in KINDS[1:]
    }
    assert [line.endpoint for line in lines.values() if line.is_level] == ["organization/usage/vector_stores"]
    assert lines["organization/usage/web_search_calls"].requests is None  # they are in completions already


async def test_a_report_that_the_organization_does_not_have_is_passed_over() -> None:
    state = OpenAI(november(), absent=frozenset(("web_search_calls", "file_search_calls", "images")))
    assert await walked(source(state).usage(period(NOVEMBER, DECEMBER)))


async def test_names_hold_archived_projects_and_the_keys_of_each() -> None:
    world = november()
    names = {(name.kind, name.id): name for name in await walked(source(world).names())}
    assert {ident for kind, ident in names if kind == "project"} == {project.id for project in world.projects}
    assert names["project", "proj_03"].is_archived
    keys = {ident: name for (kind, ident), name in names.items() if kind == "api_key"}
    assert set(keys) == {key.id for key in world.api_keys} | {"key_admin"}
    assert keys["key_13"].parent == "proj_01"
    assert names["user", "user_1"].name == "Person 1"


async def test_names_that_the_key_may_not_read_are_passed_over() -> None:
    world = november()
    world.keys["sk-admin-narrow"] = "scopes:api.management.read"
    assert await walked(source(world, "sk-admin-narrow").names()) == []


async def test_a_report_that_fails_while_a_key_is_tried_is_not_called_unreadable() -> None:
    state = OpenAI(november())
    state.faults.next("usage/completions", faults.broken(503))
    assert Feed.USAGE in (await source(state).verify()).can


async def test_an_admin_key_reads_everything() -> None:
    report = await source(november()).verify()
    assert report.key_class is KeyClass.ORGANIZATION
    assert report.can == {Feed.COSTS, Feed.USAGE, Feed.NAMES}
    assert report.is_usable


@pytest.mark.parametrize("client", [openai.make, anthropic.make])
async def test_an_address_without_reports_is_told(client: Maker) -> None:
    report = await client(over(Starlette()), credentials(ADMIN_KEY)).verify()
    assert not report.is_usable
    assert "no cost report at this address" in report.message


@pytest.mark.parametrize(
    ("client", "path"),
    [(openai.make, "/v1/organization/costs"), (anthropic.make, "/v1/organizations/cost_report")],
)
async def test_an_address_with_costs_alone_is_no_restriction_of_the_key(client: Maker, path: str) -> None:
    async def costs(_: object) -> JSONResponse:
        return JSONResponse({"object": "page", "data": [], "has_more": False, "next_page": None})

    report = await client(over(Starlette(routes=[Route(path, costs)])), credentials(ADMIN_KEY)).verify()
    assert (report.key_class, report.can) == (KeyClass.ORGANIZATION, frozenset({Feed.COSTS}))


async def test_what_a_key_of_a_single_user_lacks_is_named_too() -> None:
    world = november()
    world.keys["sk-legacy"] = "scopes:api.usage.read"
    report = await source(world, "sk-legacy").verify()
    assert (report.is_usable, report.missing_scopes) == (False, ("api.usage.read",))
    assert "single user" in report.message
    assert "lacks api.usage.read" in report.message


async def test_verifying_asks_for_one_day() -> None:
    state = OpenAI(november())
    await source(state).verify()
    asked = dict(parse_qsl(state.faults.asked[0][1]))
    assert int(asked["end_time"]) - int(asked["start_time"]) == 86400
    assert (asked["limit"], int(asked["end_time"])) == ("1", int(midnight(today()).timestamp()))


@pytest.mark.parametrize(
    ("key", "key_class", "said"),
    [
        (PROJECT_KEY, KeyClass.PROJECT, "project key"),
        ("sk-svcacct-x", KeyClass.PROJECT, "service account"),
        ("sk-admin-unknown", KeyClass.UNKNOWN, "does not know this admin key"),
        ("sk-legacy", KeyClass.PERSONAL, "single user"),
        ("sk-ant-admin01-x", KeyClass.UNKNOWN, "Anthropic key"),
        ("who knows", KeyClass.UNKNOWN, "needs? an admin key"),
    ],
)
async def test_a_wrong_key_is_told_which_one_is_needed(key: str, key_class: KeyClass, said: str) -> None:
    report = await source(november(), key).verify()
    assert (report.is_usable, report.key_class) == (False, key_class)
    assert key not in report.message
    with pytest.raises(AssertionError, match=said):
        raise AssertionError(report.message)


async def test_a_restricted_key_is_told_the_scope_it_lacks() -> None:
    world = november()
    world.keys["sk-admin-narrow"] = "scopes:api.usage.read"
    report = await source(world, "sk-admin-narrow").verify()
    assert (report.is_usable, report.key_class) == (False, KeyClass.RESTRICTED)
    assert report.missing_scopes == ("api.usage.read",)
    assert "api.usage.read" in report.message


async def test_a_key_without_names_may_be_kept() -> None:
    world = november()
    world.keys["sk-admin-narrow"] = "scopes:api.management.read"
    report = await source(world, "sk-admin-narrow").verify()
    assert (report.is_usable, report.key_class) == (True, KeyClass.RESTRICTED)
    assert report.can == {Feed.COSTS, Feed.USAGE}
    assert report.missing_scopes == ("api.management.read",)


async def test_each_refusal_has_its_failure() -> None:
    state = OpenAI(november())
    state.faults.next("costs", faults.too_many(17), faults.broken(503), faults.refused(400), faults.refused(403))
    for expected in (RateLimited, SourceFailure, BadAnswer, KeyRefused):
        with pytest.raises(SourceFailure) as caught:
            await walked(source(state).costs(period(NOVEMBER, DECEMBER)))
        assert type(caught.value) is expected
        assert caught.value.retry_after_seconds == (17 if expected is RateLimited else None)
        assert ADMIN_KEY not in str(caught.value)


async def test_a_cut_connection_is_a_failure_that_names_no_address() -> None:
    state = OpenAI(november())
    state.faults.next("costs", faults.cut())
    with pytest.raises(SourceFailure, match="could not be reached") as caught:
        await walked(source(state).costs(period(NOVEMBER, DECEMBER)))
    assert "stand-in.test" not in str(caught.value)


async def test_a_page_that_is_not_json_is_a_failure() -> None:
    http = over(PlainTextResponse("<html>sign in</html>"))
    with pytest.raises(BadAnswer, match="not JSON"):
        await walked(openai.make(http, credentials(ADMIN_KEY)).costs(period(NOVEMBER, DECEMBER)))


@pytest.mark.parametrize("given", ["https://gateway.test", "https://gateway.test/v1", "https://gateway.test/v1/"])
def test_a_gateway_may_be_given_with_or_without_its_version(given: str) -> None:
    assert root_of(given) == "https://gateway.test/v1"


def test_recent_days_are_read_again() -> None:
    plans = {plan.feed: plan.reread_days for plan in openai.OpenAIOrganization.plans}
    assert plans[Feed.COSTS] >= 3
    assert plans[Feed.USAGE] >= 3
    assert datetime.fromtimestamp(1764979200, UTC) == datetime(2025, 12, 6, tzinfo=UTC)
