"""Run the examples: `python -m examples.run [python|curl] ...`, without any vendor's key.

It starts a TokenBoard with a database of its own and the stand-in that plays the vendors, runs each program with the
settings that it would have in earnest (keys and addresses in the environment), and says what arrived and what it cost.
"""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from scripts.machine import ROOT, say, stop, without_own_settings
from scripts.sdk_python import SDK, environment
from scripts.serving import fresh_service
from sdk.standin.server import Standin

HERE = Path(__file__).parent
# Examples whose clients are installed apart from the vendors' own.
FRAMEWORKS = {"ask_litellm", "ask_langchain"}


class Board(NamedTuple):
    """A workspace of a running TokenBoard."""

    address: str
    workspace: str
    key: str
    owner: httpx.Client

    def calls(self) -> list[dict[str, Any]]:
        """What has arrived, the last first."""
        items: list[dict[str, Any]] = _made(self.owner.get(f"/workspaces/{self.workspace}/calls"))["items"]
        return items


def sign_up(owner: httpx.Client, address: str) -> Board:
    """A new person's workspace, and a key to send with."""
    person = {"email": "ada@example.com", "password": "correct horse battery staple"}
    _made(owner.post("/auth/register", json=person))
    workspace = _made(owner.post("/workspaces", json={"name": "Examples"}))["id"]
    wanted = {"name": "examples", "scopes": ["ingest"]}
    return Board(address, workspace, _made(owner.post(f"/workspaces/{workspace}/api-keys", json=wanted))["key"], owner)


def _made(answer: httpx.Response) -> Any:
    answer.raise_for_status()
    return answer.json()


def programs(folders: Iterable[str]) -> list[Path]:
    """The examples of these folders."""
    return sorted(path for folder in folders for path in (HERE / folder).iterdir() if path.suffix in (".py", ".sh"))


def run(program: Path, board: Board, vendors: str) -> subprocess.CompletedProcess[str]:
    """One example, as a process of its own."""
    settings = {
        "TOKENBOARD_API_KEY": board.key,
        "TOKENBOARD_BASE_URL": board.address,
        "PYTHONPATH": os.fspath(SDK),
        "NO_PROXY": "127.0.0.1,localhost",
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
    return [os.fspath(environment("frameworks" if program.stem in FRAMEWORKS else "new"))]


def at_standin(url: str) -> dict[str, str]:
    """The vendors' own settings for keys and addresses, which lead to the stand-in."""
    addresses = {
        "OPENAI_BASE_URL": "openai/v1",
        "ANTHROPIC_BASE_URL": "anthropic",
        "ANTHROPIC_API_BASE": "anthropic",
        "GOOGLE_GEMINI_BASE_URL": "google",
        "MISTRAL_SERVER_URL": "mistral",
        "CO_API_URL": "cohere",
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "bedrock",
    }
    keys = ("OPENAI", "ANTHROPIC", "GEMINI", "MISTRAL", "CO")
    return {
        **{name: f"{url}/{path}" for name, path in addresses.items()},
        **{f"{name}_API_KEY": "none-is-needed" for name in keys},
        **dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "none-is-needed"),
        "AWS_DEFAULT_REGION": "us-east-1",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }


def main(folders: list[str]) -> None:
    serve = [sys.executable, "-m", "app.cli", "serve"]
    vendors = Standin()
    with fresh_service(serve, PYTHONPATH=str(ROOT)) as address:
        headers = {"Origin": address}
        with httpx.Client(base_url=f"{address}/api/v1", headers=headers, timeout=30) as owner:
            board = sign_up(owner, address)
            for program in programs(folders or ["python", "curl"]):
                _show(program, board, vendors.url)
    vendors.stop()


def _show(program: Path, board: Board, vendors: str) -> None:
    before = len(board.calls())
    done = run(program, board, vendors)
    if done.returncode:
        stop(f"{done.stdout}{done.stderr}{program.relative_to(HERE)} did not work.")
    new = board.calls()
    for call in new[: len(new) - before]:
        cost = f"${call['cost']}" if call["cost"] is not None else "unpriced"
        say(f"{program.relative_to(HERE)}: {call['provider']} {call['model']}, {cost}")


if __name__ == "__main__":
    main(sys.argv[1:])
