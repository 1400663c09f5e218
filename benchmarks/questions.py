"""How long a dashboard waits: `python -m benchmarks.questions [EVENTS ...] [--data FOLDER]`, by default 1,000,000.

For each size a database of its own with so many real events, taken by the service's own code; then the questions of
the dashboard, one after another, over HTTP; then the same questions asked of the raw events in SQL. With `--data` the
databases are kept and found again: `python -m benchmarks.questions 1000000 10000000 --data FOLDER` (10 M events take
about 8 GB and some minutes).
"""

import asyncio
import http.client
import json
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from app.core.periods import Period, month_of, month_period, utc_now
from benchmarks import _database, _goals, _place
from benchmarks._report import Report, options
from benchmarks._stored import Stored, stored

SIZES = (1_000_000,)
FULL_SIZE = 10_000_000
REQUESTS = 300
WARM_UP = 30
RAW_REPEATS = 3
PAGE = 50
FAR_PAGE = 1_000
SHOWN_BYTES = 0.5
DIMENSIONS = {
    "provider": "provider",
    "model": "model",
    "project": "project",
    "environment": "environment",
    "api_key": "api_key_id",
    "status": "status",
    "price_state": "price_state",
    "user": "user_ref",
}


class Question(NamedTuple):
    """What is asked over HTTP, and of the raw events: columns, and what the rows are grouped by."""

    path: str
    group: str | None


class Times(NamedTuple):
    """Milliseconds."""

    p50: float
    p95: float
    raw: float


def questions(month: str) -> dict[str, Question]:
    asked = {
        "summary": Question(f"summary?month={month}", ""),
        "trend by day": Question("trend", "date_trunc('day', occurred_at)"),
        "trend by day and model": Question("trend?group_by=model", "date_trunc('day', occurred_at), model"),
    }
    for by, column in DIMENSIONS.items():
        asked[f"breakdown by {by}"] = Question(f"breakdown?month={month}&by={by}", column)
    asked["breakdown by user, all 500"] = Question(f"breakdown?month={month}&by=user&limit=500", "user_ref")
    asked["breakdown by tag"] = Question(f"breakdown?month={month}&by=tag&tag=feature", "tags ->> 'feature'")
    asked["trend by day and user"] = Question("trend?group_by=user", "date_trunc('day', occurred_at), user_ref")
    asked[f"calls, page 1 of {PAGE}"] = Question(f"calls?limit={PAGE}", None)
    return asked


class Reader:
    """Asks one question after another on one kept connection."""

    def __init__(self, address: str, sender: _place.Sender) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(address).netloc)
        self._sender = sender

    def ask(self, question: str) -> tuple[float, bytes]:
        """Milliseconds, and the answer."""
        path = f"/api/v1/workspaces/{self._sender.workspace_id}/{question}"
        started = time.perf_counter()
        self._connection.request("GET", path, headers={"Authorization": f"Bearer {self._sender.key}"})
        answer = self._connection.getresponse()
        body = answer.read()
        taken = (time.perf_counter() - started) * 1000
        if answer.status != http.client.OK:
            raise SystemExit(f"{path} answered {answer.status}: {body[:300]!r}")
        return taken, body

    def measure(self, question: str) -> list[float]:
        """Milliseconds of each request, sorted."""
        return sorted([self.ask(question)[0] for _ in range(WARM_UP + REQUESTS)][WARM_UP:])

    def far_page(self) -> str:
        """The question whose answer is a page far behind the first, found by walking there."""
        question = f"calls?limit={PAGE}"
        for _ in range(FAR_PAGE - 1):
            answer: dict[str, Any] = json.loads(self.ask(question)[1])
            question = "calls?" + urlencode({"limit": PAGE, "cursor": answer["next_cursor"]})
        return question

    def pause(self) -> None:
        """Before a time without questions, which may be longer than the service keeps a connection."""
        self._connection.close()


def in_sql(group: str | None, page: int = 1) -> str:
    """The same question, as one would ask it of the events themselves."""
    where = "FROM events WHERE workspace_id = $1 AND occurred_at >= $2 AND occurred_at < $3"
    if group is None:
        return f"SELECT * {where} ORDER BY occurred_at DESC, event_key DESC LIMIT {PAGE} OFFSET {(page - 1) * PAGE}"
    sums = "count(*), sum(cost), sum(fresh_tokens), sum(cache_read_tokens), sum(visible_tokens), sum(reasoning_tokens)"
    return f"SELECT {group}, {sums} {where} GROUP BY {group}" if group else f"SELECT {sums} {where}"


async def ask_events(url: str, stored_at: Stored, asked: dict[str, str], period: Period) -> dict[str, float]:
    """Milliseconds, the median of a few."""
    connection, found = await _database.connect(url), {}
    for name, question in asked.items():
        times = []
        for _ in range(RAW_REPEATS):
            started = time.perf_counter()
            await connection.fetch(question, stored_at.sender.workspace_id, period.start, period.end)
            times.append((time.perf_counter() - started) * 1000)
        found[name] = statistics.median(times)
    await connection.close()
    return found


def measure(url: str, address: str, stored_at: Stored) -> Iterator[tuple[str, Times]]:
    """Each question with its times."""
    month = month_of(utc_now())
    asked, reader = questions(month), Reader(address, stored_at.sender)
    far = f"calls, page {FAR_PAGE:,} by cursor"
    in_raw = {name: in_sql(question.group) for name, question in asked.items()}
    paths = {name: question.path for name, question in asked.items()}
    if stored_at.events >= PAGE * FAR_PAGE:
        in_raw[far], paths[far] = in_sql(None, FAR_PAGE), reader.far_page()
    reader.pause()
    raw = asyncio.run(ask_events(url, stored_at, in_raw, month_period(month)))
    for name, path in paths.items():
        times = reader.measure(path)
        yield name, Times(statistics.median(times), times[int(len(times) * 0.95)], raw[name])


def report_size(report: Report, events: int, folder: Path | None) -> dict[str, Times]:
    with stored(events, folder) as (place, stored_at), _place.service(place.url) as (address, _):
        rate = events / stored_at.seconds
        report.say(
            f"{events:,} events, stored in {stored_at.seconds:,.0f} s ({rate:,.0f}/s) by the service's own code."
        )
        columns = ("p50 ms", "p95 ms", "raw events ms", "times")
        report.head(f"{events:,} events stored, questions of this month", ("question", *columns), first=32)
        found = {}
        for name, times in measure(place.url, address, stored_at):
            found[name] = times
            quick = (f"{times.p50:.2f}", f"{times.p95:.2f}")
            report.row(name, *quick, f"{times.raw:,.1f}", f"{times.raw / times.p50:,.0f}")
        asyncio.run(report_disk(report, place.url, events))
    return found


async def report_disk(report: Report, url: str, events: int) -> None:
    connection = await _database.connect(url)
    sizes = await _database.sizes(connection)
    await connection.close()
    report.head(f"On disk at {events:,} events", ("name", "kind", "bytes per event"), first=36)
    for size in sizes:
        if size.bytes / events >= SHOWN_BYTES:
            report.row(size.name, "index" if size.is_index else "table", f"{size.bytes / events:,.1f}")
    whole = sum(size.bytes for size in sizes) / events
    report.row("everything", "", f"{whole:,.1f}")
    report.reached(_goals.DISK, whole)


def rolled_up(found: dict[str, Times]) -> dict[str, Times]:
    return {name: times for name, times in found.items() if not name.startswith("calls")}


def compare(report: Report, few: dict[str, Times], many: dict[str, Times], ratio: str) -> None:
    report.head(ratio, ("question", "p50 ratio"), first=32)
    for name, times in many.items():
        report.row(name, f"{times.p50 / few[name].p50:.2f} x")
    report.reached(_goals.GROWTH, max(times.p50 / few[name].p50 for name, times in rolled_up(many).items()))


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("events", nargs="*", type=int, default=list(SIZES), help="how many are stored")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="keep the databases there, and find them again")
    asked = parser.parse_args()
    report = Report("questions", asked.markdown)
    report.say(f"{REQUESTS} requests of each question on one connection, one after another.")
    found = {events: report_size(report, events, asked.data) for events in sorted(asked.events)}
    least, most = min(found), max(found)
    if most >= FULL_SIZE:
        report.reached(_goals.ANSWER, max(times.p95 for times in rolled_up(found[most]).values()))
    if least != most:
        compare(report, found[least], found[most], f"{most:,} against {least:,} events")
    report.finish()


if __name__ == "__main__":
    main()
