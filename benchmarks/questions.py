"""How long a dashboard waits: `python -m benchmarks.questions [EVENTS ...]`, by default 1,000,000 and 10,000,000.

For each size a workspace whose rollups are those of so many calls in this month and as many in the last, as a company
of some size makes them; then the questions of the dashboard, one after another, over HTTP against a service of its own.
Only rollups are written: the questions read nothing else.
"""

import argparse
import asyncio
import http.client
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from os import cpu_count
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import migrations
from app.core.crypto import fingerprint, new_token
from app.core.database import make_engine, make_sessionmaker
from app.core.embedded import embedded_server
from app.core.ids import new_id
from app.core.periods import Period, month_of, month_period, previous_month, utc_now
from app.usage import queries as usage
from app.usage.rules import latency
from app.usage.rules.rollups import NO_KEY, LatencyKey, UsageKey, UsageSums
from app.workspaces.models import ApiKey, Workspace
from scripts.machine import ROOT
from scripts.serving import fresh_service

SIZES = (1_000_000, 10_000_000)
REQUESTS = 300
WARM_UP = 30
MODELS = [("openai", f"gpt-{n}") for n in range(8)] + [("anthropic", f"claude-{n}") for n in range(5)]
MODELS += [("google", f"gemini-{n}") for n in range(4)] + [("mistral", "large"), ("groq", "llama"), ("xai", "grok")]
PROJECTS = [f"project-{n}" for n in range(12)]
ENVIRONMENTS = ["production", "staging", ""]
COMBINATIONS = 100  # of model, project and environment; each is some rows a day
MOST_COMBINATIONS = len(MODELS) * len(PROJECTS) * len(ENVIRONMENTS)
ERROR_RATE = 0.02
ROWS_AT_A_TIME = 5_000

Row = tuple[UsageKey, UsageSums]


@dataclass(frozen=True)
class Size:
    """How many calls a month holds, and for how many different purposes."""

    events: int
    combinations: int


@dataclass(frozen=True)
class Filled:
    """A workspace, a key that reads it, and how many rollup rows it holds."""

    size: Size
    workspace_id: UUID
    key: str
    hourly_rows: int
    daily_rows: int


def combinations(dice: random.Random, count: int) -> list[tuple[str, str, str, str]]:
    """Which model is called for what; the first is called most."""
    found: dict[tuple[str, str, str, str], None] = {}
    while len(found) < count:
        found[(*dice.choice(MODELS), dice.choice(PROJECTS), dice.choice(ENVIRONMENTS))] = None
    return list(found)


def hourly(workspace_id: UUID, size: Size, period: Period, dice: random.Random) -> Iterator[Row]:
    """Rollup rows of about so many calls, spread as calls are: some models much, most little, nights less."""
    used = combinations(dice, size.combinations)
    weights = [1 / (rank + 1) for rank in range(len(used))]
    hours = int((period.end - period.start).total_seconds()) // 3600
    for index in range(hours):
        start = period.start + timedelta(hours=index)
        busy = size.events / hours * (1.5 if 8 <= start.hour < 20 else 0.5)
        for (provider, model, project, environment), weight in zip(used, weights, strict=True):
            mean = busy * weight / sum(weights)
            calls = int(mean + dice.random())
            errors = int(calls * ERROR_RATE + dice.random())
            for status, count in (("ok", calls - errors), ("error", errors)):
                if count > 0:
                    state = "unpriced" if model == "grok" else "priced"
                    reason = "unknown_model" if model == "grok" else ""
                    named = (provider, model, project, environment)
                    key = UsageKey(workspace_id, start, *named, NO_KEY, status, state, reason, "")
                    yield key, sums(count, start, None if model == "grok" else Decimal(count) * Decimal("0.0012345"))


def sums(calls: int, start: datetime, cost: Decimal | None) -> UsageSums:
    tokens = (900 * calls, 300 * calls, 50 * calls, 250 * calls, 60 * calls)
    return UsageSums(calls, *tokens, cost, cost, start + timedelta(minutes=59), start + timedelta(hours=1))


async def fill(session: AsyncSession, size: Size) -> Filled:
    """A workspace with the rollups of so many calls this month and last month."""
    workspace_id, key = new_id(), new_token("tb_")
    now, dice = utc_now(), random.Random(size.events)  # noqa: S311 - plausible, not secret
    session.add(Workspace(id=workspace_id, name="Benchmark", slug=f"b-{workspace_id}", created_at=now))
    await session.flush()
    session.add(api_key(workspace_id, key, now))
    month = month_period(month_of(now))
    rows = [row for period in (previous_month(month), month) for row in hourly(workspace_id, size, period, dice)]
    days: dict[UsageKey, UsageSums] = {}
    for found, added in rows:
        of_day = found._replace(start=found.start.replace(hour=0))
        days[of_day] = days[of_day].plus(added) if of_day in days else added
    for at in range(0, len(rows), ROWS_AT_A_TIME):
        await usage.add_hourly(session, dict(rows[at : at + ROWS_AT_A_TIME]))
    await usage.add_daily(session, days)
    await usage.add_latency(session, latencies(days, dice))
    return Filled(size, workspace_id, key, len(rows), len(days))


def api_key(workspace_id: UUID, key: str, now: datetime) -> ApiKey:
    return ApiKey(
        workspace_id=workspace_id,
        id=new_id(),
        name="benchmark",
        prefix=key[:10],
        secret_hash=fingerprint(key),
        scopes=["read"],
        created_by=None,
        created_at=now,
        last_used_at=None,
        revoked_at=None,
    )


def latencies(days: dict[UsageKey, UsageSums], dice: random.Random) -> dict[LatencyKey, int]:
    """About forty buckets per day and model."""
    found: dict[LatencyKey, int] = {}
    for key, added in days.items():
        for _ in range(40):
            bucket = latency.bucket(dice.lognormvariate(6.5, 0.7))
            where = LatencyKey(key.workspace_id, key.start, key.provider, key.model, bucket)
            found[where] = found.get(where, 0) + max(1, added.calls // 40)
    return found


def questions() -> dict[str, str]:
    today, month = utc_now(), month_of(utc_now())
    last = month_of(previous_month(month_period(month)).start)
    hours = f"from={today:%Y-%m-%d}T00:00:00Z&to={today:%Y-%m-%d}T23:59:59Z"
    return {
        "summary": "summary",
        "summary of last month": f"summary?month={last}",
        "trend by day": "trend",
        "trend by day and provider": "trend?group_by=provider",
        "trend by day and model": "trend?group_by=model",
        "trend of a day by hour and model": f"trend?granularity=hour&group_by=model&{hours}",
        "breakdown by model": "breakdown?by=model",
        "breakdown by project": "breakdown?by=project",
        "breakdown by API key": "breakdown?by=api_key",
    }


def measure(address: str, filled: Filled, question: str) -> list[float]:
    """Milliseconds of each request, sorted, on one kept connection."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc)
    path = f"/api/v1/workspaces/{filled.workspace_id}/{question}"
    times = []
    for _ in range(WARM_UP + REQUESTS):
        started = time.perf_counter()
        connection.request("GET", path, headers={"Authorization": f"Bearer {filled.key}"})
        answer = connection.getresponse()
        body = answer.read()
        times.append((time.perf_counter() - started) * 1000)
        if answer.status != http.client.OK:
            raise SystemExit(f"{path} answered {answer.status}: {body[:300]!r}")
    connection.close()
    return sorted(times[WARM_UP:])


async def prepare(url: str, sizes: list[Size]) -> list[Filled]:
    await migrations.upgrade_async(url)
    engine = make_engine(url)
    filled = []
    for size in sizes:
        async with make_sessionmaker(engine)() as session, session.begin():
            filled.append(await fill(session, size))
    async with engine.begin() as connection:
        await connection.execute(text("ANALYZE"))
    await engine.dispose()
    return filled


def report(address: str, filled: Filled) -> None:
    rows = f"{filled.hourly_rows:,} hourly and {filled.daily_rows:,} daily rollup rows in two months"
    print(f"\n{filled.size.events:,} calls a month: {rows}")
    print(f"{'':<36}{'p50 ms':>10}{'p95 ms':>10}")
    for name, question in questions().items():
        times = measure(address, filled, question)
        p95 = times[int(len(times) * 0.95)]
        print(f"{name:<36}{statistics.median(times):>10.2f}{p95:>10.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", nargs="*", type=int, default=list(SIZES), help="calls in a month")
    parser.add_argument("--combinations", type=int, default=COMBINATIONS, help="of model, project and environment")
    asked = parser.parse_args()
    sizes = [Size(events, min(asked.combinations, MOST_COMBINATIONS)) for events in asked.events]
    print(f"{platform.machine()}, {cpu_count()} CPUs, Python {platform.python_version()}, {REQUESTS} requests each")
    with tempfile.TemporaryDirectory(prefix="tokenboard-benchmark-") as folder, embedded_server(Path(folder)) as url:
        filled = asyncio.run(prepare(url, sizes))
        command = [sys.executable, "-m", "app.cli", "serve"]
        with fresh_service(command, PYTHONPATH=str(ROOT), DATABASE_URL=url, TOKENBOARD_LOG_LEVEL="warning") as address:
            for one in filled:
                report(address, one)


if __name__ == "__main__":
    main()
