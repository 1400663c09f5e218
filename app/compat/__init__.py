"""The routes that the two predecessors published, so that their clients keep working.

Thin adapters over the same services: their paths, parameter names and casing, our answers. What their clients read
and ours do not is added: `error` beside the fields of a problem document, `displayName` beside a workspace's name.
`POST /api/v1/events` and `GET /api/health` need no adapter: the real ones kept those paths.
"""

from fastapi import FastAPI

from app.compat.budgets import router as budgets
from app.compat.failures import Refusal, answer_refusal
from app.compat.openai import router as openai
from app.compat.routes import router


def include(app: FastAPI) -> None:
    """Mount the predecessors' routes."""
    app.include_router(router)
    app.include_router(openai)
    app.include_router(budgets)
    app.add_exception_handler(Refusal, answer_refusal)
