"""Figures as text while they are measured, and as Markdown in a page when all are there."""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from app.core.periods import utc_now
from benchmarks._goals import Goal
from benchmarks._machine import describe

GAP: Final = 2
NARROWEST: Final = 8
PLACES: Final = ("--markdown", "--data")


def options(about: str | None) -> argparse.ArgumentParser:
    """What every benchmark can be told; told to stop, it takes its service and its database down first."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--markdown", type=Path, metavar="PAGE", help="write the tables into this page too, between the program's marks"
    )
    return parser


class Report:
    """The tables of one program. Its place in a page: `<!-- NAME -->` to `<!-- /NAME -->`."""

    def __init__(self, name: str, page: Path | None) -> None:
        self._name, self._page = name, page
        self._markdown: list[str] = []
        self._widths: list[int] = []
        self._reached: list[tuple[Goal, float]] = []
        self.say(f"`{_command()}`, {utc_now():%Y-%m-%d}: {'; '.join(describe())}.")

    def say(self, text: str) -> None:
        """A line of text."""
        print(text.replace("`", ""), flush=True)
        self._markdown += ["", text]

    def head(self, title: str, columns: Sequence[str], first: int = 0) -> None:
        """Begin a table; its first column is `first` characters wide."""
        self._widths = [max(first, len(columns[0])), *(max(NARROWEST, len(name)) + GAP for name in columns[1:])]
        print(f"\n{title}" if title else "")
        self._print(columns)
        self._markdown += ["", *([f"**{title}**", ""] if title else []), _row(columns)]
        self._markdown.append(_row(["---", *["---:"] * (len(columns) - 1)]))

    def row(self, *cells: str) -> None:
        self._print(cells)
        self._markdown.append(_row(cells))

    def reached(self, goal: Goal, value: float) -> None:
        """A figure that the design sets a goal for."""
        said = f"goal: {goal.what}: {goal.say(goal.reach)}, aim {goal.say(goal.aim)}; here {goal.say(value)}"
        print(f"{said}: {goal.verdict(value).strip('*')}", flush=True)
        self._reached.append((goal, value))

    def finish(self) -> None:
        """Write the page, when one was asked for."""
        if self._page is None:
            return
        text = _between_marks(self._page.read_text(), self._name, "\n".join(self._markdown).strip())
        for goal, value in self._reached:
            text = _goal_told(text, goal, value)
        self._page.write_text(text)

    def _print(self, cells: Sequence[str]) -> None:
        aligned = [cell.rjust(width) for cell, width in zip(cells[1:], self._widths[1:], strict=True)]
        print(cells[0].ljust(self._widths[0]) + "".join(aligned), flush=True)


def _command() -> str:
    """How this program was called, less what names a place on this machine."""
    told = iter(sys.argv[1:])
    kept = [word for word in told if not (word in PLACES and next(told))]
    return " ".join(["python -m", f"benchmarks.{Path(sys.argv[0]).stem}", *kept])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _between_marks(text: str, name: str, inside: str) -> str:
    before, opening, rest = text.partition(f"<!-- {name} -->")
    _, closing, after = rest.partition(f"<!-- /{name} -->")
    if not (opening and closing):
        raise SystemExit(f"the page has no place for {name}")
    return f"{before}{opening}\n\n{inside}\n\n{closing}{after}"


def _goal_told(text: str, goal: Goal, value: float) -> str:
    """The page with the figure in the goal's row, which begins with the goal's name."""
    told = _row([goal.what, goal.say(goal.reach), goal.say(goal.aim), goal.say(value), goal.verdict(value)])
    return "\n".join(told if line.startswith(f"| {goal.what} |") else line for line in text.split("\n"))
