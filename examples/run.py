"""Run the examples: `python -m examples.run [python|typescript|opentelemetry|curl] ...`, without any vendor's key.

It starts a TokenBoard with a database of its own and the stand-in that plays the vendors, runs each program with the
settings that it would have in earnest, and ends with what arrived and what it cost. What a program asks of a vendor is
led to the stand-in below its client, so that the program, and what it tells TokenBoard, are those of earnest.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from scripts import instrumentations
from scripts.machine import ROOT, say, stop, without_own_settings
from scripts.sdk_python import SDK, environment
from scripts.sdk_typescript import build
from scripts.serving import fresh_service
from sdk.standin.server import Standin

HERE = Path(__file__).parent
FOLDERS = ("python", "typescript", "opentelemetry", "curl")
SUFFIXES = (".py", ".mjs", ".sh")
# Examples whose clients are installed apart from the vendors' own.
FRAMEWORKS = {"ask_litellm", "ask_langchain"}
VENDORS = {
    "api.openai.com": "openai",
    "api.anthropic.com": "anthropic",
    "generativelanguage.googleapis.com": "google",
    "api.mistral.ai": "mistral",
    "api.cohere.com": "cohere",
}
"""Whose host a folder of the stand-in plays."""


class Board(NamedTuple):
    """A running TokenBoard, and a person in it."""

    address: str
    owner: httpx.Client

    def workspace(self, name: str) -> "Workspace":
        """A new one, with a key to send with."""
        workspace = _made(self.owner.post("/workspaces", json={"name": name}))["id"]
        wanted = {"name": "examples", "scopes": ["ingest"]}
        key = _made(self.owner.post(f"/workspaces/{workspace}/api-keys", json=wanted))["key"]
        return Workspace(self, workspace, key)


class Workspace(NamedTuple):
    """Where one example sends, alone: the stand-in gives all of them the same answers."""

    board: Board
    id: str
    key: str

    def calls(self) -> list[dict[str, Any]]:
        """What has arrived, the last first."""
        items: list[dict[str, Any]] = _made(self.board.owner.get(f"/workspaces/{self.id}/calls"))["items"]
        return items


class Cost(NamedTuple):
    """A line of the table."""

    example: str
    provider: str
    model: str
    cost: str


def sign_up(owner: httpx.Client, address: str) -> Board:
    """A new person."""
    _made(owner.post("/auth/register", json={"email": "ada@example.com", "password": "correct horse battery staple"}))
    return Board(address, owner)


def _made(answer: httpx.Response) -> Any:
    answer.raise_for_status()
    return answer.json()


def programs(folders: Iterable[str]) -> list[Path]:
    """The examples of these folders."""
    return [path for folder in folders for path in sorted((HERE / folder).iterdir()) if path.suffix in SUFFIXES]


def lacking(program: Path) -> str | None:
    """What the program needs that must be on the machine and is not; everything else is installed for it."""
    needed = {".mjs": "npm", ".sh": "curl"}.get(program.suffix)
    return needed if needed and not shutil.which(needed) else None


def prepare(chosen: Iterable[Path]) -> None:
    """The TypeScript SDK as it is published, and its clients."""
    if any(program.suffix == ".mjs" for program in chosen):
        build()


def run(program: Path, workspace: Workspace, vendors: str) -> subprocess.CompletedProcess[str]:
    """One example, as a process of its own."""
    address, key = workspace.board.address, workspace.key
    settings = {
        "TOKENBOARD_API_KEY": key,
        "TOKENBOARD_BASE_URL": address,
        "OTEL_EXPORTER_OTLP_ENDPOINT": address,
        "OTEL_EXPORTER_OTLP_HEADERS": f"x-tokenboard-key={key}",
        "OTEL_SERVICE_NAME": "examples",
        "PYTHONPATH": os.fspath(SDK),
        "NO_PROXY": "*",  # nothing leaves the machine
        **at_standin(vendors),
    }
    return subprocess.run(
        [*_command(program), os.fspath(program)],
        env=without_own_settings() | settings,
        capture_output=True,
        text=True,
        check=False,
    )


def _command(program: Path) -> list[str]:
    if program.suffix == ".sh":
        return ["sh"]
    if program.suffix == ".mjs":
        return ["node", "--import", (HERE / "standin" / "start.mjs").as_uri()]
    return [os.fspath(_python(program)), os.fspath(HERE / "standin" / "start.py")]


def _python(program: Path) -> Path:
    if program.parent.name == "opentelemetry":
        return instrumentations.environment("spans")
    return environment("frameworks" if program.stem in FRAMEWORKS else "new")


def at_standin(url: str) -> dict[str, str]:
    """Keys that nobody checks, and the way to the stand-in."""
    keys = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "MISTRAL_API_KEY", "CO_API_KEY")
    return {
        "STANDIN_VENDORS": json.dumps({host: f"{url}/{folder}" for host, folder in VENDORS.items()}),
        **dict.fromkeys((*keys, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "none-is-needed"),
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": f"{url}/bedrock",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }


def main(folders: list[str]) -> None:
    chosen = programs(folders or FOLDERS)
    able = [program for program in chosen if lacking(program) is None]
    prepare(able)
    serve = [sys.executable, "-m", "app.cli", "serve"]
    vendors = Standin()
    with fresh_service(serve, PYTHONPATH=str(ROOT)) as address:
        headers = {"Origin": address}
        with httpx.Client(base_url=f"{address}/api/v1", headers=headers, timeout=30) as owner:
            board = sign_up(owner, address)
            costs = [cost for program in able for cost in _costs(program, board, vendors.url)]
    vendors.stop()
    print("\n".join(table(costs)))
    for program in chosen:
        if program not in able:
            say(f"{name_of(program)} was left out: there is no {lacking(program)} here")


def _costs(program: Path, board: Board, vendors: str) -> Iterator[Cost]:
    name = name_of(program)
    say(name)
    workspace = board.workspace(name)
    done = run(program, workspace, vendors)
    if done.returncode:
        stop(f"{done.stdout}{done.stderr}{name} did not work.")
    calls = workspace.calls()
    if not calls:
        stop(f"{done.stdout}{done.stderr}{name} sent nothing.")
    for call in calls:
        cost = "unpriced" if call["cost"] is None else f"${call['cost']}"
        yield Cost(name, call["provider"], call["model"], cost)


def table(costs: Iterable[Cost]) -> Iterator[str]:
    """Each in a line, under one another."""
    lines = [Cost("example", "provider", "model", "cost"), *costs]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        yield "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()


def name_of(program: Path) -> str:
    return os.fspath(program.relative_to(HERE))


if __name__ == "__main__":
    main(sys.argv[1:])
