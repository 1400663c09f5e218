"""Prices by workspace: the book, and what a workspace says of its own."""

import time
from collections.abc import Callable
from typing import Final, NamedTuple
from uuid import UUID

from app.core.database import AsyncSession
from app.pricing import queries
from app.pricing.rules.call import Pricing
from app.pricing.rules.workspace import OwnPrices, Rule, revision
from app.pricing.service import PriceBook

Sessions = Callable[[], AsyncSession]
# A change made by another process is seen after this.
FRESH_SECONDS: Final = 2.0
# So much longer what was known serves the others, while one reads anew.
ASKING_SECONDS: Final = 1.0
# Workspaces whose prices are in memory; one that sends nothing for long makes room.
WORKSPACES_KEPT: Final = 10_000


class _Kept(NamedTuple):
    read_at: float
    rules: frozenset[Rule]
    pricing: Pricing


class PriceShelf:
    """How the calls of each workspace are priced, read anew when it may have changed.

    Nothing is in it that another process would miss: what is kept is at most `FRESH_SECONDS` old, and a moment more
    while it is read anew.
    """

    def __init__(self, book: PriceBook, clock: Callable[[], float] = time.monotonic) -> None:
        self.book = book
        self._clock = clock
        self._listed = book.pricing
        self._kept: dict[UUID, _Kept] = {}
        self._changes = 0
        self._asked: set[UUID] = set()

    async def of(self, source: Sessions | AsyncSession, workspace_id: UUID) -> Pricing:
        """How to price a workspace's calls; from a session, or from a maker of sessions when one is needed."""
        kept = self._kept.get(workspace_id)
        now = self._clock()
        if kept is not None and self._serves(workspace_id, kept, now - kept.read_at):
            return kept.pricing
        self._asked.add(workspace_id)
        try:
            return await self._renewed(source, workspace_id, kept, now)
        finally:
            self._asked.discard(workspace_id)

    def _serves(self, workspace_id: UUID, kept: _Kept, age: float) -> bool:
        return age < FRESH_SECONDS or (age < FRESH_SECONDS + ASKING_SECONDS and workspace_id in self._asked)

    async def _renewed(
        self, source: Sessions | AsyncSession, workspace_id: UUID, kept: _Kept | None, now: float
    ) -> Pricing:
        changes = self._changes
        rules = frozenset(await self._read(source, workspace_id))
        pricing = kept.pricing if kept is not None and kept.rules == rules else self._with(rules)
        if changes == self._changes:  # else what was read may be what was before
            self._keep(workspace_id, _Kept(now, rules, pricing))
        return pricing

    def forget(self, workspace_id: UUID) -> None:
        """Read the workspace's prices anew: they were changed by this process."""
        self._changes += 1
        self._kept.pop(workspace_id, None)

    async def _read(self, source: Sessions | AsyncSession, workspace_id: UUID) -> list[Rule]:
        if isinstance(source, AsyncSession):
            return await queries.rules_in_force(source, workspace_id)
        async with source() as session:
            return await queries.rules_in_force(session, workspace_id)

    def _with(self, rules: frozenset[Rule]) -> Pricing:
        if not rules:
            return self._listed
        return Pricing(OwnPrices(rules, self.book.portion).price, f"{self.book.version}+own.{revision(rules)}")

    def _keep(self, workspace_id: UUID, kept: _Kept) -> None:
        self._kept.pop(workspace_id, None)
        self._kept[workspace_id] = kept
        if len(self._kept) > WORKSPACES_KEPT:
            del self._kept[next(iter(self._kept))]
