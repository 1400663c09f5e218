"""Two servers on this machine: one that speaks as OpenAI does, and one in TokenBoard's place that keeps what comes."""

import gc
import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

import tokenboard
from tokenboard import client as client_module

USAGE = {
    "prompt_tokens": 1200,
    "completion_tokens": 300,
    "total_tokens": 1500,
    "prompt_tokens_details": {"cached_tokens": 1000, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 100, "audio_tokens": 0},
    "brand_new_tokens": 7,
}


class Server:
    """A real HTTP server; what it answers is set by the test."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.answers: list[Callable[[BaseHTTPRequestHandler, bytes], None]] = []
        self.default: Callable[[BaseHTTPRequestHandler, bytes], None] = answer(200, {})
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                outer.requests.append((self.command, self.path, dict(self.headers), body))
                respond = outer.answers.pop(0) if outer.answers else outer.default
                respond(self, body)

            do_GET = do_POST  # noqa: N815

            def log_message(self, *args: object) -> None:
                return

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._http.handle_error = lambda *args: None  # type: ignore[method-assign]
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def answer(status: int, body: Any, **headers: str) -> Callable[[BaseHTTPRequestHandler, bytes], None]:
    """A JSON answer, or with bytes just those."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    def respond(handler: BaseHTTPRequestHandler, request: bytes) -> None:
        handler.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return respond


def events(*chunks: Any, done: bool = True, cut: bool = False) -> Callable[[BaseHTTPRequestHandler, bytes], None]:
    """A stream of server-sent events; `cut` ends it in the middle of its body."""

    def respond(handler: BaseHTTPRequestHandler, request: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        lines = [b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks]
        for line in [*lines, *([b"data: [DONE]\n\n"] if done else [])]:
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
            handler.wfile.flush()
        if cut:
            handler.close_connection = True
        else:
            handler.wfile.write(b"0\r\n\r\n")

    return respond


class Board(Server):
    """In TokenBoard's place: answers as it does, and keeps the events."""

    def __init__(self) -> None:
        super().__init__()
        self.envelopes: list[dict[str, Any]] = []
        self.default = self.take

    def take(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        envelope = json.loads(gzip.decompress(body))
        self.envelopes.append(envelope)
        count = len(envelope["events"])
        answer(200, {"received": count, "accepted": count, "duplicates": 0, "rejected": []})(handler, body)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for envelope in self.envelopes for event in envelope["events"]]

    def event(self) -> dict[str, Any]:
        """The only event that came, after waiting for it."""
        assert tokenboard.flush(60)
        assert len(self.events) == 1, self.events
        return self.events[0]


def wait_until(claim: Callable[[], bool], seconds: float = 120.0) -> None:
    """Until it is true; a test that waits in vain fails."""
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def pytest_collection_finish() -> None:
    """What the vendors' packages are made of is no garbage: a test that looks for its own finds it fast."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def vendor() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def standin() -> Iterator[Any]:
    """All vendors, playing what was recorded."""
    from sdk.standin.server import Standin

    from tests.vendors import close_all

    server = Standin()
    yield server
    close_all()
    server.stop()


@pytest.fixture
def board() -> Iterator[Board]:
    server = Board()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def _nobody_called_init(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test has the SDK as a fresh process has it."""
    for name in ("API_KEY", "BASE_URL", "PROJECT", "ENVIRONMENT", "DISABLED", "DEBUG"):
        monkeypatch.delenv(f"TOKENBOARD_{name}", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(client_module, "_client", None)
    yield
    tokenboard.shutdown(0.5)


@pytest.fixture
def tracked(board: Board) -> Board:
    """TokenBoard's place, with the SDK set to send there."""
    tokenboard.init(api_key="tb_test", base_url=board.url, flush_interval=0.05)
    return board
