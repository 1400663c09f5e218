"""`import-calls`: what a file may look like, and what is said about rows that cannot be taken."""

import gzip
import json
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import Command

GOOD = {"provider": "openai", "model": "gpt-4-0613", "input_tokens": 1000, "output_tokens": 500}
AT = "2023-11-16T18:17:03Z"


async def month(reader: httpx.AsyncClient) -> dict[str, object]:
    total: dict[str, object] = (await reader.get("summary", params={"month": "2023-11"})).json()["total"]
    return total


async def test_json_lines_are_read_by_the_names_of_their_fields(
    tokenboard: Command, reader: httpx.AsyncClient, tmp_path: Path
) -> None:
    file = tmp_path / "calls.jsonl"
    calls = [{**GOOD, "occurred_at": AT, "tags": {"team": "a"}}, {**GOOD, "occurredAt": AT, "extra": 1}]
    file.write_text("\n".join(map(json.dumps, calls)) + "\n\n")
    done = tokenboard("import-calls", str(file), "--workspace", "trace")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Columns that fill no field: extra" in done.stdout
    assert await month(reader) | {"cost": "0.12", "calls": 2} == await month(reader)


async def test_a_row_that_cannot_be_taken_is_named_and_costs_its_neighbours_nothing(
    tokenboard: Command, reader: httpx.AsyncClient, tmp_path: Path
) -> None:
    file = tmp_path / "calls.csv.gz"
    rows = ["occurred_at;provider;model;input_tokens;output_tokens", f"{AT};openai;gpt-4-0613;1000;500",
            f"{AT};openai;;1;1", f"{AT};openai;gpt-4-0613;many;1", "yesterday;openai;gpt-4-0613;1;1",
            f"{AT};openai;gpt-4-0613;1;1;1;1", "2023-11-16 18:17:03.1234567;openai;gpt-4-0613;1000;500"]  # fmt: skip
    file.write_bytes(gzip.compress("\n".join(rows).encode()))
    done = tokenboard("import-calls", str(file), "--workspace", "trace", "--timezone", "Europe/Berlin")
    assert done.returncode == 1
    for told in ("line 3: missing_field: model", "line 4: invalid_value: input_tokens", "line 5: invalid_value"):
        assert told in done.stdout, done.stdout
    assert "line 6: not_a_row: has 7 cells" in done.stdout
    assert "1 times named no zone and were read as Europe/Berlin" in done.stdout
    assert (await month(reader))["cost"] == "0.12"
    calls = (await reader.get("calls", params={"limit": 2})).json()["items"]
    assert [call["occurred_at"] for call in calls] == ["2023-11-16T18:17:03Z", "2023-11-16T17:17:03.123456Z"]


async def test_the_same_rows_under_another_prefix_are_other_calls(
    tokenboard: Command, reader: httpx.AsyncClient, tmp_path: Path
) -> None:
    file = tmp_path / "calls.jsonl"
    file.write_text(json.dumps({**GOOD, "occurred_at": AT}))
    for prefix in ("one", "one", "two"):
        tokenboard("import-calls", str(file), "--workspace", "trace", "--event-id-prefix", prefix)
    assert (await month(reader))["calls"] == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--workspace", "nobody"], "There is no workspace with the slug nobody"),
        (["--workspace", "nobody", "--create-workspace"], "needs --owner"),
        (["--workspace", "nobody", "--create-workspace", "--owner", "x@example.com"], "there is no such account"),
        (["--workspace", "trace", "--map", "model"], "write it as FIELD=VALUE"),
        (["--workspace", "trace", "--map", "modell=m"], "modell is not a field of a call"),
        (["--workspace", "trace", "--map", "model=nope"], "the file has no such column. It has: provider, model"),
        (["--workspace", "trace", "--set", "model=a", "--set", "model=b"], "model is given twice"),
        (["--workspace", "trace", "--timezone", "Mars/Crater"], "no such zone"),
    ],
)
async def test_what_cannot_be_done_is_said_without_a_traceback(
    tokenboard: Command, reader: httpx.AsyncClient, tmp_path: Path, arguments: list[str], said: str
) -> None:
    file = tmp_path / "calls.csv"
    file.write_text("provider,model\nopenai,gpt-4-0613\n")
    done = tokenboard("import-calls", str(file), *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


async def test_a_file_that_is_no_text_stores_nothing(
    tokenboard: Command, reader: httpx.AsyncClient, tmp_path: Path
) -> None:
    file = tmp_path / "calls.csv"
    file.write_bytes(b"\xff\xfe\x00\x01")
    done = tokenboard("import-calls", str(file), "--workspace", "trace")
    assert done.returncode == 2
    assert "not text in UTF-8" in done.stderr


async def test_a_workspace_is_made_for_an_account_that_exists(tokenboard: Command, tmp_path: Path) -> None:
    assert tokenboard("demo", "--days", "1", "--until", "2026-11-01").returncode == 0
    file = tmp_path / "calls.csv"
    file.write_text("provider,model\nopenai,gpt-4-0613\n")
    done = tokenboard(
        "import-calls", str(file), "--workspace", "mine", "--create-workspace", "--owner", "demo@example.com"
    )
    assert done.returncode == 0, done.stdout + done.stderr


async def test_a_slug_that_is_none_makes_no_workspace(tokenboard: Command, tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text("provider,model\nopenai,gpt-4-0613\n")
    done = tokenboard("import-calls", str(file), "--workspace", "My Calls", "--create-workspace", "--owner", "a@b.c")
    assert done.returncode == 2
    assert "like my-calls" in done.stderr
