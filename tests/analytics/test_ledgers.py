"""Figures of the ledgers that providers fill, and which ledger answers."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.core.ids import new_id
from app.core.periods import Period
from app.providers.models import Connection, SyncCursor
from app.usage import billing, entering
from app.usage.models import CreditRow
from app.usage.rules.reports import CreditSnapshot, Name
from app.workspaces.models import Workspace
from app.workspaces.rules import Member, Role, WorkspaceId
from tests.analytics.conftest import NOW, Ask, Record
from tests.factories.analytics import selects_on
from tests.factories.billing import COSTS, DAY, billed_line, usage_line

TODAY = datetime(2026, 11, 21, tzinfo=UTC)
NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 1, tzinfo=UTC)

Connect = Callable[..., Awaitable["Office"]]


class Office:
    """A connection of a workspace, and what it reads."""

    def __init__(self, session: AsyncSession, workspace_id: UUID, provider: str) -> None:
        self.session, self.workspace_id, self.provider, self.id = session, workspace_id, provider, new_id()

    async def open(self, feeds: tuple[str, ...], since: datetime, until: datetime) -> None:
        self.session.add(
            Connection(
                workspace_id=self.workspace_id,
                id=self.id,
                provider=self.provider,
                mode="organization",
                label=f"Our {self.provider}",
                base_url=None,
                fields={},
                key_class="organization",
                key_last4="1234",
                key_fingerprint=self.id.bytes,
                sealed_key=None,
                key_id=None,
                facts={},
                can=[],
                message="",
                status="active",
                failures=0,
                verified_at=NOW,
                last_synced_at=NOW - timedelta(minutes=12),
                created_at=NOW,
            )
        )
        await self.session.flush()
        for feed in feeds:
            self.session.add(
                SyncCursor(
                    workspace_id=self.workspace_id,
                    connection_id=self.id,
                    feed=feed,
                    backfilled_from=since,
                    synced_until=until,
                    read_at=NOW,
                    empty_days=0,
                    slice_days=None,
                    is_complete=True,
                )
            )
        await self.session.commit()

    async def bill(self, *lines: Any, at: datetime = NOW) -> None:
        await billing.upsert_billed(self.session, self.workspace_id, self.id, self.provider, lines, at)
        await self.session.commit()

    async def report(self, *lines: Any) -> None:
        await billing.upsert_reported(self.session, self.workspace_id, self.id, self.provider, lines, NOW)
        await self.session.commit()

    async def name(self, *names: Name) -> None:
        await billing.save_names(self.session, self.workspace_id, self.id, names, NOW)
        await self.session.commit()

    async def balance(self, at: datetime, **said: Any) -> None:
        amounts: dict[str, Any] = {
            name: Decimal(value) if isinstance(value, str) and name != "currency" else value
            for name, value in said.items()
        }
        known: dict[str, Any] = {"available": None, "currency": "USD", **amounts}
        snapshot = CreditSnapshot(at=at, **known)
        await billing.add_credit(self.session, self.workspace_id, self.id, self.provider, snapshot)
        await self.session.commit()


@pytest.fixture
def connect(session: AsyncSession, workspace: Workspace) -> Connect:
    async def open_office(
        provider: str = "openai",
        feeds: tuple[str, ...] = ("costs", "usage"),
        since: datetime = datetime(2026, 9, 1, tzinfo=UTC),
        until: datetime = TODAY + DAY,
    ) -> Office:
        office = Office(session, workspace.id, provider)
        await office.open(feeds, since, until)
        return office

    return open_office


async def test_bills_are_in_front_where_they_cover_the_month_and_every_provider(
    connect: Connect, record: Record, ask: Ask
) -> None:
    office = await connect()
    await office.bill(billed_line(TODAY, "3.10"), billed_line(NOVEMBER, "0.005"), billed_line(OCTOBER, "2"))
    await record(NOW, "3")
    summary = await ask("summary")
    assert (summary["ledger"], summary["total"]["cost"], summary["today"]["cost"]) == ("billed", "3.105", "3.1")
    assert summary["total"]["calls"] is None
    assert {row["ledger"]: row["cost"] for row in summary["ledgers"]} == {
        "tracked": "3",
        "billed": "3.105",
        "reported": None,
    }
    assert summary["freshness"]["billed_until"] == "2026-11-22T00:00:00Z"
    assert summary["freshness"]["last_synced_at"] == "2026-11-21T14:18:00Z"


async def test_calls_of_a_provider_without_bills_keep_the_tracked_figure_in_front(
    connect: Connect, record: Record, ask: Ask
) -> None:
    office = await connect()
    await office.bill(billed_line(TODAY, "3"))
    await record(NOW, "1", provider="anthropic")
    await record(NOW, "2")
    assert (await ask("summary"))["ledger"] == "tracked"
    billed = await ask("summary", ledger="billed")
    assert (billed["ledger"], billed["total"]["cost"]) == ("billed", "3")


@pytest.mark.parametrize(
    ("since", "until", "ledger"),
    [
        (NOVEMBER, TODAY - 2 * DAY, "billed"),
        (NOVEMBER, TODAY - 3 * DAY, "tracked"),
        (NOVEMBER + DAY, TODAY + DAY, "tracked"),
    ],
)
async def test_a_month_is_covered_from_its_start_to_where_bills_go(
    connect: Connect, record: Record, ask: Ask, since: datetime, until: datetime, ledger: str
) -> None:
    await connect(since=since, until=until)
    await record(NOW)
    assert (await ask("summary"))["ledger"] == ledger


async def test_without_a_call_whatever_bill_there_is_is_shown(connect: Connect, ask: Ask) -> None:
    await connect(since=TODAY - DAY)
    summary = await ask("summary")
    assert (summary["ledger"], summary["total"]["cost"], summary["has_data"]) == ("billed", "0", False)


async def test_what_a_deleted_connection_read_counts_only_while_its_data_is_kept(
    connect: Connect, ask: Ask, session: AsyncSession
) -> None:
    office = await connect()
    row = await session.get_one(Connection, (office.workspace_id, office.id))
    row.deleted_at = NOW
    await session.commit()
    assert (await ask("summary"))["ledger"] == "billed"
    row.key_fingerprint = b""
    await session.commit()
    assert (await ask("summary"))["ledger"] == "tracked"


async def test_a_month_that_was_not_read_is_unknown_and_not_zero(connect: Connect, ask: Ask) -> None:
    await connect()
    summary = await ask("summary", month="2026-08", ledger="billed")
    assert (summary["total"]["cost"], summary["change"]["cost"]) == (None, None)


async def test_as_many_days_are_compared_as_were_billed(connect: Connect, ask: Ask) -> None:
    office = await connect()
    await office.bill(billed_line(NOVEMBER, "3"), billed_line(NOVEMBER + DAY, "1"))
    await office.bill(billed_line(OCTOBER, "1"), billed_line(OCTOBER + DAY, "1"), billed_line(OCTOBER + 2 * DAY, "90"))
    summary = await ask("summary")
    assert summary["previous_period"] == {"start": "2026-10-01T00:00:00Z", "end": "2026-10-03T00:00:00Z"}
    assert (summary["previous"]["cost"], summary["change"]["cost"]) == ("2", "1")


async def test_currencies_are_never_summed(connect: Connect, ask: Ask) -> None:
    office = await connect()
    await office.bill(
        billed_line(TODAY, "1.10"),
        billed_line(TODAY, "7", currency="EUR"),
        billed_line(TODAY - DAY, "0.5", currency="EUR"),
        billed_line(TODAY, "30", currency="CNY"),
    )
    total = (await ask("summary"))["total"]
    assert (total["cost"], total["currency"]) == ("1.1", "USD")
    assert total["other_currencies"] == [{"currency": "CNY", "amount": "30"}, {"currency": "EUR", "amount": "7.5"}]


async def test_other_money_alone_is_no_dollars_at_all(connect: Connect, ask: Ask) -> None:
    office = await connect()
    await office.bill(billed_line(TODAY, "7", currency="EUR"))
    assert (await ask("summary"))["total"]["cost"] is None


async def test_a_rate_converts_the_days_from_its_own_on(
    connect: Connect, ask: Ask, session: AsyncSession, workspace: Workspace
) -> None:
    office = await connect()
    for day in (19, 20, 21):
        await office.bill(billed_line(TODAY.replace(day=day), "10", currency="EUR"))
    actor = Member(WorkspaceId(workspace.id), None, Role.ADMIN)
    await entering.set_rate(session, actor, "EUR", TODAY.date() - DAY, Decimal("1.1"))
    await entering.set_rate(session, actor, "EUR", TODAY.date(), Decimal("1.25"))
    await session.commit()
    summary = await ask("summary")
    assert (summary["total"]["cost"], summary["today"]["cost"]) == ("23.5", "12.5")
    assert summary["total"]["other_currencies"] == [{"currency": "EUR", "amount": "10"}]
    assert summary["converted"] == [{"currency": "EUR", "amount": "20", "cost": "23.5"}]


async def test_vanished_lines_count_and_are_told(connect: Connect, ask: Ask) -> None:
    office = await connect()
    await office.bill(billed_line(TODAY, "1", project="a"), billed_line(TODAY, "2", project="b"))
    later = NOW + timedelta(hours=1)
    await office.bill(billed_line(TODAY, "1", project="a"), at=later)
    month = Period(NOVEMBER, NOVEMBER + 30 * DAY)
    await billing.flag_vanished(office.session, office.workspace_id, office.id, COSTS, month, later)
    await office.session.commit()
    for question in ("summary", "breakdown", "trend"):
        answer = await ask(question, ledger="billed")
        assert answer["flagged"] == {"rows": 1, "amount": "2"}
    assert (await ask("summary"))["total"]["cost"] == "3"


async def test_projects_and_keys_go_by_their_names_even_when_they_are_gone(connect: Connect, ask: Ask) -> None:
    office = await connect()
    await office.name(
        Name("project", "proj_1", "Website"),
        Name("project", "proj_2", "Old one", is_archived=True),
        Name("api_key", "proj_1", "not a project"),
    )
    lines = [("proj_1", "5"), ("proj_2", "3"), ("proj_3", "2"), (None, "1")]
    await office.bill(*(billed_line(TODAY, amount, project=project) for project, amount in lines))
    breakdown = await ask("breakdown", by="project", ledger="billed")
    assert [(row["key"], row["label"], row["cost"]) for row in breakdown["rows"]] == [
        ("proj_1", "Website", "5"),
        ("proj_2", "Old one", "3"),
        ("proj_3", "proj_3", "2"),
        ("", "(none)", "1"),
    ]
    assert (breakdown["ledger"], breakdown["total"]["cost"], breakdown["rows"][0]["share"]) == (
        "billed",
        "11",
        "0.454545",
    )


async def test_a_model_is_told_and_never_guessed(connect: Connect, ask: Ask) -> None:
    office = await connect()
    await office.bill(
        billed_line(TODAY, "8", line_item="gpt-4o, input"),
        billed_line(TODAY, "4", line_item="gpt-4o, cached input"),
        billed_line(TODAY, "5", line_item="house model", model="house-1"),
        billed_line(TODAY, "2", line_item="Web search tool calls"),
        billed_line(TODAY, "1", line_item="gpt-4o"),
        billed_line(TODAY, "0.5", line_item="gpt-4o-but-unheard-of, input"),
        billed_line(TODAY, "0.25"),
    )
    rows = (await ask("breakdown", by="model", ledger="billed"))["rows"]
    assert [(row["key"], row["cost"]) for row in rows] == [("gpt-4o", "12"), ("house-1", "5"), ("other", "3.75")]


async def test_line_items_are_on_bills_only(connect: Connect, ask: Ask) -> None:
    office = await connect()
    await office.bill(billed_line(TODAY, "8", line_item="gpt-4o, input"), billed_line(TODAY, "1"))
    breakdown = await ask("breakdown", by="line_item")
    assert (breakdown["ledger"], [row["key"] for row in breakdown["rows"]]) == ("billed", ["gpt-4o, input", ""])
    problem = await ask("breakdown", 422, by="line_item", ledger="tracked")
    assert "line_item is in billed" in problem["errors"][0]["detail"]
    problem = await ask("breakdown", 422, by="environment", ledger="billed")
    assert "environment is in tracked" in problem["errors"][0]["detail"]


async def test_a_bill_knows_no_hours(connect: Connect, record: Record, ask: Ask) -> None:
    await connect()
    problem = await ask("trend", 422, granularity="hour", ledger="billed")
    assert "days are the finest" in problem["errors"][0]["detail"]
    assert (await ask("trend", granularity="hour"))["ledger"] == "tracked"


async def test_a_billed_trend_has_zeros_where_it_was_read_and_nothing_where_not(connect: Connect, ask: Ask) -> None:
    office = await connect(since=TODAY - 2 * DAY, until=TODAY)
    await office.bill(billed_line(TODAY - DAY, "1.5", project="a"), billed_line(TODAY - DAY, "2", project="b"))
    bounds = {"from": "2026-11-18", "to": "2026-11-22", "ledger": "billed"}
    points = (await ask("trend", **bounds))["points"]
    assert [point["cost"] for point in points] == [None, "0", "3.5", None]
    points = (await ask("trend", group_by="project", **bounds))["points"]
    assert [(point["key"], point["cost"]) for point in points][2:6] == [
        ("b", "0"),
        ("a", "0"),
        ("b", "2"),
        ("a", "1.5"),
    ]
    points = (await ask("trend", granularity="month", **bounds))["points"]
    assert [point["cost"] for point in points] == ["3.5"]


async def test_what_providers_counted_is_a_ledger_of_its_own(connect: Connect, ask: Ask) -> None:
    office = await connect()
    counts = {"input.fresh.text": 100, "input.cache_read.text": 30, "input.fresh.audio": 7, "output.visible.text": 10}
    await office.report(
        usage_line(TODAY, model="m", user="u1", counts=counts, requests=3),
        usage_line(TODAY, model="n", counts={"output.visible.text": 1}),
        usage_line(TODAY, model="m", counts={"stored_bytes": 5000}, is_level=True, endpoint="vector_stores"),
        usage_line(TODAY, model="m", counts={"input.fresh.text": 100}, endpoint="claude_code"),
    )
    breakdown = await ask("breakdown", by="model", ledger="reported")
    figures = [(row["key"], row["input_tokens"], row["output_tokens"], row["calls"]) for row in breakdown["rows"]]
    assert figures == [("m", 137, 10, 3), ("n", None, 1, None)]
    assert (breakdown["total"]["cost"], breakdown["total"]["input_tokens"]) == (None, 137)
    assert (await ask("breakdown", by="user"))["ledger"] == "reported"


async def test_ledgers_stand_side_by_side(connect: Connect, record: Record, ask: Ask) -> None:
    office = await connect(until=TODAY + DAY)
    await office.bill(billed_line(TODAY, "4"), billed_line(TODAY - DAY, "1"))
    await office.report(usage_line(TODAY, counts={"input.fresh.text": 200}, requests=2))
    await record(NOW, "3", counts={"input.fresh.text": 150})
    answer = await ask("reconciliation", month="2026-11", by="day")
    rows = {row["key"]: row for row in answer["rows"]}
    assert len(rows) == 30
    today = rows["2026-11-21"]
    assert (today["tracked"]["cost"], today["billed"]["cost"], today["reported"]["input_tokens"]) == ("3", "4", 200)
    assert today["cost"] == {"difference": "1", "ratio": "0.75"}
    assert today["input_tokens"] == {"difference": "50", "ratio": "0.75"}
    assert rows["2026-11-20"]["tracked"] is None
    assert rows["2026-11-20"]["cost"] == {"difference": None, "ratio": None}
    assert rows["2026-11-25"]["billed"] is None
    by_provider = await ask("reconciliation", month="2026-11", by="provider")
    assert [(row["key"], row["cost"]["difference"]) for row in by_provider["rows"]] == [("openai", "2")]
    assert by_provider["total"]["cost"] == {"difference": "2", "ratio": "0.6"}


async def test_what_no_connection_covers_passes_for_no_difference(connect: Connect, record: Record, ask: Ask) -> None:
    office = await connect(until=TODAY + DAY)
    await office.bill(billed_line(TODAY, "4"))
    await record(NOW, "3")
    await record(NOW, "100", provider="mistral", model="mistral-large-4")
    by_day = await ask("reconciliation", month="2026-11", by="day")
    today = next(row for row in by_day["rows"] if row["key"] == "2026-11-21")
    assert (today["tracked"]["cost"], today["cost"]["difference"]) == ("3", "1")
    by_provider = await ask("reconciliation", month="2026-11", by="provider")
    assert by_provider["total"]["tracked"]["cost"] == "3"
    assert by_provider["total"]["cost"]["difference"] == "1"
    rows = {row["key"]: (row["tracked"]["cost"], row["cost"]["difference"]) for row in by_provider["rows"]}
    assert rows == {"openai": ("3", "1"), "mistral": ("100", None)}


async def test_three_snapshots_tell_today_and_the_month(connect: Connect, ask: Ask) -> None:
    office = await connect(feeds=("credits",))
    await office.balance(NOVEMBER - timedelta(minutes=1), used="10", granted="100", available="90")
    await office.balance(TODAY - timedelta(minutes=1), used="25.5", granted="100", available="74.5")
    await office.balance(NOW, used="30.25", granted="100", available="69.75")
    [account] = (await ask("credits"))["items"]
    assert (account["spent_today"], account["spent_this_month"]) == ("4.75", "20.25")
    assert (account["available"], account["label"]) == ("69.75", "Our openai")
    summary = await ask("summary")
    assert (summary["ledger"], summary["total"]["cost"], summary["today"]["cost"]) == ("credits", "20.25", "4.75")


async def test_a_balance_that_rises_was_topped_up(connect: Connect, ask: Ask) -> None:
    office = await connect(provider="deepseek", feeds=("credits",))
    for hours, available in ((0, "10"), (1, "8"), (2, "58"), (3, "57.5")):
        await office.balance(TODAY + timedelta(hours=hours), available=available, currency="CNY")
    [account] = (await ask("credits"))["items"]
    assert (account["spent_today"], account["currency"], account["available"]) == ("2.5", "CNY", "57.5")
    assert (await ask("summary"))["total"]["other_currencies"] == [{"currency": "CNY", "amount": "2.5"}]


async def test_one_balance_tells_no_spending(connect: Connect, ask: Ask) -> None:
    office = await connect(feeds=("credits",))
    await office.balance(NOW, available="10")
    [account] = (await ask("credits"))["items"]
    assert (account["spent_today"], account["spent_this_month"], account["runs_out_at"]) == (None, None, None)


async def test_what_is_left_lasts_as_the_last_days_went(connect: Connect, ask: Ask) -> None:
    office = await connect(feeds=("credits",))
    await office.balance(NOW - 10 * DAY, available="30")
    await office.balance(NOW, available="10")
    [account] = (await ask("credits"))["items"]
    assert account["runs_out_at"] == "2026-11-26T14:30:00Z"


def typed_in(workspace: Workspace, provider: str) -> CreditRow:
    """50 dollars on the 19th."""
    return CreditRow(
        workspace_id=workspace.id,
        id=new_id(),
        connection_id=None,
        provider=provider,
        source="manual",
        at=datetime(2026, 11, 19, 15, tzinfo=UTC),
        available=Decimal(50),
        currency="USD",
        account="",
        note="",
        created_at=NOW,
    )


async def test_a_typed_in_balance_is_drawn_down_by_the_bill(
    connect: Connect, ask: Ask, session: AsyncSession, workspace: Workspace
) -> None:
    office = await connect()
    for day, amount in ((18, "100"), (19, "5"), (20, "4.5"), (21, "0.25")):
        await office.bill(billed_line(TODAY.replace(day=day), amount))
    await office.bill(billed_line(TODAY, "9", currency="EUR"))
    session.add(typed_in(workspace, "openai"))
    await session.commit()
    [account] = (await ask("credits"))["items"]
    assert (account["available"], account["billed_since"], account["source"]) == ("40.25", "9.75", "manual")
    assert (account["spent_today"], account["spent_this_month"]) == ("0.25", "109.75")


async def test_a_balance_is_drawn_down_by_all_that_stands_on_its_bill(
    connect: Connect, ask: Ask, session: AsyncSession, workspace: Workspace
) -> None:
    for provider, amount in (("google", "3"), ("vertex", "2")):
        await (await connect(provider=provider)).bill(billed_line(TODAY, amount))
    session.add(typed_in(workspace, "google"))
    await session.commit()
    [account] = (await ask("credits"))["items"]
    assert (account["available"], account["billed_since"]) == ("45", "5")


async def test_the_predecessors_routes_show_the_bill(
    connect: Connect, record: Record, client: httpx.AsyncClient, headers: dict[str, str], workspace: Workspace
) -> None:
    office = await connect()
    now = datetime.now(UTC)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    cursor_since = today.replace(day=1)
    other = await connect(provider="anthropic", since=cursor_since, until=today + DAY)
    await office.bill(billed_line(today, "4", line_item="gpt-4o, input"))
    await other.bill(billed_line(today, "1"))
    query = {"workspaceId": str(workspace.id), "month": f"{today:%Y-%m}"}
    summary = (await client.get("/api/summary", params=query, headers=headers)).json()
    assert (summary["ledger"], summary["total"]["cost"]) == ("billed", "5")
    items = (await client.get("/api/breakdown", params={**query, "by": "line_item"}, headers=headers)).json()
    assert [(row["key"], row["cost"]) for row in items["rows"]] == [("gpt-4o, input", "4"), ("", "1")]


async def test_a_billed_summary_takes_a_fixed_number_of_statements(
    connect: Connect, record: Record, ask: Ask, connection: AsyncConnection
) -> None:
    office = await connect(feeds=("costs",))
    await office.bill(*(billed_line(TODAY, "1", project=f"p{n}") for n in range(50)))
    await record(NOW)
    await ask("summary")
    with selects_on(connection) as seen:
        await ask("summary")
    assert len(seen) == 6  # what there is, who was called, the calls, the bill, latencies, the budget
    with selects_on(connection) as seen:
        await ask("breakdown", by="project", ledger="billed")
    assert len(seen) == 3  # what there is, the bill, the names
