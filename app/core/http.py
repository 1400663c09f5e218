"""Requests to other people's servers: timeouts always, retries by policy, addresses of users checked.

The one client of the service. A request that may be repeated is tried again on network faults, 408, 425, 429 and 5xx,
waiting at least what `Retry-After` asks and never longer than the budget that the caller gave.
"""

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final, Protocol
from urllib.parse import urlsplit

import httpcore
import httpx

from app import __version__
from app.core.addresses import (
    AddressRefused,
    CheckedBackend,
    Network,
    Resolver,
    check_url,
    checked_addresses,
    resolve,
)
from app.core.log import get_logger

log = get_logger(__name__)

USER_AGENT: Final = f"TokenBoard/{__version__} (reads cost and usage reports for the account's owner)"
CONNECT_SECONDS: Final = 10.0
READ_SECONDS: Final = 60.0
# One attempt, from the name's look-up to the last byte: a body that drips never runs into the read timeout.
ATTEMPT_SECONDS: Final = 120.0
ATTEMPTS: Final = 6
FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 30.0
# Who asks for more is left alone by whoever plans the next try: nobody's connection and turn is held for so long.
LONGEST_WAIT_SECONDS: Final = 120.0
MAX_RESPONSE_BYTES: Final = 32 * 1024 * 1024
START_BYTES: Final = 4096
PASSING: Final = frozenset({408, 425, 429})
REQUEST_IDS: Final = ("x-request-id", "request-id", "x-amzn-requestid", "x-ms-request-id")
_PRINTABLE = re.compile(r"[A-Za-z0-9._:-]{1,128}")


class Http(Protocol):
    """What clients ask through. `httpx.AsyncClient` has the same words; ours adds retries, a budget and checks."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Sequence[tuple[str, str]] | None = None,
        json: object | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """The answer, whatever its status once retries are spent. Raises HttpFailure when there was none."""
        ...


class HttpFailure(Exception):
    """No answer: no connection, a timeout, a body that broke off, or the budget is spent. Names the host only."""


class BudgetSpent(HttpFailure):
    """There is no time left to ask."""


class HttpRefused(HttpFailure):
    """What asking again would not mend: an address where we do not connect, an answer that is too large."""


class HttpClient:
    """The connections of a process. What is asked is asked `within` a budget of seconds.

    `transport` and `resolver` are for tests: a transport of their own replaces the network, and with it the check of
    addresses on each connection. Into `networks` it connects whatever they are.
    """

    def __init__(
        self,
        *,
        allow_local: bool = False,
        networks: Sequence[Network] = (),
        transport: httpx.AsyncBaseTransport | None = None,
        resolver: Resolver = resolve,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.allow_local = allow_local
        self.pause = pause
        self._transport, self._resolver, self._networks = transport, resolver, networks
        self._client: httpx.AsyncClient | None = None

    @property
    def client(self) -> httpx.AsyncClient:
        """Made when it is first needed: reading the certificate store takes longer than most starts need it."""
        if self._client is None:
            self._client = httpx.AsyncClient(
                transport=self._transport
                or _checked_transport(self._resolver, allow_local=self.allow_local, networks=self._networks),
                timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS, pool=ATTEMPT_SECONDS),
                headers={"user-agent": USER_AGENT},
                follow_redirects=False,
                cookies=_no_cookies(),
                trust_env=False,
            )
        return self._client

    def within(self, seconds: float) -> "Chain":
        """What asks now, for one call chain that may take this long altogether."""
        return Chain(self, time.monotonic() + seconds)

    async def post_once(
        self, url: str, *, content: bytes, headers: Mapping[str, str], seconds: float
    ) -> httpx.Response:
        """One POST, never repeated: who asks plans the next try. Raises HttpFailure.

        Its path may be a secret and stands in no log; of the answer only the first few kilobytes are read.
        """
        try:
            request = self.client.build_request("POST", url, content=content, headers=headers)
            async with asyncio.timeout(seconds):
                return await _read_start(self.client, request)
        except AddressRefused as error:
            raise HttpRefused(f"{error}.") from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, TimeoutError) as error:
            # without its cause: that one's words may hold the whole address
            raise HttpFailure(f"{urlsplit(url).hostname}: {_in_words(error)}.") from None

    async def check(self, url: str) -> str:
        """The base address, tidied. Raises AddressRefused when we would not connect there."""
        tidy = check_url(url, allow_local=self.allow_local)
        parts = urlsplit(tidy)
        host = parts.hostname or ""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                port = parts.port or (443 if parts.scheme == "https" else 80)
                await checked_addresses(host, port, self._resolver, allow_local=self.allow_local)
        except (OSError, UnicodeError):
            raise AddressRefused(f"{host} was not found") from None
        return tidy

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None


def _no_cookies() -> CookieJar:
    """Takes none: what a server tells one account's requests goes out with nobody else's."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


def _checked_transport(
    resolver: Resolver, *, allow_local: bool, networks: Sequence[Network]
) -> httpx.AsyncHTTPTransport:
    transport = httpx.AsyncHTTPTransport(trust_env=False)
    # httpx has no word for the network backend of its pool, so the pool is replaced by one that has
    transport._pool = httpcore.AsyncConnectionPool(  # noqa: SLF001
        ssl_context=httpx.create_ssl_context(),
        max_connections=50,
        max_keepalive_connections=10,
        keepalive_expiry=15,
        network_backend=CheckedBackend(resolver, allow_local=allow_local, networks=networks),
    )
    return transport


class Chain:
    """Asks until its time is up; the `Http` that clients are given."""

    def __init__(self, http: HttpClient, ends_at: float) -> None:
        self._http, self._ends_at = http, ends_at

    @property
    def seconds_left(self) -> float:
        return self._ends_at - time.monotonic()

    @property
    def _patience(self) -> float:
        return min(self.seconds_left, LONGEST_WAIT_SECONDS)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Sequence[tuple[str, str]] | None = None,
        json: object | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        client = self._http.client
        request = client.build_request(
            method, url, headers=headers, params=list(params or ()) or None, json=json, content=content
        )
        for attempt in range(1, ATTEMPTS + 1):
            is_last = attempt == ATTEMPTS
            pause = _jittered(attempt)
            try:
                response = await self._attempt(client, request, attempt)
            except HttpFailure as failure:
                if is_last or isinstance(failure, HttpRefused) or pause >= self.seconds_left:
                    raise
            else:
                pause = max(pause, retry_after_seconds(response) or 0)
                if is_last or not _is_passing(response.status_code) or pause >= self._patience:
                    return response
            await self._http.pause(pause)
        raise AssertionError("the last attempt returns or raises")

    async def _attempt(self, client: httpx.AsyncClient, request: httpx.Request, attempt: int) -> httpx.Response:
        host = request.url.host
        if self.seconds_left <= 0:
            raise BudgetSpent(f"There was no time left to ask {host}.")
        started = time.monotonic()
        try:
            async with asyncio.timeout(min(ATTEMPT_SECONDS, self.seconds_left)):
                response = await _read(client, request)
        except AddressRefused as error:
            raise HttpRefused(f"{error}.") from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, TimeoutError) as error:
            fault = _in_words(error)
            log.warning("provider did not answer", host=host, path=request.url.path, fault=fault, attempt=attempt)
            # without its cause: that one's words may hold the whole address
            raise HttpFailure(f"{host}: {fault}.") from None
        log.info(
            "provider answered",
            host=host,
            path=request.url.path,
            status=response.status_code,
            ms=round((time.monotonic() - started) * 1000),
            attempt=attempt,
            provider_request_id=_request_id(response),
        )
        return response


async def _read(client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    """The whole answer. Raises HttpFailure when it is larger than any report should be."""
    response = await client.send(request, stream=True)
    try:
        body = bytearray()
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > MAX_RESPONSE_BYTES:
                raise HttpRefused(f"{request.url.host}: the answer is larger than {MAX_RESPONSE_BYTES >> 20} MiB.")
    finally:
        await response.aclose()
    # the body is plain by now, so what says otherwise is left out
    kept = [(name, text) for name, text in response.headers.multi_items() if name not in _ABOUT_THE_BODY]
    return httpx.Response(response.status_code, headers=kept, content=bytes(body), request=request)


async def _read_start(client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    """The answer with the start of its body; a body that breaks off takes nothing from what its status says."""
    response, start = await client.send(request, stream=True), b""
    try:
        async for piece in response.aiter_bytes(START_BYTES):
            start = piece
            break
    except (httpx.TransportError, httpx.DecodingError):
        pass
    finally:
        await response.aclose()
    kept = [(name, text) for name, text in response.headers.multi_items() if name not in _ABOUT_THE_BODY]
    return httpx.Response(response.status_code, headers=kept, content=start, request=request)


_ABOUT_THE_BODY: Final = frozenset({"content-encoding", "content-length", "transfer-encoding"})


def _is_passing(status: int) -> bool:
    return status in PASSING or status >= 500


def _jittered(attempt: int) -> float:
    """Between half and the whole of a pause that doubles, so that those who failed together do not return together."""
    whole: float = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
    return whole * random.uniform(0.5, 1)  # noqa: S311 - no secret


def retry_after_seconds(response: httpx.Response) -> float | None:
    """The longest wait that the answer asks for, in seconds; None when it asks for none.

    `Retry-After` holds seconds or a date (RFC 9110, section 10.2.3). Azure has a header of its own for each quota that
    may be used up, all of which end in these words, and the longest of them counts.
    """
    asked = [_seconds(text.strip()) for name, text in response.headers.items() if name.lower().endswith("retry-after")]
    return max((seconds for seconds in asked if seconds is not None), default=None)


def _seconds(text: str) -> float | None:
    if re.fullmatch(r"\d{1,9}(\.\d+)?", text, re.ASCII):
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def _request_id(response: httpx.Response) -> str | None:
    found = next((response.headers[name] for name in REQUEST_IDS if name in response.headers), None)
    return found if found and _PRINTABLE.fullmatch(found) else None


def _in_words(error: Exception) -> str:
    match error:
        case httpx.ConnectTimeout() | httpx.ConnectError():
            return "no connection"
        case TimeoutError() | httpx.TimeoutException():
            return "no answer in time"
        case httpx.RemoteProtocolError() | httpx.ReadError() | httpx.StreamError() | httpx.DecodingError():
            return "the answer broke off"
        case httpx.InvalidURL() | httpx.UnsupportedProtocol():
            return "not an address"
        case _:
            return "the connection failed"
