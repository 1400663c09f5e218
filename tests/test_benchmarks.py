"""The page of figures has a place for all that the benchmarks write into it."""

import shutil
from pathlib import Path

import pytest

from benchmarks._goals import GOALS
from benchmarks._report import Report
from scripts.machine import ROOT

PAGE = ROOT / "docs" / "performance.md"
PROGRAMS = sorted(path.stem for path in (ROOT / "benchmarks").glob("[!_]*.py"))


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_program_has_its_place_on_the_page(name: str) -> None:
    text = PAGE.read_text()
    assert f"<!-- {name} -->" in text
    assert f"<!-- /{name} -->" in text
    assert f"`python -m benchmarks.{name}" in text


def test_every_goal_has_a_row_with_its_own_figures() -> None:
    lines = PAGE.read_text().split("\n")
    for goal in GOALS:
        start = f"| {goal.what} | {goal.say(goal.reach)} | {goal.say(goal.aim)} |"
        assert sum(line.startswith(start) for line in lines) == 1, start


def test_a_report_replaces_its_own_part_and_its_goals_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    shutil.copy(PAGE, page)
    for figure in ("1,000", "2,000"):
        report = Report("visible", page)
        report.head("A table", ("what", "figure"))
        report.row("calls", figure)
        report.reached(GOALS[0], 26_000)
        report.finish()
    text = page.read_text()
    assert "| calls | 2,000 |" in text
    assert "| calls | 1,000 |" not in text
    assert f"| {GOALS[0].what} | 25,000/s | 45,000/s | 26,000/s | goal reached |" in text
    assert text.partition("## Taking calls")[0].count("\n") == PAGE.read_text().partition("## Taking calls")[0].count(
        "\n"
    )
