"""The judge: compares the tables with what the senders know, in one snapshot, adding up for itself."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import Any, Final
from uuid import UUID

import asyncpg

from tests.chaos.calls import BAD, Call, make_call

NIL: Final = UUID(int=0)
# sums of many amounts, without rounding
EXACT: Final = Context(prec=200)
SHOWN: Final = 3
TOKENS: Final = ("fresh_tokens", "cache_read_tokens", "cache_write_tokens", "visible_tokens", "reasoning_tokens")
ROLLUP_KEY: Final = (
    *("start", "provider", "model", "project", "environment", "api_key_id", "status", "price_state"),
    *("unpriced_reason", "capacity"),
)
ROLLUP_SUMS: Final = ("calls", *TOKENS, "cost", "list_cost", "last_event_at", "last_recorded_at")

TAG_KEY: Final = ("start", "tag", "value", "status", "price_state", "unpriced_reason", "capacity")
TAG_SUMS: Final = ("calls", *TOKENS, "listed_calls", "cost", "list_cost")


@dataclass(slots=True)
class Known:
    """A workspace of a season, and what its senders say of it."""

    seed: int
    season: int
    index: int
    workspace_id: UUID
    key_id: UUID
    key: str
    made: int = 0
    acknowledged: set[int] = field(default_factory=set)
    answered: Mapping[str, int] = field(default_factory=dict)
    unanswered: Mapping[str, int] = field(default_factory=dict)
    _calls: list[Call] = field(default_factory=list)
    _numbers: dict[UUID, int] = field(default_factory=dict)

    def hear(self, told: Mapping[str, Any]) -> None:
        """Take over what the senders report."""
        self.made, self.acknowledged = told["made"], set(told["acknowledged"])
        self.answered, self.unanswered = Counter(told["answered"]), Counter(told["unanswered"])
        for number in range(len(self._calls), self.made):
            call = make_call(self.seed, self.season, self.index, number)
            self._calls.append(call)
            self._numbers[call.key] = number

    def call(self, number: int) -> Call:
        return self._calls[number]

    def number_of(self, key: UUID) -> int | None:
        return self._numbers.get(key)


class Judge:
    """Collects what does not agree."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.differences: list[str] = []

    def say(self, what: str, examples: Iterable[object] = ()) -> None:
        shown = [str(example) for example in examples]
        more = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
        self.differences.append(f"{what}: {'; '.join(shown[:SHOWN])}{more}" if shown else what)

    async def look(self, connection: "asyncpg.Connection[asyncpg.Record]") -> list[str]:
        """Compare everything of the workspace, as of one instant."""
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            events = await self._rows(connection, "events", EVENT_COLUMNS)
            stored = self._stored(events)
            await self._compare_identities(connection, events)
            await self._compare_rollup(connection, "usage_hourly", stored, _hour)
            await self._compare_rollup(connection, "usage_daily", stored, _day)
            await self._compare_tags(connection, stored)
            await self._compare_latency(connection, stored)
            await self._compare_accounts(connection, len(events))
        return self.differences

    async def _rows(
        self, connection: "asyncpg.Connection[asyncpg.Record]", table: str, columns: Iterable[str]
    ) -> list[asyncpg.Record]:
        statement = f"SELECT {', '.join(columns)} FROM {table} WHERE workspace_id = $1"
        return await connection.fetch(statement, self.known.workspace_id)

    def _stored(self, events: list[asyncpg.Record]) -> list[tuple[Call, datetime]]:
        """The calls that are there, each as it was made, with the instant it was recorded."""
        known, stored = self.known, []
        found: Counter[int] = Counter()
        strangers, different = [], []
        for row in events:
            number = known.number_of(row["event_key"])
            if number is None:
                strangers.append(row["event_key"])
                continue
            found[number] += 1
            call = known.call(number)
            if wrong := _differences(call, known.key_id, row):
                different.append(f"call {number}: {wrong}")
            stored.append((call, row["recorded_at"]))
        if lost := sorted(known.acknowledged - found.keys()):
            self.say(f"{len(lost)} acknowledged calls are not there", lost)
        if twice := [number for number, count in found.items() if count > 1]:
            self.say(f"{len(twice)} calls are there more than once", twice)
        if strangers:
            self.say(f"{len(strangers)} events that nobody sent", strangers)
        if different:
            self.say(f"{len(different)} events differ from what was sent", different)
        return stored

    async def _compare_identities(
        self, connection: "asyncpg.Connection[asyncpg.Record]", events: list[asyncpg.Record]
    ) -> None:
        keys = {row["event_key"] for row in await self._rows(connection, "event_keys", ("event_key",))}
        there = {row["event_key"] for row in events}
        if keys != there:
            self.say("identities without events, or events without identities", keys ^ there)

    async def _compare_rollup(
        self,
        connection: "asyncpg.Connection[asyncpg.Record]",
        table: str,
        stored: list[tuple[Call, datetime]],
        bucket: Callable[[datetime], datetime],
    ) -> None:
        expected: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        for call, recorded_at in stored:
            key = (bucket(call.at), *_dimensions(call, self.known.key_id))
            sums = _sums(call, recorded_at)
            expected[key] = _plus(expected[key], sums) if key in expected else sums
        rows = await self._rows(connection, table, (*ROLLUP_KEY, *ROLLUP_SUMS))
        found = {tuple(row.values())[: len(ROLLUP_KEY)]: tuple(row.values())[len(ROLLUP_KEY) :] for row in rows}
        self._compare(table, expected, found)

    async def _compare_tags(
        self, connection: "asyncpg.Connection[asyncpg.Record]", stored: list[tuple[Call, datetime]]
    ) -> None:
        expected: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        for call, recorded_at in stored:
            sums = _sums(call, recorded_at)
            listed = (*sums[:6], int(call.list_cost is not None), *sums[6:8])
            for tag, value in (("user", call.user), *((f"tag.{key}", value) for key, value in call.tags.items())):
                key = (_day(call.at), tag, value, call.status, call.price_state, call.unpriced_reason, "")
                expected[key] = _plus_listed(expected[key], listed) if key in expected else listed
        rows = await self._rows(connection, "usage_tags_daily", (*TAG_KEY, *TAG_SUMS))
        found = {tuple(row.values())[: len(TAG_KEY)]: tuple(row.values())[len(TAG_KEY) :] for row in rows}
        self._compare("usage_tags_daily", expected, found)

    async def _compare_latency(
        self, connection: "asyncpg.Connection[asyncpg.Record]", stored: list[tuple[Call, datetime]]
    ) -> None:
        expected = Counter(
            (_day(call.at), call.provider, call.model, call.latency_bucket)
            for call, _ in stored
            if call.latency_ms is not None
        )
        rows = await self._rows(connection, "latency_daily", ("start", "provider", "model", "bucket", "calls"))
        self._compare("latency_daily", dict(expected), {tuple(row.values())[:4]: row["calls"] for row in rows})

    async def _compare_accounts(self, connection: "asyncpg.Connection[asyncpg.Record]", stored: int) -> None:
        """received = stored + duplicate + rejected: exact where every answer came, else within what went unanswered.

        Stored is always exact. Of a body that was committed and whose answer was lost, the senders do not know: so
        what is accounted lies between what was answered, and that with everything that went unanswered.
        """
        rows = await self._rows(connection, "ingest_hourly", ("outcome", "code", "events"))
        counted: Counter[tuple[str, str]] = Counter()
        for row in rows:
            counted[row["outcome"], row["code"]] += row["events"]
        lags = sum(row["events"] for row in await self._rows(connection, "arrival_lag_hourly", ("events",)))
        if (counted["stored", ""], lags) != (stored, stored):
            self.say(f"{stored} events are there, {counted['stored', '']} accounted as stored, {lags} with their lag")
        self._within("calls", counted["stored", ""] + counted["duplicate", ""])
        self._within("duplicates", counted["duplicate", ""], self.known.unanswered.get("calls", 0))
        codes = {code for outcome, code in counted if outcome == "rejected"} | {code for code, _ in BAD}
        for code in sorted(codes):
            self._within(f"rejected {code}", counted["rejected", code])

    def _within(self, name: str, accounted: int, unanswered: int | None = None) -> None:
        least = self.known.answered.get(name, 0)
        most = least + (self.known.unanswered.get(name, 0) if unanswered is None else unanswered)
        if not least <= accounted <= most:
            self.say(f"{name}: {accounted} accounted, not from {least} (answered) to {most} (with the unanswered)")

    def _compare(self, table: str, expected: Mapping[Any, Any], found: Mapping[Any, Any]) -> None:
        if expected != found:
            wrong = [key for key in expected.keys() | found.keys() if expected.get(key) != found.get(key)]
            examples = [f"{key}: {expected.get(key)} expected, {found.get(key)} found" for key in wrong]
            self.say(f"{table}: {len(wrong)} rows are not the sums of the events", examples)


EVENT_COLUMNS: Final = (
    *("event_key", "occurred_at", "recorded_at", "api_key_id", "provider", "model", "status", "price_state"),
    *("unpriced_reason", "cost", "CASE WHEN kind & 1 <> 0 THEN cost ELSE list_cost END AS list_cost"),
    *("fresh_tokens", "cache_read_tokens", "visible_tokens"),
    *("reasoning_tokens", "latency_ms", "project", "user_ref", "tags::text AS tags"),
)


# By SQL alone, over all workspaces: the sums of the events beside the rollups, the events beside their accounts.
EVERYTHING: Final = {
    "usage_hourly is not the sum of the events": """
        SELECT * FROM (
          SELECT workspace_id, date_trunc('hour', occurred_at, 'UTC') AS start, provider, model,
            coalesce(project, '') AS project, status, price_state, count(*)::numeric AS calls, sum(cost) AS cost,
            sum(coalesce(fresh_tokens, 0)) AS fresh, sum(coalesce(visible_tokens, 0)) AS visible
          FROM events GROUP BY 1, 2, 3, 4, 5, 6, 7) AS summed
        FULL JOIN (
          SELECT workspace_id, start, provider, model, project, status, price_state, sum(calls) AS calls,
            sum(cost) AS cost, sum(fresh_tokens) AS fresh, sum(visible_tokens) AS visible
          FROM usage_hourly GROUP BY 1, 2, 3, 4, 5, 6, 7) AS kept
        USING (workspace_id, start, provider, model, project, status, price_state)
        WHERE (summed.calls, summed.fresh, summed.visible) IS DISTINCT FROM (kept.calls, kept.fresh, kept.visible)
          OR summed.cost IS DISTINCT FROM kept.cost""",
    "events are not as many as their identities": """
        SELECT * FROM (SELECT workspace_id, count(*) AS events FROM events GROUP BY 1) AS events
        FULL JOIN (
          SELECT workspace_id, count(*) AS keys FROM event_keys WHERE owner_key IS NULL GROUP BY 1) AS keys
        USING (workspace_id)
        WHERE events.events IS DISTINCT FROM keys.keys""",
    "events are not as many as were accounted": """
        SELECT * FROM (SELECT workspace_id, count(*)::numeric AS events FROM events GROUP BY 1) AS events
        FULL JOIN (SELECT workspace_id, sum(events) AS stored FROM ingest_hourly WHERE outcome = 'stored' GROUP BY 1)
          AS accounts USING (workspace_id)
        WHERE events.events IS DISTINCT FROM accounts.stored""",
}


async def look_at_everything(connection: "asyncpg.Connection[asyncpg.Record]") -> list[str]:
    """What does not agree anywhere in the database."""
    found = {what: await connection.fetch(statement) for what, statement in EVERYTHING.items()}
    return [f"{what}: {len(rows)} rows, such as {dict(rows[0])}" for what, rows in found.items() if rows]


def _differences(call: Call, key_id: UUID, row: asyncpg.Record) -> dict[str, tuple[Any, Any]]:
    expected = {
        "occurred_at": call.at,
        "api_key_id": key_id,
        "provider": call.provider,
        "model": call.model,
        "status": call.status,
        "price_state": call.price_state,
        "unpriced_reason": call.unpriced_reason or None,
        "cost": call.cost,
        "list_cost": call.list_cost,
        "fresh_tokens": call.fresh,
        "cache_read_tokens": call.cached,
        "visible_tokens": call.visible,
        "reasoning_tokens": call.reasoning,
        "latency_ms": call.latency_ms,
        "project": call.project or None,
        "user_ref": call.user,
    }
    wrong = {name: (value, row[name]) for name, value in expected.items() if row[name] != value}
    if json.loads(row["tags"]) != call.tags:
        wrong["tags"] = call.tags, row["tags"]
    return wrong


def _dimensions(call: Call, key_id: UUID) -> tuple[Any, ...]:
    """The columns of ROLLUP_KEY after `start`."""
    state = call.price_state, call.unpriced_reason
    return call.provider, call.model, call.project, "", key_id, call.status, *state, ""


def _sums(call: Call, recorded_at: datetime) -> tuple[Any, ...]:
    tokens = (call.fresh, call.cached or 0, 0, call.visible, call.reasoning or 0)
    return (1, *tokens, call.cost, call.list_cost, call.at, recorded_at)


def _plus(a: tuple[Any, ...], b: tuple[Any, ...]) -> tuple[Any, ...]:
    counts = (x + y for x, y in zip(a[:6], b[:6], strict=True))
    return (*counts, add(a[6], b[6]), add(a[7], b[7]), max(a[8], b[8]), max(a[9], b[9]))


def _plus_listed(a: tuple[Any, ...], b: tuple[Any, ...]) -> tuple[Any, ...]:
    counts = (x + y for x, y in zip(a[:7], b[:7], strict=True))
    return (*counts, add(a[7], b[7]), add(a[8], b[8]))


def add(a: Decimal | None, b: Decimal | None) -> Decimal | None:
    """The sum of what is known, to the last digit."""
    return EXACT.add(a, b) if a is not None and b is not None else a if b is None else b


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _day(at: datetime) -> datetime:
    return datetime(at.year, at.month, at.day, tzinfo=UTC)


def month_total(known: Known, month: str) -> dict[str, Any]:
    """What `summary` must say of a month, when every call that was made is there."""
    calls = [call for call in map(known.call, range(known.made)) if f"{call.at:%Y-%m}" == month]
    cost = Decimal(0)
    for call in calls:
        cost = EXACT.add(cost, call.cost or Decimal(0))
    return {
        "calls": len(calls),
        "errors": sum(call.status == "error" for call in calls),
        "unpriced_calls": sum(call.cost is None for call in calls),
        "cost": cost,
        "input_tokens": sum(call.fresh + (call.cached or 0) for call in calls),
        "cache_read_tokens": sum(call.cached or 0 for call in calls),
        "output_tokens": sum(call.visible + (call.reasoning or 0) for call in calls),
        "reasoning_tokens": sum(call.reasoning or 0 for call in calls),
    }
