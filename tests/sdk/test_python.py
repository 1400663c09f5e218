"""The Python SDK against a real TokenBoard, both as processes of their own: what was used becomes what it cost."""

import importlib.util
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

PROGRAM = Path(__file__).with_name("openai_program.py")
# 200 fresh at 2.5, 1,000 cached at 1.25, 300 out at 10 USD per million
COST = Decimal("0.00475")


@pytest.mark.skipif(
    importlib.util.find_spec("app.ingest.rules.senders") is None, reason="this server takes no sender's report yet"
)
@pytest.mark.timeout(300)  # the first run installs the vendors' clients
def test_a_programs_calls_are_priced_exactly(fresh_database: str) -> None:
    python = environment("new")
    serve = [sys.executable, "-m", "app.cli", "serve"]
    with (
        fresh_service(serve, PYTHONPATH=str(ROOT), DATABASE_URL=fresh_database) as address,
        httpx.Client(base_url=f"{address}/api/v1", headers={"Origin": address}, timeout=30) as owner,
    ):
        workspace, key = _workspace(owner)
        _run(python, key, address)
        calls = owner.get(f"/workspaces/{workspace}/calls").json()["items"]
    states = Counter((call["model"], call["cost"] and Decimal(call["cost"]), call["status"]) for call in calls)
    assert states == {("gpt-4o-2024-08-06", COST, "ok"): 3, ("broken", None, "error"): 1}
    assert {(call["user"], call["tags"]["feature"]) for call in calls} == {("c_42", "search")}


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


def _run(python: Path, key: str, address: str) -> None:
    settings = {"TOKENBOARD_API_KEY": key, "TOKENBOARD_BASE_URL": address, "PYTHONPATH": os.fspath(SDK)}
    done = subprocess.run(
        [python, "-W", "error", PROGRAM],
        env=without_own_settings() | settings | {"NO_PROXY": "127.0.0.1,localhost"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
