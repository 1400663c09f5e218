from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_sessionmaker

from app.usage import service as usage
from app.workspaces.models import Workspace
from tests.analytics.conftest import NOW, Ask, Record
from tests.factories.analytics import make_call, selects_on
from tests.factories.workspaces import make_api_key, make_workspace


async def test_rows_are_dearest_first_with_their_shares(record: Record, ask: Ask) -> None:
    await record(NOW, "1", provider="anthropic")
    await record(NOW, "2", provider="openai")
    await record(NOW, "0", provider="local")
    await record(NOW, None, provider="unheard-of")
    breakdown = await ask("breakdown", by="provider")
    assert (breakdown["month"], breakdown["ledger"], breakdown["by"]) == ("2026-11", "tracked", "provider")
    assert [(row["key"], row["cost"], row["share"]) for row in breakdown["rows"]] == [
        ("openai", "2", "0.666667"),
        ("anthropic", "1", "0.333333"),
        ("local", "0", "0"),
        ("unheard-of", None, None),
    ]
    assert breakdown["total"]["cost"] == "3"
    assert breakdown["has_data"] is True


async def test_a_breakdown_holds_its_month_and_no_more(record: Record, ask: Ask) -> None:
    start, end = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    await record(start, "1")
    await record(end - timedelta(microseconds=1), "2")
    await record(start - timedelta(microseconds=1), "10")
    await record(end, "20")
    breakdown = await ask("breakdown", month="2026-10", by="model")
    assert [row["cost"] for row in breakdown["rows"]] == ["3"]


@pytest.mark.parametrize("by", ["project", "environment", "api_key"])
async def test_calls_without_the_dimension_are_a_row_of_their_own(record: Record, ask: Ask, by: str) -> None:
    await record(NOW)
    rows = (await ask("breakdown", by=by))["rows"]
    assert [(row["key"], row["label"]) for row in rows] == [("", "(none)")]


async def test_status_tells_errors_apart(record: Record, ask: Ask) -> None:
    await record(NOW, "3")
    await record(NOW, "1", status="error")
    rows = (await ask("breakdown", by="status"))["rows"]
    assert [(row["key"], row["errors"], row["share"]) for row in rows] == [("ok", 0, "0.75"), ("error", 1, "0.25")]


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("capacity", [("", "on demand", "1"), ("provisioned", "provisioned", "0")]),
        ("price_state", [("priced", "priced", "1"), ("free", "free", "0"), ("unpriced", "unpriced", None)]),
        ("unpriced_reason", [("", "(none)", "1"), ("usage_missing", "usage_missing", None)]),
    ],
)
async def test_what_is_known_of_the_price_can_be_told_apart(
    record: Record, ask: Ask, by: str, expected: list[tuple[str, str, str | None]]
) -> None:
    await record(NOW, "1")
    await record(NOW, "0", capacity="provisioned")
    await record(NOW, None, unpriced_reason="usage_missing")
    rows = (await ask("breakdown", by=by))["rows"]
    assert [(row["key"], row["label"], row["cost"]) for row in rows] == expected
    points = (await ask("trend", group_by=by, **{"from": "2026-11-21", "to": "2026-11-22"}))["points"]
    assert [(point["key"], point["label"], point["cost"]) for point in points] == expected


async def test_an_api_key_is_named_only_in_its_own_workspace(
    record: Record, ask: Ask, session: AsyncSession, workspace: Workspace
) -> None:
    own, _ = await make_api_key(session, workspace)
    foreign, _ = await make_api_key(session, await make_workspace(session))
    await session.commit()
    await record(NOW, "2", api_key_id=own.id)
    await record(NOW, "1", api_key_id=foreign.id)
    rows = (await ask("breakdown", by="api_key"))["rows"]
    assert [row["label"] for row in rows] == ["test key", str(foreign.id)]


async def test_what_is_beyond_the_limit_is_summed_as_other(record: Record, ask: Ask) -> None:
    for number in range(1, 6):
        await record(NOW, str(number), model=f"model-{number}")
    rows = (await ask("breakdown", by="model", limit=2))["rows"]
    assert [(row["key"], row["cost"]) for row in rows] == [("model-5", "5"), ("model-4", "4"), ("(other)", "6")]
    for limit in (0, 501):
        problem = await ask("breakdown", 422, by="model", limit=limit)
        assert [error["field"] for error in problem["errors"]] == ["limit"]


async def test_a_hundred_groups_are_answered_unless_more_are_asked_for(record: Record, ask: Ask) -> None:
    for number in range(102):
        await record(NOW, "1", model=f"model-{number:03}")
    rows = (await ask("breakdown", by="model"))["rows"]
    assert (len(rows), rows[-1]["key"], rows[-1]["cost"]) == (101, "(other)", "2")
    assert len((await ask("breakdown", by="model", limit=200))["rows"]) == 102


async def test_shares_of_a_long_list_add_up_to_the_total(record: Record, ask: Ask) -> None:
    for number in range(7):
        await record(NOW, "1", model=f"model-{number}")
    breakdown = await ask("breakdown", by="model")
    assert sum(Decimal(row["cost"]) for row in breakdown["rows"]) == Decimal(breakdown["total"]["cost"])


async def test_an_empty_month_has_no_rows(ask: Ask) -> None:
    breakdown = await ask("breakdown")
    assert (breakdown["rows"], breakdown["has_data"]) == ([], False)


async def test_a_breakdown_by_what_calls_do_not_have_is_refused(ask: Ask) -> None:
    problem = await ask("breakdown", 422, by="colour")
    assert [error["field"] for error in problem["errors"]] == ["by"]


async def test_a_neighbours_calls_are_never_counted(
    ask: Ask, session: AsyncSession, sessionmaker: async_sessionmaker[AsyncSession]
) -> None:
    neighbour = await make_workspace(session)
    await session.commit()
    await usage.record(sessionmaker, [make_call(neighbour.id, NOW, event_id="theirs")])
    for question in ("summary", "trend", "breakdown"):
        assert (await ask(question))["has_data"] is False
    assert (await ask("calls"))["items"] == []
    await ask("calls/theirs", 404)


@pytest.mark.parametrize("by", ["provider", "api_key"])
async def test_a_breakdown_takes_one_statement_and_one_for_what_there_is(
    record: Record, ask: Ask, connection: AsyncConnection, by: str
) -> None:
    await record(NOW)
    await ask("breakdown")  # the key is remembered from now on
    with selects_on(connection) as seen:
        await ask("breakdown", by=by)
    assert len(seen) == 2
