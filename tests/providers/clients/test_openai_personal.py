"""OpenAI without an admin key: a balance where it still answers, and plain words where it does not."""

from datetime import date
from decimal import Decimal

import pytest

from app.providers.clients import openai_personal
from app.providers.clients.base import KeyRefused
from app.providers.rules.reports import Feed, KeyClass
from tests.providers.asking import credentials, over, period, walked
from tests.providers.fakes.openai import ADMIN_KEY, OpenAI, make_world, serve

D = Decimal
KEY = "sk-personal-stand-in"
GRANTS = {"granted": D("120.00"), "used": D("20.5"), "available": D("99.5")}


def stand_in(*, answers: bool) -> OpenAI:
    world = make_world(until=date(2026, 11, 30), days=30)
    world.keys[KEY] = "personal"
    return OpenAI(world, grants=GRANTS, asks_session=not answers)


def source(state: OpenAI, key: str = KEY, **fields: str) -> openai_personal.OpenAIPersonal:
    return openai_personal.make(over(serve(state)), credentials(key, **fields))


async def test_a_balance_that_answers_is_in_dollars() -> None:
    [snapshot] = await source(stand_in(answers=True)).credits()
    assert (snapshot.granted, snapshot.used, snapshot.available) == (D("120.00"), D("20.5"), D("99.5"))
    assert snapshot.currency == "USD"
    assert snapshot.expires_at is not None


async def test_where_a_session_is_asked_for_the_balance_is_typed_in_by_hand() -> None:
    state = stand_in(answers=False)
    with pytest.raises(KeyRefused, match="by hand"):
        await source(state).credits()
    report = await source(state).verify()
    assert (report.is_usable, report.key_class, report.can) == (True, KeyClass.PERSONAL, frozenset())
    assert "by hand" in report.message
    assert source(state, **report.facts).plans == ()  # so nothing fails every hour


async def test_the_old_usage_page_is_in_cents() -> None:
    state = stand_in(answers=True)
    lines = await walked(source(state).costs(period(date(2026, 11, 1), date(2026, 12, 1))))
    assert sum(line.amount for line in lines) == state.world.total()


async def test_costs_are_read_only_where_verification_saw_them() -> None:
    report = await source(stand_in(answers=True)).verify()
    assert report.can == {Feed.CREDITS, Feed.COSTS}
    assert "gateway's own" in report.message
    with_costs = source(stand_in(answers=True), **report.facts)
    assert [plan.feed for plan in with_costs.plans] == [Feed.CREDITS, Feed.COSTS]
    assert [plan.feed for plan in source(stand_in(answers=True)).plans] == [Feed.CREDITS]


async def test_an_admin_key_is_sent_to_the_organization() -> None:
    report = await source(stand_in(answers=True), ADMIN_KEY).verify()
    assert (report.is_usable, report.key_class) == (False, KeyClass.ORGANIZATION)


async def test_an_unknown_key_is_not_kept() -> None:
    report = await source(stand_in(answers=False), "sk-nobody").verify()
    assert (report.is_usable, report.key_class) == (False, KeyClass.UNKNOWN)


async def test_there_is_neither_usage_nor_a_name() -> None:
    one = source(stand_in(answers=True))
    assert await walked(one.usage(period(date(2026, 11, 1), date(2026, 12, 1)))) == []
    assert await walked(one.names()) == []
