"""The Python SDK against a real TokenBoard, both as processes of their own: what was used becomes what it cost."""

import os
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.machine import ROOT, without_own_settings
from scripts.sdk_python import SDK, environment
from scripts.serving import fresh_service
from sdk.standin.server import Standin

OPENAI = Path(__file__).with_name("openai_program.py")
VENDORS = Path(__file__).with_name("vendors_program.py")
# 200 fresh at 2.5, 1,000 cached at 1.25, 300 out at 10 USD per million
COST = Decimal("0.00475")
# By hand from the price book, in USD per million.
COSTS = {
    # 200 fresh at 2, 600 written for 5 minutes at 2.5 and 400 for an hour at 4, 5,000 read at 0.1, 300 out at 10
    ("anthropic", "messages", "0.007"): 2,
    ("vertex", "messages", "0.007"): 1,
    ("anthropic", "messages.batches", "0.003505"): 1,  # half of it, with 301 out
    ("anthropic", "messages.batches", "0.00351"): 1,  # with 302
    ("aws.bedrock", "messages", "0.0077"): 1,  # a tenth more in the profile of a region
    ("aws.bedrock", "invoke_model", "0.0077"): 1,
    # 200 fresh at 0.06, 5,000 read at 0.015, 1,000 written at 0.06, 300 out at 0.24
    ("aws.bedrock", "converse", "0.000219"): 2,
    # 200 fresh at 0.3, 1,000 read at 0.03, 300 out with 100 of thinking at 2.5
    ("google", "generate_content", "0.00084"): 2,
    ("vertex", "generate_content", "0.00084"): 1,
    ("mistral", "chat.completions", "0.0006"): 1,  # 200 fresh at 0.5, 1,000 read at 0.05, 300 out at 1.5
    ("cohere", "chat", "0.006"): 1,  # 1,200 billed in at 2.5, 300 out at 10
    ("cohere", "rerank", "0.002"): 1,  # one search
    ("groq", "chat.completions", "0.000945"): 1,  # 1,200 in at 0.59, 300 out at 0.79
    ("together", "chat.completions", "0.00132"): 1,  # 1,500 at 0.88
}


@pytest.mark.timeout(600)  # the first run installs the vendors' clients
def test_a_programs_calls_are_priced_exactly(fresh_database: str) -> None:
    calls = _calls_of(fresh_database, OPENAI)
    states = Counter((call["model"], call["cost"] and Decimal(call["cost"]), call["status"]) for call in calls)
    assert states == {("gpt-4o-2024-08-06", COST, "ok"): 3, ("broken", None, "error"): 1}
    assert {(call["user"], call["tags"]["feature"]) for call in calls} == {("c_42", "search")}


@pytest.mark.timeout(600)
def test_one_call_to_every_vendor_is_priced_exactly(fresh_database: str) -> None:
    standin = Standin()
    try:
        calls = _calls_of(fresh_database, VENDORS, standin.url)
    finally:
        standin.stop()
    assert Counter((call["provider"], call["api"], call["cost"]) for call in calls) == COSTS
    assert {call["user"] for call in calls} == {"c_42"}


def _calls_of(database: str, program: Path, *arguments: str) -> list[dict[str, Any]]:
    """What a TokenBoard knows of the calls of a program."""
    python = environment("new")
    serve = [sys.executable, "-m", "app.cli", "serve"]
    with (
        fresh_service(serve, PYTHONPATH=str(ROOT), DATABASE_URL=database) as address,
        httpx.Client(base_url=f"{address}/api/v1", headers={"Origin": address}, timeout=200) as owner,
    ):
        workspace, key = _workspace(owner)
        # programs leave their clients open
        _run([python, "-W", "error", "-W", "ignore::ResourceWarning", program, *arguments], key, address)
        items: list[dict[str, Any]] = owner.get(f"/workspaces/{workspace}/calls").json()["items"]
        return items


def _workspace(owner: httpx.Client) -> tuple[str, str]:
    """A workspace's id and an API key of it."""
    person = {"email": "owner@example.com", "password": "correct horse battery"}
    _made(owner.post("/auth/register", json=person))
    workspace = _made(owner.post("/workspaces", json={"name": "SDK"}))["id"]
    key = _made(owner.post(f"/workspaces/{workspace}/api-keys", json={"name": "sdk", "scopes": ["ingest"]}))["key"]
    return workspace, key


def _made(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json()


def _run(command: list[Any], key: str, address: str) -> None:
    paths = os.pathsep.join((os.fspath(SDK), os.fspath(ROOT)))
    settings = {"TOKENBOARD_API_KEY": key, "TOKENBOARD_BASE_URL": address, "PYTHONPATH": paths}
    done = subprocess.run(
        command,
        env=without_own_settings() | settings | {"NO_PROXY": "127.0.0.1,localhost"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
