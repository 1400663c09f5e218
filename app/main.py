"""The application: lifespan, error handlers, routers; nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app import __version__, api, static
from app.auth.rules import COOKIE, JOURNEY_COOKIE, PENDING_COOKIE
from app.budgets.gate import Gate
from app.core.addresses import EVERYWHERE
from app.core.config import Settings, load_settings
from app.core.database import make_engine, make_sessionmaker
from app.core.handlers import add_handlers
from app.core.http import HttpClient
from app.core.metrics import HttpMetrics, Metrics, Shared, watch_pool
from app.core.middleware import OriginCheck, RequestContext
from app.core.ratelimit import RateLimiter
from app.core.schemas import Problem
from app.core.waking import Wakes
from app.delivery.transports import make_transports
from app.ingest.dependencies import ingest_limits
from app.ingest.metrics import IngestMetrics
from app.ingest.refusals import Refusals, counting
from app.ingest.writer import GroupWriter
from app.jobs.serving import doing_jobs, send_here
from app.metrics import Spending, Waiting
from app.pricing import service as pricing
from app.pricing.shelf import PriceShelf
from app.providers.clients import SOURCES
from app.providers.metrics import SyncMetrics
from app.workspaces.keyring import KeyRing


def create_app(settings: Settings | None = None, shared: Shared | None = None) -> FastAPI:
    """The ASGI application. It holds no state that another process would miss.

    `shared` says where it counts together with other processes of the same service.
    """
    settings = settings or load_settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if settings.database_url is None:
            raise RuntimeError("no database: start with `tokenboard serve`, or set DATABASE_URL")
        async with (
            doing_jobs(app.state, is_on=settings.worker),
            counting(app.state),
            app.state.writer.running(),
        ):
            yield
        await app.state.http.aclose()
        await app.state.identity_http.aclose()
        await app.state.transports.aclose()
        await app.state.engine.dispose()

    app = FastAPI(
        title="TokenBoard",
        version=__version__,
        description="What every AI call costs, exactly, and whether the provider's bill agrees.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        # every failure is a problem document (see core.handlers), a body that is not valid too
        responses={422: {"model": Problem, "description": "What is wrong, field by field"}},
    )
    app.state.settings = settings
    app.state.metrics = Metrics(shared)
    app.state.sync_metrics = SyncMetrics(app.state.metrics.registry)
    app.state.ingest_metrics = IngestMetrics(app.state.metrics.registry)
    app.state.spending = Spending()
    app.state.waiting = Waiting()
    app.state.refusals = Refusals()
    app.state.rate_limiter = RateLimiter()
    app.state.key_ring = KeyRing()
    app.state.price_book = pricing.load_default()
    app.state.price_shelf = PriceShelf(app.state.price_book)
    # the sessionmaker is looked up when it is needed, so that it may be made or replaced later
    app.state.writer = GroupWriter(lambda: app.state.sessionmaker(), ingest_limits(settings), app.state.ingest_metrics)
    app.state.gate = Gate(lambda: app.state.sessionmaker())
    app.state.http = HttpClient(allow_local=settings.allow_local_providers)
    # whoever runs the service names these providers, also in his own networks
    app.state.identity_http = HttpClient(allow_local=True, networks=EVERYWHERE)
    app.state.sources = SOURCES
    app.state.transports = make_transports(settings)
    app.state.wakes = Wakes()
    if not settings.worker:
        send_here(app.state)
    if settings.database_url is not None:
        # made here and not in the lifespan, which serverless hosts do not run; nothing connects yet
        app.state.engine = make_engine(
            settings.database_url.get_secret_value(),
            pooled=settings.database_pooled,
            pool_size=settings.database_pool_size,
        )
        app.state.sessionmaker = make_sessionmaker(app.state.engine, app.state.transports.sealer)
        watch_pool(app.state.engine.pool, app.state.metrics.registry, settings.database_connections)
    add_handlers(app)
    api.include(app)
    static.include(app, settings.frontend)
    app.add_middleware(OriginCheck, app_url=settings.app_url, cookies=(COOKIE, PENDING_COOKIE, JOURNEY_COOKIE))
    app.add_middleware(RequestContext, https=settings.uses_https, metrics=HttpMetrics(app.state.metrics.registry))
    return app
