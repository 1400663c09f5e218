"""Answers as CSV: a row of names, then one row a call or a group."""

from collections.abc import AsyncIterable, AsyncIterator, Sequence
from operator import attrgetter
from typing import Final, Self

from fastapi.responses import StreamingResponse

from app.analytics.rules import Call
from app.analytics.rules.table import rows
from app.analytics.schemas.answers import BreakdownOut, RowOut
from app.analytics.schemas.calls import CallOut

_CALL: Final = tuple(CallOut.model_fields)
_GROUP: Final = (
    "key",
    "label",
    "share",
    *(name for name in RowOut.model_fields if name not in {"key", "label", "share"}),
)
_call_cells: Final = attrgetter(*_CALL)
_group_cells: Final = attrgetter(*_GROUP)


class CsvResponse(StreamingResponse):
    """A file to download, written while it is sent."""

    media_type = "text/csv"  # the charset, UTF-8, is added

    @classmethod
    def named(cls, content: AsyncIterable[str], name: str, period: str) -> Self:
        """The period may be empty; both must be fit for the name of a file."""
        file = "-".join(part for part in ("tokenboard", name, period) if part)
        headers = {"content-disposition": f'attachment; filename="{file}.csv"', "cache-control": "no-store"}
        return cls(content, headers=headers)


async def call_table(pages: AsyncIterable[Sequence[Call]]) -> AsyncIterator[str]:
    """One piece of the file for each page of calls."""
    yield rows([_CALL])
    async for page in pages:
        yield rows(_call_cells(CallOut.of(call)) for call in page)


async def breakdown_table(breakdown: BreakdownOut) -> AsyncIterator[str]:
    """A row for each group, as they stand in the answer."""
    yield rows([_GROUP])
    yield rows(map(_group_cells, breakdown.rows))
