"""What each customer and each value of a tag costs, from rollups, and what no rollup can tell."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.usage.rules import tags
from app.workspaces.models import Workspace
from tests.analytics.conftest import NOW, Ask, Record

YESTERDAY = NOW - timedelta(days=1)
RED, BLUE = '{"team": "red", "user": "mine"}', '{"team": "blue"}'


@pytest.fixture
async def _calls(record: Record) -> None:
    await record(NOW, "1", user_ref="ada", tags=RED)
    await record(NOW, "4", user_ref="ada", tags=BLUE, model="other", status="error")
    await record(YESTERDAY, "2", user_ref="bob", tags=RED, list_cost=Decimal("2.5"))
    await record(YESTERDAY, None, user_ref="bob")
    await record(YESTERDAY, "0.25", list_cost=Decimal("0.5"))


def told(answer: Any) -> list[tuple[str, str, int, str | None]]:
    return [(row["key"], row["label"], row["calls"], row["cost"]) for row in answer["rows"]]


@pytest.mark.usefixtures("_calls")
async def test_what_each_customer_costs(ask: Ask) -> None:
    breakdown = await ask("breakdown", by="user")
    assert (breakdown["ledger"], breakdown["by"], breakdown["tag"]) == ("tracked", "user", None)
    assert told(breakdown) == [("ada", "ada", 2, "5"), ("bob", "bob", 2, "2"), ("", "(none)", 1, "0.25")]
    by_model = await ask("breakdown", by="model")
    assert breakdown["total"] == by_model["total"]
    assert [row["list_cost"] for row in breakdown["rows"]] == [None, "2.5", "0.5"]
    assert [row["unpriced_calls"] for row in breakdown["rows"]] == [0, 1, 0]


@pytest.mark.usefixtures("_calls")
async def test_a_tag_is_split_by_its_values(ask: Ask) -> None:
    breakdown = await ask("breakdown", by="tag", tag="team")
    assert (breakdown["by"], breakdown["tag"]) == ("tag", "team")
    assert told(breakdown) == [("blue", "blue", 1, "4"), ("red", "red", 2, "3"), ("", "(none)", 2, "0.25")]
    assert told(await ask("breakdown", by="tag", tag="user"))[1] == ("mine", "mine", 2, "3")
    assert told(await ask("breakdown", by="tag", tag="nobody")) == [("", "(none)", 5, "7.25")]


@pytest.mark.usefixtures("_calls")
async def test_a_trend_of_customers_adds_up_to_the_trend_of_all(ask: Ask) -> None:
    period = {"from": "2026-11-20", "to": "2026-11-22"}
    trend = await ask("trend", group_by="user", **period)
    assert [(point["start"][8:10], point["key"], point["cost"]) for point in trend["points"]] == [
        ("20", "ada", "0"),
        ("20", "bob", "2"),
        ("20", "", "0.25"),
        ("21", "ada", "5"),
        ("21", "bob", "0"),
        ("21", "", "0"),
    ]
    months = await ask("trend", group_by="tag", tag="team", granularity="month", **period)
    assert [(point["key"], point["cost"]) for point in months["points"]] == [
        ("blue", "4"),
        ("red", "3"),
        ("", "0.25"),
    ]


@pytest.mark.usefixtures("_calls")
async def test_one_customer_over_time(ask: Ask) -> None:
    period = {"from": "2026-11-20", "to": "2026-11-22"}
    points = (await ask("trend", user="bob", **period))["points"]
    assert [(point["key"], point["calls"], point["cost"], point["list_cost"]) for point in points] == [
        (None, 2, "2", "2.5"),
        (None, 0, "0", "0"),
    ]
    (point,) = (await ask("trend", **{"tag.team": "red"}, granularity="month"))["points"]
    assert (point["calls"], point["cost"]) == (2, "3")
    (point,) = (await ask("trend", user="", granularity="month"))["points"]
    assert (point["calls"], point["cost"], point["list_cost"]) == (1, "0.25", "0.5")


@pytest.mark.usefixtures("_calls")
async def test_one_customer_by_what_the_rollup_holds_beside(ask: Ask) -> None:
    assert told(await ask("breakdown", by="status", user="ada")) == [
        ("error", "error", 1, "4"),
        ("ok", "ok", 1, "1"),
    ]
    assert told(await ask("breakdown", by="price_state", **{"tag.team": ""})) == [
        ("priced", "priced", 1, "0.25"),
        ("unpriced", "unpriced", 1, None),
    ]


@pytest.mark.parametrize(
    ("question", "query", "field", "words"),
    [
        ("breakdown", {"by": "model", "user": "ada"}, "by", "no sum holds model beside user"),
        ("breakdown", {"by": "tag", "tag": "a", "tag.b": "x"}, "by", "no sum holds tag beside tag.b"),
        ("trend", {"group_by": "project", "tag.a": "x"}, "group_by", "can be split by capacity, price_state"),
        ("trend", {"user": "ada", "tag.a": "x"}, "tag.a", "no sum holds user and tag.a together"),
        ("trend", {"group_by": "user", "granularity": "hour"}, "granularity", "days are the finest"),
        ("trend", {"user": "ada", "granularity": "hour"}, "granularity", "days are the finest"),
        ("trend", {"user": "ada", "ledger": "billed"}, "ledger", "does not know user"),
        ("breakdown", {"by": "tag"}, "tag", "name the tag"),
        ("breakdown", {"by": "model", "tag": "a"}, "tag", "beside a split by tag"),
        ("breakdown", {"by": "tag", "tag": "a", "ledger": "billed"}, "ledger", "does not know tag"),
        ("breakdown", {"by": "status", "colour": "x"}, "colour", "not a parameter"),
        ("breakdown", {"by": "status", "tag.": "x"}, "tag.", "not a parameter"),
        ("breakdown", {"by": "status", "tag.a": ["x", "y"]}, "tag.a", "more than once"),
    ],
)
async def test_what_no_rollup_holds_is_refused_with_what_is_possible(
    ask: Ask, question: str, query: dict[str, Any], field: str, words: str
) -> None:
    (error,) = (await ask(question, 422, **query))["errors"]
    assert error["field"] == field
    assert words in error["detail"]


@pytest.mark.usefixtures("_calls")
async def test_the_tags_of_a_period_are_listed_by_name(ask: Ask) -> None:
    listed = await ask("tags")
    assert [
        (one["by"], one["tag"], one["values"], one["has_other"], one["calls"], one["cost"]) for one in listed["items"]
    ] == [
        ("tag", "team", 2, False, 3, "7"),
        ("tag", "user", 1, False, 2, "3"),
        ("user", None, 2, False, 4, "7"),
    ]
    first = await ask("tags", limit=2)
    rest = await ask("tags", limit=2, cursor=first["next_cursor"])
    assert (first["items"] + rest["items"], rest["next_cursor"]) == (listed["items"], None)
    assert (await ask("tags", month="2026-10"))["items"] == []


async def test_what_the_rollup_and_the_list_leave_out_stands_under_other(
    record: Record, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tags, "MAX_VALUES", 3)
    for number in range(1, 6):
        await record(NOW, str(number), user_ref=f"u{number}")
    assert told(await ask("breakdown", by="user", limit=2)) == [
        ("u3", "u3", 1, "3"),
        ("(other)", "(other)", 4, "12"),
    ]
    (listed,) = (await ask("tags"))["items"]
    assert (listed["values"], listed["has_other"]) == (3, True)


@pytest.mark.usefixtures("_calls")
async def test_calls_are_found_by_customer_and_by_tag(ask: Ask) -> None:
    async def costs(**query: str) -> list[str | None]:
        return [call["cost"] for call in (await ask("calls", **query))["items"]]

    assert sorted(map(str, await costs(user="ada"))) == ["1", "4"]
    assert await costs(**{"tag.team": "red", "user": "ada"}) == ["1"]
    assert await costs(**{"tag.team": "", "user": ""}) == ["0.25"]
    await ask("calls", 422, colour="red")


async def test_without_calls_users_are_those_of_the_provider(ask: Ask) -> None:
    assert (await ask("breakdown", by="user", month="2026-10"))["ledger"] == "tracked"


@pytest.mark.usefixtures("_calls")
async def test_answers_by_tag_say_when_an_upgrade_left_sums_to_be_made(
    ask: Ask, session: AsyncSession, workspace: Workspace
) -> None:
    by_user = {"by": "user"}
    assert (await ask("breakdown", **by_user))["complete"] is True
    mark = "INSERT INTO tag_sums_due VALUES (:of, '2026-11-21', '2026-11-20', 2, 1)"
    await session.execute(text(mark), {"of": workspace.id})
    await session.commit()
    assert (await ask("breakdown", **by_user))["complete"] is False
    assert (await ask("breakdown", by="status", user="ada"))["complete"] is False
    assert (await ask("breakdown", by="model"))["complete"] is True
    assert (await ask("tags"))["complete"] is False
    day = {"group_by": "user", "granularity": "day"}
    assert (await ask("trend", **day, **{"from": "2026-11-20", "to": "2026-11-22"}))["complete"] is False
    assert (await ask("trend", **day, **{"from": "2026-11-21", "to": "2026-11-22"}))["complete"] is True
    assert (await ask("trend", **day, **{"from": "2026-11-19", "to": "2026-11-20"}))["complete"] is True
