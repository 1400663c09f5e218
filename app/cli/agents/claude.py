"""Claude Code: `projects/**/*.jsonl` in `~/.claude`.

One answer stands on several lines, one for each block of it, with a usage that grows; and again in the file of a
session that goes on from another. The last line of a message counts.
"""

from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any, Final

from app.cli.agents.lines import Object, objects, part, said
from app.ingest.rules.agents import claude_call_id, claude_model

AGENT: Final = "claude-code"
# What the program itself answers, without a model.
_NOBODY: Final = "<synthetic>"


def calls(folder: Path) -> Iterator[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("projects/**/*.jsonl")):
        for line in objects(path):
            event = _event(line)
            if event is not None:
                found[event["event_id"]] = event
    yield from found.values()


def _event(line: Object) -> dict[str, Any] | None:
    message = part(line, "message")
    usage, model, name = part(message, "usage"), said(message, "model"), said(message, "id")
    request = said(line, "requestId") or name
    if line.get("type") != "assistant" or not usage or not model or model == _NOBODY or not request:
        return None
    return {
        "event_id": claude_call_id(request),
        "occurred_at": said(line, "timestamp"),
        "provider": "anthropic",
        "model": claude_model(model),
        "api": "messages",
        "operation": "chat",
        "raw_usage": dict(usage),
        "provider_response_id": name,
        "session_id": said(line, "sessionId"),
        "project": AGENT,
        "tags": _tags(said(line, "cwd"), is_sub_agent=line.get("isSidechain") is True),
    }


def _tags(folder: str | None, *, is_sub_agent: bool) -> dict[str, str]:
    tags = {"folder": PurePath(folder).name} if folder else {}
    return {**tags, "agent": "sub-agent"} if is_sub_agent else tags
