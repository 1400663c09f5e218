"""How long until a call that was acknowledged is in the figures: `python -m benchmarks.visible [--workers N]`.

A call is sent; when it is acknowledged, the summary is asked for on another connection, again and again until it holds
the call. Calls and rollups are written in one transaction, so the first answer should. All on this machine.
"""

import asyncio
import http.client
import json
import statistics
import time
from typing import Any
from urllib.parse import urlsplit

from app.core.database import make_engine, make_sessionmaker
from app.core.periods import utc_now
from benchmarks import _place
from benchmarks._report import Report, options
from scripts import load

ROUNDS = 300
MOST_REQUESTS = 1_000


class Client:
    """One kept connection of one sender."""

    def __init__(self, address: str, sender: _place.Sender) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(address).netloc)
        self._headers = {"Authorization": f"Bearer {sender.key}", "Content-Type": "application/json"}
        self._workspace = sender.workspace_id

    def send(self, call: load.Call) -> None:
        answer = self._request("POST", "/api/v1/events", json.dumps(call.sent))
        assert answer["accepted"] == 1, answer

    def calls(self) -> int:
        """As the summary of this month tells them."""
        return int(self._request("GET", f"/api/v1/workspaces/{self._workspace}/summary")["total"]["calls"])

    def _request(self, method: str, path: str, body: str | None = None) -> dict[str, Any]:
        self._connection.request(method, path, body, self._headers)
        answer = self._connection.getresponse()
        found: dict[str, Any] = json.load(answer)
        if answer.status != http.client.OK:
            raise SystemExit(f"{path} answered {answer.status}: {found}")
        return found


async def make_sender(url: str) -> _place.Sender:
    engine = make_engine(url)
    sender = await _place.make_sender(make_sessionmaker(engine))
    await engine.dispose()
    return sender


def requests_until_seen(reader: Client, expected: int) -> int:
    """How many answers did not hold the call yet."""
    for later in range(MOST_REQUESTS):
        if reader.calls() == expected:
            return later
    raise SystemExit(f"{expected} calls were acknowledged and the summary does not tell them")


def measure(address: str, sender: _place.Sender, rounds: int) -> tuple[list[float], list[int]]:
    """Milliseconds from each acknowledgement to the answer that held the call, and how many came before that one."""
    writer, reader, maker = Client(address, sender), Client(address, sender), load.Maker(seed=1)
    times, later = [], []
    reader.calls()
    for number in range(1, rounds + 1):
        writer.send(maker.call(utc_now()))
        acknowledged = time.perf_counter()
        later.append(requests_until_seen(reader, number))
        times.append((time.perf_counter() - acknowledged) * 1000)
    return sorted(times), later


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--workers", type=int, default=1, help="processes of the service")
    asked = parser.parse_args()
    report = Report("visible", asked.markdown)
    with _place.database() as place, _place.service(place.url, asked.workers) as (address, _):
        times, later = measure(address, asyncio.run(make_sender(place.url)), ROUNDS)
    columns = ("rounds", "p50 ms", "p95 ms", "answers without it")
    report.head("From acknowledgement to the summary that holds the call", ("", *columns), first=24)
    median, p95 = statistics.median(times), times[int(len(times) * 0.95)]
    report.row("single calls", f"{len(times)}", f"{median:.2f}", f"{p95:.2f}", f"{sum(later)}")
    report.finish()


if __name__ == "__main__":
    main()
