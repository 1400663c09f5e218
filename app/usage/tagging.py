"""Sums by customer and tag: written with the calls, moved with their prices, made anew from them.

All calls of one value on one day stand in one place, in rows of its own or under `(other)`, whichever process took
them. Whoever meets a value for the first time counts it in `tag_days` and holds that row until it commits; so whoever
finds the day crowded sees every value there is, and closes the day for all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from app.core.database import AsyncSession
from app.core.periods import Period
from app.usage import closing, queries
from app.usage.queries import KeptEvent
from app.usage.rules import tags
from app.usage.rules.tags import (
    KnownValues,
    Memory,
    TagBundle,
    TagDay,
    TagKey,
    TagRollups,
    TagSums,
    folded,
    values_by_day,
)

# How many different sets of tags are held in memory while sums are made anew.
BUNDLES_AT_A_TIME: Final = 20_000

Values = Mapping[TagDay, set[str]]


async def add(session: AsyncSession, memory: Memory, rollups: TagRollups) -> None:
    """Add to the sums; values are counted first. What it touches is held until the transaction ends."""
    rows = rollups.rows()
    if rows:
        hidden = await _hidden(session, memory, values_by_day(rows))
        await queries.add_tags(session, folded(rows, hidden) if hidden else rows)
        await _reopen(session, rows)


async def _reopen(session: AsyncSession, rows: Iterable[TagKey]) -> None:
    touched = {(key.workspace_id, key.start) for key in rows}
    await closing.reopen(session, {workspace_id for workspace_id, _ in touched}, {start for _, start in touched})


async def _hidden(session: AsyncSession, memory: Memory, wanted: Values) -> dict[TagDay, set[str]]:
    """The values that have no row of their own and get none. Asks nothing where all are known, or the day is full."""
    recalled = {day: kept for day in wanted if (kept := memory.recall(day)) is not None}
    loaded = await queries.known_values(session, wanted.keys() - recalled.keys())
    known = {**recalled, **loaded}
    fresh = {day: left for day, values in wanted.items() if (left := values - known[day].values)}
    hidden = {day: values for day, values in fresh.items() if known[day].is_full}
    admitted = await _admit(session, {day: values for day, values in fresh.items() if day not in hidden})
    hidden |= {day: left for day, now in admitted.items() if (left := fresh[day] - now.values)}
    if loaded or admitted:
        queries.when_committed(session, lambda: memory.learn(loaded, admitted))
    return hidden


async def _admit(session: AsyncSession, fresh: Values) -> dict[TagDay, KnownValues]:
    """Give values rows of their own as long as there is room; returns what is known of each day by now."""
    if not fresh:
        return {}
    counts = await queries.count_values(session, {day: len(values) for day, values in fresh.items()})
    crowded = [day for day, (counted, is_full) in counts.items() if is_full or counted > tags.MAX_VALUES]
    # a statement of its own, after the days are held: it sees what everybody added before
    exact = await queries.known_values(session, crowded)
    for day, known in exact.items():
        known.admit(fresh[day])
    await queries.put_known(session, exact)
    return {day: exact.get(day) or KnownValues(set(values)) for day, values in fresh.items()}


async def move(session: AsyncSession, moves: TagRollups) -> None:
    """Change the sums of calls that are there: what was counted under `(other)` stays there."""
    rows = moves.rows()
    if not rows:
        return
    await queries.add_tags(session, folded(rows, await queries.hidden_values(session, values_by_day(rows))))
    for workspace_id in {key.workspace_id for key in rows}:
        await queries.delete_empty_tags(session, workspace_id, {key.start for key in rows})
    await _reopen(session, rows)


@dataclass(slots=True)
class Rebuilt:
    """The sums of some days, made anew: values that have rows of their own keep them."""

    known: dict[TagDay, KnownValues]
    _rows: dict[TagKey, TagSums] = field(default_factory=dict)
    _rollups: TagRollups = field(default_factory=TagRollups)

    def add(self, event: KeptEvent) -> None:
        self._rollups.add(event)
        self._make_room()

    def merge(self, bundle: TagBundle, sums: TagSums) -> None:
        """Add what was added up before."""
        self._rollups.merge(bundle, sums)
        self._make_room()

    def _make_room(self) -> None:
        if len(self._rollups) >= BUNDLES_AT_A_TIME:
            self._fold()

    def rows(self) -> dict[TagKey, TagSums]:
        self._fold()
        return self._rows

    def _fold(self) -> None:
        rows = self._rollups.rows()
        wanted = values_by_day(rows)
        hidden = {day: self.known.setdefault(day, KnownValues()).admit(values) for day, values in wanted.items()}
        for key, sums in folded(rows, hidden).items():
            tags.put(self._rows, key, sums)
        self._rollups = TagRollups()


async def held(session: AsyncSession, workspace_id: UUID, days: Period) -> Rebuilt:
    """Nothing yet, but for the values that have rows. Writers must be kept out."""
    return Rebuilt(await queries.known_values(session, await queries.tag_days(session, workspace_id, days)))


async def replace(session: AsyncSession, workspace_id: UUID, days: Period, rebuilt: Rebuilt) -> None:
    """Put these rows in the place of those of the days."""
    rows = rebuilt.rows()
    await queries.delete_tags(session, workspace_id, days)
    await queries.put_known(session, {day: rebuilt.known[day] for day in values_by_day(rows)})
    await queries.add_tags(session, rows)
    await queries.reopen_period(session, workspace_id, days)
