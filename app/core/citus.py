"""Citus, distributed PostgreSQL: which table goes where, and making it so.

A table whose primary key begins with `workspace_id`, or whose columns do where it has none, is distributed by it, all
in one group, so that what belongs to a workspace lies together. A table that such tables refer to is a reference table,
there on every node. The rest is local.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import ForeignKeyConstraint, MetaData, Table, UniqueConstraint, text
from sqlalchemy.ext.asyncio import AsyncConnection

COLUMN: Final = "workspace_id"
SETTINGS: Final = {
    # Without it Citus refuses to change a reference table, or a table that refers to one, once a transaction has
    # looked into several shards: while tables are distributed, in migrations, and when an account is deleted.
    "citus.multi_shard_modify_mode": "sequential",
    # A lock's timeout and a snapshot's isolation are wanted where the rows lie.
    "citus.propagate_set_commands": "local",
}
# The oldest that runs on a PostgreSQL we support and is still looked after by its makers.
OLDEST: Final = (12, 0)


class Kind(StrEnum):
    """Where the rows of a table lie."""

    DISTRIBUTED = "distributed"
    REFERENCE = "reference"
    LOCAL = "local"


class NotPossible(Exception):
    """The database cannot be distributed; the message says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One statement, and what it is for."""

    what: str
    statement: str


def classify(metadata: MetaData) -> dict[str, Kind]:
    """The kind of every table."""
    owned = {table.name for table in metadata.tables.values() if _is_owned(table)}
    referred = {key.referred_table.name for name in owned for key in _keys(metadata.tables[name])} - owned
    return {
        name: Kind.DISTRIBUTED if name in owned else Kind.REFERENCE if name in referred else Kind.LOCAL
        for name in metadata.tables
    }


def _is_owned(table: Table) -> bool:
    columns = list(table.primary_key.columns) or list(table.columns)
    return columns[0].name == COLUMN


def _keys(table: Table) -> Sequence[ForeignKeyConstraint]:
    return sorted(table.foreign_key_constraints, key=lambda key: str(key.name))


def faults(metadata: MetaData) -> list[str]:
    """What in the tables Citus would refuse; empty when nothing."""
    kinds = classify(metadata)
    found: list[str] = []
    for table in metadata.tables.values():
        if kinds[table.name] is Kind.DISTRIBUTED:
            found += _unique_faults(table) + [fault for key in _keys(table) for fault in _key_faults(key, kinds)]
        else:
            found += [
                f"{key.name}: a table that is not distributed refers to one that is"
                for key in _keys(table)
                if kinds[key.referred_table.name] is Kind.DISTRIBUTED
            ]
    return found


def _unique_faults(table: Table) -> list[str]:
    uniques = [c for c in table.constraints if isinstance(c, UniqueConstraint)]
    named = [(str(c.name), [column.name for column in c.columns]) for c in uniques]
    named += [(str(i.name), [column.name for column in i.columns]) for i in table.indexes if i.unique]
    return [f"{name}: unique without {COLUMN}" for name, columns in named if COLUMN not in columns]


def _key_faults(key: ForeignKeyConstraint, kinds: Mapping[str, Kind]) -> list[str]:
    kind = kinds[key.referred_table.name]
    pairs = {(element.parent.name, element.column.name) for element in key.elements}
    found = []
    if kind is Kind.DISTRIBUTED and (COLUMN, COLUMN) not in pairs:
        found.append(f"{key.name}: refers to a distributed table without {COLUMN}")
    if kind is Kind.LOCAL:
        found.append(f"{key.name}: refers to a local table")
    if key.ondelete in {"SET NULL", "SET DEFAULT"} and COLUMN in {own for own, _ in pairs}:
        found.append(f"{key.name}: would set {COLUMN} to nothing")
    return found


def steps(metadata: MetaData, done: Mapping[str, Kind], shards: int) -> list[Step]:
    """What is to be done, in its order; `done` are the tables that Citus already knows.

    Foreign keys of the tables that move are taken off first and put back last, so that no order of tables offends one.
    Settings come before all: they hold for what follows, and for every connection that is opened from then on.
    """
    kinds = {name: kind for name, kind in classify(metadata).items() if kind is not Kind.LOCAL and name not in done}
    keys = [key for table in metadata.sorted_tables for key in _keys(table) if _is_moved(key, kinds)]
    tables = sorted(name for name, kind in kinds.items() if kind is Kind.REFERENCE)
    moved = [table.name for table in metadata.sorted_tables if kinds.get(table.name) is Kind.DISTRIBUTED]
    anchor = next((name for name in metadata.tables if done.get(name) is Kind.DISTRIBUTED), None)
    planned = [step for name, value in SETTINGS.items() for step in _set(name, value)] if kinds else []
    planned += [Step(f"take the foreign key {key.name} off", _drop(key)) for key in keys]
    planned += [Step(f"make {name} a reference table", f"SELECT create_reference_table('{name}')") for name in tables]
    for name in moved:
        planned.append(Step(f"distribute {name} by {COLUMN}", _distribute(name, anchor, shards)))
        anchor = anchor or name
    return planned + [Step(f"put the foreign key {key.name} back", _add(key)) for key in keys]


def _set(name: str, value: str) -> tuple[Step, Step]:
    for_all = f"EXECUTE format('ALTER DATABASE %I SET {name} TO ''{value}''', current_database());"
    return (
        Step(f"set {name} to {value} for this transaction", f"SET LOCAL {name} TO '{value}'"),
        Step(f"set {name} to {value} for the database", f"DO $$ BEGIN {for_all} END $$"),
    )


def _is_moved(key: ForeignKeyConstraint, kinds: Mapping[str, Kind]) -> bool:
    return bool(kinds.keys() & {str(key.table.name), key.referred_table.name})


def _distribute(name: str, anchor: str | None, shards: int) -> str:
    where = f"shard_count => {shards}, colocate_with => 'none'" if anchor is None else f"colocate_with => '{anchor}'"
    return f"SELECT create_distributed_table('{name}', '{COLUMN}', {where})"


def _drop(key: ForeignKeyConstraint) -> str:
    return f'ALTER TABLE "{key.table.name}" DROP CONSTRAINT "{key.name}"'


def _add(key: ForeignKeyConstraint) -> str:
    own = ", ".join(f'"{element.parent.name}"' for element in key.elements)
    other = ", ".join(f'"{element.column.name}"' for element in key.elements)
    on_delete = f" ON DELETE {key.ondelete}" if key.ondelete else ""
    return (
        f'ALTER TABLE "{key.table.name}" ADD CONSTRAINT "{key.name}" FOREIGN KEY ({own}) '
        f'REFERENCES "{key.referred_table.name}" ({other}){on_delete}'
    )


async def check(connection: AsyncConnection) -> str:
    """The version of Citus. Raises NotPossible where it is missing, too old, or does not know its coordinator."""
    found = await connection.execute(text("SELECT to_regprocedure('citus_version()') IS NOT NULL"))
    if not found.scalar():
        raise NotPossible(
            "This database has no Citus. Install it on every node (docs.citusdata.com: packages postgresql-N-citus-V), "
            "add citus to shared_preload_libraries, restart, and CREATE EXTENSION citus; then try again. "
            "TokenBoard needs it only beyond one machine."
        )
    said = str((await connection.execute(text("SELECT citus_version()"))).scalar())
    version = re.search(r"(\d+)\.(\d+)", said)
    if version is None or (int(version[1]), int(version[2])) < OLDEST:
        raise NotPossible(f"This is {said}; TokenBoard needs Citus {OLDEST[0]}.{OLDEST[1]} or newer.")
    known = await connection.execute(text("SELECT EXISTS (SELECT FROM pg_dist_node WHERE groupid = 0)"))
    if not known.scalar():
        raise NotPossible(
            "Citus does not know its coordinator, which foreign keys from local tables need. On the coordinator: "
            "SELECT citus_set_coordinator_host('its name, as workers reach it')"
        )
    return said


async def known_tables(connection: AsyncConnection) -> dict[str, Kind]:
    """The tables that Citus already manages as distributed or reference."""
    found = await connection.execute(
        text("SELECT logicalrelid::text, partmethod::text, repmodel::text FROM pg_dist_partition ORDER BY 1")
    )
    # a local table that Citus only knows of is 'n', too, but not replicated by two-phase commit
    kinds = {"h": Kind.DISTRIBUTED, "n": Kind.REFERENCE}
    return {name: kinds[method] for name, method, model in found if method == "h" or (method == "n" and model == "t")}
