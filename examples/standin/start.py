"""Start a program whose requests to vendors go to the stand-in: `python start.py PROGRAM`, as `examples.run` does.

The program is the one that runs in earnest: it asks api.openai.com, and is led elsewhere below its client.
"""

import json
import os
import runpy
import sys
from importlib import import_module
from typing import Any

VENDORS: dict[str, str] = json.loads(os.environ["STANDIN_VENDORS"])
"""Where what goes to a host is led."""


def led(url: Any) -> Any:
    """The address at the stand-in; that of another server of this machine as it is."""
    if url.host in VENDORS:
        return type(url)(VENDORS[url.host] + url.raw_path.decode())
    if url.host not in ("localhost", "127.0.0.1"):
        raise ConnectionError(f"examples stay on this machine, and this one asks {url.host}")
    return url


def lead(client: Any) -> None:
    """For httpx and its successor, which the vendors' clients are made with."""
    for transport in (client.HTTPTransport, client.AsyncHTTPTransport):
        name = "handle_async_request" if transport is client.AsyncHTTPTransport else "handle_request"
        setattr(transport, name, _leading(client.Request, getattr(transport, name)))


def _leading(kind: Any, send: Any) -> Any:
    def handle(transport: Any, request: Any) -> Any:
        about = {"headers": request.headers, "stream": request.stream, "extensions": request.extensions}
        return send(transport, kind(request.method, led(request.url), **about))

    return handle


if __name__ == "__main__":
    for name in ("httpx", "httpx2"):
        try:
            lead(import_module(name))
        except ModuleNotFoundError:
            continue
    runpy.run_path(sys.argv[1], run_name="__main__")
