"""The body of a request, read piece by piece and decompressed on the way, and never further than the limits.

For routes that call them one after the other, with the request (see `BareRoute`).
"""

from fastapi import Request
from starlette.requests import ClientDisconnect

from app.core.config import Settings
from app.core.ratelimit import RateLimiter
from app.ingest.errors import BodyCutShort, BodyNotSupported, BodyTooLarge
from app.ingest.rules import limits
from app.ingest.rules.compression import decoder
from app.ingest.rules.otel import wire
from app.ingest.rules.preparing import Sender
from app.ingest.writer import GroupWriter, Limits
from app.workspaces.dependencies import ingest_key


def ingest_limits(settings: Settings) -> Limits:
    return Limits(
        backlog_events=settings.ingest_backlog_events,
        backlog_bytes=settings.ingest_backlog_mib * limits.MIB,
        seconds=settings.ingest_write_seconds,
    )


async def welcome_sender(request: Request) -> Sender:
    """Who sends, when they may.

    Raises NotAuthenticated, Forbidden, TooManyRequests beyond the key's rate, BacklogFull when too much waits.
    """
    machine = await ingest_key(request)
    settings: Settings = request.app.state.settings
    limiter: RateLimiter = request.app.state.rate_limiter
    await limiter.hit(settings.ingest_requests_per_key, "ingest", str(machine.key_id))
    writer: GroupWriter = request.app.state.writer
    writer.check_room()
    return Sender(machine.workspace_id, machine.key_id, settings.keep_raw_usage)


async def read_body(request: Request) -> bytes:
    """The whole body, decompressed. Raises BodyNotSupported, BodyTooLarge, BodyDamaged and BodyCutShort."""
    _check_type(request.headers.get("content-type"))
    return await read_within(request, limits.MAX_BYTES_RECEIVED, limits.MAX_BYTES)


async def read_within(request: Request, most_received: int, most: int) -> bytes:
    """The body, never further than so many bytes as they are sent, and so many when decompressed."""
    body = decoder(request.headers.get("content-encoding", ""), most)
    received = 0
    try:
        async for part in request.stream():
            received += len(part)
            if received > most_received:
                raise BodyTooLarge(f"A body may take {most_received // limits.MIB} MiB as it is sent.")
            body.feed(part)
    except ClientDisconnect:
        raise BodyCutShort("The connection ended before the body did.") from None
    return body.finish()


def _check_type(content_type: str | None) -> None:
    kind, _, parameters = (content_type or "application/json").lower().partition(";")
    charset = parameters.partition("charset=")[2].strip(' "')
    if kind.strip() != "application/json" or charset not in {"", "utf-8", "utf8"}:
        shown = (content_type or "")[:64]
        raise BodyNotSupported(f"Send the header Content-Type: application/json, in UTF-8; this is {shown!r}.")


async def read_export(request: Request) -> bytes:
    """The body of an OTLP export, decompressed. Raises what `read_body` raises."""
    if otlp_kind(request) is None:
        raise BodyNotSupported(f"Send the header Content-Type: {wire.PROTOBUF} or {wire.JSON}.")
    return await read_within(request, limits.MAX_OTLP_BYTES_RECEIVED, limits.MAX_OTLP_BYTES)


def otlp_kind(request: Request) -> str | None:
    """The type of the request's body, which is that of the answer; None for one that OTLP does not have."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind if kind in {wire.PROTOBUF, wire.JSON} else None
