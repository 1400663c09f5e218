"""`tokenboard prices`: the book looked up and compared, in prices and in what the calls stored here cost."""

import json
from pathlib import Path

from app.demo.rules import company
from app.pricing.build.write import BOOK_PATH
from tests.cli.conftest import Command


def test_show_lists_every_price_with_dates_and_sources(tokenboard: Command) -> None:
    shown = tokenboard("prices", "show", "openai", "o3")
    assert shown.returncode == 0
    assert "$2.5 / 1M" in shown.stdout
    assert ".. 2025-06-10 00:00" in shown.stdout
    assert "genai-prices" in shown.stdout


def test_show_says_so_when_the_book_has_no_such_model(tokenboard: Command) -> None:
    shown = tokenboard("prices", "show", "openai", "nobody-knows")
    assert (shown.returncode, shown.stdout) == (1, "The book has no nobody-knows at openai.\n")


def test_diff_says_what_changed_and_what_it_makes_of_the_calls(tokenboard: Command, tmp_path: Path) -> None:
    book = json.loads(BOOK_PATH.read_bytes())
    for sheet in book["providers"]["openai"]["models"]["gpt-4o-mini"]["sheets"]:
        if not {"tier", "processing"} & sheet.keys():
            sheet["prices"]["input.fresh.text"] = "0.3"
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps(book | {"version": "2026-12-05.0123456789"}))
    calls = tmp_path / "calls.csv"
    calls.write_text("provider,model,input_tokens,output_tokens\nopenai,gpt-4o-mini,1000000,0\nopenai,gpt-4o,10,10\n")
    assert tokenboard("demo", "--days", "1").returncode == 0
    assert tokenboard("import-calls", str(calls), "--workspace", company.SLUG).returncode == 0

    found = tokenboard("prices", "diff", "shipped", str(changed), "--days", "1")
    assert found.returncode == 0, found.stderr
    assert "-> 2026-12-05.0123456789: 1 prices differ" in found.stdout
    assert "1 moved by more than 30 %" in found.stdout
    assert "+100.0%" in found.stdout
    assert "gpt-4o-mini" in found.stdout.split("List cost of the last 1 days")[1]


def test_diff_can_leave_the_database_out(tokenboard: Command) -> None:
    found = tokenboard(
        "prices", "diff", "2026-11-21", "shipped", "--no-database", DATABASE_URL="postgresql://nowhere/x"
    )
    assert found.returncode == 0, found.stderr
    assert "0 prices differ" in found.stdout


def test_diff_names_what_a_book_may_be_called(tokenboard: Command) -> None:
    found = tokenboard("prices", "diff", "yesterday", "shipped")
    assert found.returncode == 2
    assert "yesterday: neither a file, nor a day like 2026-11-21" in found.stderr
