"""Answers as CSV: a row of names, then one row a call or a group."""

from collections.abc import AsyncIterable, AsyncIterator, Sequence
from operator import attrgetter
from typing import Final

from app.analytics.rules import Call
from app.analytics.schemas.answers import BreakdownOut, RowOut
from app.analytics.schemas.calls import CallOut
from app.core.table import rows

_CALL: Final = tuple(CallOut.model_fields)
_GROUP: Final = (
    "key",
    "label",
    "share",
    *(name for name in RowOut.model_fields if name not in {"key", "label", "share"}),
)
_call_cells: Final = attrgetter(*_CALL)
_group_cells: Final = attrgetter(*_GROUP)


async def call_table(pages: AsyncIterable[Sequence[Call]]) -> AsyncIterator[str]:
    """One piece of the file for each page of calls."""
    yield rows([_CALL])
    async for page in pages:
        yield rows(_call_cells(CallOut.of(call)) for call in page)


async def breakdown_table(breakdown: BreakdownOut) -> AsyncIterator[str]:
    """A row for each group, as they stand in the answer."""
    yield rows([_GROUP])
    yield rows(map(_group_cells, breakdown.rows))
