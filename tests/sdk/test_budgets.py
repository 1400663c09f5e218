"""Both SDKs hold calls to a budget of a real TokenBoard: whatever twenty callers ask for, its cap is never passed."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.machine import ROOT, without_own_settings
from scripts.sdk_python import SDK, environment
from scripts.sdk_typescript import SDK as TYPESCRIPT
from scripts.sdk_typescript import build
from scripts.serving import fresh_service
from sdk.standin.server import Standin
from tests.sdk.test_python import _made, _workspace

PYTHON = Path(__file__).with_name("budgets_program.py")
JAVASCRIPT = Path(__file__).with_name("budgets_program.mjs")
CAP = Decimal("0.25")


@pytest.mark.timeout(600)  # the first run installs the vendors' clients
def test_twenty_threads_never_pass_a_strict_cap(fresh_database: str) -> None:
    paths = os.pathsep.join((os.fspath(SDK), os.fspath(ROOT)))
    python = environment("new")
    _is_held_to_its_cap(fresh_database, [python, "-W", "ignore::ResourceWarning", PYTHON], ROOT, PYTHONPATH=paths)


@pytest.mark.timeout(600)
def test_twenty_promises_never_pass_a_strict_cap(fresh_database: str) -> None:
    build()
    _is_held_to_its_cap(fresh_database, ["node", JAVASCRIPT], TYPESCRIPT)


def _is_held_to_its_cap(database: str, command: list[Any], folder: Path, **settings: str) -> None:
    standin = Standin()
    serve = [sys.executable, "-m", "app.cli", "serve"]
    with (
        fresh_service(serve, PYTHONPATH=str(ROOT), DATABASE_URL=database) as address,
        httpx.Client(base_url=f"{address}/api/v1", headers={"Origin": address}, timeout=200) as owner,
    ):
        workspace, key = _workspace(owner)
        budget = {"name": "Support", "amount": str(CAP), "limit": "strict", "filter": {"project": ["support"]}}
        _made(owner.post(f"/workspaces/{workspace}/budgets", json=budget))
        told = _run([*command, standin.url], folder, key, address, **settings)
        (stands,) = owner.get(f"/workspaces/{workspace}/budgets").json()["items"]
    standin.stop()
    asked = [request for request in standin.requests if "/ids/" not in request.path]
    current = stands["current"]
    assert len(asked) - 1 == told["made"] > 20  # one failed
    assert told["refused"] > 20
    assert current["calls"] == len(asked)
    assert Decimal(current["reserved"]) == 0
    assert CAP / 2 < Decimal(current["spent"]) <= CAP


def _run(command: list[Any], folder: Path, key: str, address: str, **settings: str) -> dict[str, int]:
    here = {"TOKENBOARD_API_KEY": key, "TOKENBOARD_BASE_URL": address, "NO_PROXY": "127.0.0.1,localhost"}
    done = subprocess.run(
        command, cwd=folder, env=without_own_settings() | here | settings, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), (done.stdout, done.stderr)
    told: dict[str, int] = json.loads(done.stdout)
    return told
