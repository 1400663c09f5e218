"""What was spent: sums of one ledger over a period, for all calls or for some."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core.ids import new_id
from app.core.money import to_wire
from app.core.periods import Period, month_period, utc_now
from app.usage import billing, queries, spending
from app.usage.rules import tags
from app.usage.service import record
from app.usage.spending import EVERYTHING, Filter, Ledger, Spent, TagIs
from tests.factories.analytics import make_call
from tests.factories.billing import billed_line
from tests.factories.workspaces import make_workspace

NOON = datetime(2023, 11, 16, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOVEMBER = month_period("2023-11")
KEY = UUID(int=7)
Ask = Callable[..., Awaitable[str]]


@pytest.fixture
async def workspace_id(session: AsyncSession) -> UUID:
    return (await make_workspace(session)).id


@pytest.fixture
def ask(session: AsyncSession, workspace_id: UUID) -> Ask:
    """The tracked cost of November of the calls that a filter names."""

    async def asked(period: Period = NOVEMBER, **named: Any) -> str:
        found = await spending.spent(session, workspace_id, Ledger.TRACKED, Filter(**named), period)
        return to_wire(found.cost)

    return asked


@pytest.fixture
async def calls(sessionmaker: async_sessionmaker[AsyncSession], workspace_id: UUID) -> list[Any]:
    """Calls of every kind; costs are powers of two, so that a sum says which calls it holds."""
    made = [
        make_call(workspace_id, NOON, "1", project="web", environment="prod"),
        make_call(workspace_id, NOON + HOUR, "2", provider="anthropic", model="claude", project="web"),
        make_call(workspace_id, NOON + DAY, "4", api_key_id=KEY, environment="dev"),
        make_call(workspace_id, NOON + DAY, "8", user_ref="ada", tags='{"team": "red", "user": "eve"}'),
        make_call(workspace_id, NOVEMBER.end, "16"),
        make_call(workspace_id, NOVEMBER.start - HOUR, "32"),
        make_call(workspace_id, NOON, None, status="error"),
        make_call(new_id(), NOON, "64"),
    ]
    await record(sessionmaker, made)
    return made


@pytest.mark.usefixtures("calls")
async def test_a_sum_holds_the_calls_of_its_workspace_and_period(session: AsyncSession, workspace_id: UUID) -> None:
    found = await spending.spent(session, workspace_id, Ledger.TRACKED, EVERYTHING, NOVEMBER)
    assert (to_wire(found.cost), found.calls, found.errors, found.unpriced_calls) == ("15", 5, 1, 1)
    assert (found.currency, found.is_known, found.is_complete) == ("USD", True, True)


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize(
    ("named", "cost"),
    [
        ({"provider": ("openai",)}, "13"),
        ({"provider": ("openai", "anthropic")}, "15"),
        ({"model": ("claude", "other")}, "2"),
        ({"project": ("web",)}, "3"),
        ({"project": ("web",), "environment": ("prod",)}, "1"),
        ({"project": ("",)}, "12"),
        ({"api_key_id": (KEY,)}, "4"),
        ({"api_key_id": (UUID(int=0),), "provider": ("anthropic",)}, "2"),
        ({"tag": TagIs("user", "ada")}, "8"),
        ({"tag": TagIs("tag.team", "red")}, "8"),
        ({"tag": TagIs("tag.user", "ada")}, "0"),
    ],
)
async def test_a_filter_takes_the_calls_that_have_all_it_names(ask: Ask, named: dict[str, Any], cost: str) -> None:
    assert await ask(**named) == cost


@pytest.mark.parametrize(
    "named",
    [
        {},
        {"provider": ("openai",)},
        {"model": ("claude",)},
        {"project": ("web", "")},
        {"environment": ("",)},
        {"api_key_id": (KEY,)},
        {"tag": TagIs("user", "ada")},
        {"tag": TagIs("tag.user", "eve")},
        {"tag": TagIs("tag.team", "blue")},
    ],
)
async def test_a_call_matches_where_the_sum_holds_it(ask: Ask, calls: list[Any], named: dict[str, Any]) -> None:
    mine = [call for call in calls[:7] if NOVEMBER.start <= call.occurred_at < NOVEMBER.end]
    matching = sum((call.cost or Decimal(0) for call in mine if Filter(**named).matches(call)), Decimal(0))
    assert await ask(**named) == to_wire(matching)


@pytest.mark.usefixtures("calls")
async def test_hours_are_summed_where_the_period_is_not_of_whole_days(ask: Ask) -> None:
    assert await ask(Period(NOON, NOON + HOUR)) == "1"
    assert await ask(Period(NOON + HOUR, NOON + DAY)) == "2"


@pytest.mark.usefixtures("calls")
async def test_days_and_hours_are_told_apart_in_their_order(session: AsyncSession, workspace_id: UUID) -> None:
    noon = NOON.replace(hour=0)
    days = await spending.by_day(session, workspace_id, Ledger.TRACKED, EVERYTHING, NOVEMBER)
    assert [(day, to_wire(sums.cost), sums.calls) for day, sums in days] == [(noon, "3", 3), (noon + DAY, "12", 2)]
    of_ada = await spending.by_day(session, workspace_id, Ledger.TRACKED, Filter(tag=TagIs("user", "ada")), NOVEMBER)
    assert [(day, to_wire(sums.cost)) for day, sums in of_ada] == [(noon + DAY, "8")]
    hours = await spending.by_hour(session, workspace_id, Filter(project=("web",)), NOVEMBER)
    assert [(hour, to_wire(sums.cost)) for hour, sums in hours] == [(NOON, "1"), (NOON + HOUR, "2")]
    with pytest.raises(ValueError, match="days are the finest"):
        await spending.by_hour(session, workspace_id, Filter(tag=TagIs("user", "ada")), NOVEMBER)


def test_a_tag_stands_alone_and_a_named_dimension_needs_a_value() -> None:
    with pytest.raises(ValueError, match="a tag stands alone"):
        Filter(tag=TagIs("user", "ada"), project=("web",))
    with pytest.raises(ValueError, match="needs a value"):
        Filter(project=())


async def test_a_value_that_may_be_counted_under_other_is_not_complete(
    sessionmaker: async_sessionmaker[AsyncSession],
    session: AsyncSession,
    workspace_id: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tags, "MAX_VALUES", 1)
    await record(sessionmaker, [make_call(workspace_id, NOON, "1", user_ref=user) for user in ("ada", "bob")])

    async def is_complete(user: str) -> bool:
        only = Filter(tag=TagIs("user", user))
        return (await spending.spent(session, workspace_id, Ledger.TRACKED, only, NOVEMBER)).is_complete

    assert [await is_complete(user) for user in ("ada", "bob")] == [True, False]


async def test_a_bill_is_summed_in_dollars_at_the_rates_that_are_known(
    session: AsyncSession, workspace_id: UUID
) -> None:
    start = NOVEMBER.start
    lines = [
        billed_line(start, "1.50", project="web", line_item="gpt-4o, input"),
        billed_line(start + DAY, "10", project="web", currency="EUR", line_item="gpt-4o, output"),
        billed_line(start + 2 * DAY, "10", project="web", currency="EUR", line_item="storage"),
        billed_line(start, "7", currency="GBP"),
        billed_line(NOVEMBER.end, "100", project="web"),
    ]
    await billing.upsert_billed(session, workspace_id, new_id(), "openai", lines, NOON)
    for day, rate in ((date(2023, 11, 2), "1.1"), (date(2023, 11, 3), "1.2")):
        await queries.put_rate(session, workspace_id, "EUR", day, Decimal(rate), None, utc_now())

    async def bill(**named: Any) -> Spent:
        return await spending.spent(session, workspace_id, Ledger.BILLED, Filter(**named), NOVEMBER)

    assert to_wire((everything := await bill()).cost) == "24.5"
    assert everything.other_currencies == {"GBP": Decimal(7)}
    assert (everything.calls, everything.errors, everything.unpriced_calls) == (None, None, None)
    assert to_wire((await bill(model=("gpt-4o",))).cost) == "12.5"
    assert to_wire((await bill(project=("web",), provider=("openai",))).cost) == "24.5"
    assert (await bill(project=("",))).cost == 0
    days = await spending.by_day(session, workspace_id, Ledger.BILLED, EVERYTHING, NOVEMBER)
    assert [to_wire(sums.cost) for _, sums in days] == ["1.5", "11", "12"]


async def test_a_bill_without_a_line_is_not_known_to_be_nothing(session: AsyncSession, workspace_id: UUID) -> None:
    found = await spending.spent(session, workspace_id, Ledger.BILLED, EVERYTHING, NOVEMBER)
    assert (found.cost, found.is_known, found.calls) == (Decimal(0), False, None)


async def test_bills_do_not_know_what_a_call_was_for(session: AsyncSession, workspace_id: UUID) -> None:
    for only, name in ((Filter(environment=("prod",)), "environment"), (Filter(tag=TagIs("user", "ada")), "tag")):
        with pytest.raises(ValueError, match=f"the billed ledger does not know {name}"):
            await spending.spent(session, workspace_id, Ledger.BILLED, only, NOVEMBER)
