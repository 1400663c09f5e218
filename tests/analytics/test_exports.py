"""Calls and breakdowns as CSV."""

import csv
import io
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from app.analytics import service
from app.core.table import cell, rows
from app.workspaces.models import Workspace
from tests.analytics.conftest import NOW, Ask, Record
from tests.factories.analytics import selects_on

Download = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def download(client: httpx.AsyncClient, workspace: Workspace, headers: dict[str, str]) -> Download:
    async def get(name: str, /, **query: Any) -> httpx.Response:
        answer = await client.get(f"/api/v1/workspaces/{workspace.id}/{name}", params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer

    return get


def read(answer: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


async def test_a_call_without_a_price_has_an_empty_cost_and_says_why(record: Record, download: Download) -> None:
    await record(NOW, None, event_id="odd")
    await record(NOW - timedelta(hours=1), "0", event_id="free", capacity="provisioned", list_cost=Decimal("1.50"))
    await record(NOW - timedelta(hours=2), "0.000012300", event_id="priced", reported_cost=Decimal("0.0000123"))
    names = ("event_id", "price_state", "unpriced_reason", "cost", "list_cost", "reported_cost", "capacity")
    assert [tuple(row[name] for name in names) for row in read(await download("calls.csv"))] == [
        ("odd", "unpriced", "unknown_model", "", "", "", ""),
        ("free", "free", "", "0", "1.5", "", "provisioned"),
        ("priced", "priced", "", "0.0000123", "", "0.0000123", ""),
    ]


async def test_the_columns_are_those_of_a_call(record: Record, download: Download, ask: Ask) -> None:
    await record(NOW, tags='{"team": "søk"}', counts={"input.fresh.text": 7})
    (row,) = read(await download("calls.csv"))
    assert list(row) == list((await ask("calls"))["items"][0])
    assert (row["occurred_at"], row["input_tokens"], row["output_tokens"]) == ("2026-11-21T14:30:00Z", "7", "")
    assert (row["tags"], row["leaves"], row["parts"]) == ('{"team": "søk"}', '{"input.fresh.text": 7}', "")


async def test_a_file_names_what_it_holds(download: Download) -> None:
    answer = await download("calls.csv", **{"from": "2026-11-01", "to": "2026-12-01"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="tokenboard-calls-2026-11-01-2026-12-01.csv"'
    assert answer.headers["cache-control"] == "no-store"
    assert "tokenboard-calls.csv" in (await download("calls.csv")).headers["content-disposition"]
    assert (
        "tokenboard-breakdown-model-2026-10.csv"
        in (await download("breakdown.csv", by="model", month="2026-10")).headers["content-disposition"]
    )


async def test_filters_hold_for_a_file_too(record: Record, download: Download) -> None:
    await record(NOW, event_id="in", project="site")
    await record(NOW, event_id="out")
    await record(NOW - timedelta(days=40), event_id="old", project="site")
    found = read(await download("calls.csv", project="site", **{"from": "2026-11-01"}))
    assert [row["event_id"] for row in found] == ["in"]


async def test_many_calls_are_read_a_page_at_a_time(
    record: Record, download: Download, connection: AsyncConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "CALLS_AT_A_TIME", 2)
    names = [f"call-{number}" for number in range(5)]
    for name in names:
        await record(NOW, event_id=name)
    await download("breakdown.csv")  # the key is remembered from now on
    with selects_on(connection) as seen:
        found = read(await download("calls.csv"))
    assert sorted(row["event_id"] for row in found) == names
    assert len(seen) == 3


async def test_nothing_found_is_a_file_with_names_only(download: Download) -> None:
    assert len((await download("calls.csv")).text.splitlines()) == 1
    assert len((await download("breakdown.csv")).text.splitlines()) == 1


async def test_a_breakdown_as_a_file_is_the_breakdown(record: Record, download: Download, ask: Ask) -> None:
    await record(NOW, "1", model="a")
    await record(NOW, None, model="b")
    found = read(await download("breakdown.csv", by="model"))
    answered = (await ask("breakdown", by="model"))["rows"]
    assert [(row["key"], row["cost"], row["unpriced_calls"]) for row in found] == [("a", "1", "0"), ("b", "", "1")]
    assert [set(row) for row in found] == [set(row) for row in answered]


async def test_a_file_has_groups_that_an_answer_leaves_out(record: Record, download: Download) -> None:
    for number in range(102):
        await record(NOW, model=f"model-{number}")
    assert len(read(await download("breakdown.csv", by="model"))) == 102
    assert len(read(await download("breakdown.csv", by="model", limit="1"))) == 2


async def test_names_that_a_spreadsheet_would_run_are_made_harmless(record: Record, download: Download) -> None:
    await record(NOW, event_id='=HYPERLINK("http://x")', project="@sum", user_ref="+1", session_id="-1")
    (row,) = read(await download("calls.csv"))
    assert (row["event_id"], row["project"]) == ('\'=HYPERLINK("http://x")', "'@sum")
    assert (row["user"], row["session_id"]) == ("'+1", "'-1")
    (group,) = read(await download("breakdown.csv", by="project"))
    assert (group["key"], group["label"]) == ("'@sum", "'@sum")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        (Decimal("-0.0100"), "-0.01"),  # a number is no formula
        (Decimal("1E-9"), "0.000000001"),
        (0, "0"),
        (1.5, "1.5"),
        (True, "true"),
        (datetime(2026, 11, 21, tzinfo=UTC), "2026-11-21T00:00:00Z"),
        ({}, ""),
        ([], ""),
        ({"a": Decimal("0.10")}, '{"a": "0.1"}'),
        (["total_mismatch"], '["total_mismatch"]'),
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("a=b", "a=b"),
    ],
)
def test_a_cell_is_text_that_no_spreadsheet_runs(value: object, expected: str) -> None:
    assert cell(value) == expected


def test_quotes_commas_and_line_ends_stay_inside_their_cell() -> None:
    assert rows([['a"b', "c,d", "e\nf"]]) == '"a""b","c,d","e\nf"\r\n'
