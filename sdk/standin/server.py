"""The server: picks a fixture for a request, plays it, and remembers what was asked."""

import base64
import itertools
import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, NamedTuple

from sdk.standin import answers, faults
from sdk.standin.cases import Case, choose, load

_PREFIX: Final = re.compile(r"/(fault|case|ids)/([\w.@-]+)(?=/)")
_ASKED: Final = "/standin/requests"
_PAUSE: Final = 0.1


class Asked(NamedTuple):
    """A request as it came, without what was said to the stand-in itself."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Standin:
    """All vendors on one port of this machine, in threads of this process."""

    def __init__(self, port: int = 0) -> None:
        self.cases = load()
        self.requests: list[Asked] = []
        self.fresh = itertools.count()
        self._http = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._http.daemon_threads = True
        self._http.handle_error = lambda *args: None  # type: ignore[method-assign]  # a client that left
        self.port = self._http.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def case(self, name: str) -> Case:
        return next(case for case in self.cases if case.name == name)

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Wishes(NamedTuple):
    """What a request says to the stand-in: `/fault/NAME`, `/case/NAME`, `/ids/fresh` before its path, or headers."""

    path: str
    fault: str | None
    case: str | None
    ids: str | None


def _wishes(path: str, headers: Any) -> _Wishes:
    said = {name: headers.get(f"x-standin-{name}") for name in ("fault", "case", "ids")}
    while found := _PREFIX.match(path):
        said[found[1]] = found[2].replace("@", "/")
        path = path[found.end() :]
    return _Wishes(path, said["fault"], said["case"], said["ids"])


def _handler(server: Standin) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        standin = server

    return Handler


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    standin: Standin

    def do_POST(self) -> None:
        body = self._body()
        wishes = _wishes(self.path, self.headers)
        path = wishes.path.partition("?")[0].replace("%3A", ":")
        if path == _ASKED:
            self._tell()
            return
        self.standin.requests.append(Asked(self.command, wishes.path, dict(self.headers), body))
        case = choose(self.standin.cases, self.command, path, _json(body), wishes.case)
        if case is None:
            self._whole(404, {}, faults.error(404))
        elif wishes.fault in faults.STATUSES:
            status = faults.STATUSES[wishes.fault]
            self._whole(status, {"Retry-After": "0"}, faults.error(status))
        else:
            self._play(case, wishes.fault, has_fresh_id=wishes.ids == "fresh")

    do_GET = do_DELETE = do_POST  # noqa: N815

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _tell(self) -> None:
        """What was asked so far; DELETE forgets it."""
        told = [{**asked._asdict(), "body": base64.b64encode(asked.body).decode()} for asked in self.standin.requests]
        if self.command == "DELETE":
            self.standin.requests.clear()
        self._whole(200, {}, json.dumps(told).encode())

    def _play(self, case: Case, fault: str | None, *, has_fresh_id: bool) -> None:
        parts = answers.pieces(case, fault)
        if has_fresh_id:
            parts = answers.with_id(parts, case, next(self.standin.fresh))
        headers = {"Content-Type": answers.kind(case), **case.headers}
        if fault is not None:
            headers = {name: value for name, value in headers.items() if not faults.is_told_by_headers(name)}
        if fault == faults.SLOW:
            time.sleep(_PAUSE)
        if case.is_stream:
            self._stream(case.status, headers, parts, fault)
        elif fault == faults.CUT:
            self._start(case.status, {**headers, "Content-Length": str(len(parts[0]))})
            self.wfile.write(parts[0][: len(parts[0]) // 2])
            self.close_connection = True
        else:
            self._whole(case.status, headers, b"".join(parts))

    def _stream(self, status: int, headers: dict[str, str], parts: list[bytes], fault: str | None) -> None:
        """Piece by piece; a cut one ends in the middle, without saying that it does."""
        self._start(status, {**headers, "Transfer-Encoding": "chunked"})
        for part in parts[: (len(parts) + 1) // 2] if fault == faults.CUT else parts:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.flush()
            if fault == faults.SLOW:
                time.sleep(_PAUSE)
        if fault == faults.CUT:
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")

    def _whole(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self._start(status, {"Content-Type": "application/json", **headers, "Content-Length": str(len(body))})
        self.wfile.write(body)

    def _start(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Always the same, so that answers can be compared whole."""
        return "Sat, 21 Nov 2026 12:00:00 GMT"

    def log_message(self, *args: object) -> None:
        return


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
