"""Gemini CLI: `tmp/*/chats/*.json` in `~/.gemini`, one object for each session."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from app.cli.agents.lines import Object, document, number, part, said
from app.ingest.rules.agents import call_id, gemini_usage
from app.ingest.rules.otel.gemini_cli import AGENT

_COUNTS: Final = ("input", "cached", "output", "thoughts", "tool")


def calls(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("tmp/*/chats/*.json")):
        session = document(path)
        messages = session.get("messages")
        for message in messages if isinstance(messages, list) else ():
            if isinstance(message, dict) and (event := _event(message, said(session, "sessionId") or path.stem)):
                yield event


def _event(message: Object, session: str) -> dict[str, Any] | None:
    tokens, model = part(message, "tokens"), said(message, "model")
    if message.get("type") != "gemini" or not tokens or not model:
        return None
    prompt, cached, answer, thoughts, tools = (number(tokens, name) or 0 for name in _COUNTS)
    return {
        "event_id": call_id(AGENT, session, (prompt, cached, answer, thoughts, tools)),
        "occurred_at": said(message, "timestamp"),
        "provider": "google",
        "model": model,
        "api": "generate_content",
        "operation": "chat",
        "usage": gemini_usage(prompt, cached, answer, thoughts, tools),
        "session_id": session,
        "project": AGENT,
    }
