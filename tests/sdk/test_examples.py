"""The examples, run as their README says: each sends a call."""

import sys
from pathlib import Path

import httpx
import pytest

from examples.run import HERE, programs, run, sign_up
from scripts.machine import ROOT
from scripts.serving import fresh_service
from sdk.standin.server import Standin


@pytest.mark.timeout(400)  # the first run installs the vendors' clients
def test_each_sends_a_call(fresh_database: str) -> None:
    vendors, told = Standin(), {}
    serve = [sys.executable, "-m", "app.cli", "serve"]
    with (
        fresh_service(serve, PYTHONPATH=str(ROOT), DATABASE_URL=fresh_database) as address,
        httpx.Client(base_url=f"{address}/api/v1", headers={"Origin": address}, timeout=30) as owner,
    ):
        board = sign_up(owner, address)
        for program in programs(["python", "curl"]):
            before = len(board.calls())
            done = run(program, board, vendors.url)
            assert done.returncode == 0, (program, done.stdout, done.stderr)
            told[_name(program)] = board.calls()[: len(board.calls()) - before]
    vendors.stop()
    assert {name for name, calls in told.items() if len(calls) != 1} == set()
    assert all(call["status"] == "ok" for (call,) in told.values())
    assert told["python/ask_openai.py"][0]["user"] == "c_42"
    unpriced = {name for name, (call,) in told.items() if call["cost"] is None}
    assert unpriced == {f"python/{name}.py" for name in ("ask_openai", "stream_openai", "ask_langchain")}


def _name(program: Path) -> str:
    return str(program.relative_to(HERE))
