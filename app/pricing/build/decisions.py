"""Disagreements that a person looked at, one by one: what was taken and why; a test holds the book to each."""

import json
from pathlib import Path
from typing import Any, Final

from app.pricing.build.merge import Conflict
from app.pricing.build.trust import HAND

PATH: Final = Path(__file__).parent.parent / "data" / "decisions.json"


def load() -> list[dict[str, Any]]:
    """The decisions as written by hand."""
    decided: list[dict[str, Any]] = json.loads(PATH.read_text(encoding="utf-8"))
    return decided


def settled(conflicts: list[Conflict], corrections: list[dict[str, Any]]) -> list[Conflict]:
    """The conflicts with the reasons of those that were decided or corrected by hand."""
    reasons: dict[tuple[str, str], tuple[str, str]] = {}
    for correction in corrections:
        for name in correction["names"]:
            reasons[correction["provider"], name] = (HAND, f"corrected by hand: {correction['why']}")
    for decision in load():
        for name in decision["models"]:
            reasons[decision["provider"], name] = (decision["taken"], f"decision {decision['n']}: {decision['why']}")
    return [_with_reason(conflict, reasons) for conflict in sorted(conflicts)]


def _with_reason(conflict: Conflict, reasons: dict[tuple[str, str], tuple[str, str]]) -> Conflict:
    known = reasons.get((conflict.provider, conflict.model)) if not conflict.dimensions else None
    return conflict if known is None else conflict._replace(taken=known[0], reason=known[1])
