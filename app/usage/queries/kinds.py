"""Kinds of calls: keeping them, and SQL that reads what a call leaves out for them (see `rules.kinds`)."""

from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.usage.models import CallKind
from app.usage.queries.arrays import bound, insert_arrays
from app.usage.rules.kinds import CONTRACTED_IS_COST, LIST_IS_COST, OWN_BITS, Kind, number_of


def _of_kind(name: str) -> str:
    return (
        f"CASE WHEN events.kind IS NULL THEN events.{name} ELSE (SELECT call_kinds.{name} FROM call_kinds "  # noqa: S608 - names are ours
        f"WHERE call_kinds.workspace_id = events.workspace_id AND call_kinds.number = events.kind & {OWN_BITS}) END"
    )


def _as_cost(name: str, bit: int) -> str:
    return f"CASE WHEN events.kind & {bit} <> 0 THEN events.cost ELSE events.{name} END"


# What these columns of `events` say, whether the call leaves them out or not.
SAID: Final[Mapping[str, str]] = {
    "usage_status": _of_kind("usage_status"),
    "convention": _of_kind("convention"),
    "price_version": _of_kind("price_version"),
    "list_cost": _as_cost("list_cost", LIST_IS_COST),
    "contracted_cost": _as_cost("contracted_cost", CONTRACTED_IS_COST),
}

_COLUMNS: Final = ("workspace_id", "number", *Kind._fields[1:])
_KEEP: Final = text(insert_arrays("call_kinds", _COLUMNS) + " ORDER BY workspace_id, number ON CONFLICT DO NOTHING")


async def keep_kinds(session: AsyncSession, kinds: Collection[Kind]) -> dict[Kind, int | None]:
    """Write down those that are not there; their numbers, None where another kind has it already."""
    places = {(kind.workspace_id, number_of(kind)): kind for kind in kinds}
    rows = [(*place, *kind[1:]) for place, kind in places.items()]
    await session.execute(_KEEP, bound(_COLUMNS, rows))
    columns = (CallKind.number, *(getattr(CallKind, name) for name in Kind._fields))
    found = await session.execute(select(*columns).where(tuple_(CallKind.workspace_id, CallKind.number).in_(places)))
    there = {Kind._make(row[1:]): row[0] for row in found}
    return {kind: there.get(kind) for kind in kinds}
