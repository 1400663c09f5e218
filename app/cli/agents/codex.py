"""Codex CLI: `sessions/**/rollout-*.jsonl` and `archived_sessions` in `~/.codex`.

`token_count` tells the sum of the session so far and the last call's part. It is written again when only the limits of
a plan changed: then the sum has not grown, and no call was made.
"""

from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any, Final

from app.cli.agents.lines import Object, number, objects, part, said
from app.ingest.rules.agents import call_id, codex_usage
from app.ingest.rules.otel.codex import AGENT

_COUNTS: Final = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_output_tokens")
Counts = tuple[int, int, int, int]


def calls(folder: Path) -> Iterator[dict[str, Any]]:
    for name in ("sessions", "archived_sessions"):
        for path in sorted(folder.glob(f"{name}/**/rollout-*.jsonl")):
            yield from _session(path)


def _session(path: Path) -> Iterator[dict[str, Any]]:
    session, model, folder = path.stem.removeprefix("rollout-"), None, None
    is_first, sums = True, (0, 0, 0, 0)
    for line in objects(path):
        payload = part(line, "payload")
        if line.get("type") == "session_meta" and is_first:
            session, is_first = said(payload, "id") or session, False
        folder = said(payload, "cwd") or folder
        model = said(payload, "model") or model if line.get("type") == "turn_context" else model
        told = part(payload, "info") if payload.get("type") == "token_count" else {}
        total = _counts(part(told, "total_token_usage"))
        if not any(total) or total == sums or model is None:
            continue
        last = _counts(part(told, "last_token_usage"))
        counts = last if any(last) else _grown(total, sums)
        sums = total
        yield _event(line, session, model, folder, counts, part(payload, "rate_limits"))


def _event(line: Object, session: str, model: str, folder: str | None, counts: Counts, plan: Object) -> dict[str, Any]:
    return {
        "event_id": call_id(AGENT, session, counts),
        "occurred_at": said(line, "timestamp"),
        "provider": "openai",
        "model": model,
        "api": "responses",
        "operation": "chat",
        "usage": codex_usage(*counts),
        "session_id": session,
        "project": AGENT,
        "capacity": "subscription" if said(plan, "plan_type") else None,
        "tags": {"folder": PurePath(folder).name} if folder else {},
    }


def _counts(usage: Object) -> Counts:
    first, cached, output, reasoning = (number(usage, name) or 0 for name in _COUNTS)
    return first, cached, output, reasoning


def _grown(total: Counts, before: Counts) -> Counts:
    first, cached, output, reasoning = (max(0, now - then) for now, then in zip(total, before, strict=True))
    return first, cached, output, reasoning
