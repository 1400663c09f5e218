"""Thresholds: each fires once in a period, in the transaction that moved the sums."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.budgets import projecting, service, telling
from app.budgets.rules import Budget, Every, Kind, Threshold
from app.core.ids import new_id
from app.core.money import dollars, to_wire
from app.core.periods import Granularity, Period, floor, utc_now
from app.forecasts.rules.forecasting import Forecast, Point
from app.usage.service import record
from app.usage.spending import Filter, Ledger, TagIs
from tests.budgets.setting import Firm, terms
from tests.factories.analytics import make_call, selects_on

DAY = timedelta(days=1)


async def test_a_threshold_fires_when_it_is_reached_and_never_again(firm: Firm) -> None:
    await firm.make(terms("100", 50, 80))
    await firm.spend("49.99")
    assert await firm.fired() == []
    await firm.spend("0.01")
    assert await firm.fired() == [(1, 50, "actual", "50")]
    await firm.spend("10")
    await firm.spend("60", None)
    await firm.spend("1")
    assert await firm.fired() == [(1, 50, "actual", "50"), (1, 80, "actual", "120")]
    assert await firm.alerts() == [
        ("all: 50 % of $100.00 spent", "open", 1),
        ("all: 80 % of $100.00 spent", "open", 1),
    ]


async def test_one_call_may_cross_several_thresholds(firm: Firm) -> None:
    budget_id = await firm.make(terms("10", 50, 100, 200))
    await firm.spend("15")
    assert [percent for _, percent, _, _ in await firm.fired()] == [50, 100]
    fired = (await firm.read(budget_id)).fired
    assert [(each.threshold.percent, to_wire(each.figure), to_wire(each.amount)) for each in fired] == [
        (50, "15", "10"),
        (100, "15", "10"),
    ]


async def test_a_repeat_of_a_call_crosses_nothing(firm: Firm) -> None:
    await firm.make(terms("10", 100))
    call = firm.call("6")
    await firm.take([call])
    await firm.take([call])
    assert await firm.fired() == []


@pytest.mark.parametrize(
    ("only", "is_fired"),
    [
        (Filter(project=("web",)), True),
        (Filter(project=("other",)), False),
        (Filter(tag=TagIs("user", "ada")), True),
        (Filter(tag=TagIs("tag.team", "red")), True),
        (Filter(tag=TagIs("tag.team", "blue")), False),
    ],
)
async def test_only_calls_of_the_filter_count(firm: Firm, only: Filter, is_fired: bool) -> None:
    await firm.make(terms("10", 100, only=only))
    await firm.spend("10", project="web", user_ref="ada", tags='{"team": "red"}')
    assert bool(await firm.fired()) is is_fired


async def test_what_is_crossed_when_a_budget_is_made_fires_at_once(firm: Firm) -> None:
    await firm.spend("7")
    await firm.make(terms("10", 50, 80))
    assert await firm.fired() == [(1, 50, "actual", "7")]


async def test_other_terms_arm_thresholds_anew_and_take_back_what_was_told(firm: Firm) -> None:
    budget_id = await firm.make(terms("10", 50))
    await firm.spend("6")
    await firm.amend(budget_id, terms("10", 50, name="renamed"))
    assert await firm.fired() == [(1, 50, "actual", "6")]
    await firm.amend(budget_id, terms("20", 50))
    assert await firm.fired() == [(1, 50, "actual", "6")]
    await firm.spend("5")
    await firm.spend("5")
    assert await firm.fired() == [(1, 50, "actual", "6"), (2, 50, "actual", "11")]
    assert [(title, state) for title, state, _ in await firm.alerts()] == [
        ("all: 50 % of $10.00 spent", "resolved"),
        ("all: 50 % of $20.00 spent", "open"),
    ]


async def test_a_call_that_comes_late_counts_in_the_period_it_was_made_in(firm: Firm, sessions: object) -> None:
    """A budget that is a week old; its thresholds of yesterday and of before it was made."""
    today = floor(utc_now(), Granularity.DAY)
    await firm.make(terms("10", 100, every=Every.DAY))
    async with firm.sessions() as session, session.begin():
        await session.execute(text("UPDATE budgets SET armed_at = :at"), {"at": today - 7 * DAY})
    await firm.spend("10", at=today - 8 * DAY)
    assert await firm.fired() == []
    await firm.spend("9", at=today - DAY)
    await firm.spend("9")
    assert await firm.fired() == []
    await firm.spend("1", at=today - DAY)
    await firm.spend("1", at=today - DAY)
    assert await firm.fired() == [(1, 100, "actual", "10")]
    await firm.spend("2")
    assert await firm.fired() == [(1, 100, "actual", "10"), (1, 100, "actual", "11")]


async def test_a_period_that_is_over_takes_its_alert_back(firm: Firm) -> None:
    yesterday = floor(utc_now(), Granularity.DAY) - DAY
    await firm.make(terms("10", 100, every=Every.DAY))
    async with firm.sessions() as session, session.begin():
        await session.execute(text("UPDATE budgets SET armed_at = :at"), {"at": yesterday})
    await firm.spend("10", at=yesterday)
    await firm.spend("10")
    for _ in range(2):
        assert await service.do_due(firm.sessions, 60) == 1
        assert sorted(state for _, state, _ in await firm.alerts()) == ["open", "resolved"]


async def test_a_budget_that_was_deleted_fires_no_more(firm: Firm) -> None:
    budget_id = await firm.make(terms("10", 50, 100))
    await firm.spend("5")
    async with firm.sessions() as session, session.begin():
        await service.delete(session, firm.member, budget_id)
    await firm.spend("5")
    assert [percent for _, percent, _, _ in await firm.fired()] == [50]
    assert [state for _, state, _ in await firm.alerts()] == ["resolved"]


async def test_budgets_of_a_workspace_that_is_about_to_be_deleted_rest_until_that_is_taken_back(firm: Firm) -> None:
    await firm.make(terms("10", 50))
    for end, count in ((utc_now(), 0), (None, 1)):
        async with firm.sessions() as session, session.begin():
            await session.execute(text("UPDATE workspaces SET deletes_at = :at"), {"at": end})
        assert await service.do_due(firm.sessions, 60) == count


async def test_a_budget_that_is_restored_goes_on_where_it_stood(firm: Firm) -> None:
    budget_id = await firm.make(terms("10", 10, 50, 100))
    await firm.spend("1")
    await firm.spend("4")
    async with firm.sessions() as session, session.begin():
        await session.execute(
            text("UPDATE alerts SET fired_due = false, acknowledged_at = now(), state = 'acknowledged'")
        )
        await session.execute(
            text("UPDATE alerts SET state = 'resolved', resolved_at = now() WHERE title LIKE '%50 %'")
        )
    async with firm.sessions() as session, session.begin():
        await service.delete(session, firm.member, budget_id)
    assert {state for _, state, _ in await firm.alerts()} == {"resolved"}
    await firm.spend("5")
    async with firm.sessions() as session, session.begin():
        standing = await service.restore(session, firm.member, budget_id)
    assert [fired.threshold.percent for fired in standing.fired] == [10, 50, 100]
    assert (standing.budget.version, to_wire(standing.spent.cost)) == (1, "10")
    assert await firm.alerts() == [
        ("all: 10 % of $10.00 spent", "acknowledged", 1),
        ("all: 100 % of $10.00 spent", "open", 1),
        ("all: 50 % of $10.00 spent", "resolved", 1),
    ]
    async with firm.sessions() as session:
        due = text("SELECT title FROM alerts WHERE fired_due OR resolved_due")
        assert list(await session.scalars(due)) == ["all: 100 % of $10.00 spent"]
    await firm.spend("10")
    assert await service.do_due(firm.sessions, 60) == 1
    assert [percent for _, percent, _, _ in await firm.fired()] == [10, 50, 100]


async def test_what_is_over_when_a_budget_is_restored_stays_over(firm: Firm) -> None:
    yesterday = utc_now() - DAY
    budget_id = await firm.make(terms("10", 50, every=Every.DAY))
    async with firm.sessions() as session, session.begin():
        await session.execute(text("UPDATE budgets SET armed_at = :at"), {"at": yesterday})
    await firm.spend("5", at=yesterday)
    assert [state for _, state, _ in await firm.alerts()] == ["open"]
    async with firm.sessions() as session, session.begin():
        await service.delete(session, firm.member, budget_id)
    async with firm.sessions() as session, session.begin():
        await service.restore(session, firm.member, budget_id)
    assert [state for _, state, _ in await firm.alerts()] == ["resolved"]


async def test_writers_at_the_same_time_do_not_both_miss_what_they_cross_together(firm: Firm) -> None:
    """Each of ten writers stays below; which of them sees the sum is left to chance."""
    await firm.make(terms("10", *range(10, 101, 10), only=Filter(project=("web",))))

    async def spend() -> None:
        for _ in range(5):
            await firm.spend("0.2", project="web")

    await asyncio.gather(*(spend() for _ in range(10)))
    assert [percent for _, percent, _, _ in await firm.fired()] == list(range(10, 101, 10))
    assert {told for _, _, told in await firm.alerts()} == {1}
    assert len(await firm.alerts()) == 10


async def test_a_writer_waits_for_one_who_has_looked_and_not_committed(firm: Firm) -> None:
    """Two calls that share no row of any sum: only at the budget can the second writer learn of the first."""
    await firm.make(terms("10", 100))
    first, second = (firm.call("5", model=model) for model in ("a", "b"))
    others: list[asyncio.Task[None]] = []

    async def look_and_linger(session: AsyncSession, _: object) -> None:
        await service.watch_calls(session, [first])
        others.append(asyncio.create_task(firm.take([second])))
        while not (others[0].done() or await _somebody_waits(firm)):
            await asyncio.wait(others, timeout=0.01)

    await record(firm.sessions, [first], look_and_linger)
    await others[0]
    assert await firm.fired() == [(1, 100, "actual", "10")]


async def _somebody_waits(firm: Firm) -> bool:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    async with firm.sessions() as session:
        return bool((await session.execute(text(waiting))).scalar())


async def test_calls_of_a_workspace_without_budgets_cost_one_question(firm: Firm, session: AsyncSession) -> None:
    calls = [make_call(new_id(), utc_now(), "1") for _ in range(3)]
    with selects_on(await session.connection()) as asked:
        await service.watch_calls(session, calls)
    assert len(asked) == 1


async def test_a_fault_of_budgets_costs_no_call_and_is_made_up_for(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    budget_id = await firm.make(terms("10", 100))

    async def fail(*_: object) -> None:
        raise ValueError("nobody can be told")

    with monkeypatch.context() as broken:
        broken.setattr(telling, "tell", fail)
        await firm.spend("12")
    assert await firm.fired() == []
    assert to_wire((await firm.read(budget_id)).spent.cost) == "12"
    assert await service.do_due(firm.sessions, 60) == 1
    assert await firm.fired() == [(1, 100, "actual", "12")]


async def test_what_is_rolled_back_has_not_fired(firm: Firm) -> None:
    await firm.make(terms("10", 100))

    async def fail_later(session: AsyncSession, _: object) -> None:
        await service.watch_calls(session, calls)
        raise ValueError("later in the transaction")

    calls = [firm.call("12")]
    with pytest.raises(ValueError, match="later"):
        await record(firm.sessions, calls, fail_later)
    assert (await firm.fired(), await firm.alerts()) == ([], [])
    await firm.take(calls)
    assert len(await firm.fired()) == 1


async def test_a_forecast_is_held_against_its_thresholds_in_the_round(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def guess(_session: AsyncSession, _budget: Budget, period: Period) -> Forecast:
        points = [
            Point(period.start.date() + number * DAY, *map(Decimal, figures))
            for number, figures in enumerate((("4", "4", "4"), ("10", "9", "11"), ("12", "9", "15")))
        ]
        return Forecast(Decimal(3), 20, points)

    thresholds = (Threshold(100, Kind.FORECAST), Threshold(130, Kind.FORECAST), Threshold(100, Kind.ACTUAL))
    budget_id = await firm.make(terms("10", thresholds=thresholds))
    await firm.spend("3")
    monkeypatch.setattr(projecting, "forecast_of", guess)
    for _ in range(2):
        await service.do_due(firm.sessions, 60)
        assert await firm.fired() == [(1, 100, "forecast", "12")]
    assert await firm.alerts() == [("all: 100 % of $10.00 will be spent, by the forecast", "open", 1)]
    standing = await firm.read(budget_id)
    first = standing.period.start.date()
    assert (standing.projected, standing.crosses_on) == (Decimal(12), first + 2 * DAY)
    assert ["Reached on", f"{first + DAY:%d %B %Y}"] in await firm.facts(), "the day says when the threshold is reached"


async def test_a_budget_of_calls_that_were_made_for_weeks_is_projected(firm: Firm) -> None:
    now = utc_now()
    month = floor(now, Granularity.MONTH)
    start, end = month - 40 * DAY, month + 80 * DAY
    await firm.take([firm.call("1", start + n * DAY) for n in range((now - start).days)])
    wanted = terms("60", every=Every.CUSTOM, start=start, end=end, thresholds=(Threshold(100, Kind.FORECAST),))
    standing = await firm.read(await firm.make(wanted))
    assert standing.forecast is not None
    assert standing.forecast.low <= standing.forecast.expected <= standing.forecast.high
    assert standing.projected == round(standing.forecast.expected, 6)
    assert standing.spent.cost < standing.forecast.expected
    assert standing.crosses_on is not None
    assert [(percent, of) for _, percent, of, _ in await firm.fired()] == [(100, "forecast")]


async def test_days_of_bills_are_for_budgets_on_bills(firm: Firm) -> None:
    await firm.make(terms("10", 50, ledger=Ledger.TRACKED))
    await firm.make(terms("10", 50, name="bill", ledger=Ledger.BILLED))
    await record(firm.sessions, [firm.call("10")])
    async with firm.sessions() as session, session.begin():
        await service.watch_days(session, firm.id, Ledger.BILLED, [floor(utc_now(), Granularity.DAY)])
    assert await firm.fired() == []
    async with firm.sessions() as session, session.begin():
        await service.watch_days(session, firm.id, Ledger.TRACKED, [floor(utc_now(), Granularity.DAY)])
    assert len(await firm.fired()) == 1


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0", "$0.00"), ("1234.5", "$1,234.50"), ("0.1", "$0.10"), ("0.0123456", "$0.0123"), ("0.000001", "$0.000001")],
)
def test_amounts_are_told_so_that_people_can_read_them(amount: str, text: str) -> None:
    assert dollars(Decimal(amount)) == text


def test_a_key_names_all_that_a_threshold_fires_once_for() -> None:
    start = floor(utc_now(), Granularity.MONTH)
    key = telling.Key(UUID(int=1), 2, start, "actual", 80)
    others = {str(key._replace(version=3)), str(key._replace(percent=81)), str(key._replace(of="forecast"))}
    assert len(others | {str(key)}) == 4
