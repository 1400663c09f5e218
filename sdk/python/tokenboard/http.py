"""One kept-alive connection to TokenBoard, on the standard library alone."""

import base64
import http.client
import ssl
import urllib.request
from typing import Final, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from tokenboard._version import VERSION

PATH: Final = "/api/v1/events"
_LONGEST_ANSWER: Final = 2 * 1024 * 1024


class Answer(NamedTuple):
    """Header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Connection:
    """Used by one thread. Whatever goes wrong is an OSError or an HTTPException."""

    def __init__(self, base_url: str, api_key: str, timeout: float, *, is_compressed: bool = True) -> None:
        self._address = urlsplit(base_url if "://" in base_url else f"https://{base_url}")
        self._timeout = timeout
        self._open: http.client.HTTPConnection | None = None
        self._folder = self._address.path.rstrip("/")
        self._headers = {
            "Authorization": f"Bearer {api_key}",
            "Content-Type": "application/json",
            "User-Agent": f"tokenboard-python/{VERSION}",
        }
        if is_compressed:
            self._headers["Content-Encoding"] = "gzip"

    def post(self, body: bytes, timeout: float | None = None, path: str = PATH) -> Answer:
        """Send one body. On a connection that the server closed meanwhile it is sent once more, on a new one."""
        seconds = min(self._timeout, timeout) if timeout is not None else self._timeout
        if self._open is not None:
            try:
                return self._post(self._open, path, body, seconds)
            except (OSError, http.client.HTTPException) as error:
                self.close()
                if isinstance(error, TimeoutError):
                    raise
        self._open = self._connection()
        try:
            return self._post(self._open, path, body, seconds)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        connection, self._open = self._open, None
        if connection is not None:
            connection.close()

    def _post(self, connection: http.client.HTTPConnection, path: str, body: bytes, seconds: float) -> Answer:
        connection.timeout = seconds
        if connection.sock is not None:
            connection.sock.settimeout(seconds)
        connection.request("POST", self._folder + path, body, self._headers)
        response = connection.getresponse()
        content = response.read(_LONGEST_ANSWER)
        if response.read(1):
            self.close()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, content)

    def _connection(self) -> http.client.HTTPConnection:
        address = self._address
        host = address.hostname or ""
        proxy = _proxy(address)
        if proxy is None:
            return _connection(address.scheme, host, address.port, self._timeout)
        connection = _connection(address.scheme, proxy.hostname or "", proxy.port or 80, self._timeout)
        port = address.port or (443 if address.scheme == "https" else 80)
        connection.set_tunnel(host, port, _proxy_login(proxy))
        return connection


def _connection(scheme: str, host: str, port: int | None, timeout: float) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=timeout)
    return http.client.HTTPSConnection(host, port, timeout=timeout, context=ssl.create_default_context())


def _proxy(address: SplitResult) -> SplitResult | None:
    """The proxy that the environment names for this address (`HTTPS_PROXY`, `NO_PROXY`)."""
    host = address.hostname or ""
    named = urllib.request.getproxies().get(address.scheme)
    if not named or urllib.request.proxy_bypass(host):
        return None
    return urlsplit(named if "://" in named else f"http://{named}")


def _proxy_login(proxy: SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    login = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": "Basic " + base64.b64encode(login.encode()).decode()}
