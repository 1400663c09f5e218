"""Session files as the agents write them, without a word of what was said but one that must not be read."""

import functools
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from app.cli.agents import claude, codex, gemini
from app.cli.commands import commands
from app.ingest.rules.otel import wire
from app.ingest.rules.otel.logs import to_log_events
from tests.cli.conftest import Command
from tests.ingest.otel.test_agents import CLAUDE, CLAUDE_SCOPE, CODEX, GEMINI, logs

REQUEST, MESSAGE = "req_011CSHoEeqs5C35K2UUqR7Fy", "msg_01XFDUDYJgAACzvnptvVoYEL"
CONVERSATION = "0199a213-81c0-7800-8aa1-bbab2a035a53"


def write_lines(path: Path, lines: list[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # a session that runs ends in the middle of a line
    path.write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"type": "assist')


def assistant(output: int, **more: Any) -> dict[str, Any]:
    return {
        "type": "assistant",
        "timestamp": "2026-11-20T09:30:00.000Z",
        "sessionId": "s_1",
        "cwd": "/home/ada/shop",
        "requestId": REQUEST,
        "message": {
            "id": MESSAGE,
            "model": "claude-sonnet-5-5",
            "role": "assistant",
            "content": [{"type": "text", "text": "secret"}],
            "usage": {
                "input_tokens": 200,
                "cache_creation_input_tokens": 1000,
                "cache_read_input_tokens": 5000,
                "cache_creation": {"ephemeral_5m_input_tokens": 600, "ephemeral_1h_input_tokens": 400},
                "output_tokens": output,
                "service_tier": "standard",
            },
        },
        **more,
    }


def token_count(total: dict[str, int] | None, last: dict[str, int] | None, plan: str | None = None) -> dict[str, Any]:
    info = {"total_token_usage": total, "last_token_usage": last} if total else None
    payload = {"type": "token_count", "info": info, "rate_limits": {"plan_type": plan}}
    return {"timestamp": "2026-11-20T10:00:00.000Z", "type": "event_msg", "payload": payload}


def usage(input_: int, cached: int, output: int, reasoning: int) -> dict[str, int]:
    return {
        "input_tokens": input_,
        "cached_input_tokens": cached,
        "output_tokens": output,
        "reasoning_output_tokens": reasoning,
        "total_tokens": input_ + output,
    }


FIRST, SECOND = usage(1200, 1000, 300, 100), usage(2000, 1500, 50, 0)
SUM = {name: FIRST[name] + SECOND[name] for name in FIRST}


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """The three agents' folders, below one."""
    user = {"type": "user", "message": {"role": "user", "content": "secret"}}
    synthetic = assistant(0, requestId=None)
    synthetic["message"] = {**synthetic["message"], "model": "<synthetic>", "id": "x"}
    projects = tmp_path / "claude" / "projects" / "-home-ada-shop"
    write_lines(projects / "s_1.jsonl", [user, assistant(1), assistant(150), assistant(300), synthetic])
    write_lines(projects / "s_2.jsonl", [assistant(300, sessionId="s_1")])  # goes on from s_1, and repeats it
    meta = {"timestamp": "2026-11-20T10:00:00.000Z", "type": "session_meta"}
    rollout = [
        {**meta, "payload": {"id": CONVERSATION, "cwd": "/home/ada/shop", "instructions": "secret"}},
        {"type": "turn_context", "payload": {"model": "gpt-4o-2024-08-06"}},
        token_count(None, None, "plus"),
        token_count(FIRST, FIRST, "plus"),
        token_count(FIRST, FIRST, "plus"),  # only the limits changed
        token_count(SUM, SECOND, "plus"),
    ]
    write_lines(tmp_path / "codex" / "sessions" / "2026" / "11" / "20" / f"rollout-x-{CONVERSATION}.jsonl", rollout)
    chat = {
        "sessionId": "g_1",
        "messages": [
            {"type": "user", "content": "secret"},
            {
                "type": "gemini",
                "timestamp": "2026-11-20T11:00:00.000Z",
                "model": "gemini-2.5-pro",
                "content": "secret",
                "tokens": {"input": 1000, "cached": 400, "output": 200, "thoughts": 50, "tool": 10, "total": 1260},
            },
        ],
    }
    chats = tmp_path / "gemini" / "tmp" / "abc" / "chats"
    chats.mkdir(parents=True)
    (chats / "session-1.json").write_text(json.dumps(chat))
    return tmp_path


def test_a_message_on_many_lines_and_in_two_files_is_one_call(folders: Path) -> None:
    (event,) = claude.calls(folders / "claude")
    assert event["raw_usage"]["output_tokens"] == 300
    assert (event["event_id"], event["provider_response_id"]) == (f"claude-code:{REQUEST}", MESSAGE)
    assert (event["session_id"], event["tags"]) == ("s_1", {"folder": "shop"})


def test_codexs_sums_are_not_added_up_again(folders: Path) -> None:
    first, second = codex.calls(folders / "codex")
    assert first["usage"] == {
        "input_tokens": 1200,
        "cache_read_tokens": 1000,
        "output_tokens": 300,
        "reasoning_tokens": 100,
    }
    assert second["usage"]["input_tokens"] == 2000
    assert {event["capacity"] for event in (first, second)} == {"subscription"}


def test_where_only_sums_are_told_what_grew_was_used(tmp_path: Path) -> None:
    lines = [
        {"type": "turn_context", "payload": {"model": "gpt-4o"}},
        token_count(FIRST, None),
        token_count(SUM, None),
    ]
    write_lines(tmp_path / "sessions" / "rollout-1.jsonl", lines)
    assert [event["usage"]["input_tokens"] for event in codex.calls(tmp_path)] == [1200, 2000]


def test_files_and_opentelemetry_name_a_call_alike(folders: Path) -> None:
    told = [
        event.event_id
        for export in (logs(CLAUDE, CLAUDE_SCOPE), logs(CODEX), logs(GEMINI))
        for event in to_log_events(wire.records(export))
    ]
    readers = {"claude": claude.calls, "codex": codex.calls, "gemini": gemini.calls}
    in_files = {event["event_id"] for agent, calls in readers.items() for event in calls(folders / agent)}
    assert set(told) < in_files


def options(folders: Path) -> list[str]:
    return ["import-agent-logs", *(f"--{agent}={folders / agent}" for agent in ("claude", "codex", "gemini"))]


def run(folders: Path, *more: str) -> Any:
    return CliRunner().invoke(commands, [*options(folders), *more])


def test_a_dry_run_shows_what_it_would_send(folders: Path) -> None:
    shown = run(folders, "--dry-run")
    assert shown.exit_code == 0, shown.output
    for words in ("claude-code", "codex", "gemini-cli", "2026-11-20", "$0.0070"):
        assert words in shown.output
    assert "secret" not in shown.output


def test_it_wants_to_know_where_to(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOKENBOARD_API_KEY", raising=False)
    assert run(folders).exit_code != 0


def test_days_before_are_left_out(folders: Path) -> None:
    assert "No calls were found." in run(folders, "--dry-run", "--since=2026-11-21").output


async def test_twice_into_a_database_adds_nothing_and_a_plan_is_no_money(
    tokenboard: Command, reader: httpx.AsyncClient, folders: Path
) -> None:
    done = [tokenboard(*options(folders), "--workspace", "trace", "--user", "ada@example.com") for _ in range(2)]
    assert [run.returncode for run in done] == [0, 0], done[0].stdout + done[0].stderr
    assert "4 calls: 4 are new, 0 were known, 0 rejected." in done[0].stdout
    assert "4 calls: 0 are new, 4 were known, 0 rejected." in done[1].stdout
    calls = (await reader.get("calls")).json()["items"]
    costs = sorted((call["project"], call["capacity"] or "", Decimal(call["cost"]).normalize()) for call in calls)
    # Codex said that it was on a plan; Claude's files do not say, so it counts as paid
    assert costs == [
        ("claude-code", "", Decimal("0.007")),
        ("codex", "subscription", Decimal(0)),
        ("codex", "subscription", Decimal(0)),
        # 610 fresh at 1.25, 400 cached at 0.125, 250 out at 10
        ("gemini-cli", "", Decimal("0.0033125")),
    ]
    assert {call["user"] for call in calls} == {"ada@example.com"}


async def test_all_may_be_on_a_plan(tokenboard: Command, reader: httpx.AsyncClient, folders: Path) -> None:
    assert tokenboard(*options(folders), "--workspace", "trace", "--subscription").returncode == 0
    calls = (await reader.get("calls")).json()["items"]
    assert {(call["capacity"], Decimal(call["cost"])) for call in calls} == {("subscription", Decimal(0))}
    claude_call = next(call for call in calls if call["project"] == "claude-code")
    assert Decimal(claude_call["list_cost"]) == Decimal("0.007")


def test_with_a_key_they_are_sent_and_sent_again_when_asked_to(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if len(asked) == 1:
            return httpx.Response(503, headers={"Retry-After": "0"})
        return httpx.Response(200, json={"received": 4, "accepted": 4, "duplicates": 0, "rejected": []})

    transport = httpx.MockTransport(answer)
    monkeypatch.setattr(httpx, "Client", functools.partial(httpx.Client, transport=transport))
    shown = run(folders, "--api-key=tb_key", "--url=https://board.example.com")
    assert (shown.exit_code, "4 are new" in shown.output) == (0, True), shown.output
    assert str(asked[1].url) == "https://board.example.com/api/v1/events"
    assert asked[1].headers["authorization"] == "Bearer tb_key"
    assert asked[0].content == asked[1].content
    assert b"secret" not in asked[0].content
