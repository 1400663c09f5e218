"""Who may ask for reservations."""

from fastapi import Request
from starlette.requests import ClientDisconnect

from app.budgets.gate import Gate
from app.core.config import Settings
from app.core.errors import InvalidRequest
from app.core.ratelimit import RateLimiter
from app.workspaces.dependencies import ingest_key
from app.workspaces.rules import Machine


async def open_gate(request: Request) -> tuple[Gate, Machine]:
    """The process's gate, and whose key this is. Raises NotAuthenticated, Forbidden, TooManyRequests."""
    machine = await ingest_key(request)
    settings: Settings = request.app.state.settings
    limiter: RateLimiter = request.app.state.rate_limiter
    await limiter.hit(settings.ingest_requests_per_key, "reserve", str(machine.key_id))
    return request.app.state.gate, machine


async def whole_body(request: Request) -> bytes:
    """Raises InvalidRequest where it broke off: nobody hears it, and it is no fault of ours."""
    try:
        return await request.body()
    except ClientDisconnect:
        raise InvalidRequest("The connection ended before the body did.") from None
