"""How fast calls come in: `python -m benchmarks.ingest [--seconds N]`.

One service process on an embedded database, this program as the sender, all on this machine. Every answer comes after
the commit, and every figure is checked: what was accepted must be in the rollups. At the end rows of the same kind
are copied straight into the same table, one connection, 1,000 to a transaction: the limit to compare with.
"""

import argparse
import asyncio
import json
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from os import cpu_count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core import migrations
from app.core.crypto import fingerprint, new_token
from app.core.database import make_engine, make_sessionmaker
from app.core.embedded import embedded_server
from app.core.ids import new_id
from app.core.periods import utc_now
from app.ingest.rules.incoming import read_event
from app.ingest.rules.preparing import Sender, prepare
from app.pricing import service as pricing
from app.pricing.rules.call import Pricing
from app.usage import queries as ledger
from app.usage.rules.events import NewEvent
from app.workspaces.models import ApiKey, Workspace
from scripts.machine import ROOT
from scripts.serving import fresh_service

SECONDS = 10.0
WARM_UP_SECONDS = 1.0
COPIED_ROWS = 50_000
ROWS_PER_TRANSACTION = 1_000
MODELS = [("openai", "gpt-4o-mini"), ("openai", "gpt-4o"), ("anthropic", "claude-sonnet-4-5")]


@dataclass(frozen=True)
class Load:
    """How it is sent."""

    batch: int
    connections: int


LOADS = (Load(500, 1), Load(500, 8), Load(1, 1), Load(1, 64))


@dataclass
class Result:
    """What came of it."""

    accepted: int = 0
    seconds: float = 0.0
    milliseconds: list[float] = field(default_factory=list)


def call(dice: random.Random) -> dict[str, Any]:
    """A plausible call of the last day."""
    provider, model = dice.choice(MODELS)
    return {
        "event_id": str(new_id()),
        "occurred_at": (utc_now() - timedelta(seconds=dice.randrange(86_400))).isoformat(),
        "provider": provider,
        "model": model,
        "input_tokens": dice.randrange(10, 20_000),
        "output_tokens": dice.randrange(1, 2_000),
        "latency_ms": round(dice.lognormvariate(6.5, 0.7), 1),
        "http_status": 200,
        "project": f"project-{dice.randrange(8)}",
        "environment": "production",
        "user": f"customer-{dice.randrange(500)}",
        "tags": {"feature": f"f{dice.randrange(20)}"},
    }


def request(host: str, key: str, body: bytes) -> bytes:
    head = (
        f"POST /api/v1/events HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def requests(host: str, key: str, load: Load, seed: int) -> Iterator[bytes]:
    """Requests without end, each with new ids; made while the last answer was read, so not timed."""
    dice = random.Random(seed)  # noqa: S311 - the same load in every run
    while True:
        calls = [call(dice) for _ in range(load.batch)]
        yield request(host, key, json.dumps(calls if load.batch > 1 else calls[0]).encode())


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sent: bytes) -> dict[str, Any]:
    writer.write(sent)
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
    body = await reader.readexactly(length)
    if " 200 " not in head[:16]:
        raise SystemExit(f"{head.splitlines()[0]}: {body[:300]!r}")
    answer: dict[str, Any] = json.loads(body)
    return answer


async def keep_sending(host: str, bodies: list[bytes], results: Result) -> None:
    """One connection, request after request, until there are none left."""
    reader, writer = await asyncio.open_connection(*host.split(":"))
    while bodies:
        sent = bodies.pop()
        started = time.perf_counter()
        answer = await exchange(reader, writer, sent)
        results.milliseconds.append((time.perf_counter() - started) * 1000)
        results.accepted += answer["accepted"]
    writer.close()


async def measure(host: str, key: str, load: Load, seconds: float, seed: int) -> Result:
    """Prepare about as much as fits into the time, then send it as fast as it is taken."""
    source = requests(host, key, load, seed)
    trial = Result()
    started = time.perf_counter()
    while (spent := time.perf_counter() - started) < WARM_UP_SECONDS:
        bodies = [next(source) for _ in range(load.connections)]
        await send_all(host, bodies, load, trial)
    wanted = int(len(trial.milliseconds) * seconds / spent) + load.connections
    return await send_all(host, [next(source) for _ in range(wanted)], load, Result())


async def send_all(host: str, bodies: list[bytes], load: Load, result: Result) -> Result:
    started = time.perf_counter()
    await asyncio.gather(*(keep_sending(host, bodies, result) for _ in range(load.connections)))
    result.seconds += time.perf_counter() - started
    return result


async def make_sender(sessions: async_sessionmaker[AsyncSession]) -> tuple[UUID, str]:
    """A workspace and a key of its own for each load, so that its rollups can be compared."""
    workspace_id, key, now = new_id(), new_token("tb_"), utc_now()
    async with sessions() as session, session.begin():
        session.add(Workspace(id=workspace_id, name="Benchmark", slug=f"b-{workspace_id}", created_at=now))
        await session.flush()
        session.add(
            ApiKey(
                workspace_id=workspace_id,
                id=new_id(),
                name="benchmark",
                prefix=key[:10],
                secret_hash=fingerprint(key),
                scopes=["ingest"],
                created_by=None,
                created_at=now,
                last_used_at=None,
                revoked_at=None,
            )
        )
    return workspace_id, key


async def rolled_up(sessions: async_sessionmaker[AsyncSession], workspace_id: UUID) -> tuple[int, int]:
    """Calls in the events and in the rollups."""
    counts = []
    for question in ("count(*) FROM events", "coalesce(sum(calls), 0) FROM usage_hourly"):
        async with sessions() as session:
            found = await session.execute(
                text(f"SELECT {question} WHERE workspace_id = :id"),
                {"id": workspace_id},
            )
            counts.append(int(found.scalar_one()))
    return counts[0], counts[1]


def prepared(workspace_id: UUID, count: int) -> list[NewEvent]:
    book = pricing.load_default()
    dice, how, now = random.Random(0), Pricing(book.price, book.version), utc_now()  # noqa: S311 - as above
    return [prepare(read_event(call(dice)), Sender(workspace_id, None), how, now) for _ in range(count)]


async def copy_rate(sessions: async_sessionmaker[AsyncSession]) -> float:
    """Rows a second by COPY alone, without identity and rollups."""
    rows = prepared(new_id(), COPIED_ROWS)
    started = time.perf_counter()
    for at in range(0, COPIED_ROWS, ROWS_PER_TRANSACTION):
        async with sessions() as session, session.begin():
            await session.execute(text("SELECT 1"))  # SQLAlchemy begins with the first statement it sees
            await ledger.copy_events(session, rows[at : at + ROWS_PER_TRANSACTION])
    return COPIED_ROWS / (time.perf_counter() - started)


def quantile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


async def run(address: str, url: str, seconds: float) -> None:
    host = urlsplit(address).netloc
    engine = make_engine(url)
    sessions = make_sessionmaker(engine)
    rates: dict[Load, float] = {}
    print(f"{'batch':>6}{'connections':>13}{'events/s':>11}{'requests/s':>12}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}")
    for number, load in enumerate(LOADS):
        workspace_id, key = await make_sender(sessions)
        result = await measure(host, key, load, seconds, number)
        events, rolled = await rolled_up(sessions, workspace_id)
        if events != rolled or events < result.accepted:
            raise SystemExit(f"{result.accepted} accepted, {events} stored, {rolled} in the rollups")
        rates[load] = result.accepted / result.seconds
        times = sorted(result.milliseconds)
        print(
            f"{load.batch:>6}{load.connections:>13}{rates[load]:>11,.0f}{len(times) / result.seconds:>12,.0f}"
            f"{statistics.median(times):>9.2f}{quantile(times, 0.95):>9.2f}{quantile(times, 0.99):>9.2f}",
            flush=True,
        )
    limit = await copy_rate(sessions)
    print(f"\nCOPY of such rows into the same table: {limit:,.0f}/s")
    for load, rate in rates.items():
        print(f"batch {load.batch}, {load.connections} connections: {rate / limit:.1%} of it")
    await engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="about how long each load is sent")
    seconds: float = parser.parse_args().seconds
    print(f"{platform.machine()}, {cpu_count()} CPUs, Python {platform.python_version()}, sender included")
    with tempfile.TemporaryDirectory(prefix="tokenboard-benchmark-") as folder, embedded_server(Path(folder)) as url:
        asyncio.run(migrations.upgrade_async(url))
        command = [sys.executable, "-m", "app.cli", "serve"]
        settings = {
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": url,
            "TOKENBOARD_LOG_LEVEL": "warning",
            "TOKENBOARD_INGEST_REQUESTS_PER_KEY": "10000000/minute",
        }
        with fresh_service(command, **settings) as address:
            asyncio.run(run(address, url, seconds))


if __name__ == "__main__":
    main()
