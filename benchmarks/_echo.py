"""The limit of HTTP: an ASGI application that reads a body, decodes it and answers, and does nothing else.

`python -m benchmarks._echo PORT`, run by uvicorn with uvloop and httptools, as the service is.
"""

import sys

import msgspec
import uvicorn
from starlette.types import Receive, Scope, Send

HEADERS = [(b"content-type", b"application/json")]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    found = msgspec.json.decode(body) if body else []
    answer = b'{"status":"ok","accepted":%d}' % (len(found) if isinstance(found, list) else 1)
    length = (b"content-length", str(len(answer)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [*HEADERS, length]})
    await send({"type": "http.response.body", "body": answer})


def main() -> None:
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
    )


if __name__ == "__main__":
    main()
