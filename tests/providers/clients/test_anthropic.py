"""Anthropic: fractional cents, nested cache writes, default workspaces, and reports that must not be added up."""

from datetime import date
from decimal import Decimal
from urllib.parse import parse_qsl

import pytest

from app.providers.clients import anthropic
from app.providers.clients.base import BadAnswer, RateLimited, SourceFailure
from app.providers.rules.reports import Feed, KeyClass
from tests.providers.asking import credentials, over, period, walked
from tests.providers.fakes import faults
from tests.providers.fakes.anthropic import (
    ADMIN_KEY,
    ANALYTICS_KEY,
    INDIVIDUAL_KEY,
    WORKSPACE_KEY,
    Anthropic,
    make_world,
    serve,
)
from tests.providers.fakes.world import DAY, Cost, Use, World, summed, today

D = Decimal
NOVEMBER = date(2026, 11, 1)
DECEMBER = date(2026, 12, 1)


def november() -> World:
    return make_world(until=date(2026, 11, 30), days=30)


def source(state: Anthropic | World, key: str = ADMIN_KEY, **fields: str) -> anthropic.AnthropicOrganization:
    state = Anthropic(state) if isinstance(state, World) else state
    return anthropic.make(over(serve(state)), credentials(key, **fields))


async def test_a_month_of_costs_is_exact_by_every_dimension() -> None:
    world = november()
    lines = await walked(source(world).costs(period(NOVEMBER, DECEMBER)))
    assert sum(line.amount for line in lines) == world.total()
    assert summed((line.start.date(), line.amount) for line in lines) == world.totals(lambda cost: cost.day)
    assert summed((line.project, line.amount) for line in lines) == world.totals(lambda c: c.project or "default")
    assert summed((line.line_item, line.amount) for line in lines) == world.totals(lambda cost: cost.line_item)
    assert summed((line.model, line.amount) for line in lines) == world.totals(lambda cost: cost.model)
    assert {line.api_key for line in lines} == {None}  # no dimension of billed cost


async def test_an_amount_is_in_fractional_cents() -> None:
    world = World(keys={ADMIN_KEY: "admin"})
    world.bill(Cost(NOVEMBER, None, None, "Code Execution Usage", None, D("4.155")))
    [line] = await walked(source(world).costs(period(NOVEMBER, NOVEMBER + DAY)))
    assert line.amount == D("4.155")
    assert line.dimensions["workspace_id"] is None  # as it came
    assert line.project == "default"


async def test_the_last_day_is_there_although_buckets_end_before_the_end() -> None:
    world = november()
    lines = await walked(source(world).costs(period(NOVEMBER + 29 * DAY, DECEMBER)))
    assert sum(line.amount for line in lines) == world.total(NOVEMBER + 29 * DAY)
    assert {line.start.date() for line in lines} == {NOVEMBER + 29 * DAY}


async def test_every_page_is_walked() -> None:
    world = make_world(until=date(2026, 11, 30), days=90)
    state = Anthropic(world)
    lines = await walked(source(state).costs(period(DECEMBER - 90 * DAY, DECEMBER)))
    assert sum(line.amount for line in lines) == world.total()
    assert state.faults.count("cost_report") == 3


@pytest.mark.parametrize("trouble", ["repeats", "forgets_next", "never_ends"])
async def test_pages_without_an_end_are_a_failure_and_not_the_end(trouble: str) -> None:
    state = Anthropic(november())
    setattr(state.pages, trouble, True)
    with pytest.raises(BadAnswer):
        await walked(source(state).costs(period(DECEMBER - 90 * DAY, DECEMBER)))


async def test_usage_comes_in_leaves_with_nested_cache_writes() -> None:
    world = World(keys={ADMIN_KEY: "admin"})
    fields = {
        "uncached_input_tokens": 1200,
        "5m": 300,
        "1h": 40,
        "cache_read_input_tokens": 9000,
        "output_tokens": 700,
        "web_search_requests": 2,
    }
    dimensions = {"model": "claude-demo-1", "api_key_id": "apikey_1", "workspace_id": None}
    world.count(Use(NOVEMBER, "messages", dimensions, fields))
    [line] = await walked(source(world).usage(period(NOVEMBER, NOVEMBER + DAY)))
    assert line.counts == {
        "input.fresh.text": 1200,
        "input.cache_read.text": 9000,
        "input.cache_write_5m.text": 300,
        "input.cache_write_1h.text": 40,
        "output.visible.text": 700,
        "tool.web_search": 2,
    }
    assert (line.requests, line.model, line.project) == (None, "claude-demo-1", "default")


async def test_claude_code_is_kept_apart_and_its_estimate_is_no_billed_money() -> None:
    state = Anthropic(World(keys={ADMIN_KEY: "admin"}))
    part = {
        "model": "claude-demo-1",
        "tokens": {"input": 10, "output": 20, "cache_read": 30, "cache_creation": 40},
        "estimated_cost": {"amount": D("12.5"), "currency": "USD"},
    }
    actor = {"type": "user_actor", "email_address": "ann@example.com"}
    state.code[NOVEMBER] = [{"actor": actor, "customer_type": "api", "is_remote": False, "model_breakdown": [part]}]
    [line] = await walked(source(state).usage(period(NOVEMBER, NOVEMBER + 2 * DAY)))
    assert line.endpoint == "claude_code"
    assert line.counts["estimated_usd"] == D("0.125")
    assert line.counts["output.visible.text"] == 20
    assert line.dimensions["is_remote"] == "false"
    assert await walked(source(state).costs(period(NOVEMBER, NOVEMBER + DAY))) == []


async def test_names_hold_archived_workspaces_and_the_default_one() -> None:
    world = november()
    names = {(name.kind, name.id): name for name in await walked(source(world).names())}
    assert names["project", "default"].name == "Default workspace"
    assert {project.id for project in world.projects} < {ident for kind, ident in names if kind == "project"}
    assert names["project", "wrkspc_02"].is_archived
    assert names["api_key", "apikey_00"].parent == "default"
    assert names["user", "user_3"].name == "Person 3"


async def test_a_report_that_fails_while_a_key_is_tried_is_not_called_unreadable() -> None:
    state = Anthropic(november())
    state.faults.next("usage_report", faults.broken(503))
    assert Feed.USAGE in (await source(state).verify()).can


async def test_an_admin_key_reads_everything() -> None:
    report = await source(november()).verify()
    assert (report.is_usable, report.key_class) == (True, KeyClass.ORGANIZATION)
    assert report.can == {Feed.COSTS, Feed.USAGE, Feed.NAMES}
    assert "Priority" not in report.message


async def test_priority_tier_is_noticed_because_its_cost_is_never_reported() -> None:
    world = november()
    fields = dict.fromkeys(("uncached_input_tokens", "5m", "1h", "cache_read_input_tokens", "output_tokens"), 1)
    yesterday = today() - DAY
    dimensions = {"model": "claude-demo-1", "service_tier": "priority"}
    world.count(Use(yesterday, "messages", dimensions, {**fields, "web_search_requests": 0}))
    report = await source(world).verify()
    assert "Priority Tier" in report.message
    assert report.facts == {"priority_tier": "yes"}


@pytest.mark.parametrize(
    ("key", "key_class", "said"),
    [
        (WORKSPACE_KEY, KeyClass.INFERENCE, "workspace's key"),
        (INDIVIDUAL_KEY, KeyClass.INDIVIDUAL, "Individual accounts have no Admin API"),
        ("sk-ant-admin01-gone", KeyClass.UNKNOWN, "does not know this key"),
        ("sk-ant-api03-gone", KeyClass.INFERENCE, "workspace's key"),
        ("nothing", KeyClass.UNKNOWN, "does not know this key"),
    ],
)
async def test_a_wrong_key_is_told_which_one_is_needed(key: str, key_class: KeyClass, said: str) -> None:
    report = await source(november(), key).verify()
    assert (report.is_usable, report.key_class) == (False, key_class)
    assert said in report.message
    assert "sk-ant-admin" in report.message or "admin key" in report.message
    assert key not in report.message


async def test_an_analytics_key_reads_costs_from_analytics_and_never_from_both() -> None:
    world = make_world(until=today() - DAY, days=20)
    state = Anthropic(world)
    report = await source(state, ANALYTICS_KEY).verify()
    assert report.is_usable
    assert report.can == {Feed.COSTS}
    state.faults.asked.clear()
    state.pages.expired, state.pages.expired_status = 1, 410
    lines = await walked(source(state, ANALYTICS_KEY, **report.facts).costs(period(today() - 20 * DAY, today())))
    unique = {(line.start, tuple(line.dimensions.items())): line for line in lines}
    assert sum(line.amount for line in unique.values()) == world.total()
    assert summed((line.api_key, line.amount) for line in unique.values()) == world.totals(lambda cost: cost.api_key)
    assert state.faults.count("cost_report") == 0


async def test_analytics_are_off_unless_chosen() -> None:
    state = Anthropic(november())
    await walked(source(state).costs(period(NOVEMBER, DECEMBER)))
    assert state.faults.count("analytics") == 0


@pytest.mark.parametrize("fault", [faults.too_many(9), faults.overloaded()])
async def test_too_many_requests_and_overload_are_waits(fault: faults.Fault) -> None:
    state = Anthropic(november())
    state.faults.next("cost_report", fault)
    with pytest.raises(RateLimited):
        await walked(source(state).costs(period(NOVEMBER, DECEMBER)))


async def test_a_cut_connection_is_a_failure() -> None:
    state = Anthropic(november())
    state.faults.next("cost_report", faults.cut())
    with pytest.raises(SourceFailure, match="could not be reached"):
        await walked(source(state).costs(period(NOVEMBER, DECEMBER)))


async def test_arrays_are_asked_for_with_brackets_and_both_groups_always() -> None:
    state = Anthropic(november())
    await walked(source(state).costs(period(NOVEMBER, DECEMBER)))
    asked = parse_qsl(state.faults.asked[0][1])
    assert [value for name, value in asked if name == "group_by[]"] == ["workspace_id", "description"]
