"""The fixtures: which request each answers, with what, and the event that an SDK makes of it."""

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

FIXTURES: Final = Path(__file__).resolve().parents[1] / "fixtures"
_STREAMS: Final = (".sse", ".ndjson", ".events.json")


@dataclass(frozen=True)
class Case:
    """One fixture: `anthropic/messages` is `anthropic/messages.case.json` and the answer beside it."""

    name: str
    request: dict[str, Any]
    """`method`, `path` (what stands in braces may be anything), and the `body` that the tests send."""
    answer: Path
    event: dict[str, Any]
    """Fields of the event that an SDK sends, as far as call and answer decide them; `{}` where there is no event,
    `{"each": [...]}` where one answer holds several calls."""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def vendor(self) -> str:
        """The folder, which is also what stands before the vendor's own path at the stand-in."""
        return self.name.partition("/")[0]

    def answers(self, method: str, path: str) -> bool:
        return method == self.request["method"] and self.route.fullmatch(path) is not None

    @property
    def is_stream(self) -> bool:
        return self.answer.name.endswith(_STREAMS)

    @cached_property
    def route(self) -> re.Pattern[str]:
        parts = re.split(r"\{\w+\}", self.request["path"])
        return re.compile("[^/]+".join(map(re.escape, parts)))

    @property
    def asks_usage(self) -> bool | None:
        """Whether it answers a stream that asks for its usage, or one that does not; None: all the same."""
        said: bool | None = self.request.get("include_usage")
        return said

    @property
    def calls_tool(self) -> bool:
        """Whether it answers with a call of a tool: a request that offers tools and has no tool's result yet."""
        return bool(self.request.get("calls_tool"))


def load(folder: Path = FIXTURES) -> list[Case]:
    """All of them, in the order of their names."""
    return [_read(path, folder) for path in sorted(folder.glob("*/*.case.json"))]


def _read(path: Path, folder: Path) -> Case:
    said = json.loads(path.read_text())
    name = str(path.relative_to(folder)).removesuffix(".case.json")
    answer = folder / path.parent.name / said["answer"]
    return Case(name, said["request"], answer, said["event"], said.get("status", 200), said.get("headers", {}))


def choose(cases: list[Case], method: str, path: str, body: Any, wanted: str | None) -> Case | None:
    """The case that answers: the one asked for by name, else the first of the route that streams as the request does.

    `path` is the vendor's folder and then the path as the vendor has it. Of several cases, one that was made for the
    same model goes first.
    """
    if wanted is not None:
        return next((case for case in cases if case.name == wanted), None)
    asked = body if isinstance(body, dict) else {}
    vendor, _, path = path.removeprefix("/").partition("/")
    path = f"/{path}"
    fitting = [case for case in cases if case.vendor == vendor and case.answers(method, path)]
    if isinstance(asked.get("stream"), bool) or any(not case.is_stream for case in fitting):
        fitting = [case for case in fitting if case.is_stream is bool(asked.get("stream"))] or fitting
    options = asked.get("stream_options")
    asks = bool(isinstance(options, dict) and options.get("include_usage"))
    fitting = [case for case in fitting if case.asks_usage in (None, asks)] or fitting
    fitting = [case for case in fitting if case.calls_tool is _may_call_tool(asked)] or fitting
    same = [case for case in fitting if (case.request.get("body") or {}).get("model", "") == asked.get("model")]
    same = same or [case for case in fitting if case.request["path"] == path]
    return next(iter(same or fitting), None)


def _may_call_tool(asked: dict[str, Any]) -> bool:
    messages = asked.get("messages")
    answered = isinstance(messages, list) and any(
        isinstance(message, dict) and message.get("role") == "tool" for message in messages
    )
    return bool(asked.get("tools")) and not answered
