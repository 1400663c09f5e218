"""`python -m tests.providers.fakes --port 8099`: the stand-ins on this machine, with the demo company's accounts."""

import argparse
import sys
from datetime import date

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from app.demo.rules.calls import Plan
from tests.providers.fakes import anthropic, openai
from tests.providers.fakes.demo import worlds
from tests.providers.fakes.world import World, today

# An account that nothing is billed to, and whose key is revoked by whoever posts to /revoke.
TRIAL_KEY = "sk-admin-stand-in-trial"


async def _healthy(_: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


def make_app(plan: Plan) -> Starlette:
    """Each stand-in under its provider's name."""
    made, trial = worlds(plan), World(keys={TRIAL_KEY: "admin"})

    async def revoke(_: Request) -> JSONResponse:
        trial.keys.clear()
        return JSONResponse({"status": "revoked"})

    return Starlette(
        routes=[
            Route("/health", _healthy),
            Mount("/openai", openai.make_app(made["openai"])),
            Mount("/anthropic", anthropic.make_app(made["anthropic"])),
            Mount("/openai-trial", openai.make_app(trial)),
            Route("/revoke", revoke, methods=["POST"]),
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.providers.fakes", description=__doc__)
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--until", type=date.fromisoformat, default=today())
    given = parser.parse_args()
    app = make_app(Plan(given.seed, given.days, given.until))
    root = f"http://127.0.0.1:{given.port}"
    sys.stdout.write(f"openai     {root}/openai     {openai.ADMIN_KEY}\n")
    sys.stdout.write(f"anthropic  {root}/anthropic  {anthropic.ADMIN_KEY}\n")
    sys.stdout.flush()
    uvicorn.run(app, host="127.0.0.1", port=given.port, log_level="warning")


if __name__ == "__main__":
    main()
