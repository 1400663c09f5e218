"""28,185 real calls, imported by the command a person types, cost what they cost: to the last digit, and once."""

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from tests.cli.conftest import Command

TRACE = Path(__file__).resolve().parents[1] / "fixtures" / "azure-llm-2023"
COLUMNS = ("occurred_at=TIMESTAMP", "input_tokens=ContextTokens", "output_tokens=GeneratedTokens")
MODELS = {"code": "gpt-4-0613", "conv": "gpt-3.5-turbo-1106"}
COST = {"gpt-4-0613": "556.55298", "gpt-3.5-turbo-1106": "30.5392"}
CALLS = {"gpt-4-0613": 8_819, "gpt-3.5-turbo-1106": 19_366}
NOVEMBER = {"from": "2023-11-01", "to": "2023-12-01"}


def import_trace(tokenboard: Command, name: str, *more: str) -> str:
    maps = [part for column in COLUMNS for part in ("--map", column)]
    constants = ["--set", "provider=openai", "--set", f"model={MODELS[name]}"]
    done = tokenboard("import-calls", f"{TRACE / name}.csv.gz", "--workspace", "trace", *maps, *constants, *more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


async def ask(reader: httpx.AsyncClient, question: str, **parameters: str) -> dict[str, Any]:
    answer = await reader.get(question, params=parameters)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def total(figures: Iterable[dict[str, Any]]) -> Decimal:
    return sum((Decimal(figure["cost"]) for figure in figures), Decimal(0))


async def test_the_real_trace_costs_the_same_in_every_answer_and_again_adds_nothing(
    tokenboard: Command, reader: httpx.AsyncClient
) -> None:
    for name in MODELS:
        import_trace(tokenboard, name)
    await _check(reader)
    for name in MODELS:
        assert f"{CALLS[MODELS[name]]:,}" in import_trace(tokenboard, name)
    await _check(reader)


async def _check(reader: httpx.AsyncClient) -> None:
    summary = await ask(reader, "summary", month="2023-11")
    assert summary["total"]["cost"] == "587.09218"
    assert summary["total"]["calls"] == 28_185
    assert summary["total"]["input_tokens"] == 18_059_974 + 22_361_870
    assert summary["total"]["output_tokens"] == 245_896 + 4_088_665
    assert summary["total"]["unpriced_calls"] == 0

    breakdown = await ask(reader, "breakdown", month="2023-11", by="model")
    assert {row["key"]: row["cost"] for row in breakdown["rows"]} == COST
    assert {row["key"]: row["calls"] for row in breakdown["rows"]} == CALLS

    trend = await ask(reader, "trend", **NOVEMBER, granularity="day", group_by="model")
    for model, cost in COST.items():
        assert total(point for point in trend["points"] if point["key"] == model) == Decimal(cost)
    hours = await ask(reader, "trend", **NOVEMBER, granularity="hour")
    assert total(hours["points"]) == Decimal("587.09218")


async def test_a_dry_run_checks_every_row_and_stores_nothing(tokenboard: Command, reader: httpx.AsyncClient) -> None:
    told = import_trace(tokenboard, "code", "--dry-run")
    assert "8,819" in told
    assert (await ask(reader, "summary", month="2023-11"))["total"]["calls"] == 0
