"""`tokenboard import-agent-logs`: what coding agents on this machine used, from their own files."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.cli import importing, runtime
from app.cli.agents import claude, codex, gemini
from app.cli.errors import CannotDo
from app.core.config import Settings
from app.core.periods import utc_now
from app.ingest.errors import EventRefused
from app.ingest.rules.incoming import IncomingEvent, read_event
from app.ingest.rules.preparing import Sender, prepare
from app.ingest.writer import GroupWriter
from app.pricing import service as pricing
from app.pricing.rules.call import Pricing
from app.pricing.shelf import PriceShelf

READERS: Final[dict[str, Callable[[Path], Iterator[dict[str, Any]]]]] = {
    "claude-code": claude.calls,
    "codex": codex.calls,
    "gemini-cli": gemini.calls,
}
_TRIES: Final = 5
_TIMEOUT: Final = 60
_NOBODY: Final = Sender(UUID(int=0), None)


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for. `folders` by agent; either `workspace` or `api_key` and `url`, or a dry run."""

    folders: dict[str, Path]
    since: date | None
    workspace: str | None
    api_key: str | None
    url: str
    on_plan: bool
    user: str | None
    is_dry_run: bool


@dataclass(slots=True)
class Sums:
    """One row of the summary. `list_cost` None: something in it has no known price."""

    calls: int = 0
    input: int = 0
    output: int = 0
    list_cost: Decimal | None = Decimal(0)
    on_plan: int = 0


@dataclass(slots=True)
class Result:
    accepted: int = 0
    duplicates: int = 0
    rejected: Counter[str] = field(default_factory=Counter)


def import_agent_logs(order: Order) -> bool:
    """Import, and print a summary; False when a call was rejected. Raises CannotDo."""
    if not order.is_dry_run and (order.workspace is None) == (order.api_key is None):
        raise CannotDo("Say where to: --workspace SLUG for a database here, or --api-key KEY and --url URL.")
    console = runtime.make_console()
    events = _read(order, console)
    _show(events, console)
    result = Result()
    if not order.is_dry_run and events:
        with console.status(f"sending {len(events):,} calls"):
            _send(order, [_bare(event) for event in events], result)
        console.print(
            f"{len(events):,} calls: {result.accepted:,} are new, {result.duplicates:,} were known, "
            f"{result.rejected.total():,} rejected."
        )
    for reason, times in result.rejected.most_common(importing.REASONS_SHOWN):
        console.print(f"[red]{times:,} x[/] {escape(reason)}")
    return not result.rejected


def _read(order: Order, console: Console) -> list[dict[str, Any]]:
    """One event a call, whichever file it came from; with the agent beside it, under the empty name."""
    found: dict[str, dict[str, Any]] = {}
    for agent, folder in order.folders.items():
        with console.status(f"reading {agent}"):
            for event in READERS[agent](folder):
                if order.since is None or (event["occurred_at"] or "")[:10] >= order.since.isoformat():
                    found[event["event_id"]] = {"": agent, **_settled(event, order)}
    return list(found.values())


def _settled(event: dict[str, Any], order: Order) -> dict[str, Any]:
    capacity = event.get("capacity") or ("subscription" if order.on_plan else None)
    settled = {**event, "capacity": capacity, "user": order.user}
    return {name: value for name, value in settled.items() if value}


def _bare(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name}


def _send(order: Order, events: Sequence[dict[str, Any]], result: Result) -> None:
    if order.api_key is not None:
        _post(order, events, result)
        return
    with runtime.migrated_database(runtime.read_settings()) as settings:
        runtime.run(_store(order, events, settings, result))


async def _store(order: Order, events: Sequence[dict[str, Any]], settings: Settings, result: Result) -> None:
    async with runtime.sessions_of(settings) as sessions:
        workspace_id = await runtime.find_workspace(sessions, order.workspace or "")
        sender = Sender(workspace_id, None, settings.keep_raw_usage)
        writer, shelf = GroupWriter(sessions), PriceShelf(pricing.load_default())
        for some in _batches(events):
            receipt = await importing.take_patiently(writer, shelf, sender, [_event(event) for event in some])
            result.accepted += receipt.accepted
            result.duplicates += receipt.duplicates
            result.rejected.update(f"{refusal.code}: {refusal.detail}" for refusal in receipt.rejected)


def _batches(events: Sequence[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    for start in range(0, len(events), importing.BATCH):
        yield events[start : start + importing.BATCH]


def _event(event: dict[str, Any]) -> IncomingEvent | EventRefused:
    try:
        return read_event(event)
    except EventRefused as refusal:
        return refusal


def _post(order: Order, events: Sequence[dict[str, Any]], result: Result) -> None:
    headers = {"Authorization": f"Bearer {order.api_key}"}
    with httpx.Client(base_url=order.url, headers=headers, timeout=_TIMEOUT) as client:
        for some in _batches(events):
            receipt = _answered(client, some).json()
            result.accepted += receipt["accepted"]
            result.duplicates += receipt["duplicates"]
            result.rejected.update(f"{refusal['code']}: {refusal['detail']}" for refusal in receipt["rejected"])


def _answered(client: httpx.Client, events: Sequence[dict[str, Any]]) -> httpx.Response:
    """Come again when that is asked for. Raises CannotDo; what was sent before is stored, and known the next time."""
    for left in reversed(range(_TRIES)):
        try:
            answer = client.post("/api/v1/events", json={"events": events})
        except httpx.HTTPError as error:
            raise CannotDo(f"{client.base_url}: does not answer ({type(error).__name__}).") from None
        if answer.is_success:
            return answer
        if left and answer.status_code in {429, 502, 503, 504}:
            time.sleep(min(30.0, float(answer.headers.get("Retry-After") or 2)))
            continue
        break
    raise CannotDo(f"{client.base_url}: answered {answer.status_code}. 401 and 403: the key may not send calls here.")


def _show(events: Sequence[dict[str, Any]], console: Console) -> None:
    rows: dict[tuple[str, str, str], Sums] = {}
    book = pricing.load_default()
    prices = Pricing(book.price, book.version)
    for event in events:
        key = (event[""], event["model"], (event.get("occurred_at") or "")[:10])
        _add(rows.setdefault(key, Sums()), event, prices)
    table = Table(title="What the agents used")
    for heading in ("agent", "model", "day"):
        table.add_column(heading)
    for heading in ("calls", "input", "output", "list price", "on a plan"):
        table.add_column(heading, justify="right")
    for key, sums in sorted(rows.items()):
        cost = "unknown" if sums.list_cost is None else f"${sums.list_cost:,.4f}"
        counts = (f"{count:,}" for count in (sums.calls, sums.input, sums.output))
        table.add_row(*map(escape, key), *counts, cost, f"{sums.on_plan:,}")
    console.print(table if rows else "No calls were found.")


def _add(sums: Sums, event: dict[str, Any], prices: Pricing) -> None:
    sums.calls += 1
    sums.on_plan += event.get("capacity") == "subscription"
    try:
        priced = prepare(read_event(_bare(event)), _NOBODY, prices, utc_now())
    except EventRefused:
        sums.list_cost = None
        return
    fresh, read, written, visible, reasoning = priced.tokens
    sums.input += fresh + read + written
    sums.output += visible + reasoning
    known = sums.list_cost is not None and priced.list_cost is not None
    sums.list_cost = (sums.list_cost or Decimal(0)) + (priced.list_cost or Decimal(0)) if known else None
