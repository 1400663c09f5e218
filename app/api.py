"""The one file that lists every router."""

from fastapi import FastAPI

from app import compat, health, metrics
from app.alerts import routes as alerts
from app.analytics import routes as analytics
from app.auth import routes as auth
from app.budgets import routes as budgets
from app.forecasts import routes as forecasts
from app.ingest import otlp
from app.ingest import routes as ingest
from app.jobs import routes as jobs
from app.pricing import routes as pricing
from app.providers import routes as providers
from app.repricings import routes as repricings
from app.usage import routes as usage
from app.workspaces import routes as workspaces


def include(app: FastAPI) -> None:
    """Mount everything that answers."""
    # first, and without the indirection of a router that is included: what is asked most is found at once
    app.router.routes.extend(ingest.router.routes)
    app.router.routes.extend(budgets.gates.routes)
    app.include_router(auth.router)
    app.include_router(workspaces.router)
    app.include_router(otlp.router)
    app.include_router(pricing.router)
    app.include_router(analytics.router)
    app.include_router(forecasts.router)
    app.include_router(usage.router)
    app.include_router(usage.kept)
    app.include_router(repricings.router)
    app.include_router(budgets.router)
    app.include_router(providers.router)
    app.include_router(alerts.router)
    app.include_router(jobs.router, prefix="/api/v1")
    app.include_router(jobs.router, include_in_schema=False)  # where schedulers look that know no versions
    app.include_router(health.router)
    app.include_router(metrics.router)
    compat.include(app)
