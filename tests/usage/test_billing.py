"""What providers report, written by natural key."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.core.periods import Period
from app.usage import billing
from app.usage.models import BilledRow, CreditRow, ProviderName, ReportedRow
from app.usage.rules.reports import Changes, CreditSnapshot, Name, line_key
from app.workspaces.models import Workspace
from tests.factories.billing import COSTS, DAY, billed_line, usage_line
from tests.factories.workspaces import make_workspace

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
TODAY = datetime(2026, 11, 21, tzinfo=UTC)
NOVEMBER = Period(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))


@pytest.fixture
async def workspace(session: AsyncSession) -> Workspace:
    return await make_workspace(session)


class Books:
    """The ledger of one connection."""

    def __init__(self, session: AsyncSession, workspace_id: UUID) -> None:
        self.session, self.workspace_id, self.connection_id = session, workspace_id, new_id()

    async def bill(self, *lines: Any, at: datetime = NOON) -> Changes:
        return await billing.upsert_billed(self.session, self.workspace_id, self.connection_id, "openai", lines, at)

    async def report(self, *lines: Any, at: datetime = NOON) -> Changes:
        return await billing.upsert_reported(self.session, self.workspace_id, self.connection_id, "openai", lines, at)

    async def flag(self, since: datetime, period: Period = NOVEMBER) -> int:
        return await billing.flag_vanished(self.session, self.workspace_id, self.connection_id, COSTS, period, since)

    async def rows(self, table: Any = BilledRow) -> list[Any]:
        self.session.expire_all()
        found = await self.session.execute(select(table).where(table.workspace_id == self.workspace_id))
        return list(found.scalars())


@pytest.fixture
def books(session: AsyncSession, workspace: Workspace) -> Books:
    return Books(session, workspace.id)


async def test_a_line_is_kept_to_its_last_digit(books: Books) -> None:
    line = billed_line(TODAY, "0.000000000000000000000123", project="p", quantity=Decimal("1687000.5"))
    assert await books.bill(line) == Changes(new=1)
    [row] = await books.rows()
    assert (format(row.amount, "f"), str(row.quantity)) == ("0.000000000000000000000123", "1687000.5")
    assert (row.group_by, row.dimensions) == ("line_item,project_id", {"line_item": None, "project_id": "p"})
    assert (row.first_amount, row.first_seen_at, row.last_changed_at) == (row.amount, NOON, NOON)


async def test_reading_a_report_twice_changes_nothing(books: Books) -> None:
    lines = [billed_line(TODAY, "1.50", project=project) for project in ("a", "b", None)]
    assert await books.bill(*lines) == Changes(new=3)
    assert await books.bill(*(replace(line, amount=Decimal("1.5")) for line in lines), at=LATER) == Changes(unchanged=3)
    assert {(row.last_changed_at, row.last_seen_at) for row in await books.rows()} == {(NOON, LATER)}


async def test_a_restated_amount_takes_the_place_of_the_old_one_and_the_first_is_remembered(books: Books) -> None:
    await books.bill(billed_line(TODAY, "1", project="a"), billed_line(TODAY, "2", project="b"))
    changes = await books.bill(billed_line(TODAY, "1.25", project="a"), billed_line(TODAY, "2", project="b"), at=LATER)
    assert changes == Changes(changed=1, unchanged=1)
    rows = {row.project: row for row in await books.rows()}
    assert (rows["a"].amount, rows["a"].first_amount, rows["a"].last_changed_at) == (Decimal("1.25"), 1, LATER)
    assert (rows["b"].amount, rows["b"].last_changed_at) == (2, NOON)


async def test_another_quantity_is_a_change(books: Books) -> None:
    await books.bill(billed_line(TODAY, "1"))
    assert await books.bill(billed_line(TODAY, "1", quantity=Decimal(5)), at=LATER) == Changes(changed=1)


@pytest.mark.parametrize(
    "other",
    [
        {"start": TODAY - DAY},
        {"end": TODAY + timedelta(hours=1)},
        {"endpoint": "cost_report"},
        {"dimensions": {"line_item": None}},
        {"dimensions": {"line_item": None, "project_id": ""}},
        {"dimensions": {"line_item": None, "project_id": "null"}},
        {"group_by": ("line_item", "project_id", "api_key_id")},
        {"group_by": ()},
        {"currency": "EUR"},
    ],
)
def test_whatever_tells_two_lines_apart_is_in_their_key(other: dict[str, Any]) -> None:
    line = billed_line(TODAY, "1")
    assert line_key(replace(line, **other)) != line_key(line)


@pytest.mark.parametrize(
    "other",
    [
        {"amount": Decimal(2)},
        {"quantity": Decimal(2)},
        {"group_by": ("project_id", "line_item")},
        {"dimensions": {"project_id": None, "line_item": None}},
        {"model": "gpt-4o"},
        {"start": TODAY.astimezone()},
    ],
)
def test_whatever_does_not_tell_them_apart_is_not(other: dict[str, Any]) -> None:
    line = billed_line(TODAY, "1")
    assert line_key(replace(line, **other)) == line_key(line)


async def test_two_lines_of_one_identity_on_a_page_are_parts_of_one_amount(books: Books) -> None:
    assert await books.bill(billed_line(TODAY, "1.5"), billed_line(TODAY, "0.25")) == Changes(new=1)
    assert [row.amount for row in await books.rows()] == [Decimal("1.75")]


async def test_a_line_of_one_connection_is_not_that_of_another(session: AsyncSession, workspace: Workspace) -> None:
    one, other = Books(session, workspace.id), Books(session, workspace.id)
    assert await one.bill(billed_line(TODAY, "1")) == await other.bill(billed_line(TODAY, "2")) == Changes(new=1)
    assert sorted(row.amount for row in await one.rows()) == [1, 2]


async def test_a_vanished_line_is_flagged_and_keeps_its_amount(books: Books) -> None:
    await books.bill(billed_line(TODAY, "1", project="a"), billed_line(TODAY, "2", project="b"))
    await books.bill(billed_line(TODAY, "1", project="a"), at=LATER)
    assert await books.flag(LATER) == 1
    assert await books.flag(LATER) == 0
    rows = {row.project: row for row in await books.rows()}
    assert (rows["a"].vanished_at, rows["b"].vanished_at, rows["b"].amount) == (None, LATER, 2)
    assert rows["b"].superseded_at is None


async def test_a_line_that_comes_back_is_missed_no_more(books: Books) -> None:
    await books.bill(billed_line(TODAY, "1"))
    await books.flag(LATER)
    assert await books.bill(billed_line(TODAY, "1"), at=LATER) == Changes(unchanged=1)
    assert [row.vanished_at for row in await books.rows()] == [None]


async def test_only_buckets_of_the_period_are_missed(books: Books) -> None:
    await books.bill(billed_line(NOVEMBER.start - DAY, "1"), billed_line(NOVEMBER.end, "1"))
    await books.bill(billed_line(NOVEMBER.start, "1"), billed_line(TODAY, "1", endpoint="another/report"))
    assert await books.flag(LATER) == 1


async def test_the_same_bucket_under_other_dimensions_is_not_counted_twice(books: Books) -> None:
    await books.bill(billed_line(TODAY, "3"), billed_line(TODAY - DAY, "5"))
    await books.bill(billed_line(TODAY, "1", api_key="k1"), billed_line(TODAY, "2", api_key="k2"), at=LATER)
    assert await books.flag(LATER) == 2
    counting = [row.amount for row in await books.rows() if row.superseded_at is None]
    assert sorted(counting) == [1, 2, 5]


async def test_a_day_that_another_report_bills_from_now_on_is_not_counted_twice(books: Books) -> None:
    """As when a connection's key gives way to one that reads the same bill elsewhere."""
    await books.bill(billed_line(TODAY, "3"), billed_line(TODAY - DAY, "5"))
    await books.report(usage_line(TODAY))
    await books.bill(billed_line(TODAY, "2.5", endpoint="another/report"), at=LATER)
    await books.report(usage_line(TODAY, endpoint="another/count", model="m"), at=LATER)
    assert await books.flag(LATER) == 2
    counting = [row.amount for row in await books.rows() if row.superseded_at is None]
    assert sorted(counting) == [Decimal("2.5"), 5]
    assert [row.superseded_at for row in await books.rows(ReportedRow)] == [None, None]


async def test_reported_usage_is_kept_in_its_leaves(books: Books) -> None:
    counts = {
        "input.fresh.text": 10,
        "input.cache_read.text": 5,
        "tool.web_search": 3,
        "audio_in_seconds": Decimal("1.5"),
    }
    assert await books.report(usage_line(TODAY, model="m", counts=counts, requests=7)) == Changes(new=1)
    [row] = await books.rows(ReportedRow)
    assert (row.fresh_tokens, row.cache_read_tokens, row.visible_tokens, row.requests) == (10, 5, None, 7)
    assert row.meters == {"tool.web_search": 3, "audio_in_seconds": "1.5"}
    assert await books.report(usage_line(TODAY, model="m", counts=counts, requests=7), at=LATER) == Changes(unchanged=1)
    assert await books.report(usage_line(TODAY, model="m", counts=counts, requests=8), at=LATER) == Changes(changed=1)


async def test_more_lines_than_a_statement_takes_are_written(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(billing, "ROWS_AT_A_TIME", 2)
    lines = [billed_line(TODAY, "0.1", project=f"p{n}") for n in range(5)]
    assert await books.bill(*lines) == Changes(new=5)
    assert await books.bill(*lines, at=LATER) == Changes(unchanged=5)


async def test_nothing_to_write_is_no_change(books: Books) -> None:
    assert await books.bill() == await books.report() == Changes()


async def test_an_unchanged_balance_is_kept_once_in_a_while(books: Books, session: AsyncSession) -> None:
    kept = []
    for minutes, used in ((0, "1"), (10, "1"), (20, "2"), (90, "2")):
        at = NOON + timedelta(minutes=minutes)
        snapshot = CreditSnapshot(at=at, available=None, used=Decimal(used), currency="USD")
        kept.append(await billing.add_credit(session, books.workspace_id, books.connection_id, "openai", snapshot))
    assert kept == [True, False, True, True]
    assert len(await books.rows(CreditRow)) == 3


async def test_a_name_keeps_its_history_and_is_never_forgotten(books: Books, session: AsyncSession) -> None:
    async def save(*names: Name, at: datetime) -> None:
        await billing.save_names(session, books.workspace_id, books.connection_id, names, at)

    await save(Name("project", "p1", "Old", parent="org"), Name("api_key", "p1", "A key"), at=NOON)
    await save(Name("project", "p1", "New", is_archived=True), at=LATER)
    await save(Name("project", "p1", "New", is_archived=True), at=LATER)
    rows = {row.kind: row for row in await books.rows(ProviderName)}
    assert (rows["project"].name, rows["project"].former_names, rows["project"].parent) == ("New", ["Old"], "org")
    assert rows["project"].is_archived
    assert (rows["api_key"].name, rows["api_key"].last_seen_at) == ("A key", NOON)


async def test_what_a_connection_holds_can_be_told_and_deleted(session: AsyncSession, workspace: Workspace) -> None:
    books, other = Books(session, workspace.id), Books(session, workspace.id)
    await books.bill(billed_line(TODAY, "1.10"), billed_line(TODAY, "7", currency="EUR"))
    await books.bill(billed_line(NOVEMBER.start - DAY, "2"))
    await other.bill(billed_line(TODAY, "4"))
    await books.report(usage_line(TODAY))
    held = await billing.what_of(session, workspace.id, books.connection_id)
    assert (held.billed_lines, held.usage_lines, held.credit_snapshots, held.names) == (3, 1, 0, 0)
    assert (held.months, held.billed) == (["2026-10", "2026-11"], {"USD": Decimal("3.10"), "EUR": Decimal(7)})
    await billing.delete_of(session, workspace.id, books.connection_id)
    assert [row.amount for row in await books.rows()] == [4]
    assert await books.rows(ReportedRow) == []
