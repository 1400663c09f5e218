"""The examples, run as their README says: each sends a call, and that call is priced to the digit."""

import sys
from decimal import Decimal
from typing import Any

import httpx
import pytest

from examples.run import FOLDERS, lacking, name_of, prepare, programs, run, sign_up
from scripts.machine import ROOT
from scripts.serving import fresh_service
from sdk.standin.server import Standin

# 200 fresh at 2.5, 1,000 cached at 1.25, 300 out at 10 USD per million
GPT = ("openai", "0.00475")
# 200 fresh at 2, 5,000 cached at 0.1, 600 written for 5 minutes at 2.5 and 400 for an hour at 4, 300 out at 10
CLAUDE = ("anthropic", "0.007")
# by OpenTelemetry, which has no word for how long a write lives: all for 5 minutes
CLAUDE_UNTOLD = ("anthropic", "0.0064")
VENDORS = {
    "ask_openai": GPT,
    "stream_openai": GPT,
    "held_to_budget": GPT,
    "ask_anthropic": CLAUDE,
    "ask_google": ("google", "0.00084"),
    "ask_mistral": ("mistral", "0.0006"),
    "ask_cohere": ("cohere", "0.006"),
    "ask_bedrock": ("aws.bedrock", "0.000219"),
}
COSTS = {
    **{f"python/{name}.py": cost for name, cost in VENDORS.items()},
    "python/ask_langchain.py": GPT,
    "python/ask_litellm.py": CLAUDE,
    # 200 fresh at 0.15, 1,000 cached at 0.075, 300 out at 0.6
    "python/by_hand.py": ("openai", "0.000285"),
    **{f"typescript/{name}.mjs": cost for name, cost in VENDORS.items()},
    "typescript/ask_vercel.mjs": GPT,
    "opentelemetry/ask_openai.py": GPT,
    "opentelemetry/ask_anthropic.py": CLAUDE_UNTOLD,
    # 1,200 at 0.15, 350 at 0.6
    "opentelemetry/span.sh": ("openai", "0.00039"),
    "curl/counts.sh": ("openai", "0.00039"),
    # 200 fresh at 1, 1,000 cached at 0.1, 350 out at 5
    "curl/usage_object.sh": ("anthropic", "0.00205"),
}


@pytest.mark.timeout(900)  # the first run installs the vendors' clients
def test_each_sends_a_call_that_is_priced_exactly(fresh_database: str) -> None:
    chosen = [program for program in programs(FOLDERS) if lacking(program) is None]
    prepare(chosen)
    vendors, told = Standin(), {}
    serve = [sys.executable, "-m", "app.cli", "serve"]
    with (
        fresh_service(serve, PYTHONPATH=str(ROOT), DATABASE_URL=fresh_database) as address,
        httpx.Client(base_url=f"{address}/api/v1", headers={"Origin": address}, timeout=200) as owner,
    ):
        board = sign_up(owner, address)
        for program in chosen:
            workspace = board.workspace(name_of(program))
            done = run(program, workspace, vendors.url)
            assert done.returncode == 0, (program, done.stdout, done.stderr)
            told[name_of(program)] = workspace.calls()
    vendors.stop()
    assert {name: [_cost(call) for call in calls] for name, calls in told.items()} == {
        name_of(program): [COSTS[name_of(program)]] for program in chosen
    }
    assert told["python/ask_openai.py"][0]["user"] == "c_42"


def _cost(call: dict[str, Any]) -> tuple[str, str]:
    assert call["status"] == "ok", call
    return call["provider"], f"{Decimal(call['cost']).normalize():f}"
