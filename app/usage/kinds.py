"""Which kinds of calls each process knows to be in the database."""

from collections.abc import Callable, Iterable
from typing import Final

from app.core.database import AsyncSession
from app.usage import queries
from app.usage.rules.kinds import Kind, Kindred, kinds_of

Known = dict[Kind, int | None]
# Some hundred bytes each; a workspace has a few, and some more with every change of its prices.
MOST: Final = 50_000


async def learn(sessions: Callable[[], AsyncSession], known: Known, calls: Iterable[Kindred]) -> None:
    """Write down the kinds that are not known to be there, in a transaction of its own: what it remembers is committed,
    whatever becomes of the calls."""
    new = kinds_of(calls) - known.keys()
    if not new:
        return
    if len(known) > MOST:
        known.clear()
        new = kinds_of(calls)
    async with sessions() as session, session.begin():
        kept = await queries.keep_kinds(session, new)
    known.update(kept)
