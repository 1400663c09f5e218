"""The TypeScript SDK against a real TokenBoard, both as processes of their own: what was used becomes what it cost."""

import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from scripts.machine import ROOT, without_own_settings
from scripts.sdk_typescript import SDK, build
from scripts.serving import fresh_service
from tests.sdk.test_python import COST, _workspace

PROGRAM = Path(__file__).with_name("openai_program.mjs")


@pytest.mark.timeout(600)  # the first run installs the vendors' clients
def test_a_programs_calls_are_priced_exactly(fresh_database: str) -> None:
    build()
    serve = [sys.executable, "-m", "app.cli", "serve"]
    with (
        fresh_service(serve, PYTHONPATH=str(ROOT), DATABASE_URL=fresh_database) as address,
        httpx.Client(base_url=f"{address}/api/v1", headers={"Origin": address}, timeout=200) as owner,
    ):
        workspace, key = _workspace(owner)
        _run(key, address)
        calls = owner.get(f"/workspaces/{workspace}/calls").json()["items"]
    states = Counter((call["model"], call["cost"] and Decimal(call["cost"]), call["status"]) for call in calls)
    assert states == {("gpt-4o-2024-08-06", COST, "ok"): 3, ("broken", None, "error"): 1}
    assert {(call["user"], call["tags"]["feature"]) for call in calls} == {("c_42", "search")}


def _run(key: str, address: str) -> None:
    done = subprocess.run(
        ["node", PROGRAM],  # noqa: S607  (the machine's, as npm's)
        cwd=SDK,
        env=without_own_settings() | {"TOKENBOARD_API_KEY": key, "TOKENBOARD_BASE_URL": address},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
